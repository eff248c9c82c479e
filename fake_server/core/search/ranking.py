"""Ranking: the documents that hold most of a query are found, scored in detail, reranked, and their scores capped."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from .rows import Rows, rows_of
from .scoring.occurrences import Occurrences, PostingLists, doc_ids_of
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
        self._before: IntArray = np.frombuffer(documents.before, np.uint32)
        self._saturation, self._age = documents.factors
        row_of: Dict[str, int] = {}
        self._content = Rows(query.content, row_of)
        self._stop_words = Rows(query.stop_words, row_of)
        self._pairs = [(rows_of(left, row_of), rows_of(right, row_of)) for left, right in query.pairs]
        # By row the postings of its stem.
        self._lists = PostingLists(documents.postings.of(row_of))
        self._matched = self._matched_weights()
        # Known once the best documents were scored: the value of the best complete answer, and their scores.
        self._complete_value = math.inf
        self._reranked: Optional[Scores] = None

    def hits(self, limit: int, copies: Sequence[int], context: str) -> List[Tuple[int, float]]:
        """Return the doc ids of the best documents with their scores: copies of the query first.

        The same documents are scored in detail whatever the limit, so that fewer hits are the first of more.
        """
        candidates = self._candidates(max(limit, _DEPTH), context)
        if not candidates and not copies:
            return []
        near = {*copies, *candidates[:_DEPTH]}
        near.update(self._follow_ups(candidates[:_DEPTH]))
        chosen = np.array(sorted(near), np.int64)
        is_copy = np.zeros(len(near), np.bool_)
        is_copy[chosen.searchsorted(np.array(copies, np.int64))] = True
        age = self._age.take(chosen)
        scores = self._reranked = self._rerank(self._score(chosen), is_copy, age)
        # Copies stand by their age alone, also one that follows a question.
        value = np.where(is_copy, 0.0, scores.value) if copies else scores.value
        order = np.lexsort((age, value, is_copy))[::-1]
        doc_ids, coverage = scores.doc_ids[order], np.where(is_copy, 1.0, scores.coverage)[order]
        if limit > len(near):
            rest = np.array([doc_id for doc_id in candidates[_DEPTH:] if doc_id not in near], np.int64)
            doc_ids = np.concatenate((doc_ids, rest))
            coverage = np.concatenate((coverage, np.minimum(self._matched[rest] / self.query.total, _MOST_INCOMPLETE)))
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
        if not self._documents.question_count:
            return self._score_alone(chosen)
        before = self._before[chosen].astype(np.int64) - 1
        follows = (before >= 0) & self._is_question[before] & (self._matched[before] > 0)
        if self._allowed is not None:
            follows[follows] = [self._allowed(doc_id) for doc_id in before[follows].tolist()]
        questions = before[follows]
        if not len(questions):
            return self._score_alone(chosen)
        alone = self._score_alone(np.array(sorted({*chosen.tolist(), *questions.tolist()}), np.int64))
        asked = alone.doc_ids.searchsorted(questions)
        factor = np.where(self._matched[questions] >= self.query.best_possible, _COMPLETE_QUESTION_FACTOR, 1.0)
        scores = alone.at(alone.doc_ids.searchsorted(chosen))
        scores.follow_up_bonus[follows] = factor * alone.value[asked]
        scores.coverage[follows] = np.maximum(scores.coverage[follows], factor * alone.coverage[asked])
        return scores._replace(value=scores.value + scores.follow_up_bonus)

    def _score_alone(self, doc_ids: IntArray) -> Scores:
        """Return the scores of documents without follow-up and recency."""
        matched = self._matched.take(doc_ids)
        occurrences = Occurrences(self._lists, doc_ids, len(self._lengths))
        saturation = self._saturation.at(doc_ids)
        terms = self._partial_scores(occurrences, saturation).sum(0) / UNIT
        penalty = terms * (matched / max(self.query.content_weight, 1) - 1)
        held = self._stop_words.of(occurrences.held) * self._stop_words.weights
        stop_words = self._stop_words.by_term(held).sum(0) * saturation.once * (_STOP_WORD_FACTOR / UNIT)
        proximity = (terms + penalty + stop_words) * (_PAIR_FACTOR * occurrences.pairs(self._pairs))
        value = terms + penalty + stop_words + proximity
        question = value * ((_QUESTION_FACTOR - 1) * self._is_question.take(doc_ids))
        nothing = np.zeros(len(doc_ids))
        coverage = self._coverage(matched, occurrences) * self._names_factor(occurrences)
        parts = (terms, penalty, stop_words, proximity, question, nothing, nothing)
        return Scores(doc_ids, coverage, *parts, value + question)

    def _coverage(self, matched: IntArray, occurrences: Occurrences) -> IntArray:
        """Return the share of the query that each document holds, limited if it lacks a word."""
        coverage: IntArray = matched / self.query.total
        limited = np.minimum(coverage, _MOST_INCOMPLETE)
        if not self.query.is_certain:
            return limited
        likely = self._content.is_likely & self._content.of(occurrences.held)
        return np.where((self._content.by_term(likely) | self._content.is_part).all(0), coverage, limited)

    def _partial_scores(self, occurrences: Occurrences, saturation: Saturation) -> IntArray:
        """Return what each term adds to the value of each document, in 65,536ths: whole numbers, as weights are."""
        if saturation.is_short:
            much = saturation.once * self._content.of(occurrences.held)
        else:
            much = saturation.of_terms(self._content.of(occurrences.counts))
        partial = np.rint(much * self._content.weights).astype(np.int64)
        return self._content.by_term(partial)

    def _names_factor(self, occurrences: Occurrences) -> IntArray:
        """Return by what the score of each document is multiplied: less than 1 if it holds nothing but names."""
        if not self.query.names:
            return np.ones(1)
        is_name = np.array([[term.word in self.query.names] for term in self._content.terms], np.bool_).reshape(-1, 1)
        if not is_name.any():
            return np.ones(1)
        held = self._content.by_term(self._content.of(occurrences.held))
        return np.where((held & ~is_name).any(0), 1.0, _NAMES_FACTOR)

    def _rerank(self, scores: Scores, is_copy: IntArray, age: IntArray) -> Scores:
        """Put questions behind the best complete answer, and newer documents before the older ones that they update.

        Copies of the query go before them all by their age alone, and there may be thousands.
        """
        matched, is_question = self._matched.take(scores.doc_ids), self._is_question.take(scores.doc_ids)
        is_complete = (matched >= self.query.best_possible) & ~is_question
        may_answer = (matched > 0) & (matched == np.where(is_question, 0, matched).max()) & ~is_question
        if self.query.can_be_complete and is_complete.any():
            self._complete_value = (scores.value - scores.follow_up_bonus)[is_complete].max().item()
            scores = self._behind_complete(scores)
        chosen = (may_answer & (self._lengths[scores.doc_ids] <= LONG) & ~is_copy).nonzero()[0]
        if len(chosen) < 2:
            return scores
        doc_ids, value = scores.doc_ids[chosen].tolist(), scores.value[chosen]
        content = self._documents.content
        documents = Comparable(
            value=value,
            compared=value - scores.stop_word_bonus[chosen],
            length=np.array(content.counts(doc_ids)),
            age=age[chosen],
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
        """Return the best `depth` documents by their terms alone, among those that are allowed."""
        matched = self._matched
        doc_ids: IntArray
        if context:
            doc_ids = np.frombuffer(self._documents.in_context(context), np.uint32)
            doc_ids = doc_ids[matched[doc_ids] > 0]
        else:
            doc_ids = matched.nonzero()[0]
        weights = matched.take(doc_ids)
        values = self._saturation.once.take(doc_ids) * weights * weights
        candidates: List[int] = []
        asked, reach = 0, depth
        while True:
            best = self._greatest(values, doc_ids, reach)[asked:].tolist()
            candidates += best if self._allowed is None else filter(self._allowed, best)
            if len(candidates) >= depth or reach >= len(doc_ids):
                return candidates[:depth]
            asked, reach = reach, reach * 8

    def _greatest(self, values: IntArray, doc_ids: IntArray, count: int) -> IntArray:
        """Return the doc ids of the greatest values, the greatest first, of equals the newest first."""
        if count < len(values):
            # Of many equal values, which are usual, `partition` takes six times as long: a few give a bound first.
            few = values[:: max(len(values) // (4 * count), 1)]
            least = np.partition(few, -count)[-count]
            above = values[values > least]
            if len(above) >= count:
                least = np.partition(above, -count)[-count]
            chosen = (values >= least).nonzero()[0]
            values, doc_ids = values.take(chosen), doc_ids.take(chosen)
        best: IntArray = doc_ids.take(np.lexsort((self._age.take(doc_ids), values))[::-1][:count])
        return best

    def _follow_ups(self, candidates: List[int]) -> List[int]:
        """Return the documents just after the questions among the candidates, if they hold a term of the query."""
        is_question, after, matched = self._documents.is_question, self._documents.after, self._matched
        follow_ups = [after[doc_id] - 1 for doc_id in candidates if is_question[doc_id] and after[doc_id]]
        return [doc_id for doc_id in follow_ups if matched[doc_id] and (self._allowed is None or self._allowed(doc_id))]

    def _matched_weights(self) -> IntArray:
        """Return for every document the weight of the content terms that it holds."""
        matched = np.zeros(len(self._lengths), np.int32)
        best = np.zeros_like(matched)
        rows, weights, first = self._content.row_list, self._content.weight_list, 0
        by_row = [0] * len(self._lists.postings)
        postings = self._lists.postings
        for term in self._content.terms:
            end = first + len(term.candidates)
            if end > first + 1:
                # The candidates of a misspelt word are one term: a document counts by the best one that it holds.
                of_term = [postings[row] for row in rows[first:end]][::-1]
                doc_ids = doc_ids_of(np.concatenate(of_term))
                best[doc_ids] = np.repeat(weights[first:end][::-1], [*map(len, of_term)])
                matched[doc_ids] += best[doc_ids]
                best[doc_ids] = 0
            else:
                by_row[rows[first]] += weights[first]
            first = end
        for row in self._lists.long:
            if by_row[row]:
                matched[doc_ids_of(postings[row])] += by_row[row]
        self._lists.add_to(matched, [by_row[row] for row in self._lists.short])
        if self._documents.deleted:
            matched[np.frombuffer(self._documents.deleted, np.uint32)] = 0
        return matched
