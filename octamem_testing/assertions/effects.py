"""Assertions of effect: what was stored, tried and waited; each says what was expected, what came, and what to do."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, List, Optional, Sequence, Tuple

from octamem_testing.report.timeline import call_name, counted, seconds

from .failures import clock_given, endpoint_named, failure, fake_given, unless_silent

if TYPE_CHECKING:
    from fake_server.core import Fake
    from fake_server.core.journal.calls import AttemptView, CallRecord
    from octamem_testing.virtual_time.clock import VirtualClock

__all__ = [
    "assert_attempts",
    "assert_not_retried",
    "assert_retry_after_honoured",
    "assert_stored_once",
    "assert_waited",
]

_SLACK = 1e-6  # seconds: one tick of the fake's clock


def assert_stored_once(fake: Fake, content: str) -> None:
    """Assert that exactly one memory has this content, under whichever key; AssertionError with the calls.

    Raises TypeError, as all assertions do, where what is given is not the fake, or the clock.
    """
    __tracebackhide__ = True
    fake_given(fake, "assert_stored_once")
    texts = [memory.content for memory in fake.memories()]
    times = texts.count(content)
    if times == 1:
        return
    if times:
        hint = "an add was carried out more than once: look below for an answer that was lost after the write"
    else:
        near = get_close_matches(content, texts, n=1)
        hint = f"the nearest stored is {near[0]!r:.120}" if near else "look below for whether its add was accepted"
        hint = unless_silent(fake, hint)
    raise failure(
        f"{content!r:.120} stored once",
        f"stored {counted(times, 'time')}, among {counted(len(texts), 'memory')}",
        hint,
        fake,
        [call for call in fake.calls if call.content == content],
    )


def assert_attempts(fake: Fake, n: int, endpoint: Optional[str] = None) -> None:
    """Assert how many requests reached the fake, in all or on one endpoint; each retry counts as one of its own.

    Raises AssertionError with the calls, and ValueError for an endpoint that does not exist.
    """
    __tracebackhide__ = True
    fake_given(fake, "assert_attempts")
    if endpoint is not None:
        endpoint_named(endpoint)
    made = sum(endpoint is None or entry.endpoint == endpoint for entry in fake.requests()) + (
        fake.dropped() if endpoint is None else 0
    )
    if made != n:
        where = "" if endpoint is None else f" on {endpoint}"
        hint = "look below for the statuses: 429, 5xx and lost answers are tried again, as often as max_retries says"
        calls = [call for call in fake.calls if endpoint in (None, call.endpoint)]
        raise failure(
            counted(n, "attempt") + where, counted(made, "attempt") + where, unless_silent(fake, hint), fake, calls
        )


def assert_waited(clock: VirtualClock, *, at_least: Optional[float] = None, at_most: Optional[float] = None) -> None:
    """Assert how many seconds were waited in all on the kit's clock; AssertionError with each wait.

    Raises ValueError where neither bound is given.
    """
    __tracebackhide__ = True
    clock_given(clock, "assert_waited")
    if at_least is None and at_most is None:
        raise ValueError("assert_waited needs a bound: at_least=, at_most= or both, in seconds")
    waits = clock.waits
    total = sum(waits)
    if (at_least is None or total > at_least - _SLACK) and (at_most is None or total < at_most + _SLACK):
        return
    bounds: List[str] = []
    if at_least is not None:
        bounds.append(f"at least {at_least:g} s")
    if at_most is not None:
        bounds.append(f"at most {at_most:g} s")
    each = ", ".join(f"{wait:g} s" for wait in waits)
    raise failure(
        f"waited {' and '.join(bounds)}",
        f"waited {total:g} s" + (f" ({each})" if waits else ": nothing waited on the kit's clock"),
        "only clients under octamem_client, octamem_mock or octamem_server wait on it; see below what was answered",
        clock.fake,
    )


def assert_not_retried(fake: Fake, status: int) -> None:
    """Assert that no call that was answered with this status was tried again; AssertionError with those that were.

    It holds where no call was answered so. Raises ValueError for what is no status.
    """
    __tracebackhide__ = True
    fake_given(fake, "assert_not_retried")
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        raise ValueError(f"status is {status!r}: a number from 100 to 599, such as 401")
    answered = [call for call in fake.calls if any(attempt.status == status for attempt in call.attempts)]
    again = [call for call in answered if any(before.status == status for before, _ in _pairs(call))]
    if again:
        which = f"{len(again)} of {counted(len(answered), 'call')} answered so"
        raise failure(
            f"no attempt after an answer of {status}",
            f"{which} {'was' if len(again) == 1 else 'were'} tried again",
            "see below who sent the next attempt: a retry is the SDK's, a repeat that of a layer below it; "
            f"where {status} is to end the call, take it out of what the code retries",
            fake,
            again,
        )


def assert_retry_after_honoured(fake: Fake) -> None:
    """Assert that each attempt after an answer with Retry-After came no sooner than that, on the fake's clock.

    Whatever the status, and whether it was a date or seconds; it holds where none was asked for. Raises AssertionError
    with the calls that came too soon.
    """
    __tracebackhide__ = True
    fake_given(fake, "assert_retry_after_honoured")
    hasty: List[CallRecord] = []
    told: List[str] = []
    for call in fake.calls:
        for before, after in _pairs(call):
            asked, waited = before.retry_after, after.waited or 0.0
            if asked is not None and waited < asked - _SLACK:
                hasty += [call] if call not in hasty else []
                told.append(
                    f"attempt {after.number} of {call_name(call)} came after {seconds(waited)} "
                    f"where {before.status} had asked for {seconds(asked)}"
                )
    if told:
        raise failure(
            "each attempt after an answer with Retry-After waits as long as that asks",
            "; ".join(told[:3]) + (f"; and {len(told) - 3} more" if len(told) > 3 else ""),
            "wait for error.retry_after before the next attempt; a wait that does not go through octamem_clock "
            "(time.sleep, another SDK's) does not move the fake's clock, and cannot be seen here",
            fake,
            hasty,
        )


def _pairs(call: CallRecord) -> Sequence[Tuple[AttemptView, AttemptView]]:
    return list(zip(call.attempts, call.attempts[1:]))
