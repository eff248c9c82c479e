"""The time that a hunt may take, on the machine's clock, whatever time the program is given."""

from __future__ import annotations

import time
from typing import Optional

__all__ = ["TimeLimit"]


class TimeLimit:
    """A limit of so many real seconds from now on; None for no limit."""

    # In a class, because tools that freeze time replace the functions that a module holds.
    _now = staticmethod(time.perf_counter)

    def __init__(self, seconds: Optional[float]) -> None:
        self.seconds = seconds
        self._began = self._now()

    @property
    def used(self) -> float:
        """The share of the time that is over; 0 if there is no limit."""
        return 0.0 if self.seconds is None else (self._now() - self._began) / self.seconds

    @property
    def is_over(self) -> bool:
        """Whether no new round may begin."""
        return self.used >= 1
