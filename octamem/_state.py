"""The state that a client keeps over its life, and the fresh copy that it has inside an override block."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any, Callable, Generic, List, Optional, Protocol, TypeVar

from typing_extensions import Self

if TYPE_CHECKING:
    from ._call.budget import RetryBudget
    from ._http.endpoint import Endpoint


class Pool(Protocol):
    """The connections of a client."""

    closed: bool
    own: Any

    def fresh(self) -> Self:
        """Return a pool like this one, with nothing open."""
        ...

    def after_fork(self) -> None:
        """Leave what belongs to the parent process behind."""
        ...


PoolT = TypeVar("PoolT", bound=Pool)
ThingT = TypeVar("ThingT")


class ClientState(Generic[PoolT]):
    """All that changes over the life of a client: connections, retry budget, endpoint, and whether it is closed."""

    def __init__(self, pool: PoolT, budget: Optional[RetryBudget]) -> None:
        self.pool = pool
        self.budget = budget
        self.endpoint: Optional[Endpoint] = None
        self.closed = False

    def is_closed(self) -> bool:
        """Return whether the client, or the one whose connections it shares, takes no more calls."""
        return self.closed or self.pool.closed

    def in_scope(self, scope: Scope) -> ClientState[PoolT]:
        """Return the copy of this state in a scope; clients that share a pool or a budget share its copy too."""
        return scope.of(self, lambda: self._copy(scope))

    def _copy(self, scope: Scope) -> ClientState[PoolT]:
        pool = scope.of(self.pool, self.pool.fresh)
        return ClientState(pool, None if self.budget is None else scope.of(self.budget, self.budget.fresh))


class Scope:
    """The fresh states that clients have inside one override block."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._copies: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()

    def of(self, kept: ThingT, fresh: Callable[[], ThingT]) -> ThingT:
        """Return the copy of a thing, made when it is first asked for."""
        with self._lock:
            copy: Optional[ThingT] = self._copies.get(kept)
            if copy is None:
                copy = self._copies[kept] = fresh()
            return copy

    def end(self) -> None:
        """Drop all copies: each pool closes its connections once no call uses them."""
        with self._lock:
            self._copies.clear()

    def after_fork(self) -> None:
        """Replace the lock in a child process, and leave the parent's connections behind."""
        self._lock = threading.RLock()
        copies: List[Any] = list(self._copies.values())
        for copy in copies:
            if not isinstance(copy, ClientState):
                copy.after_fork()
