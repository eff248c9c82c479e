"""A curve of the page: smooth within a stretch of time, and never across the outage's edges."""

from __future__ import annotations

import pytest

from octamem_testing.storm import Scenario
from octamem_testing.storm.show.curves import curve, edges, widths


def test_a_curve_is_not_smoothed_across_an_edge() -> None:
    """What is refused in the outage stays at nothing there: the curve jumps at its edges."""
    times, heights = curve([4, 6, 8, 0, 0, 9, 9], [1.0] * 7, (3, 3, 5), 3)
    assert heights == [5, 5, 6, 7, 7, 0, 0, 0, 0, 9, 9, 9, 9]
    assert times == [0, 0.5, 1.5, 2.5, 3, 3, 3.5, 4.5, 5, 5, 5.5, 6.5, 7]


def test_a_second_that_is_cut_counts_as_long_as_it_is() -> None:
    """What came in a quarter of a second came at four times the rate, and the curve stands where that second was."""
    times, heights = curve([1, 4, 2], [0.25, 1.0, 0.5], (), 1)
    assert times == [0, 0.125, 0.75, 1.5, 1.75]
    assert heights == [4, 4, 4, 4, 4]


def test_a_curve_jumps_where_the_service_goes_down_and_is_back() -> None:
    """The service is back at the start of a second; one in which it goes down stands alone."""
    assert edges(Scenario(before=5.0, outage=30.0)) == [5, 5, 35]
    assert edges(Scenario(before=5.0, outage=30.5)) == [5, 6, 36]
    assert edges(Scenario(before=0.0, outage=0.0)) == [0, 0, 0]


@pytest.mark.parametrize(("before", "outage", "after"), [(5.0, 30.0, 60.0), (5.0, 30.5, 9.25), (0.3, 0.3, 0.1)])
def test_the_seconds_of_a_run_make_up_the_run(before: float, outage: float, after: float) -> None:
    """All are whole but the first and the last."""
    scenario = Scenario(before=before, outage=outage, after=after)
    found = widths(scenario)
    assert sum(found) == pytest.approx(scenario.end)
    assert found[1:-1] == [1.0] * (scenario.seconds - 2)
    assert min(found) > 0
