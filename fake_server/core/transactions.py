"""Transactions: changes that belong together, decided, and not yet committed by a shell that keeps them."""

from __future__ import annotations

from typing import Callable, Dict, Hashable, List, Optional, Protocol, Sequence, Set, Tuple

from .changes import Change, Counted, Counters

__all__ = ["Keeping", "Transaction", "Transactions", "undo"]


class _Counting(Protocol):
    """Somebody whose counters go on, and can be put back."""

    @property
    def key(self) -> str: ...

    @property
    def counters(self) -> Counters: ...

    def put_back_counters(self, counters: Counters) -> None: ...


class Transaction:
    """The changes of one request or one control action, which are committed or reverted as one.

    `changes` may be empty: then it rests on earlier ones that are not committed yet. `revert` undoes the changes, and
    tells whoever made them why. `failure` is that reason, None unless it was reverted.
    """

    __slots__ = ("changes", "failure", "keys", "number", "revert")

    def __init__(
        self, number: int, changes: Tuple[Change, ...], keys: Set[Optional[str]], revert: Callable[[str], None]
    ) -> None:
        self.number = number
        self.changes = changes
        self.keys = keys
        self.revert = revert
        self.failure: Optional[str] = None

    def __repr__(self) -> str:
        """Return counts alone, no keys."""
        return f"<Transaction {self.number}: {len(self.changes)} changes>"


class Keeping(Protocol):
    """A shell that commits transactions, or reverts them."""

    async def settled(self, transaction: Optional[Transaction]) -> None:
        """Return once a transaction is committed or reverted, at once for None."""


class Transactions:
    """The changes in the order in which they were decided; off until `start`, and then costs next to nothing.

    Not thread-safe: the caller holds the lock of the fake.
    """

    def __init__(self) -> None:
        self.on = False
        self.failures = 0  # how often all that was pending was reverted, and why the last time
        self.failure = ""
        self._changes: List[Change] = []
        self._touched: Dict[str, Tuple[_Counting, Counters]] = {}
        self._seen: Set[Hashable] = set()
        self._number = 0
        self._pending: Dict[int, Transaction] = {}
        self._last: Dict[Optional[str], int] = {}  # by key, the last transaction that is not committed

    def start(self) -> None:
        """Begin to keep changes; whoever starts it must commit or revert them."""
        self.on = True

    # What changes

    def add(self, change: Change) -> None:
        """Write a change down."""
        self._changes.append(change)

    def touch(self, owner: _Counting) -> None:
        """Write down that counters are about to go on."""
        if owner.key not in self._touched:
            self._touched[owner.key] = (owner, owner.counters)

    def count(self) -> None:
        """Write down how far the touched counters went; done before a change that takes a whole key away."""
        for owner, before in self._touched.values():
            if owner.counters != before:
                self._changes.append(Counted(_putting_back(owner, before), owner.key, owner.counters))
        self._touched.clear()

    def is_first(self, what: Hashable) -> bool:
        """Return whether nobody has asked this since the last transaction: the first undo of a kind restores all."""
        if what in self._seen:
            return False
        self._seen.add(what)
        return True

    # Transactions

    def close(self, revert: Callable[[str], None], *, key: Optional[str], whole: bool = False) -> Optional[Transaction]:
        """Make a transaction of what was written down since the last one, for a request of `key`.

        Returns None if there is none, and if all that it rests on is committed. With `whole`, it rests on all keys.
        """
        self.count()
        self._seen.clear()
        changes, self._changes = tuple(self._changes), []
        rests = bool(self._pending) if whole else key in self._last or None in self._last
        if not changes and not rests:
            return None
        self._number += 1
        made = Transaction(self._number, changes, {key, *(change.key for change in changes)}, revert)
        self._pending[made.number] = made
        self._last.update(dict.fromkeys(made.keys, made.number))
        return made

    def pending(self) -> List[Transaction]:
        """List the transactions that are neither committed nor reverted, oldest first."""
        return list(self._pending.values())

    def committed(self, transactions: Sequence[Transaction]) -> None:
        """Take note that the oldest ones are committed."""
        for each in transactions:
            del self._pending[each.number]
            for key in each.keys:
                if self._last.get(key) == each.number:
                    del self._last[key]

    def revert(self, reason: str) -> List[Transaction]:
        """Undo all that is not committed, the newest first, and return what was pending."""
        self.failures += 1
        self.failure = reason
        self.count()
        undo(self._changes)  # of no transaction yet, and therefore the newest
        self._changes.clear()
        self._seen.clear()
        reverted = self.pending()
        self._pending.clear()
        self._last.clear()
        for each in reversed(reverted):
            each.failure = reason
            each.revert(reason)
        return reverted


def undo(changes: Sequence[Change]) -> None:
    """Undo changes, the newest first."""
    for each in reversed(changes):
        each.undo()


def _putting_back(owner: _Counting, before: Counters) -> Callable[[], None]:
    return lambda: owner.put_back_counters(before)
