"""Ranking: all documents by the IDF weights of their terms, then the best of them by a score in detail."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Callable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from .documents import Documents
from .positions import Positions, doc_ids_of
from .weights import UNIT, weigh

if TYPE_CHECKING:
    from .postings import IntArray
    from .query import QueryTerm

__all__ = ["Ranking", "Scores"]

Allowed = Optional[Callable[[int], bool]]

# BM25 without term frequency: in a document of a sentence or two a repeated word says little more. The usual k1 (1.2 to
# 2) and b (0.5 to 0.8) are for articles. These and the factors below were chosen with benchmarks/recall.py, which
# changes by less than 0.01 for values near them.
_K1 = 0.6
_B = 0.3
# The weight of a stop word relative to a content term, and the bonus of each pair of neighbours relative to the rest.
_STOP_WORD_FACTOR = 0.1
_PAIR_FACTOR = 0.15
# A document that is a question is seldom the answer; the one after it often is, and gets the value of the question as
# its follow-up bonus: in conversations this is worth more than all else here (any@1 .42 without, .51 with).
_QUESTION_FACTOR = 0.8
# The bonus is reduced if the question holds every term of the query. Then the question itself may be what is looked
# for, and its follow-up is the better answer only if it holds more of the query than a common word.
_COMPLETE_QUESTION_FACTOR = 0.9
# Neither goes before a complete answer, a document that is no question and holds every term of the query by itself:
# they are put behind it by this share of its value.
_BEHIND = 0.001
# The number of best documents by terms alone that are scored in detail.
_DEPTH = 50


class Scores(NamedTuple):
    """The scores of some documents in detail.

    `coverage` is the share (0 to 1) of the query that each document holds. The other fields add up to `value`.
    """

    coverage: IntArray
    terms: IntArray
    coverage_penalty: IntArray
    stop_word_bonus: IntArray
    proximity_bonus: IntArray
    question_penalty: IntArray
    follow_up_bonus: IntArray
    value: IntArray


class Ranking:
    """One query ranked against the present documents of an index; not valid after they change."""

    def __init__(self, terms: Sequence[QueryTerm], documents: Documents, allowed: Allowed = None) -> None:
        """Weigh the terms; `allowed` is asked of doc ids that may be hits, or whose follow-up may be one."""
        self._documents = documents
        self._allowed = allowed
        self._lengths: IntArray = np.frombuffer(documents.lengths, np.uint32)
        self._is_question: IntArray = np.frombuffer(documents.is_question, np.bool_)
        self._before: IntArray = np.frombuffer(documents.before, np.uint32)
        self._slope = _K1 * _B * documents.document_count / max(documents.word_count, 1)
        self.weights = weigh(terms, documents)
        self._content_weight, self._best_possible = self.weights.content_weight, self.weights.best_possible
        self._matched = self._matched_weights()
        # The value of the best complete answer; known once the best documents were scored.
        self._complete_value = math.inf

    def hits(self, limit: int, copies: Sequence[int], context: str) -> List[Tuple[int, float]]:
        """Return the doc ids of the best documents with their scores: copies of the query first, newer before older.

        The same documents are scored in detail whatever the limit, so that fewer hits are the first of more. Documents
        that are scored afterwards are put behind the best complete answer as these are.
        """
        candidates = self._candidates(max(limit, _DEPTH), context)
        if not candidates and not copies:
            return []
        near = {*copies, *candidates[:_DEPTH]}
        near.update(self._follow_ups(candidates[:_DEPTH]))
        chosen = np.array(sorted(near), np.int64)
        scores = self.score(chosen)
        is_complete = (self._matched[chosen] >= self._best_possible) & ~self._is_question[chosen]
        if is_complete.any() and self.weights.can_be_complete:
            self._complete_value = (scores.value - scores.follow_up_bonus)[is_complete].max().item()
            scores = self._behind_complete(chosen, scores)
        is_copy = np.zeros(len(chosen), np.bool_)
        is_copy[chosen.searchsorted(np.array(copies, np.int64))] = True
        order = np.lexsort((chosen, scores.value, is_copy))[::-1]
        rest = np.array([doc_id for doc_id in candidates[_DEPTH:] if doc_id not in near], np.int64)
        coverage = np.concatenate(
            (np.where(is_copy, 1.0, scores.coverage)[order], self._matched[rest] / self.weights.total)
        )
        doc_ids = np.concatenate((chosen[order], rest))
        return list(zip(doc_ids[:limit].tolist(), np.minimum.accumulate(coverage)[:limit].tolist()))

    def score(self, chosen: IntArray) -> Scores:
        """Return the scores of some documents, given by ascending doc ids.

        With `matched` as the weight of the terms that a document holds, of `content_weight` in all::

            terms            = matched * length norm
            coverage penalty = terms * (matched / content_weight - 1)
            stop word bonus  = 0.1 * weight of its stop words * length norm
            proximity bonus  = 0.15 * pairs of neighbours * (all above)
            question penalty = -0.2 * (all above), if it is a question
            follow-up bonus  = value of the question just before it, or 0.9 of that if the question is complete
            value            = the sum of these
        """
        before = self._before[chosen].astype(np.int64) - 1
        follows = (before >= 0) & self._is_question[before] & (self._matched[before] > 0)
        if self._allowed is not None:
            follows[follows] = [self._allowed(doc_id) for doc_id in before[follows].tolist()]
        questions = before[follows]
        doc_ids = np.array(sorted({*chosen.tolist(), *questions.tolist()}), np.int64)
        coverage = self._matched[doc_ids] / self.weights.total
        length_norm = self._length_norm(doc_ids)
        terms = self._matched[doc_ids] * length_norm / UNIT
        coverage_penalty = terms * self._matched[doc_ids] / max(self._content_weight, 1) - terms
        stop_words, pairs = self._stop_words_and_pairs(doc_ids)
        stop_words *= length_norm * (_STOP_WORD_FACTOR / UNIT)
        proximity = (terms + coverage_penalty + stop_words) * (_PAIR_FACTOR * pairs)
        question = (
            (terms + coverage_penalty + stop_words + proximity) * (_QUESTION_FACTOR - 1) * self._is_question[doc_ids]
        )
        value = terms + coverage_penalty + stop_words + proximity + question
        own, asked = doc_ids.searchsorted(chosen), doc_ids.searchsorted(questions)
        follow_up = np.zeros(len(chosen))
        factor = np.where(self._matched[questions] >= self._best_possible, _COMPLETE_QUESTION_FACTOR, 1.0)
        follow_up[follows] = factor * value[asked]
        covered = coverage[own]
        covered[follows] = np.maximum(covered[follows], factor * coverage[asked])
        parts = (terms[own], coverage_penalty[own], stop_words[own], proximity[own], question[own], follow_up)
        return self._behind_complete(chosen, Scores(covered, *parts, value[own] + follow_up))

    def _behind_complete(self, chosen: IntArray, scores: Scores) -> Scores:
        """Return the scores with questions and their follow-ups put behind the best complete answer."""
        if self._complete_value == math.inf:
            return scores
        is_question = self._is_question[chosen]
        moved = (scores.value > self._complete_value) & (is_question | (self._matched[chosen] < self._best_possible))
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
        """Return the scores of one document."""
        return self.score(np.array([doc_id], np.int64))

    def partial_score(self, doc_id: int, weight: int) -> float:
        """Return what a term of this weight adds to the value of a document that holds it."""
        return float(weight * self._length_norm(np.array([doc_id]))[0] / UNIT)

    def _candidates(self, depth: int, context: str) -> List[int]:
        """Return the best `depth` documents by their terms alone, among those that are allowed."""
        matched = self._matched
        doc_ids: IntArray
        if context:
            doc_ids = np.frombuffer(self._documents.in_context(context), np.uint32)
            doc_ids = doc_ids[matched[doc_ids] > 0]
        else:
            doc_ids = (matched > 0).nonzero()[0]
        weights = matched[doc_ids]
        values = self._length_norm(doc_ids) * weights * weights
        candidates: List[int] = []
        asked, reach = 0, depth
        while True:
            best = doc_ids[_greatest(values, reach)[asked:]].tolist()
            candidates += best if self._allowed is None else filter(self._allowed, best)
            if len(candidates) >= depth or reach >= len(doc_ids):
                return candidates[:depth]
            asked, reach = reach, reach * 8

    def _follow_ups(self, candidates: List[int]) -> List[int]:
        """Return the documents just after the questions among the candidates, if they hold a term of the query."""
        is_question, after, matched = self._documents.is_question, self._documents.after, self._matched
        follow_ups = [after[doc_id] - 1 for doc_id in candidates if is_question[doc_id] and after[doc_id]]
        return [doc_id for doc_id in follow_ups if matched[doc_id] and (self._allowed is None or self._allowed(doc_id))]

    def _stop_words_and_pairs(self, doc_ids: IntArray) -> Tuple[IntArray, IntArray]:
        """Return the weight of the stop words that each document holds, and its number of pairs of neighbours."""
        positions = Positions(self._documents.postings, doc_ids, len(self._lengths))
        stop_words, pairs = np.zeros(len(doc_ids)), np.zeros(len(doc_ids))
        for term, weight in self.weights.stop_words:
            if term.candidates:
                stop_words[doc_ids.searchsorted(list(positions.documents_with(term)))] += weight
        for left, right in self.weights.pairs:
            pairs[doc_ids.searchsorted(list(positions.documents_with_pair(left, right)))] += 1
        return stop_words, pairs

    def _length_norm(self, doc_ids: IntArray) -> IntArray:
        """Return the factor by which a term counts in each document: the shorter, the greater."""
        return (_K1 + 1) / (1 + _K1 * (1 - _B) + self._slope * self._lengths[doc_ids])

    def _matched_weights(self) -> IntArray:
        """Return for every document the weight of the content terms that it holds."""
        postings = self._documents.postings
        matched = np.zeros(len(self._lengths), np.int32)
        for term, weight in self.weights.content:
            if len(term.candidates) == 1:
                matched[doc_ids_of(postings[term.candidates[0].stem])] += round(weight * term.candidates[0].weight)
            elif term.candidates:
                # The candidates of a misspelt word are one term: a document counts by the best one that it holds.
                best = np.zeros_like(matched)
                for candidate in reversed(term.candidates):
                    best[doc_ids_of(postings[candidate.stem])] = round(weight * candidate.weight)
                matched += best
        if self._documents.deleted:
            matched[np.frombuffer(self._documents.deleted, np.uint32)] = 0
        return matched


def _greatest(values: IntArray, count: int) -> IntArray:
    """Return the indexes of the greatest values, the greatest first, of equals the last first."""
    if count < len(values):
        least = np.partition(values, -count)[-count]
        above = (values > least).nonzero()[0]
        equal = (values == least).nonzero()[0]
        chosen = np.concatenate((above, equal[len(equal) - (count - len(above)) :]))
    else:
        chosen = np.arange(len(values))
    return chosen[np.lexsort((chosen, values[chosen]))[::-1]]
