"""Scenarios of other kinds: async, with clients of their own, and with a claim for each answer."""

import asyncio
import time
from typing import Dict

from octamem import AddResult, AsyncOctaMem, OctaMem, OctaMemError, SearchResult
from octamem_testing.chaos import Chaos


async def ask_all(client: AsyncOctaMem) -> Dict[str, SearchResult]:
    """Ask several questions at once; each is claimed with the answer that it was given."""
    questions = ["when is tea?", "when is the launch?"]
    answers = await asyncio.gather(*(client.get(query=question) for question in questions))
    return dict(zip(questions, answers))


def nightly() -> Dict[str, AddResult]:
    """Save a note as a program does that builds its own client and waits in its own way."""
    note = "The backup is done."
    with OctaMem(max_retries=0) as client:
        for wait in (1, 2, 4, None):
            try:
                return {note: client.add(content=note)}
            except OctaMemError as error:
                if wait is None or error.outcome == "unknown" or error.status_code not in (429, 503):
                    raise
                time.sleep(max(wait, error.retry_after or 0))  # virtual: it takes no time
    raise AssertionError("the last wait is none")


def test_each_question_gets_its_own_answer(octamem_chaos: Chaos) -> None:
    """However the answers come in, none is taken for another's."""
    octamem_chaos(ask_all, rounds=100)


def test_the_nightly_job(octamem_chaos: Chaos) -> None:
    """A retry loop of one's own is held to the same invariants."""
    octamem_chaos(nightly, rounds=100)
