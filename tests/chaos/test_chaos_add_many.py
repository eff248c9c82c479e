"""Many memories at once, under hunts: threads and tasks of `add_many` meet every kind of fault, in virtual time."""

from __future__ import annotations

import pytest

from octamem_testing import chaos

NOTES = [f"note {number}" for number in range(6)]


def save(client):
    return [NOTES[each.index] for each in client.add_many(NOTES, concurrency=3) if each.result]


async def save_async(client):
    return [NOTES[each.index] async for each in client.add_many(NOTES, concurrency=3) if each.result]


@pytest.mark.slow
@pytest.mark.parametrize("scenario", [save, save_async])
def test_no_schedule_breaks_an_invariant_where_keys_are_honoured(scenario):
    """Every item whose outcome has a result is stored once, whatever happens to the requests."""
    report = chaos.hunt(scenario, rounds=60, seed=3, settings={"idempotency": True})
    assert report.finding is None, report


@pytest.mark.parametrize("scenario", [save, save_async])
def test_a_lost_answer_is_found_where_keys_are_not_honoured(scenario):
    """Without keys an answer that is lost stores an item twice, which a hunt shows with the one fault that does it."""
    report = chaos.hunt(scenario, rounds=60, seed=3)
    assert report.finding is not None
    assert "@after" in str(report.finding.schedule)
