"""The rerank: questions go behind the best complete answer, and newer documents before the older that they update."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Optional

import numpy as np

from fake_server.core.search.scoring.recency import Comparable, recency_bonuses
from fake_server.core.search.scoring.saturation import LONG

from .scores import Scores, greatest_of

if TYPE_CHECKING:
    from fake_server.core.search.documents import Documents
    from fake_server.core.search.postings import IntArray
    from fake_server.core.search.weights import Query

__all__ = ["Rerank"]

# Neither a question nor what follows one goes before a complete answer, a document that is no question and holds every
# term of the query by itself: they are put behind it by this share of its value.
_BEHIND = 0.001


class Rerank:
    """The rerank of the best documents of one query; `matched` has by doc id the weight of the terms that it holds.

    `complete_value` is the value of the best complete answer, which is known once they were reranked.
    """

    def __init__(self, query: Query, documents: Documents, matched: IntArray) -> None:
        """Take what each document holds."""
        self.complete_value = math.inf
        self._query = query
        self._documents = documents
        self._matched = matched
        self._is_question: IntArray = np.frombuffer(documents.is_question, np.bool_)

    def of(self, scores: Scores, age: IntArray, is_copy: Optional[IntArray] = None) -> Scores:
        """Return the scores of the best documents reranked.

        Copies of the query go before them all by their age alone, and there may be thousands.
        """
        answering = self._matched.take(scores.doc_ids)
        is_statement: Optional[IntArray] = None
        if self._documents.question_count:
            is_statement = ~self._is_question.take(scores.doc_ids)
            answering = answering * is_statement
        most = greatest_of(answering)
        if self._query.can_be_complete and most >= self._query.best_possible:
            is_complete = answering >= self._query.best_possible
            own = scores.value
            if is_statement is not None:
                is_complete &= is_statement
                own = own - scores.follow_up_bonus
            complete = own[is_complete]
            if len(complete):
                self.complete_value = greatest_of(complete)
                scores = self.behind_complete(scores)
        if not most:
            return scores
        may_answer = answering == most
        if is_copy is not None:
            may_answer &= ~is_copy
        if not self._documents.factors.saturation.is_short:
            lengths: IntArray = np.frombuffer(self._documents.lengths, np.uint32)
            may_answer &= lengths.take(scores.doc_ids) <= LONG
        chosen = may_answer.nonzero()[0]
        return scores if len(chosen) < 2 else self._with_recency(scores, chosen, age)

    def _with_recency(self, scores: Scores, chosen: IntArray, age: IntArray) -> Scores:
        """Return the scores, and for some of the documents what each lacks of the value of one that it updates."""
        value = scores.value.take(chosen)
        # Of equal values, the newer goes before the older by its age alone.
        if value.item(value.argmin()) == greatest_of(value):
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

    def behind_complete(self, scores: Scores) -> Scores:
        """Return the scores with questions and their follow-ups put behind the best complete answer."""
        if self.complete_value == math.inf or greatest_of(scores.value) <= self.complete_value:
            return scores
        is_question = self._is_question[scores.doc_ids]
        incomplete = self._matched[scores.doc_ids] < self._query.best_possible
        moved = (scores.value > self.complete_value) & (is_question | incomplete)
        if not moved.any():
            return scores
        # Just behind it, and in the order that they had.
        behind = self.complete_value * (
            1 - _BEHIND * self.complete_value / np.maximum(scores.value, self.complete_value)
        )
        own = scores.value - scores.follow_up_bonus
        kept = np.where(moved & is_question, np.minimum(own, behind), own)
        follow_up = np.where(moved, np.maximum(behind - kept, 0), scores.follow_up_bonus)
        return scores._replace(
            question_penalty=scores.question_penalty + kept - own, follow_up_bonus=follow_up, value=kept + follow_up
        )
