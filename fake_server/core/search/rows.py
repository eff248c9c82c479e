"""Rows: the terms of a query as rows of tables that have a column for each document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, List, Sequence, Tuple

import numpy as np

from .weights import LIKELY

if TYPE_CHECKING:
    from .postings import IntArray
    from .query import QueryTerm

__all__ = ["Rows", "rows_of"]


class Rows:
    """Query terms as rows of a table of the counts of their stems: each candidate has a row and a weight."""

    def __init__(self, weighted: Sequence[Tuple[QueryTerm, int]], row_of: Dict[str, int]) -> None:
        """Take the terms with their weights; a stem that `row_of` does not know has the next row."""
        held = [(term, weight) for term, weight in weighted if term.candidates]
        rows: List[int] = []
        weights: List[int] = []
        likely: List[bool] = []
        for term, each in held:
            for stem, share, _ in term.candidates:
                rows.append(row_of.setdefault(stem, len(row_of)))
                weights.append(each if share == 1 else round(each * share))
                likely.append(share >= LIKELY)
        self.row_list, self.weight_list = rows, weights
        self._rows: IntArray = np.array(rows, np.intp)
        # Nearly always the rows are the next ones.
        self._from = rows[0] if rows and rows == [*range(rows[0], rows[0] + len(rows))] else None
        self.weights: IntArray = np.array(weights, np.int64).reshape(-1, 1)
        self.is_likely: IntArray = np.array(likely, np.bool_).reshape(-1, 1)
        self.is_part: IntArray = np.array([term.is_part for term, _ in held], np.bool_).reshape(-1, 1)
        self.terms = [term for term, _ in held]
        sizes = [len(term.candidates) for term in self.terms]
        self._first = None if len(rows) == len(held) else np.cumsum([0, *sizes[:-1]])

    def of(self, table: IntArray) -> IntArray:
        """Return the rows of the candidates."""
        return table[self._rows] if self._from is None else table[self._from : self._from + len(self._rows)]

    def by_term(self, values: IntArray) -> IntArray:
        """Return the greatest value of the candidates of each term: count by the best."""
        return values if self._first is None else np.maximum.reduceat(values, self._first)


def rows_of(term: QueryTerm, row_of: Dict[str, int]) -> List[int]:
    """Return the rows of the stems of a term; a new stem has the next one."""
    return [row_of.setdefault(one.stem, len(row_of)) for one in term.candidates]
