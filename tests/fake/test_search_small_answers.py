"""Small answers: an index may answer from what another one found, only where it would find the same itself."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, Dict, List, Tuple

import pytest

from fake_server.core.search import index as index_module
from fake_server.core.search import small_answers
from fake_server.core.search.index import Index
from fake_server.core.search.languages import language

Memory = Tuple[str, str, int]
BASE: Dict[str, Any] = {
    "memories": [("The teas are green.", "home", 1), ("My tea is black.", "work", 2), ("My tea is white.", "home", 3)],
    "query": "tea",
    "limit": 3,
    "context": "",
    "language": "english",
}
MEMORIES: List[Memory] = BASE["memories"]
OTHERS: Dict[str, Dict[str, Any]] = {
    "query": {"query": "black"},
    "limit": {"limit": 1},
    "context": {"context": "work"},
    "language": {"language": "none"},
    "a text": {"memories": [("The coffees are green.", "home", 1), *MEMORIES[1:]]},
    "the order": {"memories": MEMORIES[::-1]},
    "a context": {"memories": [*MEMORIES[:2], ("My tea is white.", "work", 3)], "context": "work"},
    "a moment": {"memories": [MEMORIES[0], ("My tea is black.", "work", 4), MEMORIES[2]]},
    "the number": {"memories": MEMORIES[:2]},
}


def made(case: Dict[str, Any]) -> Index:
    """Return an index of the memories of a case."""
    index = Index(language(case["language"]))
    for key, (text, context, created) in enumerate(case["memories"]):
        index.add(str(key), text, context=context, created=created)
    return index


def asked(index: Index, case: Dict[str, Any]) -> List[Tuple[str, float]]:
    """Return what an index finds for the question of a case."""
    hits = index.search(case["query"], limit=case["limit"], context=case["context"])
    return [(hit.key, hit.score) for hit in hits]


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small_answers, "_KEPT", {})


@pytest.mark.parametrize("other", OTHERS)
def test_an_answer_is_shared_only_by_indexes_that_would_find_it(other: str) -> None:
    """Whatever differs from a question that was asked of another index, an index finds what one that has read finds."""
    case = {**BASE, **OTHERS[other]}
    for asked_before in ({}, {"context": case["context"]}):
        asked(made(BASE), {**BASE, **asked_before})
    has_read = made(case)
    assert list(has_read.indexing(nullcontext()))
    assert asked(made(case), case) == asked(has_read, case)


def test_the_cases_differ_in_what_is_found() -> None:
    """Each other question has another answer, so that one that is shared wrongly is seen."""
    answers = {other: asked(made({**BASE, **each}), {**BASE, **each}) for other, each in OTHERS.items()}
    base = asked(made(BASE), BASE)
    assert [other for other, answer in answers.items() if answer == base] == []


def test_an_index_that_holds_the_same_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second index of the same memories answers the same question without reading one of them."""
    first = asked(made(BASE), BASE)
    again = made(BASE)
    monkeypatch.setattr(index_module, "query_terms", None)
    assert asked(again, BASE) == first
    assert again.unread > 0


def test_the_answers_that_are_kept_are_bounded() -> None:
    """However many questions are asked, few answers are kept, and none of a large index."""
    for number in range(small_answers._MOST + 20):
        asked(made(BASE), {**BASE, "query": f"tea {number}"})
        assert len(small_answers._KEPT) <= small_answers._MOST
    small_answers._KEPT.clear()
    asked(made({**BASE, "memories": [("tea " * small_answers._SMALL, "", 1)]}), BASE)
    assert small_answers._KEPT == {}
