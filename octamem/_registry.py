"""Every client alive in this process, known weakly: for kits that must catch them, and for forks."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from typing import FrozenSet, List, Protocol, Set

from ._errors import ValidationError


class Member(Protocol):
    """What the registry asks of a client."""

    def current_base_url(self) -> str:
        """Return the base URL that a call made now would go to."""

    def after_fork(self) -> None:
        """Let go of what is shared with the parent process."""


class _Registry:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._members: weakref.WeakSet[Member] = weakref.WeakSet()

    def join(self, member: Member) -> None:
        with self._lock:
            self._members.add(member)

    def members(self) -> List[Member]:
        with self._lock:
            return list(self._members)

    def after_fork(self) -> None:
        self._lock = threading.Lock()
        for member in self.members():
            member.after_fork()


REGISTRY = _Registry()

# Windows has no fork.
with contextlib.suppress(AttributeError):
    os.register_at_fork(after_in_child=REGISTRY.after_fork)


def base_urls() -> FrozenSet[str]:
    """Return the base URLs of all clients alive in this process; none for one whose environment holds nonsense."""
    urls: Set[str] = set()
    for member in REGISTRY.members():
        with contextlib.suppress(ValidationError):
            urls.add(member.current_base_url())
    return frozenset(urls)
