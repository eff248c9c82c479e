"""The transport, clock and randomness that a test kit puts under all clients of the process."""

from __future__ import annotations

import contextlib
import os
import random
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generator, Optional, Protocol, Tuple

from ._session import Scope

if TYPE_CHECKING:
    import httpx

    from ._clock import Clock


class RandomSource(Protocol):
    """The source of the jitter of a back-off."""

    def random(self) -> float:
        """Return a number from 0 to below 1."""
        ...


@dataclass(frozen=True)
class Override:
    """The replacements of one or more override blocks; None for no replacement."""

    transport: Optional[httpx.BaseTransport] = None
    async_transport: Optional[httpx.AsyncBaseTransport] = None
    clock: Optional[Clock] = None
    rng: Optional[RandomSource] = None

    def over(self, lower: Override) -> Override:
        """Return this override, completed from the lower one."""
        return Override(
            lower.transport if self.transport is None else self.transport,
            lower.async_transport if self.async_transport is None else self.async_transport,
            lower.clock if self.clock is None else self.clock,
            lower.rng if self.rng is None else self.rng,
        )


@dataclass(frozen=True)
class Overrides:
    """All overrides in force.

    `override` is for clients without an argument of their own, `forced` also for those with one. `scope` holds the
    sessions of the innermost block, and is None outside of all blocks.
    """

    override: Override = Override()
    forced: Override = Override()
    scope: Optional[Scope] = None

    def choose(self, name: str, own: Any) -> Any:
        """Return the object to use in the place of a client's own argument of this name, which may be None."""
        forced = getattr(self.forced, name)
        return getattr(self.override, name) if own is None else own if forced is None else forced


@dataclass(frozen=True)
class _Block:
    scope: Scope
    override: Override
    force: bool


class _InForce:
    """The override blocks of this process; `overrides` is read without a lock, as one attribute."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.blocks: Tuple[_Block, ...] = ()
        self.overrides = Overrides()

    def change(self, blocks: Tuple[_Block, ...]) -> None:
        override = forced = Override()
        for block in blocks:
            override = block.override.over(override)
            forced = block.override.over(forced) if block.force else forced
        self.blocks = blocks
        self.overrides = Overrides(override, forced, blocks[-1].scope if blocks else None)

    def after_fork(self) -> None:
        self.lock = threading.Lock()
        for block in self.blocks:
            block.scope.after_fork()


IN_FORCE = _InForce()
SYSTEM_RANDOM = random.Random()  # noqa: S311 - spreads retries in time, guards nothing

# A lock that another thread held at the fork would stay locked in the child. Windows has no fork.
with contextlib.suppress(AttributeError):
    os.register_at_fork(after_in_child=IN_FORCE.after_fork)


@contextlib.contextmanager
def override_scope(override: Override, *, force: bool) -> Generator[None, None, None]:
    """Put the override over those in force until the block ends; blocks may end in any order."""
    added = _Block(Scope(), override, force)
    with IN_FORCE.lock:
        IN_FORCE.change((*IN_FORCE.blocks, added))
    try:
        yield
    finally:
        with IN_FORCE.lock:
            IN_FORCE.change(tuple(block for block in IN_FORCE.blocks if block is not added))
        added.scope.end()
