"""Reruns: the round of a schedule once more with one thing changed, so that a judge sees what the program goes by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Dict, Hashable, Protocol

if TYPE_CHECKING:
    from .trial import Round

__all__ = ["Change", "Reruns"]


@dataclass(frozen=True)
class Change:
    """What is changed: each attempt that meets a fault takes `longer` seconds, and `random` draws the `draw`-th way."""

    longer: float = 0.0
    draw: int = 0


class Player(Protocol):
    """Makes the round of a schedule with a change."""

    def __call__(self, schedule: str, change: Change, /) -> Round:
        """Return the round, which does not count."""
        ...


class Reruns:
    """The reruns of one program, and what judges have learned from them: `learned` is theirs, by keys of their own."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self.learned: Dict[Hashable, bool] = {}

    def play(self, schedule: str, change: Change) -> Round:
        """Make the round of a schedule with a change."""
        return self._player(schedule, change)
