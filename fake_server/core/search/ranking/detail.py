"""Detail: the scores of the few best documents by themselves, from where the words of the query stand in each."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Dict, List, Union

import numpy as np

from fake_server.core.search.scoring.occurrences import MASKED, Occurrences, PostingLists
from fake_server.core.search.scoring.places import Places, are_distinct
from fake_server.core.search.weights import UNIT, Query

from .matching import matched_by_rows, matched_weights
from .rows import Rows, rows_of
from .scores import Scores

if TYPE_CHECKING:
    from fake_server.core.search.documents import Documents
    from fake_server.core.search.postings import IntArray
    from fake_server.core.search.query import QueryTerm

__all__ = ["MOST_INCOMPLETE", "Detail"]

# These and the factors of scoring were chosen with benchmarks/recall.py, which changes by less
# than 0.01 for values near them.
# The weight of a stop word relative to a content term, and the bonus of each pair of neighbours relative to the rest.
_STOP_WORD_FACTOR = 0.1
_PAIR_FACTOR = 0.18
# A document that is a question is seldom the answer.
_QUESTION_FACTOR = 0.8
# What is left of the score of a document that holds nothing but names, and the most that one has which lacks a word: a
# question about Priya's children is not answered by what says that Marcus has two.
_NAMES_FACTOR = 0.5
MOST_INCOMPLETE = 0.6
# So many of the documents may be long, and are looked at one by one.
_FEW_LONG = 8


class Detail:
    """What the documents of an index hold of one query; `matched` has by doc id the weight of its content terms."""

    def __init__(self, query: Query, documents: Documents) -> None:
        """Find what each document holds."""
        self._query = query
        self._documents = documents
        self._saturation = documents.factors.saturation
        row_of: Dict[str, int] = {}
        self._content = Rows(query.content, row_of)
        self._stop_words = Rows(query.stop_words, row_of)
        self._pairs = rows_of(query.pairs, row_of)
        self._stems = row_of
        has_long = not self._saturation.is_short
        self._found = documents.kept_rows.of(row_of, len(documents.lengths), has_long=has_long)
        self.matched = (
            matched_weights(self._content, self._lists, documents)
            if self._found is None
            else matched_by_rows(self._content, self._found.rows, documents)
        )

    @cached_property
    def _lists(self) -> PostingLists:
        """By row the postings of its stem."""
        return PostingLists(self._documents.postings.of(self._stems))

    def score(self, doc_ids: IntArray) -> Scores:
        """Return the scores of distinct documents without follow-up and recency."""
        query, saturation = self._query, self._saturation
        matched, once = self.matched.take(doc_ids), saturation.once.take(doc_ids)
        occurrences = self._occurrences(doc_ids)
        terms = np.add.reduce(self._content.by_term(self._partial_scores(doc_ids, occurrences, once)), 0) / UNIT
        penalty = terms * (matched / max(query.content_weight, 1) - 1)
        nothing = stop_words = proximity = np.zeros(len(doc_ids))
        if self._stop_words.terms:
            stop_words = self._stop_words.weight_of(self._stop_words.of(occurrences.held)) * once
            stop_words *= _STOP_WORD_FACTOR / UNIT
        value = terms + penalty + stop_words
        if self._pairs:
            proximity = value * (_PAIR_FACTOR * self._pairs_in(doc_ids, occurrences))
            value = value + proximity
        question = -nothing
        if self._documents.question_count:
            is_question = np.frombuffer(self._documents.is_question, np.bool_).take(doc_ids)
            question = value * ((_QUESTION_FACTOR - 1) * is_question)
            value = value + question
        coverage = self._coverage(matched, occurrences)
        if query.names:
            coverage = coverage * self._names_factor(occurrences)
        return Scores(doc_ids, coverage, terms, penalty, stop_words, proximity, question, nothing, nothing, value)

    def partial_scores(self, doc_id: int) -> Dict[QueryTerm, float]:
        """Return what each content term adds to the value of a document."""
        one = np.array([doc_id], np.int64)
        partial = self._partial_scores(one, self._occurrences(one), self._saturation.once.take(one))
        return dict(zip(self._content.terms, (self._content.by_term(partial)[:, 0] / UNIT).tolist()))

    def only_names(self, doc_id: int) -> bool:
        """Whether a document holds nothing of the query except names."""
        return bool(self._names_factor(self._occurrences(np.array([doc_id], np.int64)))[0] < 1)

    def _occurrences(self, doc_ids: IntArray) -> Union[Occurrences, Places]:
        """Return where the stems occur in some documents."""
        if self._found is not None:
            long: List[int] = []
            if not self._saturation.is_short:
                long = self._saturation.longness.take(doc_ids).nonzero()[0].tolist()
            if len(long) <= _FEW_LONG:
                return Places(self._found, doc_ids, long)
        return Occurrences(self._lists, doc_ids, len(self._documents.lengths))

    def _partial_scores(self, doc_ids: IntArray, occurrences: Union[Occurrences, Places], once: IntArray) -> IntArray:
        """Return what each candidate adds to the value of each document, in 65,536ths: whole numbers."""
        content = self._content
        partial: IntArray
        if isinstance(occurrences, Places):
            partial = once * content.weights
            np.rint(partial, out=partial)
            partial *= content.of(occurrences.held)
            for column in occurrences.long:
                self._add_long(partial, occurrences, column, doc_ids.item(column))
        else:
            much = self._saturation.at(doc_ids).of_terms(content.of(occurrences.counts))
            partial = np.rint(much * content.weights)
        return partial

    def _add_long(self, partial: IntArray, places: Places, column: int, doc_id: int) -> None:
        """Set what each candidate adds to the value of a long document, in which it counts how often it has each."""
        held, saturation = places.long[column], self._saturation
        longness, gain, half = (
            saturation.longness.item(doc_id),
            saturation.gain.item(doc_id),
            saturation.half.item(doc_id),
        )
        weights = self._content.weight_list
        for at, row in enumerate(self._content.row_list):
            if held[row]:
                frequency = 1 + (places.count(column, row) - 1) * longness
                partial[at, column] = round(frequency * gain / (frequency + half) * weights[at])

    def _pairs_in(self, doc_ids: IntArray, occurrences: Union[Occurrences, Places]) -> IntArray:
        """Return how many pairs of neighbours each document holds."""
        if isinstance(occurrences, Places):
            is_plain = self._content.is_plain and self._stop_words.is_plain
            if is_plain or are_distinct(self._pairs):
                return occurrences.pairs(self._pairs)
            occurrences = Occurrences(self._lists, doc_ids, len(self._documents.lengths))
        lengths: IntArray = np.frombuffer(self._documents.lengths, np.uint32)
        return occurrences.pairs(self._pairs, are_short=np.maximum.reduce(lengths.take(doc_ids)) <= MASKED)

    def _coverage(self, matched: IntArray, occurrences: Union[Occurrences, Places]) -> IntArray:
        """Return the share of the query that each document holds, limited if it lacks a word."""
        coverage: IntArray = matched / self._query.total
        limited = np.minimum(coverage, MOST_INCOMPLETE)
        if not self._query.is_certain:
            return limited
        # One candidate of a certain term is a likely one.
        holds_all = self._content.all_likely(self._content.of(occurrences.held))
        return np.where(holds_all, coverage, limited)

    def _names_factor(self, occurrences: Union[Occurrences, Places]) -> IntArray:
        """Return by what the score of each document is multiplied: less than 1 if it holds nothing but names."""
        names, content = self._query.names, self._content
        others = [at for at, term in enumerate(content.terms) if term.word not in names]
        if len(others) == len(content.terms):
            return np.ones(1)
        held = content.by_term(content.of(occurrences.held))
        return np.where(np.logical_or.reduce(held.take(others, 0), 0), 1.0, _NAMES_FACTOR)
