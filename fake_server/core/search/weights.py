"""IDF weights: the rarer a term is in the documents of an index, the more it weighs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, List, Sequence, Tuple

if TYPE_CHECKING:
    from .documents import Documents
    from .query import QueryTerm

__all__ = ["UNIT", "Weights", "weigh"]

# A weight is a whole number of 65,536ths, so that sums are exact: the same in any order, on any machine.
UNIT = 1 << 16
# A bound on hostile input, far above what people write: the terms of a query that are weighed, the rarest first.
_TERMS = 256

WeightedTerm = Tuple["QueryTerm", int]


@dataclass(frozen=True)
class Weights:
    """The distinct terms of a query with their IDF weights, and its pairs of neighbours.

    A document is a hit for its `content` terms; `stop_words` only change its order among the hits. `total` is the
    weight of everything the query asks for, terms that occur in no document included.
    """

    content: Sequence[WeightedTerm]
    stop_words: Sequence[WeightedTerm]
    total: int
    pairs: Sequence[Tuple[QueryTerm, QueryTerm]]

    @property
    def content_weight(self) -> int:
        """The sum of the weights of the content terms."""
        return sum(weight for _, weight in self.content)

    @property
    def best_possible(self) -> int:
        """The partial score of a document that holds the best candidate of every content term."""
        return sum(round(weight * term.candidates[0].weight) for term, weight in self.content if term.candidates)

    @property
    def can_be_complete(self) -> bool:
        """Whether every content term has a candidate, so that one document may hold all of them."""
        return bool(self.content) and all(term.candidates for term, _ in self.content)


def weigh(terms: Sequence[QueryTerm], documents: Documents) -> Weights:
    """Return the weights of the terms of a query, given in order, repeats included."""
    distinct = list({term.candidates or term.word: term for term in terms}.values())
    content = [term for term in distinct if not term.is_stop_word]
    ambiguous = [term for term in distinct if term.is_ambiguous]
    # A query of stop words alone asks for them; beside a word that occurs in no document they find nothing.
    stop_words_alone = not content and not ambiguous
    stop_words = (
        []
        if stop_words_alone
        else [term for term in distinct if term.is_stop_word and (term.candidates or term.is_ambiguous)]
    )
    # An ambiguous term counts in the total, so that it lowers every score; in the order it counts as a stop word, since
    # more often than not it is a misspelt one.
    unanswered = [replace(term, candidates=()) for term in ambiguous]
    weighted = _weighted(distinct if stop_words_alone else content, documents)
    return Weights(
        content=weighted,
        stop_words=_weighted(stop_words, documents),
        total=sum(weight for _, weight in (*weighted, *_weighted(unanswered, documents))),
        pairs=[
            (left, right)
            for left, right in zip(terms[:_TERMS], terms[1:_TERMS])
            if left.candidates and right.candidates
        ],
    )


def _weighted(terms: Sequence[QueryTerm], documents: Documents) -> List[WeightedTerm]:
    """Return the rarest terms with their IDF weights, each at least 1."""
    weighted: List[WeightedTerm] = []
    count, postings = documents.document_count, documents.postings
    for term in terms:
        # Occurrences in place of documents: nearly the same in short texts, and known without counting.
        occurrences = min(count, sum(postings.count(candidate.stem) for candidate in term.candidates))
        idf = math.log(1 + (count - occurrences + 0.5) / (occurrences + 0.5))
        weighted.append((term, max(round(UNIT * idf), 1)))
    return weighted if len(weighted) <= _TERMS else sorted(weighted, key=lambda pair: -pair[1])[:_TERMS]
