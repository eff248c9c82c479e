"""Matching: how much of a query each document of an index holds, and which documents hold most."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional, Tuple

import numpy as np

from .scoring.occurrences import doc_ids_of

if TYPE_CHECKING:
    from .documents import Documents
    from .postings import IntArray
    from .rows import Rows
    from .scoring.occurrences import PostingLists

__all__ = ["greatest", "greatest_in_order", "matched_weights"]


def matched_weights(content: Rows, lists: PostingLists, documents: Documents) -> IntArray:
    """Return for every document the weight of the content terms that it holds."""
    matched: IntArray = np.zeros(len(documents.lengths), np.int32)
    by_row = [0] * len(lists.postings)
    once = content.is_plain
    if content.is_plain:
        frequency = documents.postings.document_frequency
        for term, row, weight in zip(content.terms, content.row_list, content.weight_list):
            by_row[row] += weight
            once = once and lists.sizes[row] == frequency(term.candidates[0].stem)
    else:
        _add_best(matched, by_row, content, lists)
    for row in lists.long:
        if by_row[row]:
            matched[doc_ids_of(lists.postings[row])] += by_row[row]
    lists.add_to(matched, [by_row[row] for row in lists.short], once=once)
    if documents.deleted:
        matched[np.frombuffer(documents.deleted, np.uint32)] = 0
    return matched


def _add_best(matched: IntArray, by_row: List[int], content: Rows, lists: PostingLists) -> None:
    """Add the weights of terms with several candidates; those of the others are added to their rows."""
    best = np.zeros_like(matched)
    rows, weights, first = content.row_list, content.weight_list, 0
    for term in content.terms:
        end = first + len(term.candidates)
        if end > first + 1:
            # The candidates of a misspelt word are one term: a document counts by the best one that it holds.
            of_term = [lists.postings[row] for row in rows[first:end]][::-1]
            doc_ids = doc_ids_of(np.concatenate(of_term))
            best[doc_ids] = np.repeat(weights[first:end][::-1], [*map(len, of_term)])
            matched[doc_ids] += best[doc_ids]
            best[doc_ids] = 0
        else:
            by_row[rows[first]] += weights[first]
        first = end


def _split(values: IntArray, count: int) -> Tuple[IntArray, IntArray]:
    """Return where values are above the least of so many greatest ones, of which there are more, and where it is."""
    # Of many equal values, which are usual, `partition` takes six times as long: a few give a bound first.
    few = values[:: max(len(values) // (4 * count), 1)]
    least = np.partition(few, -count)[-count]
    above = (values > least).nonzero()[0]
    if len(above) < count:
        return above, (values == least).nonzero()[0]
    values = values.take(above)
    least = np.partition(values, -count)[-count]
    return above[values > least], above[values == least]


def greatest(values: IntArray, doc_ids: IntArray, age: Optional[IntArray], count: int) -> IntArray:
    """Return the doc ids of the greatest values, ascending as they are given, of equals those of the newest.

    Without ages, the doc ids are in order of age.
    """
    if count >= len(values):
        return doc_ids
    above, equal = _split(values, count)
    if age is not None:
        equal = equal.take(age.take(doc_ids.take(equal)).argsort())
    chosen = np.concatenate((above, equal[len(above) - count :]))
    chosen.sort()
    best: IntArray = doc_ids.take(chosen)
    return best


def greatest_in_order(values: IntArray, doc_ids: IntArray, age: IntArray, count: int) -> IntArray:
    """Return the doc ids of the greatest values, the greatest first, of equals the newest first."""
    if count < len(values):
        chosen = np.concatenate(_split(values, count))
        values, doc_ids = values.take(chosen), doc_ids.take(chosen)
    best: IntArray = doc_ids.take(np.lexsort((age.take(doc_ids), values))[::-1][:count])
    return best
