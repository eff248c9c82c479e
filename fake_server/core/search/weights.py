"""The query as a value: its distinct terms with their IDF weights, and its pairs of neighbours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, FrozenSet, List, Sequence, Tuple

from .text.scripts import is_unspaced

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


@dataclass(frozen=True)
class Query:
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
        same = term.candidates or term.word
        times[same] = times.get(same, 0) + 1
        last[same] = term
    distinct = [(term, times[same]) for same, term in last.items()]
    content = [pair for pair in distinct if not pair[0].is_stop_word]
    ambiguous = [term for term, _ in distinct if term.is_ambiguous]
    # A query of stop words alone asks for them; beside a word that occurs in no document they find nothing.
    stop_words_alone = not content and not ambiguous
    stop_words = (
        []
        if stop_words_alone
        else [(term, 1) for term, _ in distinct if term.is_stop_word and (term.candidates or term.is_ambiguous)]
    )
    # An ambiguous term counts in the total, so that it lowers every score; in the order it counts as a stop word, since
    # more often than not it is a misspelt one.
    unanswered = [(term._replace(candidates=()), 1) for term in ambiguous]
    weighted = _weighted(distinct if stop_words_alone else content, documents)
    content_weight = sum(weight for _, weight in weighted)
    # A pair of characters is a term of its own already.
    neighbours = [(term, is_unspaced(term.word)) for term in terms[:_TERMS]]
    can_be_complete = bool(weighted) and all(term.candidates for term, _ in weighted)
    return Query(
        content=weighted,
        stop_words=_weighted(stop_words, documents),
        pairs=[
            (left, right)
            for (left, left_unspaced), (right, right_unspaced) in zip(neighbours, neighbours[1:])
            if left.candidates and right.candidates and not (left_unspaced and right_unspaced)
        ],
        names=names,
        total=content_weight + sum(weight for _, weight in _weighted(unanswered, documents)),
        content_weight=content_weight,
        best_possible=sum(round(weight * term.candidates[0].weight) for term, weight in weighted if term.candidates),
        can_be_complete=can_be_complete,
        is_certain=can_be_complete
        and not unanswered
        and all(term.candidates[0].weight >= LIKELY for term, _ in weighted)
        and not any(
            documents.language.asks_for_measure(left.word, right.word)
            for left, right in zip(terms[:_TERMS], terms[1:_TERMS])
        ),
    )


def _weighted(terms: Sequence[Tuple[QueryTerm, int]], documents: Documents) -> List[WeightedTerm]:
    """Return the rarest terms with their IDF weights, each at least 1, as often as they are given with them."""
    weighted: List[WeightedTerm] = []
    count, frequency = documents.document_count, documents.postings.document_frequency
    idf: Dict[int, int] = {}
    for term, times in terms:
        holding = min(count, sum([frequency(candidate.stem) for candidate in term.candidates]))
        if holding not in idf:
            idf[holding] = max(round(UNIT * math.log(1 + (count - holding + 0.5) / (holding + 0.5))), 1)
        weighted.append((term, idf[holding] * times))
    return weighted if len(weighted) <= _TERMS else sorted(weighted, key=lambda pair: -pair[1])[:_TERMS]
