"""A schedule that chaos found once, as a regression test."""

import time

from octamem import OctaMem, OctaMemError
from octamem_testing.chaos import Chaos

NOTE = "Tea is at four."


def save(client: OctaMem) -> str:
    """Save a note; where it cannot be known whether it was stored, look before it is sent again."""
    careful = client.with_options(retry_unknown_writes=False)
    try:
        careful.add(content=NOTE)
    except OctaMemError as error:
        if error.outcome != "unknown":
            raise
        time.sleep(max(1.0, error.retry_after or 0.0))  # virtual: it takes no time
        found = client.get(query=NOTE).results or []
        if all(record.content != NOTE for record in found):
            careful.add(content=NOTE)
    return NOTE


def test_a_lost_answer_is_looked_after(octamem_chaos: Chaos) -> None:
    """The answer is lost after the write, and so is the first answer to the question whether it was stored."""
    over = octamem_chaos.replay(save, "add: reset @after; search: reset")

    assert [request.name for request in over.requests] == ["add 1", "search 1", "search 2"]
    assert over.stored == {(NOTE, ""): 1}
