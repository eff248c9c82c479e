"""Where every stem occurs: most of it sorted by stem, the newest as it came."""

from __future__ import annotations

from array import array
from itertools import repeat
from typing import TYPE_CHECKING, Any, Dict, List

import numpy as np

from .packing import BEYOND, POSITION_BITS

if TYPE_CHECKING:
    Numbers = np.ndarray[Any, np.dtype[Any]]

__all__ = ["Postings"]

# So many, and a sixteenth of what is sorted, wait to be sorted in: few enough to be looked through by each question,
# and enough that sorting costs an occurrence a fraction of a microsecond, however many there are.
_WAITING = 1_024
_SHARE = 16
# The first numbers of stems, one object each for all keys: else they would take more than what they count.
_NUMBERS = tuple(range(1 << 13))


class Postings:
    """The occurrences of stems, each stem known by the number of its arrival; slots must arrive in ascending order.

    What is dropped is no longer counted but still given, so that whoever asks has to leave out dropped slots.
    """

    def __init__(self) -> None:
        """Hold nothing."""
        self.numbers: Dict[str, int] = {}
        self._counts = array("I")
        # Of stems by number, how often each occurs in what was dropped.
        self._dropped: Dict[int, int] = {}
        # Of the stem with number n, from starts[n] up to starts[n + 1].
        self._sorted: Numbers = np.empty(0, np.uint32)
        self._starts: Numbers = np.zeros(1, np.uint32)
        # One by one, beside each its stem.
        self._waiting = array("I")
        self._stems = array("I")

    def __contains__(self, stem: str) -> bool:
        """Say whether a stem occurs."""
        number = self.numbers.get(stem)
        return number is not None and self._counts[number] > 0

    def __getitem__(self, stem: str) -> Numbers:
        """Return the occurrences of a stem, ascending, dropped ones too; raises KeyError for one never met."""
        number = self.numbers[stem]
        start, end = self._starts[number : number + 2].tolist() if number + 1 < len(self._starts) else (0, 0)
        placed: Numbers = self._sorted[start:end]
        if self._counts[number] + self._dropped.get(number, 0) == end - start:
            return placed
        late = np.frombuffer(self._waiting, np.uint32)[np.frombuffer(self._stems, np.uint32) == number]
        return np.concatenate((placed, late)) if len(late) else placed

    def count(self, stem: str) -> int:
        """Return how often a stem occurs."""
        return self._counts[self.numbers[stem]]

    def meet(self, stem: str) -> int:
        """Give a stem, which must be new, its number."""
        number = len(self._counts)
        self._counts.append(0)
        self.numbers[stem] = number = _NUMBERS[number] if number < len(_NUMBERS) else number
        return number

    def add(self, slot: int, numbers: List[int]) -> None:
        """Take in the stems of a memory, by their numbers, in order."""
        counts, first = self._counts, slot << POSITION_BITS
        for number in numbers:
            counts[number] += 1
        self._stems.extend(numbers)
        self._waiting.extend(range(first, first + min(len(numbers), BEYOND)))
        self._waiting.extend(repeat(first + BEYOND, len(numbers) - BEYOND))
        if len(self._stems) > max(_WAITING, len(self._sorted) // _SHARE):
            self._sort()

    def drop(self, numbers: List[int]) -> None:
        """Count the stems of a dropped memory no longer."""
        for number in numbers:
            self._counts[number] -= 1
            self._dropped[number] = self._dropped.get(number, 0) + 1

    def _sort(self) -> None:
        """Put each that waits behind the last of its stem."""
        unsorted: Numbers = np.frombuffer(self._stems, np.uint32)
        order = unsorted.argsort(kind="stable")
        stems, waiting = unsorted[order], np.frombuffer(self._waiting, np.uint32)[order]
        ends: Numbers = np.full(len(self._counts), len(self._sorted), np.int64)
        ends[: len(self._starts) - 1] = self._starts[1:]
        self._sorted = np.insert(self._sorted, ends[stems], waiting)
        ends += np.bincount(stems, minlength=len(ends)).cumsum()
        self._starts = np.concatenate(([0], ends)).astype(np.uint32)
        self._waiting, self._stems = array("I"), array("I")
