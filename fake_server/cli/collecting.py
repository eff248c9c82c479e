"""How often the process of a server looks for garbage: rarely, since what it keeps by the thousand holds none."""

from __future__ import annotations

import gc
from threading import Lock
from typing import Tuple

__all__ = ["THRESHOLDS", "CollectingRarely"]

THRESHOLDS = (10_000, 5, 2)
"""Objects, then steps, between two looks at the young, the middle and the old ones.

Those of CPython are 700, 10 and 10: so the old ones are looked at after about as many, and the young ones less often.
"""


class CollectingRarely:
    """While it is open, garbage is looked for by THRESHOLDS, unless that is turned off; afterwards as before."""

    def __init__(self) -> None:
        self._former: Tuple[int, int, int] = gc.get_threshold()
        self._is_open = False
        self._lock = Lock()

    def __enter__(self) -> None:
        """Begin."""
        with self._lock:
            self._is_open = True
            self._former = gc.get_threshold()
            if self._former[0]:
                gc.set_threshold(*THRESHOLDS)

    def spare_what_is_loaded(self) -> None:
        """Look no more at what is there now, such as modules and the first memories; any thread may call this."""
        with self._lock:
            if self._is_open:
                gc.freeze()

    def __exit__(self, *_: object) -> None:
        """End."""
        with self._lock:
            self._is_open = False
            gc.set_threshold(*self._former)
            gc.unfreeze()
