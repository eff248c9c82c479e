"""Corrections: the words of the index that a word which no memory holds may mean, and how likely each of them is."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, List, NamedTuple

from .scores import SCORE_CUT
from .text.folding import unaccented

if TYPE_CHECKING:
    from .documents import Documents

__all__ = ["Correction", "corrections"]

# How fast a farther word loses weight against the nearest: 2 and 8 measured the same.
_STEEPNESS = 4
# A rightly spelt word is seldom a misspelt other one: "Rust" alone must not score as if "REST" were the answer, so this
# is just below the cut.
_DOUBTFUL = SCORE_CUT - 0.01
# One letter in four may be missing ("wek"), but with three letters left, other words are as near.
_GUESS = 0.8
# Words of so many letters are meant as they stand, unless two neighbours are swapped.
_SHORTEST = 3
# Up to this length a replaced letter makes another word ("Hase", "Hose") as often as a slip.
_SHORT = 5


class Correction(NamedTuple):
    """A word that may be meant, and the weight (0 to 1) that it has in place of the misspelt one.

    A guess is a word of one letter more than three; it only says something beside other words.
    """

    word: str
    weight: float
    is_guess: bool


def corrections(word: str, documents: Documents, *, is_name: bool = False) -> List[Correction]:
    """Return the words that an unknown one may mean, the likeliest first, stop words included.

    Of two equally near words, the content term goes before the stop word. A name is a word that no list has, and
    another letter makes another one of it: "Tina" is no misspelt "Nina".
    """
    is_word = documents.language.is_common(word)
    word = unaccented(word)
    near = documents.fuzzy_matches(word)
    if is_word and len(word) == _SHORTEST:
        near = [pair for pair in near if len(pair[0]) == _SHORTEST]
    is_other = _has_other_letter if is_name else _never if documents.language.has_common_words else _is_doubtful
    found: List[Correction] = []
    for match, similarity in near:
        is_guess = len(word) == _SHORTEST < len(match)
        # The nearest is probably right, so it loses less weight than its similarity says.
        usual = sqrt(near[0][1]) * (_GUESS if is_guess else 1)
        weight = _DOUBTFUL if is_word or is_other(word, match) else usual
        found.append(Correction(match, weight * (similarity / near[0][1]) ** _STEEPNESS, is_guess))
    return sorted(found, key=lambda one: (-one.weight, documents.is_stop_word(one.word)))


def _is_doubtful(word: str, match: str) -> bool:
    """Whether two words are as likely to be different ones, judged by their letters alone."""
    return word[0] != match[0] or _has_other_letter(word, match)


def _has_other_letter(word: str, match: str) -> bool:
    """Whether one letter of a short word is replaced."""
    return len(word) == len(match) <= _SHORT and sorted(word) != sorted(match)


def _never(_word: str, _match: str) -> bool:
    return False
