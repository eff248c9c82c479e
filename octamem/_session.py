"""What a client keeps over its life, and the fresh copy of it inside an override block."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any, Callable, List, Optional, Set, TypeVar, Union

if TYPE_CHECKING:
    from ._call.budget import RetryBudget
    from ._http.async_pool import AsyncPool
    from ._http.endpoint import Endpoint
    from ._http.pool import Pool

    AnyPool = Union[Pool, AsyncPool]

KeptT = TypeVar("KeptT")


class Session:
    """Everything that changes over the life of a client: connections, retry budget, endpoint, open or closed."""

    def __init__(self, pool: AnyPool, budget: Optional[RetryBudget]) -> None:
        self.pool = pool
        self.budget = budget
        self.endpoint: Optional[Endpoint] = None
        self.closed = False
        self.named: Set[str] = set()
        """The fields of answers that the log has named; clients on the same connections share it."""

    def is_closed(self) -> bool:
        """Return whether the client, or the one whose connections it shares, is closed."""
        return self.closed or self.pool.closed

    def in_scope(self, scope: Scope) -> Session:
        """Return the copy of this session in a scope; clients that share a pool or a budget share its copy too."""
        return scope.copy_of(self, lambda: self._copy(scope))

    def _copy(self, scope: Scope) -> Session:
        budget = None if self.budget is None else scope.copy_of(self.budget, self.budget.fresh)
        return Session(scope.copy_of(self.pool, self.pool.fresh), budget)


class Scope:
    """The fresh sessions that clients have inside one override block."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._copies: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()

    def copy_of(self, kept: KeptT, fresh: Callable[[], KeptT]) -> KeptT:
        """Return the copy of an object, made when it is first asked for."""
        with self._lock:
            copy: Optional[KeptT] = self._copies.get(kept)
            if copy is None:
                copy = self._copies[kept] = fresh()
            return copy

    def end(self) -> None:
        """Drop all copies: each pool closes its connections when no call uses them any more."""
        with self._lock:
            self._copies.clear()

    def after_fork(self) -> None:
        """Replace the lock in a child process, and leave the parent's connections alone."""
        self._lock = threading.RLock()
        copies: List[Any] = list(self._copies.values())
        for copy in copies:
            if not isinstance(copy, Session):
                copy.after_fork()
