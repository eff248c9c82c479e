"""The score breakdown of a hit: partial scores of its terms, and adjustments."""

from __future__ import annotations

from typing import List

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_server.core.search.index import Index
from fake_server.core.search.languages import language

_WORDS = ["green", "tea", "teas", "the", "who", "kettle", "ketle", "kettel", "pot", "pots", "?"]
_TEXTS = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=6).map(" ".join)


def _index(*texts: str) -> Index:
    index = Index(language("english"))
    for number, text in enumerate(texts):
        index.add(str(number), text)
    return index


@given(texts=st.lists(_TEXTS, min_size=1, max_size=6), query=_TEXTS)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_partial_scores_and_adjustments_add_up_to_the_value(texts: List[str], query: str) -> None:
    """Breakdowns are those of the hits, by falling value after the copies; each value is the sum of its parts."""
    index = _index(*texts)
    explained = index.explain(query, limit=10)
    assert [(one.key, one.score) for one in explained] == [
        (hit.key, hit.score) for hit in index.search(query, limit=10)
    ]
    for one in explained:
        total = sum(term.partial_score for term in one.terms) + sum(one.adjustments.values())
        assert total == pytest.approx(one.value)
    order = [(not one.is_copy, -one.value) for one in explained]
    assert order == sorted(order)


def test_each_term_has_its_correction_and_matches() -> None:
    """A query term has its correction and the words that it matched, or none."""
    (one,) = _index("Green teas in the kettle").explain("the green ketle, tea or mongolia", limit=1)
    assert {term.word: (term.corrected, term.matched) for term in one.terms} == {
        "green": (None, ("green",)),
        "ketle": ("kettle", ("kettle",)),
        "tea": (None, ("teas",)),
        "mongolia": (None, ()),
        "the": (None, ("the",)),
    }
    assert [term.word for term in one.terms if term.partial_score > 0] == ["green", "ketle", "tea"]


def test_each_adjustment_has_a_name() -> None:
    """Missing terms, stop words, neighbours, questions and follow-ups each have an adjustment of their own."""
    index = _index("Is the tea green?", "The pot of tea is old.", "tea")
    adjustments = {one.key: one.adjustments for one in index.explain("the tea pot", limit=3)}
    assert adjustments["0"]["question_penalty"] < 0 < adjustments["1"]["follow_up_bonus"]
    assert adjustments["0"]["coverage_penalty"] < 0
    assert adjustments["0"]["proximity_bonus"] > 0
    assert adjustments["0"]["stop_word_bonus"] > 0
    assert adjustments["2"]["stop_word_bonus"] == adjustments["2"]["follow_up_bonus"] == 0


def test_a_copy_is_marked() -> None:
    """A memory that is the query itself is a copy, whatever its value."""
    first, second = _index("tea?", "tea").explain("tea?", limit=2)
    assert (first.key, first.is_copy, second.is_copy) == ("0", True, False)
    assert first.value < second.value


def test_an_explanation_is_plain_values() -> None:
    """A term as a dict holds only JSON values."""
    (one,) = _index("green tea").explain("grene", limit=1)
    assert one.terms[0].as_dict() == {
        "word": "grene",
        "corrected": "green",
        "matched": ["green"],
        "partial_score": one.terms[0].partial_score,
        "stop_word": False,
    }
    values = (one.score, one.value, one.terms[0].partial_score, *one.adjustments.values())
    assert all(type(value) is float for value in values)


@pytest.mark.parametrize(("query", "limit"), [("mongolia", 5), ("", 5), ("tea", 0)])
def test_where_nothing_is_found_nothing_is_explained(query: str, limit: int) -> None:
    """A query without hits has no breakdowns."""
    assert _index("green tea").explain(query, limit=limit) == []
