"""Asked words: what was found out about the words of questions, kept until the documents change."""

from __future__ import annotations

from typing import Dict, List, Tuple

from .query import QueryTerm

__all__ = ["AskedWords"]

WithWeight = List[Tuple[str, float]]
Terms = Tuple[List[QueryTerm], WithWeight]

# Words of which each thing is kept when a question begins: more than a thousand questions have.
_MOST = 4_096


class AskedWords:
    """What is known of words: the stems that they may have in the documents, and the terms that they are.

    A word is steady if it has one stem, without accents, that some document holds: another document does not change
    that, except if it brings the same stem with accents. Most words of a question are. All others are passing: they are
    forgotten when a document comes. When one goes, all are. `terms` have the stems of their word beside them, and
    `near` has the words that an unknown one may mean.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.steady: Dict[str, WithWeight] = {}
        self.passing: Dict[str, WithWeight] = {}
        self.steady_terms: Dict[str, Terms] = {}
        self.passing_terms: Dict[str, Terms] = {}
        self.near: Dict[str, WithWeight] = {}
        self._weights: Dict[int, int] = {}
        self._weighed = 0
        self._passing = (self.passing, self.passing_terms, self.near)
        self._all = (*self._passing, self.steady, self.steady_terms)
        self._accented = 0

    def bound(self) -> None:
        """Forget some if too many are kept."""
        if max([len(kept) for kept in self._all]) > _MOST:
            for kept in self._all:
                if len(kept) > _MOST:
                    kept.clear()

    def weights(self, documents: int) -> Dict[int, int]:
        """Return the IDF weights that are known, by how many of so many documents hold a term."""
        if documents != self._weighed or len(self._weights) > _MOST:
            self._weights = {}
            self._weighed = documents
        return self._weights

    def document_came(self, accented: int) -> None:
        """Forget what another document may change; so many stems are there with accents too."""
        for kept in self._passing if accented == self._accented else self._all:
            kept.clear()
        self._accented = accented

    def clear(self) -> None:
        """Forget all."""
        for kept in self._all:
            kept.clear()
