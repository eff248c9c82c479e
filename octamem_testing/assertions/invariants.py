"""assert_invariants: the invariants of chaos that need no schedule, checked against the calls so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from octamem_testing.checks import check_fake
from octamem_testing.invariants.verdict import Violation, violations
from octamem_testing.report.timeline import indented, timeline

if TYPE_CHECKING:
    from fake_server.core import Fake

__all__ = ["assert_invariants", "explained"]

_REMEDIES = {
    "acknowledged_once": (
        "repeat a write whose outcome is unknown with the same Idempotency-Key, or look whether it is stored first"
    ),
    "retry_after_honoured": "wait for the Retry-After of the answer, error.retry_after, before the next attempt",
    "refusals_not_repeated": "end the call at this status: another attempt is refused again",
    "delayed": "wait before each retry, longer each time, or the retries keep the service down",
    "bounded": "limit the attempts, and let one layer alone retry",
}


def assert_invariants(fake: Fake) -> None:
    """Assert that the retries of the code under test keep the invariants; raises AssertionError with the evidence.

    - `retry_after_honoured`: no attempt comes sooner than the Retry-After of a 429 or 503 asks.
    - `refusals_not_repeated`: nothing is sent again after a 400, 401, 403 or 404.
    - `delayed`: a wait comes before each retry.
    - `bounded`: one call makes at most 10 attempts.
    - `acknowledged_once`: an add that was acknowledged is stored once.

    Only requests that are known to be attempts of one call are judged, on their way through the kit's clients, mock,
    server and transports. Raises TypeError if `fake` is not the fake.
    """
    __tracebackhide__ = True
    check_fake(fake, "assert_invariants")
    found = violations(fake)
    if found:
        raise AssertionError(explained(fake, found))


def explained(fake: Fake, found: Sequence[Violation]) -> str:
    """Return what was found, what to do, and the calls concerned."""
    concerned = {id(entry) for each in found for entry in each.requests}
    calls = [call for call in fake.calls if any(id(attempt.entry) in concerned for attempt in call.attempts)]
    lines = [f"  {each.invariant}: {each.evidence}\n    what to do: {_REMEDIES[each.invariant]}" for each in found]
    shown = indented(timeline(fake, calls or None))
    return "\n".join(["the calls show a retry bug:", *lines, "the calls:", shown])
