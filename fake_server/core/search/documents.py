"""The documents of an index: stored memories in order of arrival, and the words that each of them holds."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import deque
from itertools import chain, groupby, islice
from sys import intern
from typing import TYPE_CHECKING, Deque, Dict, FrozenSet, List, Optional, Set, Tuple

from .asked import AskedWords
from .late import load
from .lately import Lately
from .packed.content import ContentWords
from .packing import LAST_POSITION, POSITION_BITS
from .reading import Reading, read, words_of
from .text.folding import unaccented

if TYPE_CHECKING:
    from .languages import Language
    from .postings import Postings
    from .scoring.factors import Factors
    from .scoring.kept_rows import KeptRows
    from .spelling import Vocabulary

__all__ = ["Documents"]

# Documents whose words are cached at a time, while they are searched for the words of deleted ones.
_CACHED = 4
# What the reading of a document costs beside that of its characters, in characters.
_OVERHEAD = 20
# What may wait for the next search: some 7,000 lines of dialogue, which are read in three tenths of a second. Past it
# each addition reads up to two that wait, so that a load pays as it goes; long ones still wait, since one may take a
# second.
_BACKLOG = 1_000_000
_AT_ONCE = 2
_SHORT = 4_000
# Words of a vocabulary that are prepared in one step.
_WORDS = 128
_QUESTION_MARKS = ("?", "？", "؟")
_NOTHING = Reading([], [], [])
# The weight of a word that is written without the accents of the query, and with other ones; in a language in which
# accents move from form to form, of both.
_PLAIN = 0.75
_OTHER_ACCENTS = 0.6
_MOVED = 0.9
# A bound on hostile input: a syllable of Vietnamese has up to eighteen.
_ACCENTED = 32
# Words whose stem ids are kept: nearly all that a memory of short texts is made of, in some 300 KB. A document of more
# words than the second number adds none.
_MOST_LEARNT = 1 << 13
_TEACHING = 2_048
_LEARNING = Lately(32)  # as many keys keep theirs


class Documents:
    """Documents by doc id; `index_pending` reads the words of those that were added and wait for it.

    A caller that must not work for so long takes them from `pending`, reads them itself, and gives the readings to
    `index`. So it is with long documents that were deleted, whose words are counted until they are read again. `unread`
    is the size of those that wait: their characters, and some for each document.

    `lengths`, `is_question`, `before` and `after` have for each doc id its number of words, whether it is a question,
    and the doc id plus one of the document of the same context that came just before or after it, 0 if there is none.
    `created` has when each was created, as its caller counts, and `content` which words without stop words it has.
    `asked` keeps what questions found out about words. `word_count` and `document_count` are totals; `question_count`
    has the deleted questions too. The doc id of a deleted document is not used again; `deleted` has the doc ids of
    documents that were indexed and then deleted.
    """

    def __init__(self, language: Language) -> None:
        """Start empty."""
        self.unread = 0
        self.language = language
        self.lengths = array("I")
        self.created = array("q")
        self.content = ContentWords(language.function_stems, language.kinds)
        self.is_question = array("B")
        self.before = array("I")
        self.after = array("I")
        self.deleted = array("I")
        self.texts: List[Optional[str]] = []
        self.contexts: List[str] = []
        self.word_count = self.document_count = self.question_count = 0
        self._by_context: Dict[str, array[int]] = {}
        self._fingerprints = array("I")
        self._postings: Optional[Postings] = None
        # The words that a misspelt one may be corrected to, in order of arrival: by stem id the index of the first form
        # of each stem, and the other forms. A dict of words would take twice as much.
        self._forms: List[str] = []
        self._first_forms = array("I")
        self._other_forms: Set[str] = set()
        self._vocabulary: Optional[Vocabulary] = None
        # The stem ids of words that were learnt, cleared when it is full, and when many other keys learn.
        self._learnt: Dict[str, int] = {}
        # The stems with accents, by themselves without any.
        self._accented: Dict[str, List[str]] = {}
        # Words of deleted documents: stale ones, of which it is not known yet whether another document holds them too,
        # and deleted ones, which no document holds.
        self._stale_words: Set[str] = set()
        self._deleted_words: Set[str] = set()
        self.asked = AskedWords()
        self._cache: Dict[int, FrozenSet[str]] = {}
        self._factors: Optional[Factors] = None
        self._kept_rows: Optional[KeptRows] = None
        # Long documents that were deleted, and whose words still count.
        self._leaving: Deque[Tuple[int, str]] = deque()

    @property
    def postings(self) -> Postings:
        """The postings of every stem."""
        if self._postings is None:
            # Loaded here, because numpy takes a while to load, and an index that is never searched needs none of it.
            postings: Postings = load(".postings").Postings()
            self._postings = postings
        return self._postings

    @property
    def factors(self) -> Factors:
        """What counts in every score, kept until a document comes or goes."""
        if self._factors is None:
            average = self.word_count / max(self.document_count, 1) or 1.0
            factors: Factors = load(".scoring.factors").factors_of(
                self.lengths, self.created, average, self.before, self.is_question
            )
            self._factors = factors
        return self._factors

    @property
    def kept_rows(self) -> KeptRows:
        """The rows of the stems that questions asked for."""
        if self._kept_rows is None:
            kept: KeptRows = load(".scoring.kept_rows").KeptRows(self.postings)
            self._kept_rows = kept
        return self._kept_rows

    def add(self, text: str, context: str, created: int) -> None:
        """Add a document as the newest, at the next doc id."""
        self.texts.append(text)
        self.contexts.append(context)
        self.created.append(created)
        self.unread += len(text) + _OVERHEAD
        if self.unread > _BACKLOG:
            for doc_id, waiting in self._waiting(_AT_ONCE):
                if len(waiting) > _SHORT:
                    break
                self.index(doc_id, read(waiting, self.language))

    def delete(self, doc_id: int) -> None:
        """Delete a document."""
        text = self.texts[doc_id]
        self.texts[doc_id] = None
        if text is None:
            return
        if doc_id >= len(self.lengths):
            self.unread -= len(text) + _OVERHEAD
            return
        self._hide(doc_id)
        if len(text) > _SHORT:
            self._leaving.append((doc_id, text))
            self.unread += len(text) + _OVERHEAD
        else:
            self._uncount(read(text, self.language))

    def index_pending(self) -> None:
        """Index the documents that were added since the last call, and count those no more that were deleted."""
        for doc_id, text in [*self._leaving]:
            self.index(doc_id, read(text, self.language))
        for doc_id in range(len(self.lengths), len(self.texts)):
            self.index(doc_id, read(self.texts[doc_id] or "", self.language))

    def pending(self, most: int) -> List[Tuple[int, str]]:
        """Return the next documents to index, or deleted ones, with their texts, at most so many."""
        return [*islice(self._leaving, most)] or self._waiting(most)

    def _waiting(self, most: int) -> List[Tuple[int, str]]:
        first = len(self.lengths)
        return [(first + at, text or "") for at, text in enumerate(self.texts[first : first + most])]

    def learn(self, found: Reading, first: int, end: int) -> List[int]:
        """Return the ids of some stems of a reading, after new ones were given one: this changes no search."""
        if not self._forms:
            # Stop words and irregular forms can be meant without being stored: "wehn" means "when", and "boght" may ask
            # for a "buy".
            self._forms.extend(chain(self.language.stop_words, self.language.irregular))
        posted = found.posted[first:end]
        try:
            return [*map(self._learnt.__getitem__, posted)]
        except KeyError:
            # The words of a long document may be noise.
            return self._learn(posted, found.stems[first:end], is_kept=len(found.posted) <= _TEACHING)

    def forget(self) -> None:
        """Let go of the words that were learnt, which are learnt again when they come."""
        self._learnt = {}

    def _learn(self, words: List[str], stems: List[str], *, is_kept: bool) -> List[int]:
        """Return the ids of some stems, and keep their words among the forms of the vocabulary."""
        is_kept = is_kept and _LEARNING.use(self)
        kept, known, first_forms, forms = self._learnt, self.postings.stem_ids, self._first_forms, self._forms
        stem_ids: List[int] = []
        for word, stem in zip(words, stems):
            stem_id = kept.get(word)
            if stem_id is None:
                stem_id = known.get(stem)
                if stem_id is None:
                    stem_id = self.postings.add_stem(stem)
                    self.content.add_stem(stem)
                    first_forms.append(self._first_form(unaccented(word), stem))
                elif forms[first_forms[stem_id]] != word:
                    form = unaccented(word)
                    if form not in self._other_forms and forms[first_forms[stem_id]] != form:
                        forms.append(intern(form))
                        self._other_forms.add(forms[-1])
                if is_kept:
                    kept[word] = stem_id
            stem_ids.append(stem_id)
        if len(kept) > _MOST_LEARNT:
            kept.clear()
        return stem_ids

    def index(self, doc_id: int, found: Reading, stem_ids: Optional[List[int]] = None) -> None:
        """Index a document as it was read, or count a deleted one no more; does nothing if it is not the next one.

        Whoever has the ids of all its stems from `learn` saves most of the time.
        """
        if doc_id != len(self.lengths):
            if self._leaving and self._leaving[0][0] == doc_id:
                _, left = self._leaving.popleft()
                self.unread -= len(left) + _OVERHEAD
                self._uncount(found)
            return
        text = self.texts[doc_id]
        if text is None:
            found, stem_ids = _NOTHING, []
        self._post(doc_id, found, self.learn(found, 0, len(found.posted)) if stem_ids is None else stem_ids)
        self._fingerprints.append(0 if text is None else _fingerprint(text))
        self.is_question.append(text is not None and text[-16:].rstrip().endswith(_QUESTION_MARKS))
        self.question_count += self.is_question[-1]
        self.before.append(0)
        self.after.append(0)
        if text is not None:
            self.unread -= len(text) + _OVERHEAD
            self.document_count += 1
            self._link(doc_id)

    def prepare(self) -> bool:
        """Prepare the next correction of a misspelt word by some words; return whether there may be more to do."""
        return self._spelling().extend(_WORDS)

    def unread_copy(self, language: Language, present: Optional[List[int]] = None) -> Documents:
        """Return the same documents, or some of them by their doc ids, to be read in a language."""
        new = Documents(language)
        new.texts = self.texts if present is None else [self.texts[doc_id] for doc_id in present]
        new.contexts = self.contexts if present is None else [self.contexts[doc_id] for doc_id in present]
        new.created = self.created if present is None else array("q", [self.created[doc_id] for doc_id in present])
        new.unread = sum(len(text) + _OVERHEAD for text in new.texts if text is not None)
        return new

    def in_context(self, context: str) -> array[int]:
        """Return the doc ids of a context, ascending."""
        return self._by_context.get(context) or array("I")

    def copies(self, text: str) -> List[int]:
        """Return the doc ids of the documents with exactly this text, except for white space around it."""
        np = load("numpy")
        text = text.strip()
        same = (np.frombuffer(self._fingerprints, np.uint32) == _fingerprint(text)).nonzero()[0]
        return [doc_id for doc_id in same.tolist() if (self.texts[doc_id] or "").strip() == text]

    def lookup(self, word: str) -> Optional[str]:
        """Return the stem of a word, the nearest in its accents if there are several, None if no document holds it."""
        stem = self.language.stem(word)
        return stem if stem in self.postings else next((other for other, _ in self.stems_of(word)), None)

    def stems_of(self, word: str) -> List[Tuple[str, float]]:
        """Return the stems that a word may have in the documents with their weights, the best first.

        A word without accents stands for any. One with accents stands for itself, for less if it is written without
        them, and if it is not there, for the same word with other accents: these make other words in most languages.
        """
        known = self.asked.steady.get(word)
        if known is None:
            known = self.asked.passing.get(word)
        return self.find_stems(word) if known is None else known

    def find_stems(self, word: str) -> List[Tuple[str, float]]:
        """Return what `stems_of` does, for a word that is not known yet."""
        found = self._find_stems(word)
        kept = self.asked.steady if found and self._are_steady(word, found) else self.asked.passing
        kept[word] = found
        return found

    def _are_steady(self, word: str, stems: List[Tuple[str, float]]) -> bool:
        """Whether a word has these stems as long as none goes, and none comes with other accents."""
        if len(stems) != 1 or stems[0] != (self.language.known_stem(word), 1.0):
            return False
        stem = stems[0][0]
        return unaccented(stem) == stem and stem not in self._accented

    def _find_stems(self, word: str) -> List[Tuple[str, float]]:
        language, postings = self.language, self.postings
        own = language.known_stem(word)
        if own is None:
            accented = (self._accented.keys(),) if self._accented else ()
            if not language.may_have_stem(word, postings.stem_ids.keys(), *accented):
                return []
            own = language.stem(word)
        if own.isascii() and own not in self._accented:
            return [(own, 1.0)] if own in postings else []
        plain = unaccented(own)
        others = self._accented.get(plain, ())
        if not others:
            weight = 1.0 if plain == own else _PLAIN
            return [(plain, weight)] if plain in postings else []
        present = sorted(postings.present((plain, *others)))
        if plain == own:
            weights = dict.fromkeys(present, 1.0)
        elif self.language.accents_move:
            weights = {stem: 1.0 if stem == own else _MOVED for stem in present}
        elif own in present:
            weights = {stem: _PLAIN if stem == plain else 1.0 for stem in present if stem in (own, plain)}
        else:
            weights = {stem: _PLAIN if stem == plain else _OTHER_ACCENTS for stem in present}
        return sorted(weights.items(), key=lambda pair: (-pair[1], pair[0] != own))[:_ACCENTED]

    def is_stop_word(self, word: str) -> bool:
        """Whether a word is a stop word of the language, or a particle or ending of Japanese."""
        return word in self.language.function_words

    def are_neighbours(self, left: str, right: str) -> bool:
        """Whether some document holds two stems directly after each other."""
        before = load("numpy").intersect1d(self.postings[left] + 1, self.postings[right])
        return any(0 < posting & LAST_POSITION < LAST_POSITION for posting in before.tolist())

    def fuzzy_matches(self, word: str) -> List[Tuple[str, float]]:
        """Return the known words that a misspelt one may mean with their similarity (0 to 1), the nearest first."""
        near = self.asked.near.get(word)
        if near is None:
            near = [pair for pair in self._spelling().fuzzy_matches(word) if self._can_be_meant(pair[0])]
            self.asked.near[word] = near
        return near

    def has_form(self, word: str) -> bool:
        """Whether a document holds, or held, a word in this very form, accents apart."""
        return self._spelling().has(unaccented(word))

    def _spelling(self) -> Vocabulary:
        if self._vocabulary is None:
            vocabulary: Vocabulary = load(".spelling").Vocabulary(self._forms)
            self._vocabulary = vocabulary
        return self._vocabulary

    def _can_be_meant(self, word: str) -> bool:
        if self.is_stop_word(word):
            return True
        return self.lookup(word) is not None and (word in self.language.irregular or self._occurs(word))

    def _occurs(self, word: str) -> bool:
        """Whether some document still holds a word of the vocabulary in this very form."""
        if word in self._stale_words:
            self._stale_words.discard(word)
            # One by one, since the first most often holds it and there may be a million.
            postings = chain.from_iterable(self.postings[stem] >> POSITION_BITS for stem, _ in self.stems_of(word))
            if not any(word in self._words_in(doc_id) for doc_id, _ in groupby(postings)):
                self._deleted_words.add(word)
        return word not in self._deleted_words

    def _words_in(self, doc_id: int) -> FrozenSet[str]:
        """Return the words of a document, from the cache if it was asked for thousands of words in turn."""
        if doc_id not in self._cache:
            if len(self._cache) == _CACHED:
                self._cache.clear()
            self._cache[doc_id] = frozenset(map(unaccented, words_of(self.texts[doc_id] or "", self.language)))
        return self._cache[doc_id]

    def _link(self, doc_id: int) -> None:
        """Append a document to those of its context."""
        doc_ids = self._by_context.get(self.contexts[doc_id])
        if doc_ids is None:
            doc_ids = self._by_context[self.contexts[doc_id]] = array("I")
        else:
            self.before[doc_id] = doc_ids[-1] + 1
            self.after[doc_ids[-1]] = doc_id + 1
        doc_ids.append(doc_id)

    def _unlink(self, doc_id: int) -> None:
        """Remove a document from those of its context."""
        before, after = self.before[doc_id], self.after[doc_id]
        if before:
            self.after[before - 1] = after
        if after:
            self.before[after - 1] = before
        doc_ids = self._by_context[self.contexts[doc_id]]
        del doc_ids[bisect_left(doc_ids, doc_id)]
        if not doc_ids:
            del self._by_context[self.contexts[doc_id]]

    def _post(self, doc_id: int, found: Reading, stem_ids: List[int]) -> None:
        self.asked.document_came(len(self._accented))
        self._factors = None
        self.postings.add(doc_id, stem_ids)
        self.content.add(stem_ids)
        for gone in (self._stale_words, self._deleted_words):
            if gone:
                gone.difference_update(map(unaccented, found.posted))
        self.lengths.append(len(found.words))
        self.word_count += len(found.words)

    def _first_form(self, form: str, stem: str) -> int:
        """Return where the first form of a new stem stands among the forms, after it was added to them."""
        plain = unaccented(stem)
        if plain != stem:
            others = self._accented.setdefault(plain, [])
            others.append(stem)
            for other in (plain, *others[:-1]):
                known = self.postings.stem_ids.get(other)
                if known is not None and self._forms[self._first_forms[known]] == form:
                    return self._first_forms[known]
        # One copy of a word for all keys: if a thousand tests have a memory each, most of the memory is words.
        self._forms.append(intern(form))
        return len(self._forms) - 1

    def _hide(self, doc_id: int) -> None:
        """Let no search find a document."""
        self._cache.pop(doc_id, None)
        self._factors = None
        self._fingerprints[doc_id] = 0
        self.deleted.append(doc_id)
        self.document_count -= 1
        self.word_count -= self.lengths[doc_id]
        self._unlink(doc_id)

    def _uncount(self, found: Reading) -> None:
        """Count the words of a deleted document no more."""
        self.asked.clear()
        self.postings.remove([*map(self.postings.stem_ids.__getitem__, found.stems)])
        self._stale_words.update(map(unaccented, found.posted))


def _fingerprint(text: str) -> int:
    # Compared only within a process, and the texts themselves are compared afterwards.
    return hash(text.strip()) & 0xFFFF_FFFF
