"""Our own SDK under chaos: what its defaults invariant, and what they cannot."""

from __future__ import annotations

import pytest
from chaos_programs import both, saves_and_asks

from octamem_testing import chaos

OTHERS = tuple(invariant for invariant in chaos.INVARIANTS if invariant.name != "acknowledged_once")


@pytest.fixture(params=["sync", "async"])
def kind(request):
    """Give each kind of client."""
    return request.param


def test_the_defaults_store_twice_what_an_answer_was_lost_of(kind):
    """If the service ignores Idempotency-Key, the documented retries violate acknowledged_once, with one fault."""
    finding = chaos.hunt(both(saves_and_asks, kind), rounds=40).finding
    assert (finding.invariant.name, finding.schedule, finding.faults, finding.hits) == (
        "acknowledged_once",
        "add: reset @after",
        1,
        1,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "settings", "invariants"),
    [
        ({}, {}, OTHERS),
        ({}, {"idempotency": True}, chaos.INVARIANTS),
        ({"retry_unknown_writes": False}, {}, chaos.INVARIANTS),
    ],
    ids=["all the others", "idempotency honoured", "retry_unknown_writes=False"],
)
def test_no_other_invariant_is_broken(kind, options, settings, invariants):
    """The SDK satisfies all other invariants with its defaults, and every one if no write can be stored twice."""
    report = chaos.run(both(saves_and_asks, kind, **options), settings=settings, invariants=invariants)
    assert report.rounds == 200
    assert {"add 1", "search 1", "details 1", "add 3"} <= set(report.injection_points)
    assert {"close-client @before", "hang @after", "truncate @after", "401 @before"} <= set(report.by_kind)
    assert ("cancel @before" in report.by_kind) == (kind == "async")


def test_a_call_under_way_is_not_repeated_once_its_client_is_closed(kind):
    """A close() while an attempt is under way lets it end and calls off the retry; nothing more is sent."""
    over = chaos.replay(both(saves_and_asks, kind), "search: close-client")
    assert [request.name for request in over.requests] == ["add 1", "add 2", "search 1"]
    assert "not retried: the client was closed" in str(over.error)
