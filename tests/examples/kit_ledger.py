"""The ledger: each call with its attempts, and what each of them truly did."""

import pytest

from octamem import OctaMem
from octamem_testing import Fake


@pytest.mark.octamem(faults="add: reset @after")
def test_the_ledger_knows_what_the_client_cannot(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """The first attempt stored the memory although its answer was lost, and the second stored it again."""
    octamem_client.add(content="Tea is at four.")

    (call,) = octamem_fake.calls
    assert [attempt.kind for attempt in call.attempts] == ["first", "retry"]
    assert [attempt.fault for attempt in call.attempts] == ["reset @after", None]
    assert [len(attempt.stored) for attempt in call.attempts] == [1, 1]
    assert 0.5 <= call.attempts[1].waited <= 1
    assert (call.status, call.delivered) == (200, True)
