"""The answer to an attempt that was given up comes late, and is taken for that to the next one.

For asyncio alone: a world that blocks has one attempt under way and no other.
"""

import asyncio

from octamem import APITimeoutError, OctaMemError

from ._corpus import STATE, Bug
from ._policy import is_transient, pause

ATTEMPTS = 3
PATIENCE = 10.0  # seconds; the line itself has more, and tries once more
PACE = 60.0  # seconds from one question to the next


class Line:
    """Questions go out at one end, and at the other come (ticket, answer or error), in whatever order."""

    def __init__(self, world):
        self.world = world
        self.came = asyncio.Queue()
        self.under_way = []

    async def _answer(self, question):
        try:
            return await self.world.get(question)
        except APITimeoutError:
            await self.world.sleep(1.0)
            return await self.world.get(question)

    async def _carry(self, ticket, question):
        try:
            answer = await self._answer(question)
        except OctaMemError as error:
            answer = error
        await self.came.put((ticket, answer))

    async def ask(self, question, is_ours):
        ours = len(self.under_way)
        self.under_way.append(asyncio.ensure_future(self._carry(ours, question)))
        while True:
            try:
                ticket, answer = await asyncio.wait_for(self.came.get(), PATIENCE)
            except asyncio.TimeoutError as error:
                raise APITimeoutError("no answer in time") from error
            if not is_ours(ticket, ours):
                continue
            if isinstance(answer, OctaMemError):
                raise answer
            return answer

    async def close(self):
        for task in self.under_way:
            task.cancel()
        await asyncio.gather(*self.under_way, return_exceptions=True)


async def ask_all(world, questions, is_ours):
    line, answers = Line(world), {}
    try:
        for question in questions:
            for attempt in range(ATTEMPTS):
                try:
                    answers[question] = await line.ask(question, is_ours)
                    break
                except OctaMemError as error:
                    if attempt == ATTEMPTS - 1 or not is_transient(error):
                        raise
                    await world.sleep(pause(error, attempt))
            await world.sleep(PACE)
    finally:
        await line.close()
    return answers


async def planted(world):
    """Takes the next answer that arrives for the answer to the last request."""
    return await ask_all(world, ("tea", "coffee"), lambda _, __: True)


async def cured(world):
    """Ignores the answer to another attempt."""
    return await ask_all(world, ("tea", "coffee"), int.__eq__)


BUG = Bug(STATE, planted, cured, breaks=("own_answer",), ways=("async",))
