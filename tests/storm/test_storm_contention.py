"""Published figures of optimistic contention, from our engine and the SDK's own back-off."""

from __future__ import annotations

from statistics import mean
from typing import Tuple

import pytest

from octamem_testing.storm import BACKOFFS, contend

TRIALS = {10: 100, 50: 40, 100: 20}
"""The trials of so many clients: the more clients, the less their means scatter."""

LONG = 100
"""The trials of the proof, as many as were published."""

PUBLISHED = {
    "none": (2025, 2422),
    "exponential": (63403, 1856),
    "equal": (6622, 812),
    "full": (4921, 796),
    "decorrelated": (4613, 1000),
}
"""Milliseconds until the last of 100 clients is done, and writes: "Exponential Backoff And Jitter", AWS, 2015."""

MEASURED = {
    10: {
        "none": (381, 50.9),
        "exponential": (3486, 50.7),
        "equal": (719, 42.6),
        "full": (455, 39.1),
        "decorrelated": (434, 37.8),
    },
    50: {
        "none": (1140, 689.1),
        "exponential": (36619, 625.5),
        "equal": (4238, 347.2),
        "full": (2861, 332.6),
        "decorrelated": (2191, 374.3),
    },
}
"""The same for other sizes: what the authors' own program gave when we ran it, the means of 300 trials."""


def means(clients: int, backoff: str, trials_of: int) -> Tuple[float, float]:
    """Give the mean time and the mean number of writes."""
    trials = [contend(clients, backoff, seed=seed) for seed in range(trials_of)]
    return mean(trial.time for trial in trials), mean(trial.writes for trial in trials)


@pytest.mark.parametrize(
    "trials", [pytest.param(TRIALS[100], marks=pytest.mark.slow), pytest.param(LONG, marks=pytest.mark.proof)]
)
@pytest.mark.parametrize("backoff", PUBLISHED)
def test_a_hundred_clients_take_as_long_and_as_many_writes_as_was_published(backoff: str, trials: int) -> None:
    """The mean of the trials is within 5 % of the published writes and 8 % of the published time."""
    time, writes = means(100, backoff, trials)
    assert (time, writes) == (
        pytest.approx(PUBLISHED[backoff][0], rel=0.08),
        pytest.approx(PUBLISHED[backoff][1], rel=0.05),
    )


@pytest.mark.slow
@pytest.mark.parametrize("backoff", PUBLISHED)
@pytest.mark.parametrize("clients", MEASURED)
def test_other_sizes_agree_with_the_program_that_was_published(clients: int, backoff: str) -> None:
    """Fewer clients are as close to what the published program gives as a hundred are to the published figures."""
    time, writes = means(clients, backoff, TRIALS[clients])
    assert (time, writes) == (
        pytest.approx(MEASURED[clients][backoff][0], rel=0.08),
        pytest.approx(MEASURED[clients][backoff][1], rel=0.05),
    )


def test_every_published_back_off_is_there() -> None:
    """The five that were compared can be had by name, and a test above holds each to its figures."""
    assert set(BACKOFFS) == set(PUBLISHED)


@pytest.mark.parametrize("backoff", BACKOFFS)
def test_a_client_alone_never_conflicts(backoff: str) -> None:
    """One client reads, writes once and is done after four messages."""
    alone = contend(1, backoff, spread=0.0)
    assert (alone.time, alone.writes) == (40.0, 1)


@pytest.mark.parametrize("backoff", BACKOFFS)
def test_one_of_those_that_contend_succeeds_each_time_round(backoff: str) -> None:
    """All finish, each with one write that counts, and the same seed gives the same trial."""
    trial = contend(7, backoff, seed=3)
    assert trial.writes >= 7
    assert trial == contend(7, backoff, seed=3)
    assert trial != contend(7, backoff, seed=4)


def test_without_a_spread_clients_stay_in_step() -> None:
    """Messages that all take alike bring all clients back at once: n rounds, of n, n-1, … writes."""
    trial = contend(5, "none", spread=0.0)
    assert (trial.writes, trial.time) == (15, 40.0 * 5)
