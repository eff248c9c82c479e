"""The query as a value: its distinct terms with their IDF weights, and its pairs of neighbours."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Dict, FrozenSet, List, NamedTuple, Optional, Sequence, Tuple

from .text.scripts import FIRST_UNSPACED, is_unspaced

if TYPE_CHECKING:
    from .documents import Documents
    from .query import QueryTerm

__all__ = ["LIKELY", "UNIT", "Query", "weigh"]

# A weight is a whole number of 65,536ths, so that sums are exact: the same in any order, on any machine.
UNIT = 1 << 16
# A bound on hostile input, far above what people write: the terms of a query that are weighed, the rarest first.
_TERMS = 256
# A candidate of less weight probably is another word than the one that the query has.
LIKELY = 0.5

WeightedTerm = Tuple["QueryTerm", int]


class Query(NamedTuple):
    """The distinct terms of a query with their IDF weights, and its pairs of neighbours.

    A document is a hit for its `content` terms; `stop_words` only change its order among the hits. A content term that
    the query repeats weighs as often. `names` are the content terms that are written like names beside other words.

    `total` is the weight of everything the query asks for, terms that occur in no document included; `content_weight`
    that of the content terms; `best_possible` what a document has that holds the best candidate of each content term
    that has any. A query that `can_be_complete` has a candidate for each, so that one document may hold all of them.
    One that `is_certain` has a likely one for each, and asks for no other word and for no measure.
    """

    content: Sequence[WeightedTerm]
    stop_words: Sequence[WeightedTerm]
    pairs: Sequence[Tuple[QueryTerm, QueryTerm]]
    names: FrozenSet[str]
    total: int
    content_weight: int
    best_possible: int
    can_be_complete: bool
    is_certain: bool


def weigh(terms: Sequence[QueryTerm], names: FrozenSet[str], documents: Documents) -> Query:
    """Return a query, its terms in order with repeats, as a value with weights; some words of it are names."""
    times: Dict[Any, int] = {}
    last: Dict[Any, QueryTerm] = {}
    for term in terms:
        candidates = term.candidates
        # What is the same for two terms that match the same, or that are one word which matches nothing. Most terms
        # have one stem, which is hashed in a fraction of the time.
        same: Any = candidates or (term.word,)
        if len(candidates) == 1:
            stem, share, corrected = candidates[0]
            if share == 1 and corrected is None:
                same = stem
        times[same] = times.get(same, 0) + 1
        last[same] = term
    content: List[WeightedTerm] = []
    stop_words: List[WeightedTerm] = []
    unanswered: List[WeightedTerm] = []
    for same, term in last.items():
        if not term.is_stop_word:
            content.append((term, times[same]))
            continue
        if term.candidates or term.is_ambiguous:
            stop_words.append((term, 1))
        if term.is_ambiguous:
            # It counts in the total, so that it lowers every score; in the order it counts as a stop word, since more
            # often than not it is a misspelt one.
            unanswered.append((term._replace(candidates=()), 1))
    # A query of stop words alone asks for them; beside a word that occurs in no document they find nothing.
    if not content and not unanswered:
        content, stop_words = [(term, times[same]) for same, term in last.items()], []
    weighted = _weighted(content, documents)
    content_weight = best_possible = 0
    can_be_complete, is_certain = bool(weighted), not unanswered
    for term, weight in weighted:
        content_weight += weight
        if term.candidates:
            share = term.candidates[0][1]
            best_possible += weight if share == 1 else round(weight * share)
            is_certain = is_certain and share >= LIKELY
        else:
            can_be_complete = False
    is_certain = is_certain and can_be_complete
    total = content_weight
    for _, weight in _weighted(unanswered, documents):
        total += weight
    return Query(
        weighted,
        _weighted(stop_words, documents),
        _pairs(terms[:_TERMS]),
        names,
        total,
        content_weight,
        best_possible,
        can_be_complete,
        is_certain and not documents.language.asks_for_measure([term.word for term in terms[:_TERMS]]),
    )


def _pairs(terms: Sequence[QueryTerm]) -> List[Tuple[QueryTerm, QueryTerm]]:
    """Return the neighbours of a query that both match something."""
    pairs: List[Tuple[QueryTerm, QueryTerm]] = []
    left: Optional[QueryTerm] = None
    left_unspaced = False
    for term in terms:
        unspaced = term.word > FIRST_UNSPACED and is_unspaced(term.word)
        # A pair of characters is a term of its own already.
        if left is not None and term.candidates and not (unspaced and left_unspaced):
            pairs.append((left, term))
        left, left_unspaced = term if term.candidates else None, unspaced
    return pairs


def _weighted(terms: Sequence[WeightedTerm], documents: Documents) -> List[WeightedTerm]:
    """Return the rarest terms with their IDF weights, each at least 1, as often as they are given with them."""
    if not terms:
        return []
    count = documents.document_count
    weights = documents.asked.weights(count)
    ids, frequency = documents.postings.frequencies()
    weighted: List[WeightedTerm] = []
    for term, times in terms:
        holding = 0
        for stem, _, _ in term.candidates:
            holding += frequency[ids[stem]]
        weight = weights.get(holding)
        if weight is None:
            weight = weights[holding] = _idf(min(holding, count), count)
        weighted.append((term, weight * times))
    return weighted if len(weighted) <= _TERMS else sorted(weighted, key=lambda pair: -pair[1])[:_TERMS]


def _idf(holding: int, count: int) -> int:
    return max(round(UNIT * math.log(1 + (count - holding + 0.5) / (holding + 0.5))), 1)
