"""The living clients of this process, by weak references: for test kits that must catch them, and for forks."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from dataclasses import dataclass
from typing import Callable, FrozenSet, List, Set, Tuple

from ._errors import ValidationError


@dataclass(frozen=True, eq=False)
class Member:
    """The registry's view of a client: its base URL now, and what to do in a child process after a fork."""

    base_url: Callable[[], str]
    after_fork: Tuple[Callable[[], None], ...]


class _Registry:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._members: weakref.WeakSet[Member] = weakref.WeakSet()

    def join(self, member: Member) -> Member:
        with self._lock:
            self._members.add(member)
        return member

    def members(self) -> List[Member]:
        with self._lock:
            return list(self._members)

    def after_fork(self) -> None:
        self._lock = threading.Lock()
        for member in self.members():
            for after_fork in member.after_fork:
                after_fork()


REGISTRY = _Registry()

# Windows has no fork.
with contextlib.suppress(AttributeError):
    os.register_at_fork(after_in_child=REGISTRY.after_fork)


def base_urls() -> FrozenSet[str]:
    """Return the base URLs of all living clients, except those whose environment holds an invalid URL."""
    urls: Set[str] = set()
    for member in REGISTRY.members():
        with contextlib.suppress(ValidationError):
            urls.add(member.base_url())
    return frozenset(urls)
