"""The rules that others ship, against their published descriptions: each sequence is computed by hand from those."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, List, Optional, Tuple

import pytest

from octamem_testing.storm import (
    AdaptiveThrottle,
    AwsQuota,
    FinagleBudget,
    GrpcThrottle,
    Policy,
    Scenario,
    compare,
    lasting,
)
from octamem_testing.storm.partial import at_first, in_the_end, to_spend
from octamem_testing.storm.throttles import ClientThrottle, Throttle


def client(rule: Throttle, *, now: Callable[[], float] = lambda: 0.0, random: float = 0.0) -> ClientThrottle:
    """Give a fresh client, at a time and with a random number that stays."""
    return rule.client(now, lambda: random)


def allowed(throttle: ClientThrottle, *, timed_out: bool = False, most: int = 2_000) -> int:
    """Count the retries that are allowed in a row, each after a failure."""
    for number in range(most):
        throttle.fail()
        if not throttle.retry(timed_out=timed_out):
            return number
    return most


@pytest.mark.parametrize(("timed_out", "retries"), [(False, 100), (True, 50)])
def test_aws_has_500_tokens_of_which_a_retry_takes_5_and_after_a_timeout_10(*, timed_out: bool, retries: int) -> None:
    """botocore: INITIAL_CAPACITY 500, _RETRY_COST 5, _TIMEOUT_RETRY_REQUEST 10."""
    assert allowed(client(AwsQuota()), timed_out=timed_out) == retries


def test_aws_gives_back_what_the_last_retry_took_and_1_without_a_retry() -> None:
    """botocore, release_retry_quota: 20 tokens less 5 and 10 is 5; a success gives back the 10 only, then 1 each."""
    quota = client(AwsQuota(tokens=20))
    assert quota.retry(timed_out=False)
    assert quota.retry(timed_out=True)
    assert not quota.retry(timed_out=True)
    quota.succeed(after=True)  # 15
    assert quota.retry(timed_out=True)  # 5
    for _ in range(4):
        quota.succeed(after=None)  # 9
    assert not quota.retry(timed_out=True)
    quota.succeed(after=None)  # 10
    assert quota.retry(timed_out=True)
    assert not quota.retry(timed_out=False)


def test_aws_is_never_fuller_than_at_first() -> None:
    """botocore, RetryQuota.release: what is given back beyond the capacity is cut off."""
    quota = client(AwsQuota(tokens=10))
    for _ in range(100):
        quota.succeed(after=True)
    assert allowed(quota) == 2


def test_grpc_makes_no_retry_from_half_of_its_tokens_on() -> None:
    """A6, with its example of maxTokens 10 and tokenRatio 0.1: four failures leave 6, and the fifth leaves 5."""
    throttle = client(GrpcThrottle(max_tokens=10, token_ratio=0.1))
    assert allowed(throttle) == 4
    # 5.1 is above half; the next failure leaves 4.1.
    throttle.succeed(after=None)
    assert throttle.retry(timed_out=False)
    assert allowed(throttle) == 0
    # Nine successes make 5.0 of it, and the tenth 5.1.
    for _ in range(9):
        throttle.succeed(after=None)
    assert not throttle.retry(timed_out=False)
    throttle.succeed(after=None)
    assert throttle.retry(timed_out=False)


def test_grpc_counts_from_0_to_its_most() -> None:
    """A6: token_count takes values between 0 and maxTokens."""
    throttle = client(GrpcThrottle(max_tokens=10, token_ratio=1))
    for _ in range(50):
        throttle.fail()
    for _ in range(5):
        throttle.succeed(after=True)
    assert not throttle.retry(timed_out=False)
    for _ in range(50):
        throttle.succeed(after=None)
    assert allowed(throttle) == 4


def test_grpc_counts_failures_of_calls_without_retries_too() -> None:
    """A6: every outgoing RPC affects the count, so that five failed calls stop the retries of a sixth."""
    throttle = client(GrpcThrottle(max_tokens=10))
    for _ in range(5):
        throttle.begin()
        throttle.fail()
    assert not throttle.retry(timed_out=False)


def test_finagle_allows_ten_retries_a_second_and_a_fifth_of_the_calls() -> None:
    """RetryBudget.apply: a reserve of 10 a second for a ttl of 10 s, and each call deposits 0.2 of a retry."""
    at = 0.0
    fresh = client(FinagleBudget(), now=lambda: at)
    assert allowed(fresh) == 100
    for _ in range(4):
        fresh.begin()
    assert allowed(fresh) == 0
    fresh.begin()
    assert allowed(fresh) == 1


def test_finagle_forgets_after_its_ttl() -> None:
    """The leaky bucket: deposits and withdrawals expire after about 10 s, to the tenth of them."""
    at = [0.0]
    budget = client(FinagleBudget(), now=lambda: at[0])
    assert allowed(budget) == 100
    at[0] = 8.9
    assert allowed(budget) == 0
    at[0] = 10.0
    for _ in range(50):
        budget.begin()
    assert allowed(budget) == 110
    at[0] = 1000.0
    assert allowed(budget) == 100


@pytest.mark.parametrize(
    ("requests", "accepts", "chance"), [(0, 0, 0.0), (10, 10, 0.0), (10, 5, 0.0), (10, 2, 6 / 11), (9, 0, 0.9)]
)
def test_adaptive_rejects_with_the_chance_of_the_book(requests: int, accepts: int, chance: float) -> None:
    """max(0, (requests - 2 accepts) / (requests + 1)): what is drawn below it is rejected, and nothing above."""
    for drawn, passes in ((chance - 0.001, False), (chance + 0.001, True)):
        random = [0.9999]
        throttle = AdaptiveThrottle().client(lambda: 0.0, partial(random.__getitem__, 0))
        for number in range(requests):
            assert throttle.begin()
            if number < accepts:
                throttle.succeed(after=None)
        random[0] = max(0.0, drawn)
        assert throttle.begin() is (passes or chance == 0)


def test_adaptive_counts_what_it_rejects_and_forgets_after_two_minutes() -> None:
    """The book: a rejected request still counts as attempted, and the history is of two minutes."""
    at = [0.0]
    throttle = AdaptiveThrottle().client(lambda: at[0], lambda: 0.95)
    # The chance of the n-th is (n - 1) / n: 0.95 is first below it at the 21st.
    assert [throttle.begin() for _ in range(30)] == [True] * 20 + [False] * 10
    at[0] = 119.9
    assert not throttle.begin()
    at[0] = 120.0
    assert throttle.begin()


def test_adaptive_sends_twice_what_is_accepted() -> None:
    """The book: with K = 2, a service that accepts one request in ten of those wanted is sent about two."""
    at, drawn = [0.0], [0.0]

    def spread() -> float:
        # Evenly from 0 to 1: the golden ratio never repeats.
        drawn[0] = (drawn[0] + 0.6180339887) % 1
        return drawn[0]

    throttle = AdaptiveThrottle().client(lambda: at[0], spread)
    sent = accepted = 0
    for number in range(60_000):
        at[0] = number / 100
        if throttle.begin():
            sent += number >= 30_000
            if accepted * 10 <= number:
                throttle.succeed(after=None)
                accepted += 1
    assert accepted == 6_000
    assert sent / 3_000 == pytest.approx(2.1, abs=0.1)


def last_with_all(policy: Policy, *, stalled: bool) -> int:
    """Count the calls in a row, of one fresh client of a service that is down, that get all their three retries."""
    down = "stalled" if stalled else "refused"
    options: Any = {"clients": 1, "every": 100.0, "arrivals": "even", "before": 0.0, "outage": 10_000.0, "down": down}
    storm = compare(Scenario(**options, after=1.0), [policy])[0]
    begun: List[int] = [second for second, calls in enumerate(storm.begun) if calls]
    in_row = 0
    for first, following in zip(begun, begun[1:]):
        if sum(storm.sent[first:following]) < 4:
            break
        in_row += 1
    return in_row


@pytest.mark.parametrize(
    ("policy", "refused", "timed_out"),
    [
        (Policy("today", budget=100), 33, 33),
        (Policy("aws", throttle=AwsQuota()), 33, 16),
        (Policy("aws 990", throttle=AwsQuota(990)), 66, 33),
        (Policy("grpc", throttle=GrpcThrottle()), 12, 12),
        (Policy("grpc 264", throttle=GrpcThrottle(264)), 33, 33),
        (Policy("finagle", throttle=FinagleBudget()), 99, 99),
    ],
    ids=lambda value: value.name if isinstance(value, Policy) else None,
)
def test_how_many_failing_calls_in_a_row_get_all_their_retries(policy: Policy, refused: int, timed_out: int) -> None:
    """The SDK's page promises 33 of them, timeouts included: decision 24 rests on these counts."""
    assert (last_with_all(policy, stalled=False), last_with_all(policy, stalled=True)) == (refused, timed_out)


@pytest.mark.parametrize(
    ("rule", "retries", "most"),
    [
        (AwsQuota(), 3, 100),
        (AwsQuota(tokens=24), 3, 4),
        # The fiftieth failure leaves half. The last failure of a call is not retried: one in four in the long run.
        (GrpcThrottle(), 3, 49),
        (GrpcThrottle(max_tokens=10), 1, 4),
        (GrpcThrottle(max_tokens=0), 3, 0),
        (FinagleBudget(), 3, None),
        (AdaptiveThrottle(), 3, None),
    ],
)
def test_what_a_full_throttle_allows_is_stated(rule: Throttle, retries: int, most: Optional[int]) -> None:
    """The most retries of a client while nothing succeeds, of which the column of tokens is made; None is no limit."""
    expected = float("inf") if most is None else most
    assert rule.most_retries == expected
    scenario = Scenario(clients=3, every=0.5, before=0.0, outage=300.0, after=1.0)
    storm = compare(scenario, [Policy("it", retries=retries, throttle=rule)])[0]
    assert storm.tokens_outstanding == 3 * expected
    if most is not None:
        assert 3 * most * retries // (retries + 1) <= storm.retries <= 3 * most


@pytest.mark.parametrize(
    ("rule", "share", "calls"),
    [
        # At 30 % a call fails 0.3 + 0.09 + 0.027 + 0.0081 times and earns 0.1 x 0.9919: 50 / 0.32591.
        (GrpcThrottle(), 0.3, 153.4),
        # At 50 %: 0.5 + 0 - 5 x 1/8 - 10 x 1/16 - 15 x 1/16 tokens a call: 500 / 1.6875.
        (AwsQuota(), 0.5, 296.3),
        (AwsQuota(), 0.3, None),
        (FinagleBudget(), 0.3, None),
    ],
)
def test_how_many_calls_spend_a_throttle(rule: Throttle, share: float, calls: Optional[float]) -> None:
    """The calls until no retry is made, by hand; None is never: what calls give back is enough for good."""
    found = to_spend(Policy("it", throttle=rule), share)
    assert found == (float("inf") if calls is None else pytest.approx(calls, abs=0.1))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "requests", "well"),
    [
        # AWS and Finagle mask 30 % for good, with the load of unlimited retries.
        (AwsQuota(), 1.42, 0.99),
        (FinagleBudget(), 1.42, 0.99),
        # gRPC's count falls to 0, because failures take more than the tenth that successes add: no retry at all.
        (GrpcThrottle(), 1.0, 0.70),
    ],
)
def test_what_a_throttle_costs_in_a_failure_that_lasts(rule: Throttle, requests: float, well: float) -> None:
    """At 30 % failing: the requests a call, and the share of the last calls that ends well."""
    storm = compare(lasting(0.3), [Policy("it", throttle=rule)])[0]
    half = len(storm.sent) // 2
    late = sum(storm.sent[half:]) / sum(storm.begun[half:])
    assert at_first(storm) > 0.97
    assert (late, in_the_end(storm)) == (pytest.approx(requests, abs=0.02), pytest.approx(well, abs=0.02))


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: AwsQuota(tokens=-1), "tokens must be an int from 0 to"),
        (lambda: AwsQuota(retry_cost=0), "retry_cost must be an int from 1 to"),
        (lambda: AwsQuota(timeout_cost=0), "timeout_cost must be an int from 1 to"),
        (lambda: AwsQuota(no_retry_increment=-1), "no_retry_increment must be an int from 0 to"),
        (lambda: GrpcThrottle(max_tokens=-1), "max_tokens must be a number from 0 to"),
        (lambda: GrpcThrottle(token_ratio=float("nan")), "token_ratio must be a number from 0 to"),
        (lambda: FinagleBudget(ttl=0), "ttl must be a number above 0"),
        (lambda: FinagleBudget(min_retries_per_sec=-1), "min_retries_per_sec must be a number from 0 to"),
        (lambda: FinagleBudget(percent_can_retry=-1), "percent_can_retry must be a number from 0 to"),
        (lambda: AdaptiveThrottle(k=-1), "k must be a number from 0 to"),
        (lambda: AdaptiveThrottle(window=0), "window must be a number above 0"),
        (lambda: Policy("x", throttle=AwsQuota(), budget=1), "throttle must be a Throttle, without a budget, or None"),
        (lambda: Policy("x", throttle="aws"), "throttle must be a Throttle, without a budget, or None, got 'aws'"),  # type: ignore[arg-type]
        (lambda: Policy("x", hedge=1), "hedge must be a number from 0 to below 1, or None, got 1"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(build: Callable[[], object], said: str) -> None:
    """A ValueError names the number and the expected ones."""
    with pytest.raises(ValueError, match=said):
        build()


COUNTS = {
    "none": (587, 587, 279),
    "aws": (587, 1342, 161),
    "grpc": (587, 1283, 178),
    "finagle": (587, 1342, 161),
    "adaptive": (587, 486, 411),
    "hedging": (587, 942, 247),
}
"""Calls, requests and lost calls, the same on every version of Python."""


@pytest.mark.parametrize("name", COUNTS)
def test_the_same_seed_gives_the_same_storm_on_every_interpreter(name: str) -> None:
    """Run again it is equal, and these counts hold on every version of Python."""
    scenario = Scenario(clients=20, every=1.0, outage=12.0, after=13.0, reads=True, shed=1.0, partial=0.1)
    storm, again = (compare(scenario, [name])[0] for _ in range(2))
    assert storm == again
    found: Tuple[int, int, int] = (storm.calls, sum(storm.sent), storm.calls_lost)
    assert found == COUNTS[name]
