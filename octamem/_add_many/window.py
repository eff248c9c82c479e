"""The window over the items: how many may be read ahead, what is done, and what comes next in their order."""

from __future__ import annotations

from typing import Dict, Optional

from octamem._errors import AuthenticationError, MethodNotSupportedError, OctaMemError
from octamem._observe import notify

from .outcome import AddOutcome, AddProgress, OnProgress

AHEAD = 4
"""How many times the concurrency is read ahead of the item whose outcome comes next: one slow call holds up few."""

_STOPS = (AuthenticationError, MethodNotSupportedError)
"""What any other item would be told too: a missing or unknown key, and one that may not add."""


class Window:
    """The items between the next outcome and the last one read.

    All its methods belong to the thread that iterates, except `failed` and `stopped`, which its workers call.
    """

    def __init__(self, concurrency: int, on_progress: Optional[OnProgress]) -> None:
        self.all_read = False
        self._most = AHEAD * concurrency
        self._on_progress = on_progress
        self._read = 0
        self._next = 0
        self._done = self._failed = 0
        self._outcomes: Dict[int, AddOutcome] = {}
        self._stop: Optional[AddOutcome] = None

    def may_read(self) -> bool:
        """Return whether another item may be read now."""
        return not self.all_read and self._read - self._next < self._most

    def read(self) -> int:
        """Count an item that was read, and return its index."""
        self._read += 1
        return self._read - 1

    def is_over(self) -> bool:
        """Return whether every item was read, and every outcome handed out."""
        return self.all_read and self._next == self._read

    def failed(self, index: int, error: OctaMemError) -> AddOutcome:
        """Return the outcome of an item that failed; no other is sent if the service refuses the key."""
        outcome = AddOutcome(index, None, error)
        if isinstance(error, _STOPS) and self._stop is None:
            self._stop = outcome
        return outcome

    def stopped(self, index: int) -> Optional[AddOutcome]:
        """Return the outcome of an item that must not be sent any more, or None if it may be sent."""
        stop = self._stop
        if stop is None or stop.error is None:
            return None
        cause = stop.error
        message = f"not sent, because item {stop.index} failed: {cause.message}"
        return AddOutcome(index, None, type(cause)(message, outcome="not_sent", advice=cause.advice))

    def done(self, outcome: AddOutcome) -> None:
        """Take the outcome of an item, and report the progress."""
        self._outcomes[outcome.index] = outcome
        self._done += 1
        self._failed += outcome.error is not None
        if self._on_progress is not None:
            notify("on_progress", self._on_progress, AddProgress(self._done, self._failed))

    def has_next(self) -> bool:
        """Return whether the next outcome is known."""
        return self._next in self._outcomes

    def next_outcome(self) -> Optional[AddOutcome]:
        """Return the next outcome in the order of the items, or None if it is not known yet."""
        outcome = self._outcomes.pop(self._next, None)
        if outcome is not None:
            self._next += 1
        return outcome
