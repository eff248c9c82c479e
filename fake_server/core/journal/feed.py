"""The feed: which calls changed, in the order of their latest changes, so that a shell can ask what is new."""

from __future__ import annotations

from itertools import islice
from typing import Dict, List, NamedTuple, Optional

from .call_state import CallState

__all__ = ["Changed", "Feed"]

CAPACITY = 10_000  # calls whose latest change is kept at least: a page holds no more


class Changed(NamedTuple):
    """The calls that changed since a number, the latest change last, and how many older ones are left out."""

    number: int
    calls: List[CallState]
    skipped: int


class Feed:
    """Numbers each change of a call, and keeps the latest of each; the caller holds a lock."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.number = 0
        self.restarted = 0  # the number at which all calls before were forgotten
        self._oldest = 0  # the number up to which changes are no longer kept
        self._capacity = capacity
        self._most = capacity + capacity // 8
        self._changed: Dict[CallState, int] = {}

    def touch(self, call: CallState) -> None:
        """Number a change of a call."""
        number = self.number = self.number + 1
        call.rev += 1
        changed = self._changed
        changed.pop(call, None)
        changed[call] = number
        if len(changed) > self._most:
            self._trim()

    def _trim(self) -> None:
        """Forget the oldest changes: several at once, because a dict takes long to find its first item."""
        for call in list(islice(self._changed, len(self._changed) - self._capacity)):
            self._oldest = self._changed.pop(call)

    def forget(self, call: CallState) -> None:
        """Forget a call that the journal no longer keeps."""
        self._changed.pop(call, None)

    def restart(self) -> None:
        """Forget every call: whoever follows the feed reads them all again."""
        self.number += 1
        self.restarted = self._oldest = self.number
        self._changed.clear()

    def since(self, number: int, most: int) -> Optional[Changed]:
        """Return what changed after `number`, at most `most` calls; None if that is no longer known."""
        if not self._oldest <= number <= self.number:
            return None
        newest: List[CallState] = []
        skipped = 0
        for call, changed in reversed(self._changed.items()):
            if changed <= number:
                break
            if len(newest) < most:
                newest.append(call)
            else:
                skipped += 1
        return Changed(self.number, newest[::-1], skipped)
