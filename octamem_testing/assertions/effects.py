"""Assertions on effects: what was stored, how many attempts were made, and how long the client waited."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, List, Optional, Sequence

from octamem_testing.checks import check_clock, check_count, check_fake, check_seconds, check_text, mismatch
from octamem_testing.invariants.retries import Retry, retries_of
from octamem_testing.report.timeline import call_name, counted, seconds

from .failures import check_endpoint, failure, hint_or_nothing_sent

if TYPE_CHECKING:
    from fake_server.core import Fake
    from fake_server.core.journal.calls import CallRecord
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
    """Assert that exactly one memory has this content, under any key; raises AssertionError with the calls.

    As all assertions, it raises TypeError if its first argument is not the fake (or the clock).
    """
    __tracebackhide__ = True
    check_fake(fake, "assert_stored_once")
    check_text("content", content)
    texts = [memory.content for memory in fake.memories()]
    times = texts.count(content)
    if times == 1:
        return
    if times:
        hint = "the add was carried out more than once; look below for an answer that was lost after the write"
    else:
        near = get_close_matches(content, texts, n=1)
        hint = (
            f"compare with the nearest memory, {near[0]!r:.120}"
            if near
            else "look below for whether its add was accepted"
        )
        hint = hint_or_nothing_sent(fake, hint)
    raise failure(
        f"{content!r:.120} stored once",
        f"stored {counted(times, 'time')}, of {counted(len(texts), 'memory')}",
        hint,
        fake,
        [call for call in fake.calls if call.content == content],
    )


def assert_attempts(fake: Fake, n: int, endpoint: Optional[str] = None) -> None:
    """Assert how many requests reached the fake, in total or on one endpoint; each retry counts.

    Raises AssertionError with the calls, and ValueError for an unknown endpoint.
    """
    __tracebackhide__ = True
    check_fake(fake, "assert_attempts")
    check_count("n", n)
    if endpoint is not None:
        check_endpoint(endpoint, or_none=True)
    made = sum(endpoint is None or entry.endpoint == endpoint for entry in fake.requests()) + (
        fake.dropped() if endpoint is None else 0
    )
    if made != n:
        where = "" if endpoint is None else f" on {endpoint}"
        hint = "look below for the statuses; 429, 5xx and lost answers are retried, at most max_retries times"
        calls = [call for call in fake.calls if endpoint in (None, call.endpoint)]
        raise failure(
            counted(n, "attempt") + where,
            counted(made, "attempt") + where,
            hint_or_nothing_sent(fake, hint),
            fake,
            calls,
        )


def assert_waited(clock: VirtualClock, *, at_least: Optional[float] = None, at_most: Optional[float] = None) -> None:
    """Assert how many seconds the clients waited in total on the kit's clock; raises AssertionError with each wait.

    Raises ValueError if neither bound is given.
    """
    __tracebackhide__ = True
    check_clock(clock, "assert_waited")
    if at_least is None and at_most is None:
        raise ValueError("assert_waited: expected at_least=, at_most= or both, in seconds, got neither")
    check_seconds("at_least", at_least)
    check_seconds("at_most", at_most)
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
        "only clients of octamem_client, octamem_mock or octamem_server wait on this clock; look below for the answers",
        clock.fake,
    )


def assert_not_retried(fake: Fake, status: int) -> None:
    """Assert that nothing was retried after an answer with this status; raises AssertionError with the calls that were.

    Requests are compared: the same one with the same key counts as a retry, whoever sends it again. It holds if no
    answer had this status. Raises ValueError if `status` is not one.
    """
    __tracebackhide__ = True
    check_fake(fake, "assert_not_retried")
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        raise ValueError(mismatch("status", "an int from 100 to 599", status))
    answered = [call for call in fake.calls if any(attempt.status == status for attempt in call.attempts)]
    retries = [retry for retry in retries_of(fake) if retry.before.status == status]
    if retries:
        again = {retry.call.id for retry in retries}
        which = f"{len(again)} of {counted(len(answered), 'call')} answered with {status}"
        raise failure(
            f"no retry after an answer with {status}",
            f"{which} {'was' if len(again) == 1 else 'were'} retried",
            'look below for the next attempt: "retry" means that the SDK sent it, "repeat" that a layer below it did, '
            "and another call with the same request that the code above the SDK did, such as a loop or tenacity; pass "
            f"max_retries=0 if a {status} must end the call, and let no code above repeat it",
            fake,
            _calls_of(retries),
        )


def assert_retry_after_honoured(fake: Fake) -> None:
    """Assert that each attempt after an answer with Retry-After came no sooner than that asked.

    The next attempt is a retry of the SDK, or the same request in another call. The wait is judged on the later of two
    clocks, that of the fake and that of the machine. The status does not matter, nor whether Retry-After is a date or
    seconds. It holds if no answer had one. Raises AssertionError with the calls that came too soon.
    """
    __tracebackhide__ = True
    check_fake(fake, "assert_retry_after_honoured")
    too_soon = [
        retry
        for retry in retries_of(fake)
        if retry.before.retry_after is not None and retry.waited.is_sooner(retry.before.retry_after)
    ]
    if too_soon:
        found = [
            f"attempt {retry.after.number} of {call_name(retry.again)} came {retry.waited.shown} after "
            f"a {retry.before.status} that had asked to wait {seconds(retry.before.retry_after or 0.0)}"
            for retry in too_soon
        ]
        raise failure(
            "each attempt after an answer with Retry-After waits as long as it asks",
            "; ".join(found[:3]) + (f"; and {len(found) - 3} more" if len(found) > 3 else ""),
            "wait for error.retry_after before the next attempt; a wait counts if it moves octamem_clock or takes real "
            "time, so a sleep that the test replaced is not seen here",
            fake,
            _calls_of(too_soon),
        )


def _calls_of(retries: Sequence[Retry]) -> List[CallRecord]:
    return list({call.id: call for retry in retries for call in (retry.call, retry.again)}.values())
