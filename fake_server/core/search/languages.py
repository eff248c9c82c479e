"""Languages: the stop words, stems and irregular forms of each that can be set."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import AbstractSet, Callable, Dict, FrozenSet, List, Mapping, Optional, Protocol, Sequence, Tuple

from .late import load
from .lexicon.british import american
from .lexicon.calendar import KINDS_OF
from .lexicon.english import IRREGULAR, STOP_WORDS
from .lexicon.english_stems import ENDINGS, may_have_stem
from .lexicon.stop_words import PARTICLES, STOP_WORDS_OF
from .lexicon.units import units_of
from .text.folding import folded, normalized, unaccented

__all__ = ["Language", "language", "languages"]

# A longer "word" is an identifier or a digest, which has no suffix; the words of most languages are shorter.
_LONGEST_STEMMED = 30
# Letters whose accents the suffixes of a language depend on. A word is folded before it is stemmed, so that it is the
# same with accents or without; the stemmer would not recognize the suffix. Other languages lose little by it.
_ACCENTED: Dict[str, str] = {
    "arabic": "ة",
    "catalan": "àèéíòóúïüç",
    "czech": "áčďéěíňóřšťúůýž",
    "french": "éèâî",
    "hungarian": "áéíóöőúüű",
    "irish": "áéíóú",
    "italian": "àèéìò",
    "polish": "ąćęłńóśźż",
    "portuguese": "ãõáéíóúâêôç",
    "romanian": "ăâîșț",
    "spanish": "éíó",
    "turkish": "ıüşğ",
}
_HOW = {
    "english": (
        "how",
        "big close cold deep early expensive far fast heavy high hot large late long old small soon tall wide",
    ),
    "german": ("wie", "alt breit früh groß gross hoch kalt lang lange oft schnell schwer spät teuer tief warm weit"),
}
_STOP_NAMES = frozenset(("may", "will"))
_ACCENTS_MOVE = ("catalan", "french", "irish")
# How many letters from its end a word may lack the accent of its suffix.
_SUFFIX = 6
# A stemmer takes some thirty microseconds a word, most of the cost of a new word; so it is called only if it may change
# the word. In no language does it change words of the scripts from Thai on; in English only words with some endings.
_UNSTEMMED = "\u0e00"
_SYLLABLES = "\u0900"
# Scripts that name the language themselves: under English, the default, a word in one is stemmed in that language. Not
# Arabic, since its stemmer damages Persian and Urdu words, and measures no better.
_BESIDE_ENGLISH = {"greek": ("\u0370", "\u03ff"), "russian": ("\u0400", "\u04ff"), "hindi": ("\u0900", "\u097f")}
# The stems that are cached for one language, for all keys: more than the memories of most people need, and some twenty
# megabytes when full.
_KNOWN = 1 << 17


class _Stems(Dict[str, str]):
    """A cache of words to stems for all keys, cleared when it is full."""

    def __init__(self, find: Callable[[str], str]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, word: str) -> str:
        if len(self) >= _KNOWN:
            self.clear()
        stem = self[word] = self._find(word)
        return stem


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - the package's name


@dataclass(frozen=True)
class Language:
    """A language by its name in the setting `language`.

    `stem` returns the stem that the forms of a word share. It takes a word as a token has it, and returns the same stem
    on every machine with the same version of snowballstemmer; `known_stem` returns
    it only if it was asked for before. A word with accents has the stem of the same word without
    them, with its own accents. `stop_words` are there with accents and without. `irregular` has irregular forms and
    their base, such as ``went`` and ``go``, and names of units, such as ``kilometres`` and ``km``; `stem` uses them.
    """

    name: str
    stem: Callable[[str], str]
    stop_words: FrozenSet[str]
    irregular: Mapping[str, str]
    known_stem: Callable[[str], Optional[str]] = str

    def may_have_stem(self, word: str, *stems: AbstractSet[str]) -> bool:
        """Whether the stem of a word may be among some; False takes a fraction of the time that a new stem takes.

        So it is with English alone, whose endings are few.
        """
        if self.name != "english" or len(word) > _LONGEST_STEMMED or not (word.isascii() and word.isalpha()):
            return True
        return may_have_stem(self.irregular.get(word, word), *stems)

    @cached_property
    def stop_stems(self) -> FrozenSet[str]:
        """The stems of the stop words."""
        return frozenset(map(self.stem, self.stop_words))

    # One set for all keys: each of them takes kilobytes.
    @cached_property
    def function_words(self) -> FrozenSet[str]:
        """The stop words, and the particles and endings of Japanese, which are read so under every setting."""
        return self.stop_words | PARTICLES

    @cached_property
    def function_stems(self) -> FrozenSet[str]:
        """The stems of the stop words, and those particles and endings."""
        return self.stop_stems | PARTICLES

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """The kind of each stem that an update replaces by its like, such as a weekday."""
        return {self.stem(word): kind for word, kind in KINDS_OF.get(self.name, {}).items()}

    @property
    def stop_names(self) -> FrozenSet[str]:
        """The stop words that are names too, with a capital letter inside a sentence."""
        return _STOP_NAMES if self.name == "english" else frozenset()

    def asks_for_measure(self, words: Sequence[str]) -> bool:
        """Whether two neighbours ask for a measure, such as "how old": the answer to them seldom holds the second."""
        how, measures = _HOW.get(self.name, ("", ""))
        if how not in words:
            return False
        return any(left == how and right in measures.split() for left, right in zip(words, words[1:]))

    @property
    def accents_move(self) -> bool:
        """Whether forms of one word often differ in their accents: French préfère and préférer."""
        return self.name in _ACCENTS_MOVE

    @property
    def has_common_words(self) -> bool:
        """Whether it is known which words are common."""
        return self.name == "english"

    def is_common(self, word: str) -> bool:
        """Whether a word is known to be a common one, in any form."""
        if not self.has_common_words:
            return False
        common: FrozenSet[str] = load(".lexicon.common_english").COMMON_STEMS
        # A misspelt word seldom comes again, and its stem would take longer than the rest.
        if self.known_stem(word) is None and not self.may_have_stem(word, common):
            return False
        return self.stem(word) in common


@lru_cache(maxsize=1)
def languages() -> Tuple[str, ...]:
    """Return the names of the languages that can be set: those of the installed snowballstemmer, and `none`."""
    # Listed without an import, which would load all its languages at once.
    package = find_spec("snowballstemmer")
    folders = package.submodule_search_locations if package is not None else None
    end = "_stemmer"
    found = [module.name for module in pkgutil.iter_modules(folders or ())]
    if package is not None and not found:  # a test may have put a file system of its own in place
        found = [f"{name}{end}" for name in load("snowballstemmer").algorithms()]
    return (*sorted(name[: -len(end)] for name in found if name.endswith(end)), "none")


@lru_cache(maxsize=64)
def language(name: str) -> Language:
    """Return the language of that name; `none` has neither stems nor stop words.

    Raises ValueError for a name that is not among `languages()`.
    """
    if name not in languages():
        raise ValueError(f"language: expected one of {', '.join(languages())}, got {name!r:.80}")
    if name == "none":
        return Language(name, stem=str, stop_words=frozenset(), irregular={})
    # A stem is asked for the word without its accents.
    irregular = {unaccented(word): short for word, short in units_of(name).items()}
    irregular.update(IRREGULAR if name == "english" else {})
    stems = _stems(name, irregular)
    return Language(
        name,
        stem=stems.__getitem__,
        stop_words=_stop_words(name),
        irregular=irregular,
        known_stem=stems.get,
    )


def _stop_words(name: str) -> FrozenSet[str]:
    text = normalized(STOP_WORDS_OF.get(name, "")).casefold()
    return STOP_WORDS if name == "english" else frozenset((*text.split(), *unaccented(text).split()))


def _stems(name: str, irregular: Mapping[str, str]) -> _Stems:
    accents: Dict[str, str] = {}
    for letter in _ACCENTED.get(name, ""):
        accents[folded(letter)] = accents.get(folded(letter), "") + letter

    def stripped(word: str) -> str:
        # A stemmer keeps the word that it works on, so two threads cannot share one.
        stem = folded(_stemmer(name)().stemWord(word))
        # One letter is the stem of too many words (in Greek, of πού and πίσω), except where it is a syllable.
        return stem if len(stem) > 1 or stem >= _SYLLABLES else word

    def plain_stem(word: str) -> str:
        if len(word) > _LONGEST_STEMMED or not word[:1].isalpha() or any(map(str.isdecimal, word)):
            return word
        word = irregular.get(word, word)
        if name == "english":
            word = american(word)
        if word[-1] >= _UNSTEMMED:
            return word
        if name == "english" and not word.endswith(ENDINGS):
            own = (other for other, (first, last) in _BESIDE_ENGLISH.items() if first <= word[0] <= last)
            return next((language(other).stem(word) for other in own), word)
        stems = [stripped(word)]
        for at in range(max(0, len(word) - _SUFFIX), len(word)):
            stems.extend(stripped(word[:at] + letter + word[at + 1 :]) for letter in accents.get(word[at], ""))
        return min(stems, key=lambda one: (len(one), one))

    def stem(word: str) -> str:
        plain = unaccented(word)
        # What stands for a word with accents, as "dollar" does for "dólar", has none.
        return plain_stem(plain) if plain == word or plain in irregular else _accented(word, stems[plain])

    stems = _Stems(stem)
    return stems


def _accented(word: str, stem: str) -> str:
    """Return a stem, of a word without its accents, with those that the letters have which both begin with."""
    kept: List[str] = []
    for letter in word:
        plain = unaccented(letter)
        if not stem or not stem.startswith(plain):
            break
        kept.append(letter)
        stem = stem[len(plain) :]
    return "".join(kept) + stem


@lru_cache(maxsize=64)
def _stemmer(name: str) -> Callable[[], _Stemmer]:
    # Not from the factory of the package, which returns another implementation if PyStemmer is installed.
    module = import_module(f"snowballstemmer.{name}_stemmer")
    made: Callable[[], _Stemmer] = getattr(module, f"{name.title().replace('_', '')}Stemmer")
    return made
