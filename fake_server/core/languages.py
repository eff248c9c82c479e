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
    "french": "éèêëàâîïôûùç",
    "hungarian": "áéíóöőúüű",
    "irish": "áéíóú",
    "italian": "àèéìòù",
    "polish": "ąćęłńóśźż",
    "portuguese": "ãõáéíóúâêôç",
    "romanian": "ăâîșț",
    "spanish": "éíó",
    "turkish": "ıüöşçğ",
}
# How far from its end a word may lack the accent of its suffix.
_SUFFIX = 6


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


def languages() -> Tuple[str, ...]:
    """Return the names of the languages that can be set: `none`, and those of the snowballstemmer installed."""
    # Found without importing it: it loads all its languages at once, which a setting need not wait for.
    package = find_spec("snowballstemmer")
    folders = package.submodule_search_locations if package is not None else None
    end = "_stemmer"
    found = (module.name for module in pkgutil.iter_modules(folders or ()))
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

    @lru_cache(maxsize=16_384)
    def stem(word: str) -> str:
        if len(word) > _LONGEST_STEMMED or not word[:1].isalpha() or any(map(str.isdecimal, word)):
            return word
        word = irregular.get(word, word)
        stems = [stripped(word)]
        for at in range(max(0, len(word) - _SUFFIX), len(word)):
            stems.extend(stripped(word[:at] + letter + word[at + 1 :]) for letter in accents.get(word[at], ""))
        return min(stems, key=lambda one: (len(one), one))

    return stem


@lru_cache(maxsize=64)
def _stemmer(name: str) -> Callable[[], _Stemmer]:
    # Not by the factory of the package, which hands out another implementation where PyStemmer is installed.
    module = import_module(f"snowballstemmer.{name}_stemmer")
    made: Callable[[], _Stemmer] = getattr(module, f"{name.title().replace('_', '')}Stemmer")
    return made
