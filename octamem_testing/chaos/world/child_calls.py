"""Child calls: a process that the program has forked, and that calls OctaMem, is refused by name."""

from __future__ import annotations

import os
from mmap import mmap

from octamem_testing.chaos.scenario.scenario import ScenarioError

__all__ = ["ChildCalls", "child_refused"]

_INSTEAD = (
    "it cannot be in virtual time, and nothing that it does is judged: use threads in the scenario, "
    "call the function of the process itself, or do that work before the hunt"
)


class ChildCalls:
    """Knows the process of a round, and learns whether a fork of it has called OctaMem."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._called = mmap(-1, 1)  # a child shares it with the process that it was forked from

    @property
    def were_made(self) -> bool:
        """Whether a forked process has called OctaMem."""
        return bool(self._called[0])

    def require_none(self) -> None:
        """Raise ScenarioError in a forked process, and let the process of the round know."""
        if os.getpid() != self._pid:
            self._called[0] = 1
            raise child_refused("a call to OctaMem in a child process", "")


def child_refused(got: str, place: str) -> ScenarioError:
    """Return the error for work that the program leaves to a process of its own."""
    where = f" ({place})" if place else ""
    return ScenarioError(f"scenario: expected calls to OctaMem in threads or tasks, got {got}{where}; {_INSTEAD}")
