"""What the index knows of a language: which words say little, and what the forms of a word share."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Callable, Dict, FrozenSet, Mapping, Protocol, Tuple

from .english import IRREGULAR, STOP_WORDS
from .folding import folded
from .late import load
from .stop_words import LITTLE

__all__ = ["Language", "language", "languages"]

# Past this a "word" is an identifier or a digest, which has no suffix; the words of most languages stop before it.
_LONGEST_STEMMED = 30
# Letters with an accent on which the suffixes of a language turn. A word reaches its stemmer folded, so that it is the
# same typed with accents or without; there the stemmer would not see the suffix. Other languages lose little by it.
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
# How far from its end a word may lack the accent of its suffix.
_SUFFIX = 6
# A stemmer takes some thirty microseconds a word, most of what a new word costs; so it is asked only where it may
# change one. Those are, whatever the language, no words of the scripts from Thai on; in English, words that end so:
_UNSTEMMED = "\u0e00"
_ENGLISH_ENDINGS = (
    *("'", "e", "s", "y", "ed", "ng", "er", "or", "on", "al", "ll", "ul", "ic", "nt", "st", "sm"),
    *("ci", "gi", "li", "ti"),
)
# Scripts that say themselves what English, the default, cannot know: a word in one is stemmed as in that language. Not
# Arabic, since that stemmer would take Persian and Urdu apart, and measures no better.
_BESIDE_ENGLISH = {"greek": ("\u0370", "\u03ff"), "russian": ("\u0400", "\u04ff"), "hindi": ("\u0900", "\u097f")}
# Words whose stems are known at a time in one language, for all keys: more than most people's memories have, at some
# twenty megabytes when there are so many.
_KNOWN = 1 << 17


class _Stems(Dict[str, str]):
    """Words with their stems, each found once for all keys; begun anew where they become too many."""

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
    """A language by the name that the setting `language` has for it.

    `stem` gives what the forms of a word share; it takes a word as `pieces` yields it (folded) and gives the same for
    it on every machine with the same version of snowballstemmer. `stop_words` (folded) have a small say in the order of
    hits. `irregular` has forms that look unlike their base, and the base: ``went`` and ``go``; `stem` heeds them.
    """

    name: str
    stem: Callable[[str], str]
    stop_words: FrozenSet[str]
    irregular: Mapping[str, str]


@lru_cache(maxsize=1)
def languages() -> Tuple[str, ...]:
    """Return the names of the languages that can be set: `none`, and those of the snowballstemmer installed."""
    # Found without importing it: it loads all its languages at once, which a setting need not wait for.
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
        raise ValueError(f"there is no language {name!r:.80}; there are {', '.join(languages())}")
    if name == "none":
        return Language(name, stem=str, stop_words=frozenset(), irregular={})
    irregular = IRREGULAR if name == "english" else {}
    return Language(name, stem=_stem(name, irregular), stop_words=_stop_words(name), irregular=irregular)


def _stop_words(name: str) -> FrozenSet[str]:
    return STOP_WORDS if name == "english" else frozenset(folded(LITTLE.get(name, "")).casefold().split())


def _stem(name: str, irregular: Mapping[str, str]) -> Callable[[str], str]:
    accents: Dict[str, str] = {}
    for letter in _ACCENTED.get(name, ""):
        accents[folded(letter)] = accents.get(folded(letter), "") + letter

    def stripped(word: str) -> str:
        # A stemmer holds the word it works on, so one that is shared would mix up the words of two threads.
        return folded(_stemmer(name)().stemWord(word)) or word

    def stem(word: str) -> str:
        if len(word) > _LONGEST_STEMMED or not word[:1].isalpha() or any(map(str.isdecimal, word)):
            return word
        word = irregular.get(word, word)
        if word[-1] >= _UNSTEMMED:
            return word
        if name == "english" and not word.endswith(_ENGLISH_ENDINGS):
            own = (other for other, (first, last) in _BESIDE_ENGLISH.items() if first <= word[0] <= last)
            return next((language(other).stem(word) for other in own), word)
        stems = [stripped(word)]
        for at in range(max(0, len(word) - _SUFFIX), len(word)):
            stems.extend(stripped(word[:at] + letter + word[at + 1 :]) for letter in accents.get(word[at], ""))
        return min(stems, key=lambda one: (len(one), one))

    return _Stems(stem).__getitem__


@lru_cache(maxsize=64)
def _stemmer(name: str) -> Callable[[], _Stemmer]:
    # Not by the factory of the package, which hands out another implementation where PyStemmer is installed.
    module = import_module(f"snowballstemmer.{name}_stemmer")
    made: Callable[[], _Stemmer] = getattr(module, f"{name.title().replace('_', '')}Stemmer")
    return made
