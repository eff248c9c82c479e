"""What kits put in the place of a client's transport, clock and randomness, for the whole process."""

from __future__ import annotations

import contextlib
import os
import random
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Generator, Optional, Protocol, Tuple, TypeVar

from ._state import Scope

if TYPE_CHECKING:
    import httpx

    from ._clock import Clock

ThingT = TypeVar("ThingT")


class RandomSource(Protocol):
    """Where the jitter of a back-off comes from."""

    def random(self) -> float:
        """Return a number from 0 to below 1."""
        ...


@dataclass(frozen=True)
class Layer:
    """The replacements that hold: None where there is none."""

    transport: Optional[httpx.BaseTransport] = None
    async_transport: Optional[httpx.AsyncBaseTransport] = None
    clock: Optional[Clock] = None
    rng: Optional[RandomSource] = None

    def over(self, lower: Layer) -> Layer:
        """Return this layer with the lower one showing through where it has none."""
        return Layer(
            lower.transport if self.transport is None else self.transport,
            lower.async_transport if self.async_transport is None else self.async_transport,
            lower.clock if self.clock is None else self.clock,
            lower.rng if self.rng is None else self.rng,
        )


@dataclass(frozen=True)
class Seam:
    """All overrides in force: for clients without an argument of their own, and for those with one too.

    `scope` holds the state that clients have in the innermost block, None if there is none.
    """

    layer: Layer = Layer()
    forced: Layer = Layer()
    scope: Optional[Scope] = None


@dataclass(frozen=True)
class _Entry:
    """One override block: what it puts in place, and for whom."""

    scope: Scope
    layer: Layer
    force: bool


class _State:
    """The overrides in force in this process; `seam` is read without a lock, as one attribute."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.entries: Tuple[_Entry, ...] = ()
        self.seam = Seam()

    def change(self, entries: Tuple[_Entry, ...]) -> None:
        layer = forced = Layer()
        for entry in entries:
            layer = entry.layer.over(layer)
            forced = entry.layer.over(forced) if entry.force else forced
        self.entries = entries
        self.seam = Seam(layer, forced, entries[-1].scope if entries else None)

    def after_fork(self) -> None:
        self.lock = threading.Lock()
        for entry in self.entries:
            entry.scope.after_fork()


STATE = _State()
SYSTEM_RANDOM = random.Random()  # noqa: S311 - spreads retries in time, guards nothing

# A lock that another thread held at the fork would stay locked in the child. Windows has no fork.
with contextlib.suppress(AttributeError):
    os.register_at_fork(after_in_child=STATE.after_fork)


@contextlib.contextmanager
def override_layer(layer: Layer, *, force: bool) -> Generator[None, None, None]:
    """Put the layer over those in force until the block ends, in whatever order blocks end."""
    added = _Entry(Scope(), layer, force)
    with STATE.lock:
        STATE.change((*STATE.entries, added))
    try:
        yield
    finally:
        with STATE.lock:
            STATE.change(tuple(entry for entry in STATE.entries if entry is not added))
        added.scope.end()


_NOTHING = contextlib.nullcontext()


def during_call(clock: object) -> contextlib.AbstractContextManager[object]:
    """Return what a client is inside of for the life of a call: the clock's `call()`, where it has one."""
    call: Optional[Callable[[], contextlib.AbstractContextManager[object]]] = getattr(clock, "call", None)
    return _NOTHING if call is None else call()


def chosen(own: Optional[ThingT], layer: Optional[ThingT], forced: Optional[ThingT]) -> Optional[ThingT]:
    """Return what is in force for a client with this argument of its own, or with none."""
    if own is None:
        return layer
    return own if forced is None else forced
