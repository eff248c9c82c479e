"""Factors: what counts in the score of each document whatever is asked, found once for all questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .recency import ages
from .saturation import Saturation

if TYPE_CHECKING:
    from array import array

    from fake_server.core.search.postings import IntArray

__all__ = ["Factors", "factors_of"]


class Factors(NamedTuple):
    """The saturation of terms in each document, and its place in order of age, by doc id."""

    saturation: Saturation
    age: IntArray


def factors_of(lengths: array[int], created: array[int], average: float) -> Factors:
    """Return the factors of documents by their lengths and the times of their creation; they share no memory."""
    return Factors(
        Saturation.of(np.frombuffer(lengths, np.uint32), average),
        ages(np.frombuffer(created, np.int64)),
    )
