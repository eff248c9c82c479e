"""Child processes: each finds the fake of its test over HTTP, and what a fork wrote into its own copy is told."""

from __future__ import annotations

import json
import os
import threading
import warnings
from contextlib import suppress
from functools import wraps
from typing import Any, Dict, List, Mapping, Optional, Tuple

from fake_server.core import Fake

from . import URL_VARIABLE
from .blocks import BLOCKS, current
from .doorway import DOORWAY
from .parent import PARENTS
from .refusals import on_record, record
from .urls import is_loopback, is_refused, parsed
from .variables import past_proxies

__all__ = ["child_variables", "read_notes", "with_variables"]

_WRITES = ("accept", "configure", "decide", "disarm", "faults", "forget", "intercept", "remember", "replace", "reset")
_COPY = "the fake of the test: a client reaches it from a child too, and the fake itself is used in the test's process"
_LONGEST = 1500  # characters of a note, so that it is written as one piece


def child_variables(variables: Mapping[Any, Any]) -> Dict[str, str]:
    """Return the variables that a child must have beside its own, so that it finds the fake; none outside of a block.

    A loopback address that the author passes is the author's own.
    """
    block = current()
    if block is None or block.allow:
        return {}
    chosen = parsed(str(variables.get(URL_VARIABLE, "")).strip())
    if chosen is not None and is_loopback(chosen.host) and not is_refused(chosen):
        return {}
    url = DOORWAY.url(block)
    DOORWAY.watch()
    return {URL_VARIABLE: url, **past_proxies(variables)}


def with_variables(given: Optional[Mapping[Any, Any]]) -> Optional[Mapping[Any, Any]]:
    """Return the environment of a child, from the one that it was given, None for that of this process."""
    more = child_variables(os.environ if given is None else _as_text(given))
    if not more:
        return given
    if given is not None and any(isinstance(name, bytes) for name in given):
        return {**given, **{os.fsencode(name): os.fsencode(value) for name, value in more.items()}}
    return {**(os.environ if given is None else given), **more}


def _as_text(variables: Mapping[Any, Any]) -> Dict[str, str]:
    return {os.fsdecode(name): os.fsdecode(value) for name, value in variables.items()}


class _Forks:
    """What the parent hears of its forked children: each note is a line in a pipe."""

    def __init__(self) -> None:
        self.pipe: Optional[Tuple[int, int]] = None
        self.urls: Dict[int, str] = {}

    def before(self) -> None:
        """Open the port and the pipe that a child will need, if a fake is in use."""
        self.urls = {id(block.fake): DOORWAY.url(block) for block in BLOCKS.open if block.fake is not None}
        if self.urls and self.pipe is None:
            self.pipe = os.pipe()
            os.set_blocking(self.pipe[0], False)
        if self.urls and DOORWAY.is_alone_with(threading.active_count()):
            # Python warns of a fork beside other threads; those of the kit hold no lock that a child needs.
            warnings.filterwarnings("ignore", r".*multi-threaded, use of fork", DeprecationWarning)

    def in_parent(self) -> None:
        """Serve the child."""
        if self.urls:
            DOORWAY.watch()

    def in_child(self) -> None:
        """Send what clients ask to the parent, and tell it what is written here."""
        BLOCKS.lock = threading.Lock()
        DOORWAY.forget()
        if not self.urls:
            return
        PARENTS.update(self.urls)
        block = current()
        if block is not None:
            os.environ[URL_VARIABLE] = self.urls.get(id(block.fake), next(iter(self.urls.values())))
            os.environ.update(past_proxies(os.environ))
        on_record(self.tell)
        for name in _WRITES:
            setattr(Fake, name, _noting(getattr(Fake, name), self.tell))

    def tell(self, what: str, remedy: str) -> None:
        """Write a note to the parent."""
        if self.pipe is not None:
            with suppress(OSError):
                os.write(self.pipe[1], json.dumps([what[:_LONGEST], remedy[:_LONGEST]]).encode() + b"\n")


def _noting(original: Any, tell: Any) -> Any:
    @wraps(original)
    def method(self: Fake, *arguments: Any, **options: Any) -> Any:
        if id(self) in PARENTS:
            name = original.__name__
            tell(f"a forked child (process {os.getpid()}) used its own copy of the fake: Fake.{name}", _COPY)
        return original(self, *arguments, **options)

    return method


_FORKS = _Forks()
# Windows has no fork.
with suppress(AttributeError):
    os.register_at_fork(before=_FORKS.before, after_in_parent=_FORKS.in_parent, after_in_child=_FORKS.in_child)


def read_notes() -> None:
    """Record what forked children wrote to this process."""
    if _FORKS.pipe is None:
        return
    data = b""
    with suppress(BlockingIOError):
        while True:
            piece = os.read(_FORKS.pipe[0], 65536)
            if not piece:
                break
            data += piece
    lines: List[bytes] = data.splitlines()
    for line in lines:
        with suppress(ValueError):
            what, remedy = json.loads(line)
            record(what, remedy)
