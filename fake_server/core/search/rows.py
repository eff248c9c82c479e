"""Rows: the terms of a query as rows of tables that have a column for each document."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Dict, List, Sequence, Tuple

import numpy as np

from .weights import LIKELY

if TYPE_CHECKING:
    from .postings import IntArray
    from .query import QueryTerm

__all__ = ["Rows", "rows_of"]

Row = Tuple[int, ...]


class Rows:
    """Query terms as rows of a table of the counts of their stems: each candidate has a row and a weight."""

    def __init__(self, weighted: Sequence[Tuple[QueryTerm, int]], row_of: Dict[str, int]) -> None:
        """Take the terms with their weights; a stem that `row_of` does not know has the next row."""
        self.terms: List[QueryTerm] = []
        self.row_list: List[int] = []
        self.weight_list: List[int] = []
        rows, weights, begin = self.row_list, self.weight_list, len(row_of)
        for term, each in weighted:
            candidates = term.candidates
            if candidates:
                self.terms.append(term)
                for stem, share, _ in candidates:
                    rows.append(row_of.setdefault(stem, len(row_of)))
                    weights.append(each if share == 1 else round(each * share))
        # Nearly always each term has one candidate, and the rows are the next ones.
        self.is_plain = len(rows) == len(self.terms)
        self._slice = slice(begin, begin + len(rows)) if len(row_of) == begin + len(rows) else None

    @cached_property
    def weights(self) -> IntArray:
        """The weights of the candidates, one below the other."""
        weights: IntArray = np.array(self.weight_list, np.int64)
        return weights.reshape(-1, 1)

    @cached_property
    def is_likely(self) -> IntArray:
        """Whether each candidate probably is the word that is meant."""
        likely = [share >= LIKELY for term in self.terms for _, share, _ in term.candidates]
        return np.array(likely, np.bool_).reshape(-1, 1)

    @cached_property
    def is_part(self) -> IntArray:
        """Whether each term is a part of a compound."""
        return np.array([term.is_part for term in self.terms], np.bool_).reshape(-1, 1)

    @cached_property
    def _first(self) -> IntArray:
        """The row of the first candidate of each term."""
        first: IntArray = np.cumsum([0, *(len(term.candidates) for term in self.terms[:-1])])
        return first

    def of(self, table: IntArray) -> IntArray:
        """Return the rows of the candidates."""
        return table.take(self.row_list, 0) if self._slice is None else table[self._slice]

    def by_term(self, values: IntArray) -> IntArray:
        """Return the greatest value of the candidates of each term: count by the best."""
        return values if self.is_plain else np.maximum.reduceat(values, self._first)


def rows_of(pairs: Sequence[Tuple[QueryTerm, QueryTerm]], row_of: Dict[str, int]) -> List[Tuple[Row, Row]]:
    """Return the rows of the stems of pairs of terms; a new stem has the next one."""
    known: Dict[int, Row] = {}
    found: List[Tuple[Row, Row]] = []
    for pair in pairs:
        rows = []
        for term in pair:
            row = known.get(id(term))
            if row is None:
                row = known[id(term)] = tuple([row_of.setdefault(stem, len(row_of)) for stem, _, _ in term.candidates])
            rows.append(row)
        found.append((rows[0], rows[1]))
    return found
