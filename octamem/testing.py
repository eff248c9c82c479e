"""The seam for test kits: put a transport, a clock and a source of randomness under every client of the process."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, FrozenSet, Optional

from ._clock import AsyncClock, Clock, SyncClock
from ._lazy import LazyModule
from ._overrides import Layer, RandomSource, override_layer
from ._registry import base_urls as _base_urls

if TYPE_CHECKING:
    import httpx
else:
    httpx = LazyModule("httpx")

__all__ = ["AsyncClock", "Clock", "RandomSource", "SyncClock", "base_urls", "override", "preload"]


def override(
    *,
    transport: Optional[httpx.BaseTransport] = None,
    async_transport: Optional[httpx.AsyncBaseTransport] = None,
    clock: Optional[Clock] = None,
    rng: Optional[RandomSource] = None,
    force: bool = False,
) -> AbstractContextManager[None]:
    """Return a context in which every client of this process uses what is given here.

    It is read at each call, in any thread or task, by every client that was not given that argument itself; with
    `force` by the others too. Overrides nest: of two that give the same argument the one entered last holds. A
    client never closes an overriding transport.
    """
    return override_layer(Layer(transport, async_transport, clock, rng), force=force)


def preload() -> None:
    """Load every module that clients would otherwise load at their first call.

    A test may restore `sys.modules` around that call, after which some packages cannot be loaded again.
    """
    from ._http.transports import load_early

    load_early("octamem._core")


def base_urls() -> FrozenSet[str]:
    """Return the base URLs of all clients alive in this process, each as a call made now would use it."""
    return _base_urls()
