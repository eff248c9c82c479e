"""Sets that this project wrote itself: updates, absent topics, forms that are written in two ways, and paraphrases.

Each of the first three has 60 cases in five languages, the last has 20 in English. Every second case is held out: rules
and constants of the search are chosen by the `dev` half alone, and the `held` half is only ever reported. The place of
a case in its file alone says which half it is in.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, List, Sequence, Tuple, TypeVar

__all__ = ["HALVES", "SETTINGS", "Form", "Question", "SearchSets", "Update", "World", "read_sets"]

HALVES = ("dev", "held")
# The setting `language` for each language of the sets; there are no stems for Vietnamese.
SETTINGS = {name: name for name in ("english", "german", "spanish", "french")}
SETTINGS["vietnamese"] = "none"

_HERE = Path(__file__).parent
_T = TypeVar("_T")


@dataclass(frozen=True)
class Update:
    """A fact, a later one that replaces it, and the question that both answer; `others` are stored between the two."""

    language: str
    older: str
    newer: str
    question: str
    others: Tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """A question, and the position of the memory that answers it."""

    text: str
    answer: int


@dataclass(frozen=True)
class World:
    """A few memories, questions about what they do not hold, and questions that one of them answers."""

    language: str
    memories: Tuple[str, ...]
    absent: Tuple[str, ...]
    present: Tuple[Question, ...]


@dataclass(frozen=True)
class Form:
    """Two forms of the same thing, in a memory and in a question: each has to find the other."""

    language: str
    memory: str
    question: str
    forms: Tuple[str, str]

    def memories(self) -> Tuple[str, str]:
        """Return the memory in both forms."""
        first, second = (self.memory.replace("{}", form) for form in self.forms)
        return first, second

    def questions(self) -> Tuple[str, str]:
        """Return for each memory the question in the other form."""
        first, second = (self.question.replace("{}", form) for form in self.forms)
        return second, first


@dataclass(frozen=True)
class SearchSets:
    """One half of the three sets."""

    updates: Tuple[Update, ...]
    worlds: Tuple[World, ...]
    forms: Tuple[Form, ...]
    paraphrases: Tuple[World, ...]


def read_sets(half: str) -> SearchSets:
    """Return one half of the sets, `dev` or `held`."""
    first = HALVES.index(half)
    updates = [Update(**{**case, "others": tuple(case["others"])}) for case in _read("updates")]
    forms = [Form(**{**case, "forms": tuple(case["forms"])}) for case in _read("two_way")]
    return SearchSets(
        _every_second(updates, first),
        _worlds("absent", first),
        _every_second(forms, first),
        _worlds("paraphrases", first),
    )


def _worlds(name: str, first: int) -> Tuple[World, ...]:
    worlds, absent_before, present_before = [], 0, 0
    for world in _read(name):
        present = [Question(*pair) for pair in world["present"]]
        worlds.append(
            World(
                world["language"],
                tuple(world["memories"]),
                _every_second(world["absent"], first ^ absent_before % 2),
                _every_second(present, first ^ present_before % 2),
            )
        )
        absent_before += len(world["absent"])
        present_before += len(present)
    return tuple(worlds)


def _read(name: str) -> List[Any]:
    read: List[Any] = json.loads((_HERE / f"{name}.json").read_text(encoding="utf-8"))
    return read


def _every_second(cases: Sequence[_T], first: int) -> Tuple[_T, ...]:
    return tuple(cases[first::2])
