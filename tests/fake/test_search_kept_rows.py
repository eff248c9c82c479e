"""Rows of stems that are kept from question to question: an index that has some answers as one that keeps none."""

from __future__ import annotations

from random import Random
from typing import Any, List

import numpy as np
import pytest

from fake_server.core.search.index import Index
from fake_server.core.search.languages import language
from fake_server.core.search.lately import Lately
from fake_server.core.search.ranking.matching import greatest, greatest_of_all
from fake_server.core.search.scoring import kept_rows, recency

_ENGLISH = language("english")
_WORDS = [
    *("tea", "kettle", "green", "blue", "red", "launch", "team", "Ana", "Boris", "café", "cafe", "site", "onsite"),
    *("go", "gone", "paint", "painting", "run", "runs", "ran"),
]
_LITTLE = ["the", "of", "on", "in", "is", "a"]


def _text(chance: Random, most: int) -> str:
    words = [chance.choice(_LITTLE if chance.random() < 0.3 else _WORDS) for _ in range(chance.randint(1, most))]
    return " ".join(words) + chance.choice([".", "?", ""])


def _question(chance: Random) -> str:
    words = _text(chance, 7).split()
    at = chance.randrange(len(words))
    # Sometimes misspelt, so that a term has several candidates.
    words[at] = words[at] if chance.random() < 0.6 else words[at][:2] + words[at][3:] + "x" * (chance.random() < 0.2)
    return " ".join(words)


def _answers(seed: int, *, most: int, asked_before: bool = True) -> List[Any]:
    """Return what questions find among memories that come and go, asked as they do, or of a new index each time."""
    chance = Random(seed)
    index, stored, answers = Index(_ENGLISH), [], []
    for number in range(90):
        text = _text(chance, most if chance.random() < 0.2 else 8)
        stored.append((str(number), text, chance.choice(["", "", "Home"])))
        index.add(str(number), text, context=stored[-1][2], created=number // 3)
        if chance.random() < 0.1:
            index.remove(stored.pop(chance.randrange(len(stored)))[0])
        query, limit = _question(chance), chance.choice([1, 10, 80])
        if chance.random() < 0.5:
            answers.append(index.explain(query, limit=limit, context=chance.choice(["", "Home"])))
        elif asked_before:
            index.search(query, limit=limit)
    return answers


def _keep_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_rows, "_MOST_DOCUMENTS", 0)


@pytest.mark.parametrize("most", [8, 70, 300], ids=["short", "some of 70 words", "some of 300 words"])
@pytest.mark.parametrize("seed", range(6))
def test_kept_rows_change_no_answer(monkeypatch: pytest.MonkeyPatch, seed: int, most: int) -> None:
    """Order, scores and breakdowns are the same, also where a word stands past the places that have bits."""
    with_rows = _answers(seed, most=most)
    _keep_none(monkeypatch)
    assert with_rows == _answers(seed, most=most)


@pytest.mark.parametrize("cells", [16 * 60, 16 * 200])
def test_a_full_table_gives_rows_away(monkeypatch: pytest.MonkeyPatch, cells: int) -> None:
    """A table that has no more room, or none for a question, changes no answer."""
    usual = _answers(1, most=70)
    monkeypatch.setattr(kept_rows, "_CELLS", cells)
    assert _answers(1, most=70) == usual


def test_what_was_asked_before_changes_no_answer() -> None:
    """Questions between those that count leave rows behind, and no trace."""
    assert _answers(2, most=70) == _answers(2, most=70, asked_before=False)


@pytest.mark.parametrize(
    ("turns", "kept"),
    [
        ([0, 1, 2, 3] * 3, [False, False, False, False]),
        ([0, 0, 1, 1, 2, 2, 3, 3], [False, False, True, True]),
        ([0, 1, 0, 1, 2, 1], [False, True, False, False]),
        ([0], [False, False, False, False]),
    ],
    ids=["in turn", "one after the other", "some", "one search"],
)
def test_an_index_that_is_searched_again_before_many_others_has_a_table(
    monkeypatch: pytest.MonkeyPatch, turns: List[int], kept: List[bool]
) -> None:
    """Whoever takes turns with too many would make it for one search; the answers are the same with it and without."""
    monkeypatch.setattr(kept_rows, "_SEARCHED", Lately(2))
    indexes = [Index(_ENGLISH) for _ in range(4)]
    for index in indexes:
        index.add("tea", "Green tea in the kettle")
        index.add("red", "A red kettle")
    found = [indexes[turn].explain("green kettle", limit=5) for turn in turns]
    assert found == [found[0]] * len(turns)
    assert [index._documents.kept_rows._table is not None for index in indexes] == kept


@pytest.mark.parametrize("different", [1, 2, 5, 1_000])
@pytest.mark.parametrize("in_order", [True, False])
def test_the_greatest_of_all_are_those_of_some(different: int, in_order: bool) -> None:  # noqa: FBT001 - a parameter
    """Documents without a value are none of them, and the rest is as among those that have one."""
    chance = Random(different)
    for size in (1, 49, 50, 51, 333, 2_000):
        age = np.arange(size)
        if not in_order:
            chance.shuffle(age)
        for empty in (0.0, 0.5, 0.99, 1.0):
            values = np.array(
                [0.0 if chance.random() < empty else (1 + chance.randrange(different)) / 7 for _ in range(size)]
            )
            some = values.nonzero()[0]
            expected = greatest(values[some], some, age, 50)
            assert greatest_of_all(values, None if in_order else age, 50).tolist() == expected.tolist()


@pytest.mark.parametrize("seed", range(10))
def test_few_documents_are_compared_as_many_are(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """What a newer document lacks of an older one is the same one by one and all at once."""
    chance = Random(seed)
    count = chance.randint(2, 8)
    value = np.array([chance.choice([1.0, 1.1, 1.2, 2.5]) for _ in range(count)])
    length = np.array([chance.choice([2, 3, 9, 20]) for _ in range(count)])
    compared, age = value - 0.25, np.array(chance.sample(range(20), count))
    words = [frozenset(chance.sample(range(6), 3)) for _ in range(count)]
    documents = recency.Comparable(value, compared, length, age)
    few = recency.recency_bonuses(documents, lambda: words)
    monkeypatch.setattr(recency, "_FEW", 0)
    assert few.tolist() == recency.recency_bonuses(documents, lambda: words).tolist()


def test_a_word_is_common_whether_its_stem_is_known_or_not() -> None:
    """What cannot be common by its ending is not stemmed, and what is common is found."""
    chance = Random(3)
    words = ["".join(chance.choices("abdeginrsty", k=chance.randint(3, 9))) for _ in range(3_000)]
    words += ["kettles", "happily", "running", "went", "colour", "thes", "Ärger", "x1"]
    # Asked for its stem, which is known then.
    found = [(_ENGLISH.is_common(word), _ENGLISH.stem(word), _ENGLISH.is_common(word)) for word in words]
    assert all(before == after for before, _, after in found)
    assert sum(before for before, _, _ in found) > len(found) / 100


@pytest.mark.parametrize("keeps_rows", [True, False])
def test_a_word_may_be_repeated_thousands_of_times(monkeypatch: pytest.MonkeyPatch, *, keeps_rows: bool) -> None:
    """Its weight counts as often, whatever the sum."""
    if not keeps_rows:
        _keep_none(monkeypatch)
    index = Index(_ENGLISH)
    for number in range(1_000):
        index.add(str(number), f"Tea of day {number}" if number else "A kettle")
    assert [hit.key for hit in index.search("kettle " * 7_000 + "tea", limit=2)] == ["0", "999"]
