"""The fuzzy index of one tenant: its memories as documents, and the search over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, ContextManager, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from .breakdown import ScoreBreakdown, break_down
from .documents import Documents
from .late import load
from .names import names_in
from .packed.doc_ids import DocIds
from .packing import MAX_DOCUMENTS
from .query_reader import query_terms
from .reading import reading
from .small_answers import Asked, Found, keep, kept, question_of
from .weights import weigh

if TYPE_CHECKING:
    from .languages import Language
    from .ranking.ranking import Ranking

__all__ = ["Hit", "Index", "ScoreBreakdown"]

Allowed = Optional[Callable[[str], bool]]
AllowedIds = Optional[Callable[[int], bool]]

# After this many removals, if they outnumber the memories, the index is rebuilt without the removed ones.
_REBUILD = 1_000
# Documents that are taken at a time to be read, and words of a document that are indexed in one take of the lock.
_BATCH = 8
_WORDS = 512
# Answers that are kept until a memory comes or goes, for callers that ask the same again; questions longer than this,
# or for more hits, are rare, and their answers large.
_ANSWERS = 32
_LONGEST_KEPT = 500
_MOST_KEPT = 100
# The smallest score, since scores are answered with four decimals.
_LEAST = 1e-4


class Hit(NamedTuple):
    """A memory that was found, by its key, with a score in (0, 1]: 1.0 means that it holds all that the query asks for.

    The score is the coverage: the share of the query that the memory holds, or the question just before it if that
    holds more. Rare words count for more and corrected words for less. Scores never rise from one hit to the next, and
    the order also depends on the length of a memory, its stop words and its pairs of neighbours.
    """

    key: str
    score: float


class Index:
    """The fuzzy index of one tenant's memories; not thread-safe: the caller holds a lock.

    The order of hits depends on the memories that the index holds, in order of arrival, and not on removed ones.
    """

    def __init__(self, language: Language) -> None:
        """Start empty; the language decides about stems and stop words."""
        self._language = language
        self._is_being_indexed = False
        self.clear()

    def add(self, key: str, text: str, *, context: str = "", created: int = 0) -> None:
        """Add a memory as the newest, under a key that no other has; the next search reads it.

        The first 20,000 distinct words of a text are indexed, of its first 1,048,576 characters. Raises OverflowError
        past 16 million memories.
        """
        if self._doc_ids.assigned == MAX_DOCUMENTS:
            raise OverflowError(f"memories of one key: expected at most {MAX_DOCUMENTS:,}, got more; use several keys")
        self._answers.clear()
        self._doc_ids.append(key)
        self._documents.add(text, context, created)

    def remove(self, key: str) -> None:
        """Remove a memory; an unknown key is no error."""
        doc_id = self._doc_ids.find(key)
        if doc_id is None:
            return
        self._answers.clear()
        self._doc_ids.remove(doc_id)
        self._documents.delete(doc_id)
        if self._doc_ids.assigned - len(self) > max(_REBUILD, len(self)):
            self._rebuild()

    def clear(self) -> None:
        """Remove every memory."""
        self._answers: Dict[Tuple[str, int, str], List[Hit]] = {}
        self._doc_ids = DocIds()
        self._documents = Documents(self._language)

    def __len__(self) -> int:
        """Return the number of memories."""
        return len(self._doc_ids)

    def search(self, query: str, *, limit: int, context: str = "", allowed: Allowed = None) -> List[Hit]:
        """Return at most `limit` memories that answer the query, the best first; of equals, the newer first.

        Any text is a valid query; the first 50,000 characters of it count. A memory whose text is the query, except for
        white space around it, comes first. A memory just after a question of the same context gets the value of that
        question as its follow-up bonus; neither comes before a memory that holds all that the query asks for by itself.
        An empty context selects all memories. `allowed` is called with the keys of possible hits. Context and `allowed`
        do not change IDF weights, which would take a call for every memory at every search.
        """
        asked = (query, limit, context)
        if allowed is not None or len(query) > _LONGEST_KEPT or limit > _MOST_KEPT:
            return self._as_hits(self._search(asked, allowed))
        known = self._answers.get(asked)
        if known is None:
            known = self._as_hits(self._answer(asked))
            if len(self._answers) >= _ANSWERS:
                del self._answers[next(iter(self._answers))]
            self._answers[asked] = known
        return [*known]

    def _answer(self, asked: Asked) -> Found:
        """Return the hits as `_search` does, which another index may have found among the same documents."""
        question = question_of(self._documents, asked)
        found = None if question is None else kept(question)
        if found is None:
            found = self._search(asked, None)
            if question is not None:
                keep(question, found)
        return found

    def _search(self, asked: Asked, allowed: Allowed) -> Found:
        query, limit, context = asked
        allowed_ids = self._by_doc_id(allowed)
        ranking = self._ranking(query, allowed_ids) if limit > 0 else None
        if ranking is None:
            return []
        return self._hits(ranking, query, limit, context, allowed_ids)[0]

    def _as_hits(self, found: Found) -> List[Hit]:
        return [Hit(self._doc_ids[doc_id], _score(share)) for doc_id, share in found]

    def explain(self, query: str, *, limit: int, context: str = "", allowed: Allowed = None) -> List[ScoreBreakdown]:
        """Return the hits of `search` with their score breakdowns."""
        allowed_ids = self._by_doc_id(allowed)
        ranking = self._ranking(query, allowed_ids) if limit > 0 else None
        if ranking is None:
            return []
        found, copies = self._hits(ranking, query, limit, context, allowed_ids)
        return [
            break_down(
                self._doc_ids[doc_id],
                _score(coverage),
                doc_id,
                is_copy=doc_id in copies,
                ranking=ranking,
                documents=self._documents,
            )
            for doc_id, coverage in found
        ]

    def explain_one(
        self, query: str, key: str, *, context: str = "", allowed: Allowed = None
    ) -> Optional[ScoreBreakdown]:
        """Return the score breakdown of one memory at any rank; None if it holds no term of the query."""
        doc_id, allowed_ids = self._doc_ids.find(key), self._by_doc_id(allowed)
        ranking = self._ranking(query, allowed_ids)
        if doc_id is None or ranking is None:
            return None
        is_copy = doc_id in self._documents.copies(query)
        if not is_copy and not ranking.matches(doc_id):
            return None
        # The best complete answer may limit its value, and the ranking knows that one only after it has ranked.
        self._hits(ranking, query, 1, context, allowed_ids)
        score = 1.0 if is_copy else _score(ranking.score_one(doc_id).coverage.item())
        return break_down(key, score, doc_id, is_copy=is_copy, ranking=ranking, documents=self._documents)

    @property
    def unread(self) -> int:
        """The size of the memories that the next search has to read: their characters, and some for each."""
        return self._documents.unread

    def indexing(self, lock: ContextManager[object]) -> Iterator[bool]:
        """Index what waits, in steps of a fraction of a millisecond; `search` finds the same with it or without.

        Nobody holds the lock between two steps, and texts are read outside it. A step is False if it did nothing,
        because another is indexing.
        """
        mine = False
        try:
            while True:
                with lock:
                    documents = self._documents
                    batch = documents.pending(_BATCH)
                    if not batch and not documents.prepare():
                        return
                    mine = mine or not self._is_being_indexed
                    self._is_being_indexed = True
                if mine:
                    found = []
                    for _, text in batch:
                        found.append((yield from reading(text, documents.language)))
                        yield True
                    for (doc_id, _), each in zip(batch, found):
                        stem_ids: List[int] = []
                        for first in range(0, len(each.posted), _WORDS):
                            if first:
                                yield True
                            with lock:
                                stem_ids += documents.learn(each, first, first + _WORDS)
                        with lock:
                            documents.index(doc_id, each, stem_ids)
                yield mine
        finally:
            if mine:
                self._is_being_indexed = False

    def set_language(self, language: Language) -> None:
        """Read every memory again in another language."""
        self._answers.clear()
        self._language = language
        self._documents = self._documents.unread_copy(language)

    def _by_doc_id(self, allowed: Allowed) -> AllowedIds:
        doc_ids = self._doc_ids
        return None if allowed is None else (lambda doc_id: allowed(doc_ids[doc_id]))

    def _ranking(self, query: str, allowed_ids: AllowedIds) -> Optional[Ranking]:
        documents = self._documents
        documents.index_pending()
        names = names_in(query, documents.language)
        terms = query_terms(query, names, documents) if documents.document_count else []
        # A copy of the query is a hit even if it holds no term of it.
        if not any(term.candidates for term in terms) and not (terms and documents.copies(query)):
            return None
        # Loaded here, because numpy takes a while to load, and an index that is never searched needs none of it.
        ranking: Ranking = load(".ranking.ranking").Ranking(weigh(terms, names, documents), documents, allowed_ids)
        return ranking

    def _hits(
        self, ranking: Ranking, query: str, limit: int, context: str, allowed_ids: AllowedIds
    ) -> Tuple[Found, Set[int]]:
        """Return the hits, and which of them are copies of the query."""
        copies = self._documents.copies(query)
        if copies:
            contexts = self._documents.contexts
            copies = [
                doc_id
                for doc_id in reversed(copies)
                if (not context or contexts[doc_id] == context) and (allowed_ids is None or allowed_ids(doc_id))
            ][:limit]
        return ranking.hits(limit, copies, context), {*copies}

    def _rebuild(self) -> None:
        self._documents = self._documents.unread_copy(self._language, present=self._doc_ids.present())
        self._doc_ids = self._doc_ids.compacted()


def _score(coverage: float) -> float:
    """Return the score of a hit, large enough that its four decimals are not all zeros."""
    return max(_LEAST, coverage)
