"""The result of a hunt that finds something: the smallest schedule that violates an invariant, and its round."""

import pytest

from octamem import OctaMem
from octamem_testing import chaos

NOTE = "Tea is at four."


def save(client: OctaMem) -> str:
    """Save a note with the page's defaults, which send an add again although it may have been carried out."""
    client.add(content=NOTE)
    return NOTE


def test_the_finding() -> None:
    """An answer that is lost after the write makes the client store the note twice."""
    with pytest.raises(chaos.ChaosFailure) as failure:
        chaos.run(save, seed=7)

    finding = failure.value.finding
    assert finding.invariant.name == "acknowledged_once"
    assert finding.schedule == "add: reset @after"
    assert [request.status for request in finding.round.requests] == [None, 200]
    print(finding)


def test_a_service_that_honours_the_key_has_no_such_bug() -> None:
    """With the setting that makes the fake honour Idempotency-Key, nothing is found."""
    report = chaos.hunt(save, rounds=50, settings={"idempotency": True})

    assert report.finding is None
