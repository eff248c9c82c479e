"""The subject of a note: whether a later note updates what an earlier one says, so that their order matters."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import FrozenSet, List, NamedTuple, Tuple

__all__ = ["is_update"]

_WORD = re.compile(r"[^\W_][\w'-]*:?")
_ARTICLES = frozenset({"the", "my", "our", "your", "his", "her", "their", "its"})
_PASSED_OVER: FrozenSet[str] = _ARTICLES | {
    *("a", "an", "and", "at", "for", "from", "i", "in", "is", "it", "of", "on", "she", "he", "that", "they", "this"),
    *("to", "we", "you", "please", "remember", "actually", "now"),
}
_GENERAL = frozenset(
    {
        *("note", "memory", "fact", "item", "entry", "message", "text", "user", "customer", "client", "assistant"),
        *("like", "likes", "love", "loves", "prefer", "prefers", "want", "wants", "need", "needs", "has", "have"),
    }
)
"""Words that say little alone, so that the next belongs to the subject too."""
_CHANGED = frozenset(
    {
        *("moved", "changed", "updated", "postponed", "rescheduled", "cancelled", "canceled", "renamed", "replaced"),
        *("now", "actually", "instead", "longer", "anymore", "correction"),
    }
)


class _Beginning(NamedTuple):
    subject: Tuple[str, ...]
    is_definite: bool
    follows: str


@lru_cache(maxsize=256)  # each round of a hunt is judged by the notes of one baseline
def is_update(later: str, earlier: str) -> bool:
    """Whether a note seems to replace what an earlier one says.

    Both begin with the same subject, a number after it included. In addition both have an article before it, as in "The
    meeting", or go on with the same word, as in "Tea is", or the later one says that something has changed.
    """
    words, before = _words(later), _words(earlier)
    one, other = _beginning(words), _beginning(before)
    if not one.subject or one.subject != other.subject:
        return False
    return (
        (one.is_definite and other.is_definite)
        or (one.follows != "" and one.follows == other.follows)
        or not _CHANGED.isdisjoint(words)
    )


def _words(text: str) -> List[str]:
    # A word before a colon is a label, such as "note:".
    return [word for word in _WORD.findall(text.lower()) if not word.endswith(":")]


def _beginning(words: List[str]) -> _Beginning:
    subject: List[str] = []
    is_definite = False
    for index, word in enumerate(words):
        if word in _PASSED_OVER:
            is_definite = is_definite or (word in _ARTICLES and not subject)
            continue
        subject.append(word)
        if word not in _GENERAL:
            following = words[index + 1 : index + 2]
            if following and any(letter.isdigit() for letter in following[0]):
                subject += following
                following = words[index + 2 : index + 3]
            return _Beginning(tuple(subject), is_definite, "".join(following))
    return _Beginning((), False, "")  # nothing but words that say little
