"""The blocks of the program in which a fake is in use, and the block that a thread works for."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Generator, Optional, Set, Tuple
from weakref import WeakSet

if TYPE_CHECKING:
    from fake_server.core import Fake

    from .outside import Outside
    from .transport import FakeTransport

__all__ = ["NOBODY", "Block", "Owner", "current", "late", "leftovers", "opened", "own", "owner_here", "unowned"]


@dataclass(eq=False)
class Owner:
    """The test, or the block, that a thread works for; `is_over` once it has ended."""

    name: str
    is_over: bool = False


@dataclass(eq=False)
class Block:
    """A fake in use: `transport` answers the calls to the service; without it, they are refused."""

    fake: Optional[Fake]
    owner: Owner
    transport: Optional[FakeTransport] = None
    allow: bool = False
    """Whether a call that nothing caught may leave."""
    outside: Optional[Outside] = None
    """What counts the calls to other hosts, and refuses them; without it, they leave uncounted."""
    number: int = field(default_factory=count(1).__next__)


class _Blocks:
    """The open blocks, innermost last; read without a lock, as one attribute."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.open: Tuple[Block, ...] = ()


BLOCKS = _Blocks()
NOBODY = Owner("nobody")
"""The owner of threads that work for the whole process, and are never late."""
_OWNER: ContextVar[Optional[Owner]] = ContextVar("octamem-owner", default=None)
_OWNED: WeakSet[threading.Thread] = WeakSet()
_ATTRIBUTE = "_octamem_owner"


def current() -> Optional[Block]:
    """Return the innermost open block, None outside of all blocks."""
    blocks = BLOCKS.open
    return blocks[-1] if blocks else None


@contextmanager
def opened(block: Block) -> Generator[None, None, None]:
    """Keep a block open; blocks may end in any order."""
    with BLOCKS.lock:
        BLOCKS.open = (*BLOCKS.open, block)
    former = _OWNER.set(block.owner)
    try:
        yield
    finally:
        with BLOCKS.lock:
            BLOCKS.open = tuple(each for each in BLOCKS.open if each is not block)
            if block.owner is not NOBODY:
                block.owner.is_over = all(each.owner is not block.owner for each in BLOCKS.open)
        with suppress(ValueError):  # it ends in another context, which never had it
            _OWNER.reset(former)


@contextmanager
def unowned() -> Generator[None, None, None]:
    """Start threads in this block that work for the whole process."""
    former = _OWNER.set(NOBODY)
    try:
        yield
    finally:
        _OWNER.reset(former)


def owner_here() -> Optional[Owner]:
    """Return whom the code that runs here works for: an open block, or one that has ended; None for the process."""
    owner = _OWNER.get()
    if owner is not None and not owner.is_over:
        return None if owner is NOBODY else owner
    thread = threading.current_thread()
    if thread is not threading.main_thread():
        return getattr(thread, _ATTRIBUTE, None)
    block = current()
    return None if block is None or block.owner is NOBODY else block.owner


def own(thread: threading.Thread, owner: Optional[Owner]) -> None:
    """Let a thread work for an owner from now on."""
    vars(thread)[_ATTRIBUTE] = owner
    if owner is not None:
        _OWNED.add(thread)


def late() -> Optional[Owner]:
    """Return the ended test for which this thread still works; None for a thread that belongs here."""
    owner: Optional[Owner] = getattr(threading.current_thread(), _ATTRIBUTE, None)
    if owner is None or not owner.is_over:
        return None
    chosen = _OWNER.get()  # a task that somebody else sent to the loop of this thread belongs to the sender
    return owner if chosen is None or chosen.is_over else None


def leftovers() -> Set[threading.Thread]:
    """Return the living threads of tests that have ended."""
    return {thread for thread in list(_OWNED) if thread.is_alive() and _is_over(thread)}


def _is_over(thread: threading.Thread) -> bool:
    owner: Optional[Owner] = getattr(thread, _ATTRIBUTE, None)
    return owner is not None and owner.is_over
