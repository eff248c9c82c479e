"""The retry budget: a whole number of retries, of which fractions that are paid in make up exactly."""

from __future__ import annotations

import pytest

from octamem._call.budget import EARNED_PER_SUCCESS, RetryBudget


@pytest.mark.parametrize("size", [1, 2, 3, 7.5, 100])
@pytest.mark.parametrize("successes", [1, 2, 3, 7, 10, 20, 49, 1000])
def test_as_many_successes_as_the_share_says_pay_for_a_retry(size: float, successes: int) -> None:
    """An nth paid in by n successes is a retry, for every size, and one success less is none."""
    budget = RetryBudget(size, earned_per_success=1 / successes)
    while budget.spend():
        pass
    # What is left of a size that is not whole is less than a retry, and is paid in as well.
    left = size % 1
    needed = successes - int(left * successes)
    for _ in range(needed - 1):
        budget.earn()
    assert not budget.spend()
    budget.earn()
    assert budget.spend()


def test_ten_successes_pay_for_a_retry_however_often() -> None:
    """No fraction is lost over a hundred thousand successes, each retry of which is made at once."""
    budget = RetryBudget(3)
    while budget.spend():
        pass
    made = 0
    for _ in range(100_000):
        budget.earn()
        made += budget.spend()
    assert (EARNED_PER_SUCCESS, made) == (0.1, 10_000)


def test_it_holds_no_more_than_its_size() -> None:
    """Successes fill it up to its size and no further, and a size has no upper limit."""
    budget = RetryBudget(2.5)
    budget.spend()
    for _ in range(50):
        budget.earn()
    assert budget.tokens == 2.5
    vast = RetryBudget(1e300)
    assert vast.spend()
    assert vast.tokens == pytest.approx(1e300)
