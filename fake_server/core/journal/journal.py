"""The journal of one key: each attempt with its request, its answer and its effect."""

from __future__ import annotations

from collections import deque
from hashlib import blake2b
from itertools import chain
from operator import attrgetter
from typing import Deque, Dict, Iterable, List, Optional

from fake_server.core.bounds import Bounds
from fake_server.core.budget import Budget
from fake_server.core.known_keys import KnownKeys
from fake_server.core.messages import Outcome, Reply, Request

from .call_state import CallState
from .entry import KEPT, Entry, target_of
from .feed import Feed

__all__ = ["Journal", "merged"]

CAPACITY = 10_000  # attempts kept a key: hours of a test run, and few enough to hold in memory
CAPACITY_BYTES = 64 << 20  # bodies kept a key, in bytes
ENTRY = 1_200  # bytes that an attempt takes beside its texts, measured
BODY = 160  # bytes that the number of calls with a body takes, measured


class Journal:
    """The attempts on one key, oldest first, the oldest dropped beyond a bound."""

    def __init__(
        self,
        capacity: int = CAPACITY,
        capacity_bytes: int = CAPACITY_BYTES,
        *,
        feed: Optional[Feed] = None,
        keys: Optional[KnownKeys] = None,
        budget: Optional[Budget] = None,
    ) -> None:
        self.dropped = 0
        self.cost = 0  # bytes of memory that it takes, kept up to date by its budget
        self._budget = Budget(Bounds().journal_bytes) if budget is None else budget
        self.feed = Feed() if feed is None else feed
        self._keys = keys or KnownKeys()
        self._capacity = capacity
        self._capacity_bytes = capacity_bytes
        self._bytes = 0
        self._entries: Deque[Entry] = deque()
        self._by_token: Dict[str, CallState] = {}
        self._latest: Dict[str, CallState] = {}
        self._occurrences: Dict[str, int] = {}

    def __del__(self) -> None:
        """Let go of the attempts at once: each knows its call, which knows it, so that they would wait as garbage."""
        for entry in self._entries:
            entry.call.entries.clear()
        self._by_token.clear()
        self._latest.clear()

    def open(
        self,
        seq: int,
        ticks: int,
        key: str,
        request: Request,
        endpoint: Optional[str],
        *,
        request_id: str = "",
        key_id: str = "",
    ) -> Entry:
        """Write down that a request came, and find the call that it belongs to; the next `changed` tells of it."""
        call = self._call(key, request, endpoint)
        call.attempts += 1
        entry = Entry(seq, ticks, key, request, endpoint, call, request_id, key_id)
        self._entries.append(entry)
        call.entries.append(entry)
        self._bytes += len(entry.body)
        self._budget.use(self, _cost(entry))
        return entry

    def close(self, entry: Entry, outcome: Outcome) -> None:
        """Write down what was sent back, and drop the oldest attempts beyond the bounds."""
        entry.close(outcome)
        size = len(entry.response or b"") if self._keeps(entry) else 0
        self._bytes += size
        self.changed(entry)
        while len(self._entries) > self._capacity or (self._bytes > self._capacity_bytes and len(self._entries) > 1):
            self.drop_oldest()
        self._budget.fit(self, size)

    def close_again(self, entry: Entry, outcome: Outcome, why: str) -> None:
        """Write down another answer in place of the first, and that the attempt had no effect."""
        if self._keeps(entry):
            self._bytes -= len(entry.response or b"")
            self._budget.charge(self, -len(entry.response or b""))
        entry.call.commits -= bool(entry.stored)
        entry.effect = {}
        entry.found = ""
        entry.hits = entry.search = None
        entry.handled = outcome.status if isinstance(outcome, Reply) else None
        entry.notes.append(why)
        self.close(entry, outcome)

    def changed(self, entry: Entry) -> None:
        """Number a change of an attempt, unless it was dropped before."""
        if entry.call.entries:
            self.feed.touch(entry.call)

    def _keeps(self, entry: Entry) -> bool:
        """Return whether an attempt was not dropped while it waited."""
        return bool(self._entries) and entry.seq >= self._entries[0].seq

    def __len__(self) -> int:
        """Count the attempts kept."""
        return len(self._entries)

    def move(self, budget: Budget) -> None:
        """Be counted in another budget from now on."""
        self._budget.leave(self)
        self._budget = budget
        budget.join(self)

    def entries(self) -> List[Entry]:
        """List the attempts kept, oldest first."""
        return list(self._entries)

    def _call(self, key: str, request: Request, endpoint: Optional[str]) -> CallState:
        token = request.headers.get("idempotency-key")
        target = target_of(request, endpoint)
        if token:
            call = self._by_token.get(f"{target} {token}")
            if call is not None:
                return call
        digest = blake2b(f"{key} {target} ".encode("utf-8", "replace") + request.body, digest_size=4).hexdigest()
        if not token:
            call = self._latest.get(digest)
            if call is not None and call.open:
                return call
        occurrence = self._occur(digest)
        if token:
            return CallState(digest, occurrence, self._by_token, f"{target} {token}", keys=self._keys)
        return CallState(digest, occurrence, self._latest, digest, keys=self._keys)

    def _occur(self, digest: str) -> int:
        """Count a call of a body; from 1 again after twice as many other bodies as attempts are kept."""
        occurrence = self._occurrences.pop(digest, 0) + 1
        self._occurrences[digest] = occurrence
        if len(self._occurrences) > 2 * self._capacity:
            del self._occurrences[next(iter(self._occurrences))]
        elif occurrence == 1:
            self._budget.charge(self, BODY)
        return occurrence

    def forget_rest(self) -> None:
        """Number the calls of every body from 1 again."""
        self._budget.charge(self, -BODY * len(self._occurrences))
        self._occurrences.clear()

    def drop_oldest(self) -> None:
        """Drop the oldest attempt, and count it."""
        gone = self._entries.popleft()
        self.dropped += 1
        self._bytes -= len(gone.body) + len(gone.response or b"")
        self._budget.charge(self, -_cost(gone) - len(gone.response or b""))
        call = gone.call
        call.entries.remove(gone)
        if call.entries:
            return
        self.feed.forget(call)
        if call.index.get(call.name) is call:
            del call.index[call.name]


def _cost(entry: Entry) -> int:
    """Return the bytes of memory that an attempt takes without its response; a small body is kept as read, too."""
    body = len(entry.body)
    return ENTRY + len(entry.path) + len(entry.method) + (2 * body if body <= KEPT else body)


def merged(journals: Iterable[Iterable[Entry]]) -> List[Entry]:
    """Return the attempts of several journals in the order in which they came."""
    return sorted(chain.from_iterable(journals), key=attrgetter("seq"))
