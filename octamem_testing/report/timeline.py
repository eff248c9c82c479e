"""The calls as text: each call with its attempts, for a reader who asks why a test failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional, Sequence

from fake_server.core.clock import TICKS
from fake_server.core.key_text import blank_key

if TYPE_CHECKING:
    from fake_server.core import Fake
    from fake_server.core.journal.calls import AttemptView, CallRecord

__all__ = ["call_name", "counted", "indented", "seconds", "timeline"]

SHOWN = 200  # attempts, the last ones: an error is near the end


def timeline(fake: Fake, only: Optional[Sequence[CallRecord]] = None) -> str:
    """Return the calls that a fake has seen, or `only` some of them, newest last, without any text of a memory.

    Below each call stand its attempts: first, retry or repeat, the wait before it, its answer, fault and effect.
    """
    calls = fake.calls
    chosen = calls if only is None else only
    shown: List[CallRecord] = []
    attempts = 0
    for call in reversed(chosen):
        attempts += len(call.attempts)
        if shown and attempts > SHOWN:
            break
        shown.insert(0, call)
    several = len({call.key for call in calls}) > 1
    blocks = [_block(call, of=blank_key(call.key) or "" if several else "") for call in shown]
    if len(shown) < len(chosen):
        blocks.insert(0, f"… {counted(len(chosen) - len(shown), 'earlier call')} not shown")
    if fake.dropped():
        blocks.insert(0, f"… {counted(fake.dropped(), 'attempt')} before them no longer kept")
    if len(chosen) < len(calls):
        blocks.append(f"and {counted(len(calls) - len(chosen), 'other call')}")
    return "\n".join(blocks) or "no request reached the fake"


def call_name(call: CallRecord) -> str:
    """Return the name of a call in the journal."""
    first = call.attempts[0].entry
    return f"{call.endpoint or first.target(60)} call {call.id}"


def seconds(length: float) -> str:
    """Return a length of time to the microsecond, without trailing zeros."""
    return f"{length:.6f}".rstrip("0").rstrip(".") + " s"


def counted(number: int, thing: str) -> str:
    """Return a number of things, in the plural unless it is 1."""
    if number == 1:
        return f"1 {thing}"
    return f"{number} {thing[:-1]}ies" if thing.endswith("y") else f"{number} {thing}s"


def indented(text: str) -> str:
    """Return a text with each line indented by two spaces."""
    return "\n".join(f"  {line}" for line in text.split("\n"))


def _block(call: CallRecord, *, of: str) -> str:
    head = call_name(call) + (f" of the key {of}" if of else "")
    return "\n".join([head, *(f"  {_line(attempt)}" for attempt in call.attempts)])


def _line(attempt: AttemptView) -> str:
    when = seconds(attempt.at / TICKS)
    how = "first" if attempt.waited is None else f"{attempt.kind} after {seconds(attempt.waited)}"
    words = [f"{attempt.number}. {how}, at {when} -> {attempt.status or 'no answer'}"]
    if attempt.retry_after is not None:
        words.append(f"retry-after: {seconds(attempt.retry_after)}")
    if attempt.fault:
        words.append(f"fault: {attempt.fault}")
    if attempt.entry.found:
        words.append(attempt.entry.found)
    if attempt.stored:
        words.append(f"stored: {', '.join(attempt.stored)}")
    return "; ".join(words) + "".join(f" ({note})" for note in attempt.notes)
