"""The score breakdown of a hit: the partial score of each query term, then bonuses and penalties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Tuple

from .documents import Documents
from .reading import words_of
from .scores import SCORE_CUT

if TYPE_CHECKING:
    from .query import QueryTerm
    from .ranking.ranking import Ranking

__all__ = ["ScoreBreakdown", "TermMatch", "break_down"]

# Words that one note names.
_NAMED = 5


@dataclass(frozen=True)
class TermMatch:
    """What one query term found in a document: its correction, the words that it matched, and its partial score.

    A stop word has no partial score: all of them have their say together, in `stop_word_bonus`.
    """

    word: str
    corrected: Optional[str]
    matched: Tuple[str, ...]
    partial_score: float
    is_stop_word: bool = False

    def as_dict(self) -> Dict[str, Any]:
        """Return it as JSON values."""
        return {
            "word": self.word,
            "corrected": self.corrected,
            "matched": [*self.matched],
            "partial_score": self.partial_score,
            "stop_word": self.is_stop_word,
        }


@dataclass(frozen=True)
class ScoreBreakdown:
    """A hit and how its `value` is made: the sum of the partial scores of `terms` and of the `adjustments`.

    Hits are in order of falling value, after exact copies of the query. The adjustments are `coverage_penalty` (for
    terms that the document lacks), `stop_word_bonus`, `proximity_bonus`, `question_penalty` (for a document that is a
    question), `follow_up_bonus` (for a document that follows a matching question) and `recency_bonus` (for one that
    updates an older one). Question and follow-up are limited: neither puts a document before one that is no question
    and holds everything the query asks for.

    `notes` says in words what is taken for what, what the hit owes to its date, and what its score means.
    """

    key: str
    score: float
    value: float
    is_copy: bool
    terms: Tuple[TermMatch, ...]
    adjustments: Dict[str, float]
    notes: Tuple[str, ...] = ()


def break_down(
    key: str, score: float, doc_id: int, *, is_copy: bool, ranking: Ranking, documents: Documents
) -> ScoreBreakdown:
    """Return the score breakdown of a document."""
    scores = ranking.score_one(doc_id)
    words = _words_by_stem(doc_id, documents)
    partial = ranking.partial_scores(doc_id)
    content = [_match(term, words, partial.get(term, 0.0)) for term, _ in ranking.query.content]
    stop_words = [_match(term, words, 0.0) for term, _ in ranking.query.stop_words]
    adjustments = {
        "coverage_penalty": scores.coverage_penalty.item(),
        "stop_word_bonus": scores.stop_word_bonus.item(),
        "proximity_bonus": scores.proximity_bonus.item(),
        "question_penalty": scores.question_penalty.item(),
        "follow_up_bonus": scores.follow_up_bonus.item(),
        "recency_bonus": scores.recency_bonus.item(),
    }
    terms = (*content, *stop_words)
    notes = tuple(_notes(content, adjustments, score, is_copy=is_copy, only_names=ranking.only_names(doc_id)))
    return ScoreBreakdown(key, score, scores.value.item(), is_copy, terms, adjustments, notes)


def _notes(
    content: List[TermMatch], adjustments: Dict[str, float], score: float, *, is_copy: bool, only_names: bool
) -> Iterator[str]:
    """Yield in words what the numbers of a hit stand for."""
    if is_copy:
        yield "it is the query itself, so it goes before any value and scores 1.0"
        return
    for term in content:
        if term.corrected and term.matched:
            yield f"{term.word!r} is taken for {term.corrected!r}, which counts for less"
    lacking = [repr(term.word) for term in content if not term.matched]
    if lacking:
        yield f"it lacks {', '.join(lacking[:_NAMED])}{' and more' if len(lacking) > _NAMED else ''}"
    if only_names:
        yield "it holds nothing of the question except names, so its score is halved"
    if adjustments["follow_up_bonus"] > 0:
        yield "it follows a question that matches, and has the value of that as a bonus"
    if adjustments["recency_bonus"] > 0:
        yield "it is newer than a memory that answers as well, and has the value of that one"
    if score < SCORE_CUT:
        below = f"its score {score:.4g} is below the cut of {SCORE_CUT}"
        yield f"{below}: it shares words with the question, and hardly answers"


def _words_by_stem(doc_id: int, documents: Documents) -> Dict[Optional[str], List[str]]:
    """Return the distinct words of a document by stem."""
    words: Dict[Optional[str], List[str]] = {}
    for word in dict.fromkeys(words_of(documents.texts[doc_id] or "", documents.language)):
        words.setdefault(documents.lookup(word), []).append(word)
    return words


def _match(term: QueryTerm, words: Dict[Optional[str], List[str]], partial_score: float) -> TermMatch:
    for candidate in term.candidates:
        if candidate.stem in words:
            matched = tuple(words[candidate.stem])
            return TermMatch(term.word, candidate.corrected, matched, partial_score, term.is_stop_word)
    return TermMatch(term.word, None, (), 0.0, term.is_stop_word)
