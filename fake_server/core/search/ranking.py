"""Ranking: the documents that hold most of a query are found, scored in detail, reranked, and their scores capped."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from .matching import greatest, greatest_in_order, matched_weights
from .rows import Rows, rows_of
from .scoring.occurrences import MASKED, Occurrences, PostingLists
from .scoring.recency import Comparable, recency_bonuses
from .scoring.saturation import LONG, Saturation
from .weights import UNIT, Query

if TYPE_CHECKING:
    from .documents import Documents
    from .postings import IntArray
    from .query import QueryTerm

__all__ = ["Ranking", "Scores"]

Allowed = Optional[Callable[[int], bool]]

# These and the factors of scoring were chosen with benchmarks/recall.py, which changes by less
# than 0.01 for values near them.
# The weight of a stop word relative to a content term, and the bonus of each pair of neighbours relative to the rest.
_STOP_WORD_FACTOR = 0.1
_PAIR_FACTOR = 0.18
# A document that is a question is seldom the answer; the one after it often is, and gets the value of the question as
# its follow-up bonus: in conversations this is worth more than all else here (any@1 .42 without, .51 with).
_QUESTION_FACTOR = 0.8
# The bonus is reduced if the question holds every term of the query. Then the question itself may be what is looked
# for, and its follow-up is the better answer only if it holds more of the query than a common word.
_COMPLETE_QUESTION_FACTOR = 0.9
# Neither goes before a complete answer, a document that is no question and holds every term of the query by itself:
# they are put behind it by this share of its value.
_BEHIND = 0.001
# What is left of the score of a document that holds nothing but names, and the most that one has which lacks a word: a
# question about Priya's children is not answered by what says that Marcus has two.
_NAMES_FACTOR = 0.5
_MOST_INCOMPLETE = 0.6
# The number of best documents by terms alone that are scored in detail.
_DEPTH = 50


class Scores(NamedTuple):
    """The scores of some documents in detail, by ascending doc ids.

    `coverage` is the share (0 to 1) of the query that each document holds. The fields from `terms` to `recency_bonus`
    add up to `value`.
    """

    doc_ids: IntArray
    coverage: IntArray
    terms: IntArray
    coverage_penalty: IntArray
    stop_word_bonus: IntArray
    proximity_bonus: IntArray
    question_penalty: IntArray
    follow_up_bonus: IntArray
    recency_bonus: IntArray
    value: IntArray

    def at(self, chosen: IntArray) -> Scores:
        """Return the scores of some of the documents."""
        return Scores(*(each[chosen] for each in self))


class Ranking:
    """One query ranked against the present documents of an index; not valid after they change."""

    def __init__(self, query: Query, documents: Documents, allowed: Allowed = None) -> None:
        """Find what each document holds; `allowed` is asked of doc ids that may be hits, or whose follow-up may be."""
        self.query = query
        self._documents = documents
        self._allowed = allowed
        self._lengths: IntArray = np.frombuffer(documents.lengths, np.uint32)
        self._is_question: IntArray = np.frombuffer(documents.is_question, np.bool_)
        self._saturation, self._age, self._is_in_order, self._asked = documents.factors
        self._has_questions = documents.question_count > 0
        row_of: Dict[str, int] = {}
        self._content = Rows(query.content, row_of)
        self._stop_words = Rows(query.stop_words, row_of)
        self._pairs = rows_of(query.pairs, row_of)
        # By row the postings of its stem.
        self._lists = PostingLists(documents.postings.of(row_of))
        self._matched = matched_weights(self._content, self._lists, documents)
        # Known once the best documents were scored: the value of the best complete answer, and their scores.
        self._complete_value = math.inf
        self._reranked: Optional[Scores] = None

    def hits(self, limit: int, copies: Sequence[int], context: str) -> List[Tuple[int, float]]:
        """Return the doc ids of the best documents with their scores: copies of the query first.

        The same documents are scored in detail whatever the limit, so that fewer hits are the first of more.
        """
        rest: List[int] = []
        if self._allowed is None and limit <= _DEPTH:
            best = greatest(*self._by_terms(context), None if self._is_in_order else self._age, _DEPTH)
        else:
            candidates = self._candidates(max(limit, _DEPTH), context)
            best, rest = np.array(sorted(candidates[:_DEPTH]), np.int64), candidates[_DEPTH:]
        further = [*copies, *self._follow_ups(best)]
        chosen = np.array(sorted({*best.tolist(), *further}), np.int64) if further else best
        if not len(chosen):
            return []
        age = chosen if self._is_in_order else self._age.take(chosen)
        if copies:
            is_copy = np.zeros(len(chosen), np.bool_)
            is_copy[chosen.searchsorted(np.array(copies, np.int64))] = True
            scores = self._reranked = self._rerank(self._score(chosen), age, is_copy)
            # Copies stand by their age alone, also one that follows a question.
            order = np.lexsort((age, np.where(is_copy, 0.0, scores.value), is_copy))[::-1]
        else:
            scores = self._reranked = self._rerank(self._score(chosen), age)
            order = np.lexsort((age, scores.value))[::-1]
        doc_ids, coverage = chosen.take(order), scores.coverage.take(order)
        coverage[: len(copies)] = 1.0
        if limit > len(chosen):
            near = {*chosen.tolist()}
            others = np.array([doc_id for doc_id in rest if doc_id not in near], np.int64)
            doc_ids = np.concatenate((doc_ids, others))
            held = self._matched[others] / self.query.total
            coverage = np.concatenate((coverage, np.minimum(held, _MOST_INCOMPLETE)))
        # The cap: no hit has a higher score than the one before it.
        return list(zip(doc_ids[:limit].tolist(), np.minimum.accumulate(coverage[:limit]).tolist()))

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
        if not self._has_questions:
            return self._score_alone(chosen)
        # By document the question just before it.
        asked = self._asked.take(chosen)
        follows = asked >= 0
        follows &= self._matched.take(asked) > 0
        if self._allowed is not None:
            follows[follows] = [self._allowed(doc_id) for doc_id in asked[follows].tolist()]
        questions = asked[follows]
        if not len(questions):
            return self._score_alone(chosen)
        at, every = chosen.searchsorted(questions), chosen
        is_further = chosen.take(at, mode="clip") != questions
        if is_further.any():
            every = np.concatenate((chosen, questions[is_further]))
            every.sort()
        alone = scores = self._score_alone(every)
        if len(every) > len(chosen):
            scores, at = alone.at(every.searchsorted(chosen)), every.searchsorted(questions)
        factor = np.where(self._matched.take(questions) >= self.query.best_possible, _COMPLETE_QUESTION_FACTOR, 1.0)
        bonus, coverage = np.zeros(len(chosen)), scores.coverage.copy()
        bonus[follows] = factor * alone.value.take(at)
        coverage[follows] = np.maximum(coverage[follows], factor * alone.coverage.take(at))
        return scores._replace(follow_up_bonus=bonus, coverage=coverage, value=scores.value + bonus)

    def _score_alone(self, doc_ids: IntArray) -> Scores:
        """Return the scores of documents without follow-up and recency."""
        matched = self._matched.take(doc_ids)
        occurrences = Occurrences(self._lists, doc_ids, len(self._lengths))
        saturation = self._saturation.at(doc_ids)
        terms = np.add.reduce(self._partial_scores(occurrences, saturation), 0) / UNIT
        penalty = terms * (matched / max(self.query.content_weight, 1) - 1)
        nothing = stop_words = proximity = np.zeros(len(doc_ids))
        if self._stop_words.terms:
            held = self._stop_words.of(occurrences.held) * self._stop_words.weights
            stop_words = np.add.reduce(self._stop_words.by_term(held), 0) * saturation.once * (_STOP_WORD_FACTOR / UNIT)
        value = terms + penalty + stop_words
        if self._pairs:
            are_short = saturation.is_short or np.maximum.reduce(self._lengths.take(doc_ids)) <= MASKED
            proximity = value * (_PAIR_FACTOR * occurrences.pairs(self._pairs, are_short=are_short))
            value = value + proximity
        question = -nothing
        if self._has_questions:
            question = value * ((_QUESTION_FACTOR - 1) * self._is_question.take(doc_ids))
            value = value + question
        coverage = self._coverage(matched, occurrences)
        if self.query.names:
            coverage = coverage * self._names_factor(occurrences)
        return Scores(doc_ids, coverage, terms, penalty, stop_words, proximity, question, nothing, nothing, value)

    def _coverage(self, matched: IntArray, occurrences: Occurrences) -> IntArray:
        """Return the share of the query that each document holds, limited if it lacks a word."""
        coverage: IntArray = matched / self.query.total
        limited = np.minimum(coverage, _MOST_INCOMPLETE)
        if not self.query.is_certain:
            return limited
        content = self._content
        # One candidate of a certain term is a likely one.
        likely = content.of(occurrences.held)
        if not content.is_plain:
            likely = content.by_term(content.is_likely & likely)
        if any(term.is_part for term in content.terms):
            likely = likely | content.is_part
        return np.where(np.logical_and.reduce(likely, 0), coverage, limited)

    def _partial_scores(self, occurrences: Occurrences, saturation: Saturation) -> IntArray:
        """Return what each term adds to the value of each document, in 65,536ths: whole numbers, as weights are."""
        if saturation.is_short:
            partial = np.rint(saturation.once * self._content.weights) * self._content.of(occurrences.held)
        else:
            much = saturation.of_terms(self._content.of(occurrences.counts))
            partial = np.rint(much * self._content.weights)
        return self._content.by_term(partial)

    def _names_factor(self, occurrences: Occurrences) -> IntArray:
        """Return by what the score of each document is multiplied: less than 1 if it holds nothing but names."""
        names = self.query.names
        is_name = [term.word in names for term in self._content.terms] if names else []
        if not any(is_name):
            return np.ones(1)
        held = self._content.by_term(self._content.of(occurrences.held))
        others = [row for row, each in enumerate(is_name) if not each]
        return np.where(np.logical_or.reduce(held.take(others, 0), 0), 1.0, _NAMES_FACTOR)

    def _rerank(self, scores: Scores, age: IntArray, is_copy: Optional[IntArray] = None) -> Scores:
        """Put questions behind the best complete answer, and newer documents before the older ones that they update.

        Copies of the query go before them all by their age alone, and there may be thousands.
        """
        matched = self._matched.take(scores.doc_ids)
        is_statement = ~self._is_question.take(scores.doc_ids)
        most = np.maximum.reduce(matched * is_statement)
        if self.query.can_be_complete and most >= self.query.best_possible:
            is_complete = (matched >= self.query.best_possible) & is_statement
            if is_complete.any():
                self._complete_value = np.maximum.reduce((scores.value - scores.follow_up_bonus)[is_complete]).item()
                scores = self._behind_complete(scores)
        if not most:
            return scores
        may_answer = (matched == most) & is_statement
        if is_copy is not None:
            may_answer &= ~is_copy
        if not self._saturation.is_short:
            may_answer &= self._lengths.take(scores.doc_ids) <= LONG
        chosen = may_answer.nonzero()[0]
        if len(chosen) < 2:
            return scores
        value = scores.value.take(chosen)
        # Of equal values, the newer goes before the older by its age alone.
        if np.minimum.reduce(value) == np.maximum.reduce(value):
            return scores
        doc_ids = scores.doc_ids.take(chosen).tolist()
        content = self._documents.content
        documents = Comparable(
            value=value,
            compared=value - scores.stop_word_bonus.take(chosen),
            length=np.array(content.counts(doc_ids)),
            age=age.take(chosen),
        )
        bonus = np.zeros(len(scores.value))
        bonus[chosen] = recency_bonuses(documents, lambda: content.of(doc_ids))
        return scores._replace(recency_bonus=bonus, value=scores.value + bonus)

    def _behind_complete(self, scores: Scores) -> Scores:
        """Return the scores with questions and their follow-ups put behind the best complete answer."""
        if self._complete_value == math.inf or scores.value.max() <= self._complete_value:
            return scores
        is_question = self._is_question[scores.doc_ids]
        incomplete = self._matched[scores.doc_ids] < self.query.best_possible
        moved = (scores.value > self._complete_value) & (is_question | incomplete)
        if not moved.any():
            return scores
        # Just behind it, and in the order that they had.
        behind = self._complete_value * (
            1 - _BEHIND * self._complete_value / np.maximum(scores.value, self._complete_value)
        )
        own = scores.value - scores.follow_up_bonus
        kept = np.where(moved & is_question, np.minimum(own, behind), own)
        follow_up = np.where(moved, np.maximum(behind - kept, 0), scores.follow_up_bonus)
        return scores._replace(
            question_penalty=scores.question_penalty + kept - own, follow_up_bonus=follow_up, value=kept + follow_up
        )

    def matches(self, doc_id: int) -> bool:
        """Whether a document holds a term of the query."""
        return bool(self._matched[doc_id])

    def score_one(self, doc_id: int) -> Scores:
        """Return the scores of one document: those that `hits` gave it, or would give it by itself."""
        if self._reranked is not None:
            same = (self._reranked.doc_ids == doc_id).nonzero()[0]
            if len(same):
                return self._reranked.at(same)
        return self._behind_complete(self._score(np.array([doc_id], np.int64)))

    def only_names(self, doc_id: int) -> bool:
        """Whether a document holds nothing of the query except names."""
        one = np.array([doc_id], np.int64)
        occurrences = Occurrences(self._lists, one, len(self._lengths))
        return bool(self._names_factor(occurrences)[0] < 1)

    def partial_scores(self, doc_id: int) -> Dict[QueryTerm, float]:
        """Return what each content term adds to the value of a document."""
        one = np.array([doc_id], np.int64)
        occurrences = Occurrences(self._lists, one, len(self._lengths))
        partial = self._partial_scores(occurrences, self._saturation.at(one))
        return dict(zip(self._content.terms, (partial[:, 0] / UNIT).tolist()))

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
