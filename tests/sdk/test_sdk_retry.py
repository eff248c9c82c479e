"""Whether and when an attempt is repeated: pure functions, by example and by property."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from octamem._call.budget import RetryBudget
from octamem._call.retry import back_off, retry_after, retryable

NOW = 1_700_000_000.0
seconds = st.floats(min_value=0, max_value=1e6, allow_nan=False)


@given(retry=st.integers(0, 10**9), delay=seconds, most=seconds, chance=st.floats(0, 1, exclude_max=True))
@example(retry=10**9, delay=1.0, most=60.0, chance=0.999)
def test_a_wait_is_in_the_upper_half_of_the_doubled_delay_and_under_the_cap(
    retry: int, delay: float, most: float, chance: float
) -> None:
    """Whatever the options, a wait is from half of min(delay * 2**n, cap) to all of it."""
    wait = back_off(retry, delay=delay, most=most, random=lambda: chance)
    full = min(delay * 2.0 ** min(retry, 60), most)
    assert full / 2 <= wait <= full <= most
    assert math.isfinite(wait)


@pytest.mark.parametrize(
    ("retry", "least", "most"), [(0, 0.5, 1), (1, 1, 2), (2, 2, 4), (5, 16, 32), (6, 30, 60), (99, 30, 60)]
)
def test_the_delay_doubles_up_to_its_cap(retry: int, least: float, most: float) -> None:
    """With the page's second of delay the retries wait up to 1, 2, 4 ... and never above 60 s."""
    assert back_off(retry, delay=1.0, most=60.0, random=lambda: 0.0) == least
    assert back_off(retry, delay=1.0, most=60.0, random=lambda: 1.0) == most


@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms"]), st.text() | st.from_regex(r"[-+]?[0-9.e]+")))
@example({"retry-after": "Mon"})
@example({"retry-after": "01 Jan 0001 00:00:00 +2359"})
@example({"retry-after": "Fri, 31 Dec 9999 23:59:59 -2359"})
@example({"retry-after": "9" * 5000})
@example({"retry-after-ms": "0\x1f"})
def test_no_header_makes_a_wait_that_is_no_wait(headers: dict[str, str]) -> None:
    """Whatever the header holds, what is read from it is None or a number from 0 to 1e9."""
    asked = retry_after(headers, NOW)
    assert asked is None or 0 <= asked <= 1e9


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "1000000001"},
        {"retry-after": "9" * 400},
        {"retry-after": "9" * 60_000 + ".5"},
        {"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"},
        {"retry-after-ms": "1" + "0" * 400},
    ],
    ids=range(5),
)
def test_an_absurd_wait_is_a_billion_seconds(headers: dict[str, str]) -> None:
    """A wait of any length, written in any way, is at most 1e9 seconds, so that no caller's sum with it overflows."""
    assert retry_after(headers, NOW) == 1e9
    datetime.fromtimestamp(NOW + 1e9, timezone.utc)


@given(st.integers(-(10**8), 10**9))
def test_a_date_is_the_time_until_it(offset: int) -> None:
    """An HTTP date asks for the seconds from now until then, and 0 where it has passed."""
    then = datetime.fromtimestamp(NOW, timezone.utc) + timedelta(seconds=offset)
    assert retry_after({"retry-after": format_datetime(then, usegmt=True)}, NOW) == max(0, offset)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2", 2.0),
        (" 2 ", 2.0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("0", 0.0),
        ("-5", None),
        ("+5", None),
        ("1e3", None),
        ("1_0", None),
        ("٣", None),
    ],
)
def test_only_plain_numbers_are_seconds(value: str, expected: object) -> None:
    """A number of seconds is ASCII digits with at most one point; other spellings are ignored."""
    assert retry_after({"retry-after": value}, NOW) == expected


def test_a_date_without_a_zone_is_utc() -> None:
    """The zone -0000 of mail dates is read as UTC."""
    assert retry_after({"retry-after": "Tue, 14 Nov 2023 22:13:30 -0000"}, NOW) == 10.0


def test_milliseconds_go_first() -> None:
    """retry-after-ms is more exact than retry-after and is preferred to it, where it makes sense."""
    assert retry_after({"retry-after": "9", "retry-after-ms": "1500"}, NOW) == 1.5
    assert retry_after({"retry-after": "9", "retry-after-ms": "soon"}, NOW) == 9.0


@given(st.integers(100, 999))
def test_the_page_decides_what_is_repeated(status: int) -> None:
    """408, 425, 429 and every 5xx are repeated, and nothing else, unless the server says otherwise."""
    assert retryable(status, {}) == (status in (408, 425, 429) or 500 <= status <= 599)
    assert retryable(status, {"x-should-retry": " TRUE "})
    assert not retryable(status, {"x-should-retry": "false"})
    assert retryable(status, {"x-should-retry": "maybe"}) == retryable(status, {})


def test_a_budget_is_spent_by_retries_and_earned_by_first_successes() -> None:
    """A retry costs one token, ten first successes pay one in, and it never holds more than its size."""
    budget = RetryBudget(2)
    assert [budget.spend(), budget.spend(), budget.spend()] == [True, True, False]
    for _ in range(11):
        budget.earn()
    assert [budget.spend(), budget.spend()] == [True, False]
    for _ in range(100):
        budget.earn()
    assert budget.tokens == 2


def test_a_budget_below_one_allows_no_retry() -> None:
    """Half a token buys nothing."""
    assert not RetryBudget(0.5).spend()
