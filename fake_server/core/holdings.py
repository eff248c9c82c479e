"""What an index holds: the memories by order of arrival, and of every stem where it occurs."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import chain, islice, repeat
from struct import Struct
from sys import intern
from typing import TYPE_CHECKING, Dict, List, Optional, Set, Tuple, Union

from .words import pieces

if TYPE_CHECKING:
    from .correct import Vocabulary
    from .languages import Language

__all__ = ["BEYOND", "POSITION_BITS", "SLOTS", "Holdings", "words_of"]

# An occurrence is one unsigned number of 32 bits: the slot of the memory, then the position of the word in it. At a
# million memories they are most of what an index holds, so they are packed; what limits what:
POSITION_BITS = 8
SLOTS = (1 << 32 - POSITION_BITS) - 1
BEYOND = (1 << POSITION_BITS) - 1
"""The position of every word past the first 255, whose neighbours do not count."""
_OCCURRENCE = Struct("I")
# Most stems occur once or twice, where bytes take half of what anything takes that can grow in place.
_LARGEST_BYTES = 64 * _OCCURRENCE.size
# Distinct words of one memory, the first ones: far more than people write, but a stem costs microseconds, and a
# memory of 1 MB may be noise.
_MEMORY_WORDS = 20_000
_QUESTION_MARKS = ("?", "？", "؟")


class Holdings:
    """Memories by slot, the number of their arrival; they are read for their words by `settle`, not before.

    `postings` has for each stem its occurrences, ascending; `lengths`, `asks`, `before` and `after` have for each slot
    its number of words, whether it is a question, and one more than the slot of the memory of the same label that came
    just before or after it, 0 where there is none. `words` and `memories` are totals. A dropped slot stays, empty.
    """

    def __init__(self, language: Language) -> None:
        """Hold nothing."""
        self.postings: Dict[str, Union[bytes, bytearray]] = {}
        self.lengths = array("I")
        self.asks = array("B")
        self.before = array("I")
        self.after = array("I")
        self.texts: List[Optional[str]] = []
        self.labels: List[str] = []
        self.words = self.memories = 0
        self._language = language
        self._of_label: Dict[str, array[int]] = {}
        self._fingerprints = array("I")
        self._stems: Dict[str, str] = {}
        self._vocabulary: Optional[Vocabulary] = None
        # Words of dropped memories, of which nobody knows yet whether another one holds them too.
        self._doubted: Set[str] = set()

    def put(self, text: str, label: str) -> None:
        """Take a memory in as the newest, at the next slot."""
        self.texts.append(text)
        self.labels.append(label)

    def drop(self, slot: int) -> None:
        """Forget the memory of a slot."""
        text = self.texts[slot]
        self.texts[slot] = None
        if text is not None and slot < len(self.lengths):
            self._unread(slot, text)

    def settle(self) -> None:
        """Read what was put since the last time."""
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

    def labelled(self, label: str) -> array[int]:
        """Return the slots of a label, ascending."""
        return self._of_label.get(label) or array("I")

    def copies(self, text: str) -> List[int]:
        """Return the slots of the memories with exactly this text, but for white space around it."""
        import numpy as np

        text = text.strip()
        alike = np.flatnonzero(np.frombuffer(self._fingerprints, np.uint32) == _fingerprint(text)).tolist()
        return [slot for slot in alike if (self.texts[slot] or "").strip() == text]

    def lookup(self, word: str) -> Optional[str]:
        """Return the stem of a word, None where no memory holds it."""
        stem = self._stems.get(word)
        if stem is None:
            stem = self._language.stem(word)
        return stem if stem in self.postings else None

    def is_little(self, word: str) -> bool:
        """Say whether the language counts it among the words of little meaning."""
        return word in self._language.stop_words

    def nearest(self, word: str) -> List[Tuple[str, float]]:
        """Return the known words that a misspelt one may mean with their similarity (0 to 1), nearest first."""
        if self._vocabulary is None:
            from .correct import Vocabulary

            # Stop words and irregular forms too: "wehn" means "when", and "boght" may ask for a "buy".
            self._vocabulary = Vocabulary(chain(self._language.stop_words, self._language.irregular, self._stems))
        return [pair for pair in self._vocabulary.nearest(word) if self._may_be_meant(pair[0])]

    def _may_be_meant(self, word: str) -> bool:
        if self.is_little(word):
            return True
        if self.lookup(word) is None:
            return False
        return word in self._language.irregular or (word in self._stems and self._is_held(word))

    def _is_held(self, word: str) -> bool:
        """Say whether some memory holds a word in this very form, and forget the word where none does."""
        if word not in self._doubted:
            return True
        self._doubted.discard(word)
        occurrences = memoryview(self.postings[self._stems[word]]).cast("I")
        slots = {occurrence >> POSITION_BITS for occurrence in occurrences}
        if any(word in words_of(self.texts[slot] or "") for slot in slots):
            return True
        del self._stems[word]
        return False

    def _line_up(self, slot: int) -> None:
        slots = self._of_label.setdefault(self.labels[slot], array("I"))
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
        slots = self._of_label[self.labels[slot]]
        del slots[bisect_left(slots, slot)]
        if not slots:
            del self._of_label[self.labels[slot]]

    def _read(self, slot: int, text: str) -> None:
        words = words_of(text)
        stems, postings, pack, first = self._stems, self.postings, _OCCURRENCE.pack, slot << POSITION_BITS
        positions = chain(enumerate(words[:BEYOND]), zip(repeat(BEYOND), dict.fromkeys(words[BEYOND:])))
        for position, word in positions:
            stem = stems.get(word)
            if stem is None:
                stem = self._meet(word)
            posting = postings.get(stem, b"")
            if len(posting) == _LARGEST_BYTES:
                posting = bytearray(posting)
            posting += pack(first + position)
            postings[stem] = posting
        if self._doubted:
            self._doubted.difference_update(words)
        self.lengths.append(len(words))
        self.words += len(words)

    def _meet(self, word: str) -> str:
        # One copy of a word for all keys: where a thousand tests have a memory each, words are most of what they hold.
        word = intern(word)
        stem = self._stems[word] = intern(self._language.stem(word))
        if self._vocabulary is not None:
            self._vocabulary.add(word)
        return stem

    def _unread(self, slot: int, text: str) -> None:
        words = words_of(text)
        for stem in {self._stems[word] for word in words}:
            posting = self.postings[stem]
            start, end = _span(posting, slot)
            if isinstance(posting, bytearray):
                del posting[start:end]
            else:
                posting = self.postings[stem] = posting[:start] + posting[end:]
            if not posting:
                del self.postings[stem]
        self._doubted.update(words)
        self._fingerprints[slot] = 0
        self.memories -= 1
        self.words -= len(words)
        self._step_out(slot)


def words_of(text: str) -> List[str]:
    """Return the words of a memory in order, those of its first 20,000 different ones."""
    words = list(chain.from_iterable(pieces(text)))
    if len(words) > _MEMORY_WORDS:
        kept = set(islice(dict.fromkeys(words), _MEMORY_WORDS))
        words = [word for word in words if word in kept]
    return words


def _fingerprint(text: str) -> int:
    # Only ever compared within a process, and with the texts themselves after it.
    return hash(text.strip()) & 0xFFFF_FFFF


def _span(posting: Union[bytes, bytearray], slot: int) -> Tuple[int, int]:
    """Return where in the bytes of a posting the occurrences of a slot begin and end."""
    with memoryview(posting) as raw, raw.cast("I") as occurrences:
        first = bisect_left(occurrences, slot << POSITION_BITS)
        return first * 4, bisect_left(occurrences, slot + 1 << POSITION_BITS, first) * 4
