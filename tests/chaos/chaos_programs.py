"""Small programs that the tests of chaos hunt through, sync and async from one text."""

from __future__ import annotations

import inspect
from typing import Any, Awaitable, Callable

from octamem import AsyncOctaMem, OctaMem

Program = Callable[..., Any]
NOTES = ("tea", "milk")


async def _awaited(answer: Any) -> Any:
    return await answer if inspect.isawaitable(answer) else answer


def both(program: Callable[[Callable[..., Awaitable[Any]]], Awaitable[Any]], kind: str, **options: Any) -> Program:
    """Make the scenario of a program that is given `call(method, **arguments)`, for a client with these options."""

    def caller(client: Any) -> Callable[..., Awaitable[Any]]:
        chosen = client.with_options(**options) if options else client
        return lambda method, **arguments: _awaited(getattr(chosen, method)(**arguments))

    def sync(client: OctaMem) -> Any:
        steps: Any = program(caller(client))
        try:
            steps.send(None)
        except StopIteration as end:
            return end.value
        raise AssertionError("a sync client never suspends")

    async def asynchronous(client: AsyncOctaMem) -> Any:
        return await program(caller(client))

    return sync if kind == "sync" else asynchronous


async def saves_and_asks(call: Callable[..., Awaitable[Any]]) -> Any:
    """Save two notes, ask for one, and claim both the notes and the answer."""
    claimed = {}
    for note in NOTES:
        claimed[note] = await call("add", content=note)
    claimed["what is there?"] = await call("get", query="what is there?")
    await call("details")
    return claimed
