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
    """By doc id the saturation of terms, the place in order of age, and the doc id of the question just before.

    The last is -1 if what came just before in the same context is no question, or if there is nothing. They are in
    order if the place of each is its doc id.
    """

    saturation: Saturation
    age: IntArray
    is_in_order: bool
    asked: IntArray


def factors_of(
    lengths: array[int], created: array[int], average: float, before: array[int], is_question: array[int]
) -> Factors:
    """Return the factors of documents by what `Documents` has of them; they share no memory with it."""
    previous = np.frombuffer(before, np.uint32).astype(np.int32) - 1
    follows = (previous >= 0) & np.frombuffer(is_question, np.bool_).take(previous, mode="clip")
    age = ages(np.frombuffer(created, np.int64))
    return Factors(
        Saturation.of(np.frombuffer(lengths, np.uint32), average),
        age,
        bool((age[1:] > age[:-1]).all()),
        np.where(follows, previous, np.int32(-1)),
    )
