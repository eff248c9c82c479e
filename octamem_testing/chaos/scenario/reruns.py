"""Reruns: the round of a schedule once more with one thing changed, so that a judge sees what the program goes by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, Generic, Hashable, Tuple, TypeVar

from .calls import What

__all__ = ["Change", "Reruns"]

Result = TypeVar("Result")


@dataclass(frozen=True)
class Change:
    """What is changed: each attempt that meets a fault takes `longer` seconds, and `random` draws the `draw`-th way.

    `memories` are there in addition when the round begins. `in_series` lets each thread or task begin only when the one
    has ended that the same starter began before it. `pauses` are pairs of an endpoint and body with seconds: its first
    request takes as much longer. `followed` are texts whose way through the program is traced.
    """

    longer: float = 0.0
    draw: int = 0
    memories: Tuple[str, ...] = ()
    in_series: bool = False
    pauses: Tuple[Tuple[What, float], ...] = ()
    followed: Tuple[str, ...] = ()


class Reruns(Generic[Result]):
    """The reruns of one program, and what judges have learned from them: `learned` is theirs, by keys of their own.

    `play` makes the round of a schedule with a change, which does not count.
    """

    def __init__(self, play: Callable[[str, Change], Result]) -> None:
        self.play = play
        self.learned: Dict[Hashable, bool] = {}
        self._played: Dict[Hashable, Result] = {}

    def play_once(self, schedule: str, change: Change, key: Hashable = None) -> Result:
        """Make a round that several judges ask for, and keep it; one `key` stands for schedules that show the same."""
        kept = (schedule, change) if key is None else key
        if kept not in self._played:
            self._played[kept] = self.play(schedule, change)
        return self._played[kept]
