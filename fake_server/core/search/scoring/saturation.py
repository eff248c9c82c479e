"""BM25: how much a term counts in a document, by how often it is said there and by the document's length."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from fake_server.core.search.postings import IntArray

__all__ = ["LONG", "Saturation"]

# In a document of a sentence or two a repeated word says little more, and the length little less: a term counts once,
# with a small k1 and b. From so many words on, k1 and b grow to the values that are usual for articles, and repetition
# counts more; from twice as many on they have them, and it counts in full.
LONG = 60
_K1, _K1_LONG = 0.6, 1.2
_B, _B_LONG = 0.3, 0.75
_SHORT: IntArray = np.zeros(1)


class Saturation(NamedTuple):
    """The saturation of terms in some documents.

    With `length` in words and `average` as that of all documents of the key::

        longness     = 0 up to 60 words, 1 from 120 on, and proportional between them
        k1, b        = 0.6, 0.3 for a longness of 0; 1.2, 0.75 for 1; proportional between them
        frequency    = 1 + longness * (how often the document has the term - 1)
        how much     = frequency * (k1 + 1) / (frequency + k1 * (1 - b + b * length / average))

    For long documents `average` is at least 60, so that they count beside short ones. `once` is how much a term counts
    in each document that has it once; the other fields are for documents of which one at least is long.
    """

    once: IntArray
    longness: IntArray = _SHORT
    gain: IntArray = _SHORT
    half: IntArray = _SHORT

    @classmethod
    def of(cls, lengths: IntArray, average: float) -> Saturation:
        """Return the saturation in documents of these lengths, in a key of this average."""
        if not len(lengths) or lengths.max() <= LONG:
            # Few keys have long documents, and the same arithmetic with one number for all takes a third of the time.
            return cls((_K1 + 1) / (1 + _K1 * (1 - _B + _B * lengths / average)))
        longness = np.minimum(np.maximum(lengths / LONG - 1, 0), 1)
        k1 = _K1 + (_K1_LONG - _K1) * longness
        b = _B + (_B_LONG - _B) * longness
        beside = average + (max(average, LONG) - average) * longness
        gain, half = k1 + 1, k1 * (1 - b + b * lengths / beside)
        return cls(gain / (1 + half), longness, gain, half)

    def at(self, doc_ids: IntArray) -> Saturation:
        """Return the saturation in some of the documents."""
        once = self.once.take(doc_ids)
        if self.is_short or not self.longness.take(doc_ids).any():
            return Saturation(once)
        return Saturation(once, self.longness.take(doc_ids), self.gain.take(doc_ids), self.half.take(doc_ids))

    def of_terms(self, counts: IntArray) -> IntArray:
        """Return how much each term counts: a row for each term, a column for each document, as `counts` has."""
        if self.is_short:
            return self.once * (counts > 0)
        frequency = 1 + (counts - 1) * self.longness
        much: IntArray = frequency * self.gain / (frequency + self.half) * (counts > 0)
        return much

    @property
    def is_short(self) -> bool:
        """Whether no document is so long that repetition counts."""
        return self.longness is _SHORT
