"""Progress: how far one key has come in the steps of a rule."""

from __future__ import annotations

from typing import Dict, List, Sequence, Tuple

from fake_server.core.clock import TICKS

from .lies import chance
from .steps import Step

__all__ = ["Block", "Progress", "blocks_of"]

Block = List[Tuple[int, Step]]


def blocks_of(steps: Sequence[Step]) -> List[Block]:
    """Return the steps of a rule, each with its number, in blocks.

    Consecutive percentages are one block: they begin together, are drawn in turn, and each ends on its own. Any other
    step is a block of itself, and the next begins when it is used up.
    """
    blocks: List[Block] = []
    for number, step in enumerate(steps):
        if step.percent is not None and blocks and blocks[-1][-1][1].percent is not None:
            blocks[-1].append((number, step))
        else:
            blocks.append([(number, step)])
    return blocks


class Progress:
    """How far one key has come in the blocks of a rule."""

    def __init__(self, blocks: Sequence[Block], began: int) -> None:
        self.fired: Dict[int, int] = {}
        self._began = began
        self._blocks = blocks
        self._at = 0
        self._endless = self._is_endless()

    def take(self, now: int, seed: int, identity: Tuple[object, ...]) -> int:
        """Take a step and return its number; -1 if chance spares the attempt or no step is left."""
        live = self.turn(now)
        for number, step in live:
            percent = step.percent
            if percent == 0:
                continue
            seeded = seed if step.seed is None else step.seed
            if percent is None or chance(seeded, *identity, number) * 100 < percent:
                self.fired[number] = self.fired.get(number, 0) + 1
                if all(self._over(other, each, now) for other, each in live):
                    self._next(now)
                return number
        return -1

    def turn(self, now: int) -> List[Tuple[int, Step]]:
        """Return the steps whose turn it is: several if they are percentages, none if no step is left."""
        while self._at < len(self._blocks):
            block = self._blocks[self._at]
            if self._endless:
                return block
            live = [(number, step) for number, step in block if not self._over(number, step, now)]
            if live:
                return live
            self._next(max((self._ends(step) for _, step in block if step.lasts is not None), default=now))
        return []

    def _next(self, began: int) -> None:
        self._at += 1
        self._began = began
        self._endless = self._is_endless()

    def _is_endless(self) -> bool:
        """Return whether every step of the block stays until it is disarmed."""
        return self._at < len(self._blocks) and all(step.stays for _, step in self._blocks[self._at])

    def _ends(self, step: Step) -> int:
        return self._began + round((step.lasts or 0) * TICKS)

    def _over(self, number: int, step: Step, now: int) -> bool:
        if step.lasts is not None and now >= self._ends(step):
            return True
        stays = step.percent is not None or step.lasts is not None
        times = step.count if step.count is not None or stays else 1
        return times is not None and self.fired.get(number, 0) >= times
