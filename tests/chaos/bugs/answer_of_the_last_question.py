"""After the last attempt has failed, the variable still holds the answer to the question before."""

from octamem import OctaMemError

from ._corpus import STATE, Bug
from ._policy import LIMIT, is_transient, pause


async def asked(world, question):
    for attempt in range(LIMIT):
        try:
            return await world.get(question)
        except OctaMemError as error:
            if not is_transient(error):
                raise
            await world.sleep(pause(error, attempt))
    return None


async def planted(world):
    """Keeps the previous answer if the new question got none."""
    answers, answer = {}, None
    for question in ("tea", "coffee", "cocoa"):
        answer = await asked(world, question) or answer
        answers[question] = answer
    return answers


async def cured(world):
    """Leaves out the questions without an answer."""
    answers = {}
    for question in ("tea", "coffee", "cocoa"):
        answer = await asked(world, question)
        if answer is not None:
            answers[question] = answer
    return answers


BUG = Bug(STATE, planted, cured, breaks=("own_answer",))
