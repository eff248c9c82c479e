"""Rows: the terms of a query as rows of tables that have a column for each document."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Dict, List, Optional, Sequence, Tuple

import numpy as np

from fake_server.core.search.weights import LIKELY

if TYPE_CHECKING:
    from fake_server.core.search.postings import IntArray
    from fake_server.core.search.query import QueryTerm

__all__ = ["Rows", "rows_of"]

Row = Tuple[int, ...]


class Rows:
    """Query terms as rows of a table of the counts of their stems: each candidate has a row and a weight."""

    def __init__(self, weighted: Sequence[Tuple[QueryTerm, int]], row_of: Dict[str, int]) -> None:
        """Take the terms with their weights; a stem that `row_of` does not know has the next row."""
        self.terms: List[QueryTerm] = []
        self.row_list: List[int] = []
        self.weight_list: List[int] = []
        terms, rows, weights, begin = self.terms, self.row_list, self.weight_list, len(row_of)
        for term, each in weighted:
            candidates = term.candidates
            if candidates:
                terms.append(term)
                for stem, share, _ in candidates:
                    row = row_of.get(stem)
                    if row is None:
                        row = row_of[stem] = len(row_of)
                    rows.append(row)
                    weights.append(each if share == 1 else round(each * share))
        # The weights of the candidates, one below the other.
        self.weights: IntArray = np.array(weights, np.float64).reshape(-1, 1)
        # Nearly always each term has one candidate, and the rows are the next ones.
        self.is_plain = len(rows) == len(terms)
        self._slice = slice(begin, begin + len(rows)) if len(row_of) == begin + len(rows) else None

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

    def weight_of(self, held: IntArray) -> IntArray:
        """Return the weight of the terms that each document holds, by whether it holds each candidate.

        Weights are whole numbers, and so small that their sums are exact in any order.
        """
        weight: IntArray
        if self.is_plain:
            weight = self.weights.reshape(-1).dot(held)
        else:
            weight = np.add.reduce(self.by_term(held * self.weights), 0)
        return weight

    def all_likely(self, held: IntArray) -> IntArray:
        """Return whether each document holds a likely candidate of each term, except for parts of compounds."""
        likely = held
        if not self.is_plain:
            are_likely = [share >= LIKELY for term in self.terms for _, share, _ in term.candidates]
            likely = self.by_term(np.array(are_likely, np.bool_).reshape(-1, 1) & held)
        are_parts = [term.is_part for term in self.terms]
        if True in are_parts:
            likely = likely | np.array(are_parts, np.bool_).reshape(-1, 1)
        all_likely: IntArray = np.logical_and.reduce(likely, 0)
        return all_likely


def rows_of(pairs: Sequence[Tuple[QueryTerm, QueryTerm]], row_of: Dict[str, int]) -> List[Tuple[Row, Row]]:
    """Return the rows of the stems of distinct pairs of terms; a new stem has the next one."""
    found: Dict[Tuple[Row, Row], None] = {}
    last: Optional[QueryTerm] = None
    rows: Row = ()
    for left, right in pairs:
        # The second of a pair is nearly always the first of the next one.
        first = rows if left is last else _rows_of(left, row_of)
        if len(right.candidates) == 1:
            stem = right.candidates[0][0]
            row = row_of.get(stem)
            if row is None:
                row = row_of[stem] = len(row_of)
            rows = (row,)
        else:
            rows = _rows_of(right, row_of)
        last = right
        found[first, rows] = None
    return [*found]


def _rows_of(term: QueryTerm, row_of: Dict[str, int]) -> Row:
    return tuple([row_of.setdefault(stem, len(row_of)) for stem, _, _ in term.candidates])
