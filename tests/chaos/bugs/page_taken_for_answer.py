"""A proxy answers 200 with a page of its own, and the program takes it for the service's answer."""

from octamem import APIError, OctaMemError

from ._corpus import STATE, Bug
from ._policy import may_repeat_write, patiently
from ._world import fields


async def keep(world, note, understood):
    async def once():
        answer = await world.post("add", {"content": note, "previousContext": ""})
        if not answer.is_success or understood(answer):
            return fields(answer)
        return {}

    await patiently(world, once, again=may_repeat_write)


async def kept(world, understood):
    saved = []
    for note in ("Tea at four.", "Coffee at nine."):
        try:
            await keep(world, note, understood)
            saved.append(note)
        except OctaMemError:
            continue
    return saved


async def planted(world):
    """Does not read the answer to an add: any 200 is enough, whoever sent it."""
    return await kept(world, lambda _: False)


async def cured(world):
    """Counts a note as saved if the answer has the note's id."""

    def identified(answer):
        if not isinstance(fields(answer).get("id"), str):
            raise APIError("the answer has no id", outcome="unknown")
        return True

    return await kept(world, identified)


BUG = Bug(STATE, planted, cured, breaks=("acknowledged_once",), raw=True)
