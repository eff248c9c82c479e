"""Ranking: the documents that hold most of a query are found, scored in detail, reranked, and their scores capped."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from .detail import MOST_INCOMPLETE, Detail
from .matching import greatest, greatest_in_order, greatest_of_all
from .rerank import Rerank
from .scores import Scores

if TYPE_CHECKING:
    from fake_server.core.search.documents import Documents
    from fake_server.core.search.postings import IntArray
    from fake_server.core.search.query import QueryTerm
    from fake_server.core.search.weights import Query

__all__ = ["Ranking"]

Allowed = Optional[Callable[[int], bool]]

# The document after a question often is the answer, and gets the value of the question as its follow-up bonus: in
# conversations this is worth more than all else here (any@1 .42 without, .51 with). The bonus is reduced if the
# question holds every term of the query. Then the question itself may be what is looked for, and its follow-up is the
# better answer only if it holds more of the query than a common word.
_COMPLETE_QUESTION_FACTOR = 0.9
# The number of best documents by terms alone that are scored in detail.
_DEPTH = 50
# Among so many documents, a pass over all takes less time than to select those that hold a term.
_DENSE = 4_096


class Ranking:
    """One query ranked against the present documents of an index; not valid after they change."""

    def __init__(self, query: Query, documents: Documents, allowed: Allowed = None) -> None:
        """Find what each document holds; `allowed` is asked of doc ids that may be hits, or whose follow-up may be."""
        self.query = query
        self._documents = documents
        self._allowed = allowed
        self._is_question: IntArray = np.frombuffer(documents.is_question, np.bool_)
        self._saturation, self._age, self._is_in_order, self._asked = documents.factors
        self._detail = Detail(query, documents)
        self._matched = self._detail.matched
        self._rerank = Rerank(query, documents, self._matched)
        # Known once the best documents were scored.
        self._reranked: Optional[Scores] = None

    def hits(self, limit: int, copies: Sequence[int], context: str) -> List[Tuple[int, float]]:
        """Return the doc ids of the best documents with their scores: copies of the query first.

        The same documents are scored in detail whatever the limit, so that fewer hits are the first of more.
        """
        rest: List[int] = []
        if self._allowed is None and limit <= _DEPTH:
            best = self._best(context)
        else:
            candidates = self._candidates(max(limit, _DEPTH), context)
            best, rest = np.array(sorted(candidates[:_DEPTH]), np.int64), candidates[_DEPTH:]
        chosen = self._with_further(best, [*copies, *self._follow_ups(best)])
        if not len(chosen):
            return []
        age = chosen if self._is_in_order else self._age.take(chosen)
        if copies:
            is_copy = np.zeros(len(chosen), np.bool_)
            is_copy[chosen.searchsorted(np.array(copies, np.int64))] = True
            scores = self._reranked = self._rerank.of(self._score(chosen), age, is_copy)
            # Copies stand by their age alone, also one that follows a question.
            order = np.lexsort((age, np.where(is_copy, 0.0, scores.value), is_copy))[::-1]
        else:
            scores = self._reranked = self._rerank.of(self._score(chosen), age)
            # In order of age, a stable sort leaves the newest of equals last.
            order = scores.value.argsort(kind="stable") if self._is_in_order else np.lexsort((age, scores.value))
            order = order[: -limit - 1 : -1]
        doc_ids, coverage = chosen.take(order), scores.coverage.take(order)
        coverage[: len(copies)] = 1.0
        if limit > len(chosen):
            near = {*chosen.tolist()}
            others = np.array([doc_id for doc_id in rest if doc_id not in near], np.int64)
            doc_ids = np.concatenate((doc_ids, others))
            held = self._matched[others] / self.query.total
            coverage = np.concatenate((coverage, np.minimum(held, MOST_INCOMPLETE)))
        # The cap: no hit has a higher score than the one before it.
        return [*zip(doc_ids[:limit].tolist(), accumulate(coverage[:limit].tolist(), min))]

    def _with_further(self, best: IntArray, further: Sequence[int]) -> IntArray:
        """Return some documents and further ones, ascending, each once."""
        near = {*best.tolist()} if further else set()
        others = {*further} - near
        if not others:
            return best
        chosen = np.concatenate((best, np.array([*others], np.int64)))
        chosen.sort()
        return chosen

    def _best(self, context: str) -> IntArray:
        """Return the best documents by their terms alone, ascending."""
        age = None if self._is_in_order else self._age
        if context or len(self._matched) > _DENSE:
            return greatest(*self._by_terms(context), age, _DEPTH)
        values = self._saturation.once * self._matched
        values *= self._matched
        return greatest_of_all(values, age, _DEPTH)

    def _score(self, chosen: IntArray) -> Scores:
        """Return the scores of some documents, given by ascending doc ids.

        With `matched` as the weight of the terms that a document holds, of `content_weight` in all::

            terms            = sum of the weight of each of its terms * how much it counts there (scoring.saturation)
            coverage penalty = terms * (matched / content_weight - 1)
            stop word bonus  = 0.1 * weight of its stop words * how much they count
            proximity bonus  = 0.18 * pairs of neighbours * (all above)
            question penalty = -0.2 * (all above), if it is a question
            follow-up bonus  = value of the question just before it, or 0.9 of that if the question is complete
            recency bonus    = what it lacks of the value of an older document that it updates (scoring.recency)
            value            = the sum of these
        """
        detail, count = self._detail, len(chosen)
        if not self._documents.question_count:
            return detail.score(chosen)
        # By document the question just before it.
        asked = self._asked.take(chosen)
        follows = (asked >= 0).nonzero()[0]
        questions = asked.take(follows)
        counts = self._matched.take(questions) > 0
        if self._allowed is not None:
            counts[counts] = [self._allowed(doc_id) for doc_id in questions[counts].tolist()]
        follows, questions = follows[counts], questions[counts]
        if not len(follows):
            return detail.score(chosen)
        at, every = chosen.searchsorted(questions), chosen
        further = (chosen.take(at, mode="clip") != questions).nonzero()[0]
        if len(further):
            # No question is before two documents, so that none comes twice.
            every = np.concatenate((chosen, questions.take(further)))
            at[further] = np.arange(count, len(every))
        alone = detail.score(every)
        scores = alone.first(count) if len(further) else alone
        is_complete = self._matched.take(questions) >= self.query.best_possible
        factor = np.where(is_complete, _COMPLETE_QUESTION_FACTOR, 1.0)
        bonus, coverage = np.zeros(count), scores.coverage.copy()
        bonus[follows] = factor * alone.value.take(at)
        coverage[follows] = np.maximum(coverage.take(follows), factor * alone.coverage.take(at))
        return scores._replace(follow_up_bonus=bonus, coverage=coverage, value=scores.value + bonus)

    def matches(self, doc_id: int) -> bool:
        """Whether a document holds a term of the query."""
        return bool(self._matched[doc_id])

    def score_one(self, doc_id: int) -> Scores:
        """Return the scores of one document: those that `hits` gave it, or would give it by itself."""
        if self._reranked is not None:
            same = (self._reranked.doc_ids == doc_id).nonzero()[0]
            if len(same):
                return self._reranked.at(same)
        return self._rerank.behind_complete(self._score(np.array([doc_id], np.int64)))

    def only_names(self, doc_id: int) -> bool:
        """Whether a document holds nothing of the query except names."""
        return self._detail.only_names(doc_id)

    def partial_scores(self, doc_id: int) -> Dict[QueryTerm, float]:
        """Return what each content term adds to the value of a document."""
        return self._detail.partial_scores(doc_id)

    def _candidates(self, depth: int, context: str) -> List[int]:
        """Return the best `depth` documents by their terms alone, the best first, among those that are allowed."""
        values, doc_ids = self._by_terms(context)
        candidates: List[int] = []
        asked, reach = 0, depth
        while True:
            best = greatest_in_order(values, doc_ids, self._age, reach)[asked:].tolist()
            candidates += best if self._allowed is None else filter(self._allowed, best)
            if len(candidates) >= depth or reach >= len(doc_ids):
                return candidates[:depth]
            asked, reach = reach, reach * 8

    def _by_terms(self, context: str) -> Tuple[IntArray, IntArray]:
        """Return the values by their terms alone of all documents that hold any, and their doc ids, ascending."""
        matched = self._matched
        doc_ids: IntArray
        if context:
            doc_ids = np.frombuffer(self._documents.in_context(context), np.uint32)
            doc_ids = doc_ids[matched[doc_ids] > 0].astype(np.int64)
        else:
            doc_ids = matched.nonzero()[0]
        weights = matched.take(doc_ids)
        return self._saturation.once.take(doc_ids) * weights * weights, doc_ids

    def _follow_ups(self, candidates: IntArray) -> List[int]:
        """Return the documents just after the questions among the candidates, if they hold a term of the query."""
        if not self._documents.question_count:
            return []
        after, matched = self._documents.after, self._matched
        questions = candidates[self._is_question.take(candidates)].tolist()
        follow_ups = [after[doc_id] - 1 for doc_id in questions if after[doc_id]]
        return [doc_id for doc_id in follow_ups if matched[doc_id] and (self._allowed is None or self._allowed(doc_id))]
