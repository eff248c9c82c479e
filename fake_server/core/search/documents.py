"""What an index holds: the memories by order of arrival, and what they say in which words."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import chain, groupby, islice
from sys import intern
from typing import TYPE_CHECKING, Dict, FrozenSet, List, Optional, Set, Tuple

from .late import load
from .numbers import long_numbers
from .packing import BEYOND, POSITION_BITS
from .tokens import pieces

if TYPE_CHECKING:
    from .languages import Language
    from .postings import Postings
    from .spelling import Vocabulary

__all__ = ["Holdings", "words_of"]

# Distinct words of one memory, the first ones: far more than people write, but a stem costs microseconds, and a
# memory of 1 MB may be noise.
_MEMORY_WORDS = 20_000
# Memories whose words are kept at a time while words of dropped ones are looked for in them.
_LATELY = 4
_QUESTION_MARKS = ("?", "？", "؟")


class Holdings:
    """Memories by slot, the number of their arrival; they are read for their words by `settle`, not before.

    `lengths`, `asks`, `before` and `after` have for each slot its number of words, whether it is a question, and one
    more than the slot of the memory of the same context that came just before or after it, 0 if none did. `words`
    and `memories` are totals. A dropped slot stays, empty; those that had been read by then are `dropped`.
    """

    def __init__(self, language: Language) -> None:
        """Hold nothing."""
        self.lengths = array("I")
        self.asks = array("B")
        self.before = array("I")
        self.after = array("I")
        self.dropped = array("I")
        self.texts: List[Optional[str]] = []
        self.contexts: List[str] = []
        self.words = self.memories = 0
        self._language = language
        self._of_context: Dict[str, array[int]] = {}
        self._fingerprints = array("I")
        self._postings: Optional[Postings] = None
        # Words that may be meant, in the order in which they were met; of each stem, by its number, which of them was
        # its first form; and the other forms. A dict of words would take twice as much.
        self._forms: List[str] = []
        self._first = array("I")
        self._others: Set[str] = set()
        self._vocabulary: Optional[Vocabulary] = None
        # Words of dropped memories, of which nobody knows yet whether another one holds them too; and which none does.
        self._doubted: Set[str] = set()
        self._gone: Set[str] = set()
        self._lately: Dict[int, FrozenSet[str]] = {}

    @property
    def postings(self) -> Postings:
        """Where every stem occurs."""
        if self._postings is None:
            # Here, because numpy takes a while to load, for which an index never searched need not wait.
            postings: Postings = load(".postings").Postings()
            self._postings = postings
        return self._postings

    def put(self, text: str, context: str) -> None:
        """Take a memory in as the newest, at the next slot."""
        self.texts.append(text)
        self.contexts.append(context)

    def drop(self, slot: int) -> None:
        """Forget the memory of a slot."""
        text = self.texts[slot]
        self.texts[slot] = None
        if text is not None and slot < len(self.lengths):
            self._unread(slot, text)

    def settle(self) -> None:
        """Read what was put since the last time."""
        if not self._forms:
            # Stop words and irregular forms may be meant unmet: "wehn" means "when", and "boght" may ask for a "buy".
            self._forms.extend(chain(self._language.stop_words, self._language.irregular))
        for slot in range(len(self.lengths), len(self.texts)):
            text = self.texts[slot]
            self._read(slot, text or "")
            self._fingerprints.append(0 if text is None else _fingerprint(text))
            self.asks.append(text is not None and text[-16:].rstrip().endswith(_QUESTION_MARKS))
            self.before.append(0)
            self.after.append(0)
            if text is not None:
                self.memories += 1
                self._line_up(slot)

    def in_context(self, context: str) -> array[int]:
        """Return the slots of a context, ascending."""
        return self._of_context.get(context) or array("I")

    def copies(self, text: str) -> List[int]:
        """Return the slots of the memories with exactly this text, but for white space around it."""
        np = load("numpy")
        text = text.strip()
        alike = np.flatnonzero(np.frombuffer(self._fingerprints, np.uint32) == _fingerprint(text)).tolist()
        return [slot for slot in alike if (self.texts[slot] or "").strip() == text]

    def lookup(self, word: str) -> Optional[str]:
        """Return the stem of a word, None where no memory holds it."""
        stem = self._language.stem(word)
        return stem if stem in self.postings else None

    def is_little(self, word: str) -> bool:
        """Say whether the language counts it among the words of little meaning."""
        return word in self._language.stop_words

    def nearest(self, word: str) -> List[Tuple[str, float]]:
        """Return the known words that a misspelt one may mean with their similarity (0 to 1), nearest first."""
        if self._vocabulary is None:
            vocabulary: Vocabulary = load(".spelling").Vocabulary(self._forms)
            self._vocabulary = vocabulary
        return [pair for pair in self._vocabulary.nearest(word) if self._may_be_meant(pair[0])]

    def _may_be_meant(self, word: str) -> bool:
        if self.is_little(word):
            return True
        return self.lookup(word) is not None and (word in self._language.irregular or self._is_held(word))

    def _is_held(self, word: str) -> bool:
        """Say whether some memory holds a word, which once was met, in this very form."""
        if word in self._doubted:
            self._doubted.discard(word)
            # One by one, since the first most often holds it and there may be a million.
            slots = groupby(self.postings[self._language.stem(word)] >> POSITION_BITS)
            if not any(word in self._words_in(slot) for slot, _ in slots):
                self._gone.add(word)
        return word not in self._gone

    def _words_in(self, slot: int) -> FrozenSet[str]:
        """Return the words of a memory; a long one may be asked for thousands of words in turn, and is read once."""
        if slot not in self._lately:
            if len(self._lately) == _LATELY:
                self._lately.clear()
            self._lately[slot] = frozenset(words_of(self.texts[slot] or ""))
        return self._lately[slot]

    def _line_up(self, slot: int) -> None:
        slots = self._of_context.setdefault(self.contexts[slot], array("I"))
        if slots:
            self.before[slot] = slots[-1] + 1
            self.after[slots[-1]] = slot + 1
        slots.append(slot)

    def _step_out(self, slot: int) -> None:
        before, after = self.before[slot], self.after[slot]
        if before:
            self.after[before - 1] = after
        if after:
            self.before[after - 1] = before
        slots = self._of_context[self.contexts[slot]]
        del slots[bisect_left(slots, slot)]
        if not slots:
            del self._of_context[self.contexts[slot]]

    def _read(self, slot: int, text: str) -> None:
        words = words_of(text)
        known, first, forms, others = self.postings.numbers, self._first, self._forms, self._others
        numbers: List[int] = []
        counted = _counted(words)
        for word, stem in zip(counted, map(self._language.stem, counted)):
            number = known.get(stem)
            if number is None:
                number = self.postings.meet(stem)
                first.append(len(forms))
                # One copy of a word for all keys: where a thousand tests have a memory each, words are most of it all.
                forms.append(intern(word))
            elif forms[first[number]] != word and word not in others:
                forms.append(intern(word))
                others.add(forms[-1])
            numbers.append(number)
        self.postings.add(slot, numbers)
        if self._doubted or self._gone:
            self._doubted.difference_update(words)
            self._gone.difference_update(words)
        self.lengths.append(len(words))
        self.words += len(words)

    def _unread(self, slot: int, text: str) -> None:
        words = words_of(text)
        self._lately.pop(slot, None)
        known = self.postings.numbers
        self.postings.drop([known[stem] for stem in map(self._language.stem, _counted(words))])
        self._doubted.update(words)
        self._fingerprints[slot] = 0
        self.dropped.append(slot)
        self.memories -= 1
        self.words -= len(words)
        self._step_out(slot)


def words_of(text: str) -> List[str]:
    """Return the words of a memory in order, its long numbers as one at the end; of the first 20,000 different."""
    words = [*chain.from_iterable(pieces(text)), *long_numbers(text)]
    if len(words) > _MEMORY_WORDS:
        kept = set(islice(dict.fromkeys(words), _MEMORY_WORDS))
        words = [word for word in words if word in kept]
    return words


def _fingerprint(text: str) -> int:
    # Only ever compared within a process, and with the texts themselves after it.
    return hash(text.strip()) & 0xFFFF_FFFF


def _counted(words: List[str]) -> List[str]:
    """Return the words that are noted as occurring: of those past the last position each once."""
    return words if len(words) <= BEYOND else [*words[:BEYOND], *dict.fromkeys(words[BEYOND:])]
