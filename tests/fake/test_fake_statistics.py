"""Statistics: calls and attempts in steps of time, what became of them, and how long they took."""

from __future__ import annotations

import pytest

from fake_server.core.journal.statistics import Window, statistics

START = 1767225600.0  # of the fake's clock, in seconds since 1970


@pytest.fixture
def busy(served):
    """Give a served fake with calls in three of its seconds."""
    served.fake.advance(10)
    served.add("one")
    served.fake.faults("add: 503")
    served.add("two")
    served.fake.advance(1.5)
    served.add("two")
    served.fake.advance(2)
    served.details(key=None)
    return served


def test_each_step_counts_what_came_in_it(busy):
    """Calls count at their first attempt, attempts and statuses at their own, in steps that end now."""
    status, got = busy.control("GET", "stats?window=5&step=1")
    assert status == 200
    assert got["t"] == [START + second for second in (9, 10, 11, 12, 13)]
    assert got["calls"] == [0, 2, 0, 0, 1]
    assert got["answered"] == [0, 2, 0, 0, 0]
    assert got["retried"] == [0, 1, 0, 0, 0]
    assert got["failed"] == [0, 0, 0, 0, 1]
    assert got["open"] == [0] * 5
    assert got["attempts"] == [0, 2, 1, 0, 1]
    assert got["statuses"] == {"200": [0, 1, 1, 0, 0], "401": [0, 0, 0, 0, 1], "503": [0, 1, 0, 0, 0]}
    assert got["p95"] == [None, 0.0, 0.0, None, 0.0]


def test_a_longer_step_holds_the_same_numbers(busy):
    """Whatever the step is, the sums over the window are the same."""
    sums = {
        step: sum(busy.control("GET", f"stats?window=20&step={step}")[1]["attempts"]) for step in ("0.5", "2", "20")
    }
    assert set(sums.values()) == {4}
    assert len(busy.control("GET", "stats")[1]["t"]) == 120


def test_percentiles_are_values_that_were_measured(local):
    """The 95th percentile of a hundred durations is the 95th of them, the median the 50th."""
    for number in range(100):
        local.add(f"memory {number}")
    entries = local.fake.requests()
    for number, entry in enumerate(entries, 1):
        entry.ended = number * 1000
    got = statistics(entries, Window(1, 1, 0))
    assert (got["p50"], got["p95"]) == ([0.05], [0.095])


@pytest.mark.parametrize("query", ["window=0", "step=x", "window=nan", "window=1e9", "window=2000&step=1", "steps=2"])
def test_a_wrong_window_is_400(served, query):
    """Seconds that are none, too many steps and an unknown name are refused with the name."""
    status, answer = served.control("GET", f"stats?{query}")
    assert (status, answer["code"]) == (400, "VALIDATION_ERROR")
    assert answer["error"].startswith("step" if "2000" in query else query.partition("=")[0])
