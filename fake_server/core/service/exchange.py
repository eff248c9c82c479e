"""One request that was accepted: its fault, what is carried out, what the client gets, and what the journal says."""

from __future__ import annotations

from dataclasses import replace
from sys import intern
from typing import Iterator, Optional, Tuple

from fake_server.core.bounds import CapacityError
from fake_server.core.changes import Change
from fake_server.core.custom_search import SearchFailedError
from fake_server.core.faults.answers import refusal, spoil
from fake_server.core.faults.lies import Lie
from fake_server.core.faults.script import AFTER, LIES, Step
from fake_server.core.journal.entry import Entry
from fake_server.core.journal.journal import Journal
from fake_server.core.lock import FairLock
from fake_server.core.messages import Outcome, Reply, Request
from fake_server.core.tenants.tenant import Tenant
from fake_server.core.tenants.tenants import Tenants
from fake_server.core.transactions import Transaction, undo

from .found import other_keys
from .operations import handle

__all__ = ["Exchange"]

ID_HEADER = "x-request-id"
_NOT_HONOURED = "the Idempotency-Key was not honoured: idempotency is off"
_NOT_KEPT = "the first answer to this Idempotency-Key is not kept: the setting idempotency was off, or it is too old"


class Exchange:
    """One request inside the fake: accepted, perhaps to wait before the handler runs, then decided once.

    `wait` is in seconds. A shell whose client left during the wait calls `abandon` instead of `decide`. One that calls
    `follow` says by `over` when the answer has gone out, or cannot; for others the exchange is over once it is decided.
    `raised` is how the test author's own `search` failed, if it did: the outcome is then a 503, and a shell in the
    author's own process raises this instead. `transaction` is what a shell must commit before the answer leaves, None
    if that is nothing. `outcome` is what the client gets after it: of a reverted request, that it failed.
    """

    def __init__(
        self,
        request: Request,
        tenant: Optional[Tenant],
        step: Optional[Step],
        unreadable: str,
        *,
        full: Optional[CapacityError] = None,
        entry: Entry,
        journal: Journal,
        tenants: Tenants,
        lock: FairLock,
    ) -> None:
        self.entry = entry
        self.wait = 0.0
        self.raised: Optional[SearchFailedError] = None
        self.outcome: Optional[Outcome] = None
        self.transaction: Optional[Transaction] = None
        self._request = request
        self._tenant = tenant
        self._step: Optional[Step] = None
        self._unreadable = unreadable
        self._full = full
        self._is_waiting = False
        self._journal = journal
        self._is_followed = False
        self._tenants = tenants
        self._clock = tenants.clock if tenant is None else tenant.clock
        self._lock = lock
        self._transactions = tenants.transactions
        if step is not None:
            self.meet(step)

    @property
    def is_behind(self) -> bool:
        """Whether it is a search that has to read so much first that other keys would notice."""
        return self.entry.endpoint == "search" and self._tenant is not None and self._tenant.store.is_behind

    def indexing(self) -> Iterator[bool]:
        """Read what its search has to read, in steps, as `Fake.indexing` does."""
        return iter(()) if self._tenant is None else self._tenant.store.indexing(self._lock)

    def stay_open(self) -> None:
        """Tell that it waits to be decided, and let its key stay open until then; the caller holds the lock."""
        self._journal.changed(self.entry)
        if self._tenant is not None:
            self._is_waiting = True
            self._tenant.waiting += 1

    def decide(self) -> Outcome:
        """Carry the request out, or not, as the fault says, and return what the client gets."""
        if self.is_behind and self._tenant is not None:
            self._tenant.store.catch_up(self._lock)
        with self._lock:
            return self.decide_now(self._clock.ticks())

    def decide_now(self, now: int) -> Outcome:
        """Do as `decide` does at a time; the caller holds the lock, and nobody else waits for what is read first."""
        outcome, entry = self._outcome(now), self.entry
        if self._is_waiting:
            self._wait_no_longer()
        if isinstance(outcome, Reply):
            outcome = outcome.with_headers({ID_HEADER: entry.request_id})
        if not self._is_followed or self._leaves_at_once(outcome):
            entry.ended = self._clock.ticks()
        self._journal.close(entry, outcome)
        self.outcome = outcome
        if self._transactions.on:
            key = None if self._tenant is None else self._tenant.key
            self.transaction = self._transactions.close(self.revert, key=key)
        return outcome

    def _leaves_at_once(self, outcome: Outcome) -> bool:
        """Return whether nothing is waited for between the decision and the answer."""
        return isinstance(outcome, Reply) and not (outcome.delay or outcome.drip or self._transactions.on)

    def follow(self) -> None:
        """Leave the attempt open after it is decided, until `over` is called, unless its answer leaves at once."""
        self._is_followed = True

    def over(self, *, confirmed: bool = True) -> None:
        """Write down that the answer goes out; a later call may add that the connection ended with it."""
        entry = self.entry
        if entry.ended is not None and entry.confirmed == confirmed:  # nobody else writes these two
            return
        with self._lock:
            entry.confirmed = confirmed
            if entry.ended is None:
                entry.ended = self._clock.ticks()
            self._journal.changed(entry)

    @property
    def changes(self) -> Tuple[Change, ...]:
        """What it changed of what is kept; nothing if the fake does not keep changes."""
        return () if self.transaction is None else self.transaction.changes

    def revert(self, reason: str) -> None:
        """Undo its changes, which could not be committed, and answer 503: nothing of it is stored or counted."""
        with self._lock:
            undo(self.changes)
            failed = refusal(503, "STORAGE_FAILED", f"Nothing was stored: {reason}")
            self.outcome = failed.with_headers({ID_HEADER: self.entry.request_id})
            self._journal.close_again(self.entry, self.outcome, f"reverted, since it could not be stored: {reason}")

    def _outcome(self, now: int) -> Outcome:
        step, entry = self._step, self.entry
        if self._full is not None and entry.endpoint is not None:
            return refusal(503, "CAPACITY", str(self._full))
        if self._unreadable:
            return refusal(400, "VALIDATION_ERROR", entry.blanked(self._unreadable))
        if step is not None and step.phase != AFTER and not step.holds_up:
            return spoil(step, None)
        if self._tenant is not None:
            entry.settings = self._tenant.settings  # they may have changed while it waited
        lie = Lie(step, entry.identity) if step is not None and step.kind in LIES else None
        handled = handle(self._request, self._tenant, lie, now=now, blanked=entry.blanked)
        entry.handled = handled.reply.status
        entry.effect = handled.effect
        if handled.hits is not None:
            entry.hits, entry.search, entry.found = handled.hits, handled.search, intern(handled.found)
        if entry.search is not None and self._tenant is not None and entry.search.cause == "no_memories":
            entry.search = replace(entry.search, other_keys=other_keys(self._tenants, self._tenant))
        if handled.notes:
            entry.notes.extend(handled.notes)
        if "stored" in handled.effect:
            if entry.call.commits and entry.call.has_token:
                entry.notes.append(_NOT_KEPT if entry.settings.idempotency else _NOT_HONOURED)
            entry.call.commits += 1
        if handled.read is not None:
            entry.read(handled.read)
        self.raised = handled.raised
        return handled.reply if step is None or lie or step.holds_up else spoil(step, handled.reply)

    def _wait_no_longer(self) -> None:
        """Let the key be closed again, which must stay open as long as a request of it may store a memory."""
        if self._is_waiting and self._tenant is not None:
            self._is_waiting = False
            self._tenant.waiting -= 1
            self._tenants.use(self._tenant)

    def meet(self, step: Optional[Step]) -> None:
        """Replace the fault of the request, with none if `step` is None, before it is decided.

        This is for a shell that has faults of its own.
        """
        self._step = step
        self._unreadable = ""
        self.wait = step.seconds if step is not None and step.holds_up else 0.0
        self.entry.fault = None if step is None else step.name

    def abandon(self) -> None:
        """Write down that the client left before the handler ran, so that nothing was carried out."""
        with self._lock:
            self._wait_no_longer()
        self.undelivered("the client left before the handler ran")

    def undelivered(self, why: str = "the client left before the answer was sent") -> None:
        """Write down that the answer did not reach the client."""
        with self._lock:
            self.entry.undelivered(why)
            if not self._is_followed:
                self.entry.ended = self._clock.ticks()
            self._journal.changed(self.entry)

    def note(self, text: str) -> None:
        """Add a remark to the journal."""
        self.entry.notes.append(text)
