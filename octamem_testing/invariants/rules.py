"""The rules of retries as functions of plain values, for chaos, for the verdict and for the assertions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional

from fake_server.core.clock import TICKS
from octamem_testing.report.timeline import seconds

if TYPE_CHECKING:
    from fake_server.core.journal.entry import Entry

__all__ = [
    "LEAST_WAIT",
    "MOST_ATTEMPTS",
    "REFUSALS",
    "TICK",
    "Waited",
    "asks_for_no_wait",
    "asks_to_wait",
    "refusal_repeated",
    "sent_at_once",
    "sent_too_soon",
    "tried_too_often",
]

TICK = 1 / TICKS
"""The shortest time that the fake's clock can tell, in seconds."""
REFUSALS = (400, 401, 403, 404)
"""Statuses that another attempt would get again."""
LEAST_WAIT = 0.001
"""The shortest pause that counts as a wait before a retry, in seconds."""
MOST_ATTEMPTS = 10
"""The most attempts of one call."""
_EARLY = 0.02  # seconds by which a timer of the machine may end too early
_NOTICED = 0.1  # seconds of the machine's time that are worth telling
_HOLD = (429, 503)  # the statuses for which RFC 9110 and RFC 6585 give Retry-After its meaning as a wait


def asks_to_wait(entry: Entry) -> bool:
    """Whether an answer can ask for a wait: a 429 or a 503 that reached the client whole and unspoilt."""
    return entry.status in _HOLD and not entry.lost and not entry.spoilt


def asks_for_no_wait(entry: Entry, asked: Optional[float]) -> bool:
    """Whether an answer says that the next attempt may come at once, as 0 and a date in the past do."""
    return asked == 0 and asks_to_wait(entry)


@dataclass(frozen=True)
class Waited:
    """How long a sender waited, in seconds: on the fake's clock, and on the machine's as far as the kit saw it.

    A wait on either of the two counts, so the later clock decides.
    """

    virtual: float
    real: float = 0.0

    @property
    def shown(self) -> str:
        """The wait on the later clock, in words; what a call itself takes of the machine's time is none."""
        return seconds(self.virtual if self.real < self.virtual + _NOTICED else round(self.real, 1))

    def is_sooner(self, asked: float) -> bool:
        """Whether the sender came before the wait was over that it was asked for."""
        return self.virtual < asked - TICK and self.real < asked - _EARLY


def sent_too_soon(after: str, before: str, status: Optional[int], *, waited: Waited, asked: float) -> Optional[str]:
    """Return the evidence that an attempt did not honour a Retry-After, None if it did."""
    if not waited.is_sooner(asked):
        return None
    return f"{after} was sent {waited.shown} after {before}, although the {status} asked to wait {seconds(asked)}"


def sent_at_once(after: str, before: str, *, waited: float, least: float = LEAST_WAIT) -> Optional[str]:
    """Return the evidence that a retry came without a wait, None if there was one."""
    if waited >= least - TICK:
        return None
    return f"{after} was sent {seconds(waited)} after {before} had failed, without a wait"


def refusal_repeated(after: str, before: str, status: Optional[int]) -> str:
    """Return the evidence that a refused request was sent again."""
    return f"{after} repeats {before}, which was refused with {status}"


def tried_too_often(endpoint: Optional[str], attempts: int, most: int = MOST_ATTEMPTS) -> Optional[str]:
    """Return the evidence that one call was tried too often, None if it was not."""
    if attempts <= most:
        return None
    return f"one call to {endpoint} made {attempts} attempts; at most {most} are allowed"
