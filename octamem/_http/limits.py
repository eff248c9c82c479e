"""What one attempt may not exceed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional


@dataclass(frozen=True)
class Bounds:
    """What one attempt may not exceed: bytes of body, and, where it is not None, the clock's time."""

    most: int
    deadline: Optional[float]
    now: Callable[[], float]

    def remaining(self) -> Optional[float]:
        """Return the seconds that are left, or None for no limit."""
        return None if self.deadline is None else self.deadline - self.now()

    def is_late(self) -> bool:
        """Return whether the time is over."""
        return self.deadline is not None and self.now() >= self.deadline
