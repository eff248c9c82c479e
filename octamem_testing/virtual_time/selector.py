"""The selector of an event loop in virtual time: where the loop waits, its thread blocks on the scheduler."""

from __future__ import annotations

import asyncio
import selectors
from math import ceil, inf
from typing import TYPE_CHECKING, Callable, FrozenSet, List, Optional, Tuple

from fake_server.core.clock import TICKS

from .bounds import WaitReleased
from .deadline import NOISE
from .threads.turns import real_time

if TYPE_CHECKING:
    from .scheduler import Scheduler

__all__ = ["VirtualSelector"]

_FREEZE = 1.0
"""Real seconds that virtual time stands still for a descriptor of the program's own, such as a socket or a pipe."""

_GLANCE = 0.05
"""Real seconds between looks at whether a server of the kit is still at work."""


class VirtualSelector:
    """A selector that blocks on the scheduler; for descriptors beyond the loop's own it waits in real time first."""

    def __init__(
        self,
        inner: selectors.BaseSelector,
        scheduler: Scheduler,
        loop: asyncio.AbstractEventLoop,
        is_timed: Callable[[], bool],
    ) -> None:
        self.inner = inner
        self.register, self.unregister, self.modify = inner.register, inner.unregister, inner.modify
        self.close, self.get_key, self.get_map = inner.close, inner.get_key, inner.get_map
        self._scheduler = scheduler
        self._loop, self._is_timed = loop, is_timed
        self._idle: FrozenSet[object] = frozenset()

    def _outside(self, timeout: Optional[float]) -> List[Tuple[selectors.SelectorKey, int]]:
        """Wait in real time: for a moment, and while a server of the kit is at work up to the time-out."""
        until = inf if timeout is None else real_time() + timeout
        piece = _FREEZE
        while True:
            found = self.inner.select(max(0.0, min(piece, until - real_time())))
            if found or real_time() >= until or not self._scheduler.is_served():
                return found
            piece = _GLANCE

    def select(self, timeout: Optional[float] = None) -> List[Tuple[selectors.SelectorKey, int]]:
        """Return what is ready, after a wait in virtual time of at most so many seconds; None waits for ever."""
        select, order = self.inner.select, self._scheduler.order
        found = select(0)
        if timeout is not None and timeout <= 0:
            self._scheduler.yield_turn(timed=self._is_timed())
            if order is not None:
                order.free_if_spinning(self._loop)
            return found
        if found:
            return found
        if order is not None and order.has_held(self._loop):
            self._scheduler.point(fair=True)
            found = select(0)
            if not found:
                order.free(self._loop)
            return found
        known: FrozenSet[object] = frozenset(self.get_map())
        external = len(known) > 1 and known != self._idle
        if external and self._scheduler.single_threaded:
            found = self._outside(timeout)
            external = False
        if not found:

            def is_ready() -> bool:
                found[:] = select(0)
                return bool(found)

            wait = None if timeout is None else max(1, ceil(timeout * TICKS - NOISE))
            try:
                self._scheduler.block(is_ready, wait, freeze=_FREEZE if external else 0.0, outside=len(known) > 1)
            except WaitReleased as released:
                return select(released.left)
        self._idle = frozenset() if found else known
        return found
