"""Matching: how much of a query each document of an index holds, and which documents hold most."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional, Sequence, Tuple

import numpy as np

from fake_server.core.search.scoring.occurrences import doc_ids_of

if TYPE_CHECKING:
    from fake_server.core.search.documents import Documents
    from fake_server.core.search.postings import IntArray
    from fake_server.core.search.scoring.kept_rows import Row
    from fake_server.core.search.scoring.occurrences import PostingLists

    from .rows import Rows

__all__ = ["greatest", "greatest_in_order", "greatest_of_all", "matched_by_rows", "matched_weights"]

_MOST_OF_32_BITS = 1 << 31


def matched_weights(content: Rows, lists: PostingLists, documents: Documents) -> IntArray:
    """Return for every document the weight of the content terms that it holds."""
    # A word that is repeated thousands of times weighs as often.
    kind = np.int32 if sum(content.weight_list) < _MOST_OF_32_BITS else np.int64
    matched: IntArray = np.zeros(len(documents.lengths), kind)
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


def matched_by_rows(content: Rows, rows: Sequence[Row], documents: Documents) -> IntArray:
    """Return for every document the weight of the content terms that it holds, by the kept rows of all their stems.

    They are whole numbers, and so small that their sums are exact.
    """
    count = len(documents.lengths)
    own, weights, first = [rows[row].doc_ids for row in content.row_list], content.weight_list, 0
    several: List[IntArray] = []
    if not content.is_plain:
        alone: List[int] = []
        for term in content.terms:
            end = first + len(term.candidates)
            if end > first + 1:
                # The candidates of a misspelt word are one term: a document counts by the best one that it holds.
                of_term, best = own[first:end][::-1], np.zeros(count)
                best[np.concatenate(of_term)] = np.repeat(weights[first:end][::-1], [*map(len, of_term)])
                several.append(best)
            else:
                alone.append(first)
            first = end
        own, weights = [own[at] for at in alone], [weights[at] for at in alone]
    if own:
        # One pass over the documents of all terms.
        each = np.array(weights, np.float64).repeat([*map(len, own)])
        matched: IntArray = np.bincount(np.concatenate(own), each, count)
    else:
        matched = np.zeros(count)
    for best in several:
        matched += best
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


def greatest_of_all(values: IntArray, age: Optional[IntArray], count: int) -> IntArray:
    """Return where the greatest values above 0 are, ascending, of equals those of the newest, as `greatest` does."""
    # Of many equal values, which are usual, `partition` takes six times as long: a few give a bound first.
    few = values[:: max(len(values) // (4 * count), 1)].copy()
    least = 0.0
    if len(few) > count:
        few.partition(-count)
        least = few.item(-count)
    above = (values > least).nonzero()[0]
    if len(above) < count and least > 0:
        equal = (values == least).nonzero()[0]
    elif len(above) <= count:
        return above
    else:
        some = values.take(above)
        few = some.copy()
        few.partition(-count)
        least = few.item(-count)
        equal = above.take((some == least).nonzero()[0])
        above = above.take((some > least).nonzero()[0])
    if age is not None:
        equal = equal.take(age.take(equal).argsort())
    chosen = np.concatenate((above, equal[len(above) - count :]))
    chosen.sort()
    return chosen


def greatest_in_order(values: IntArray, doc_ids: IntArray, age: IntArray, count: int) -> IntArray:
    """Return the doc ids of the greatest values, the greatest first, of equals the newest first."""
    if count < len(values):
        chosen = np.concatenate(_split(values, count))
        values, doc_ids = values.take(chosen), doc_ids.take(chosen)
    best: IntArray = doc_ids.take(np.lexsort((age.take(doc_ids), values))[::-1][:count])
    return best
