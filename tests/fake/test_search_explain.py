"""What the index says of a hit: the words and parts that make its place."""

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
def test_the_parts_add_up_to_the_value(texts: List[str], query: str) -> None:
    """What is explained is what is found, in falling values after the copies, each the sum of its words and parts."""
    index = _index(*texts)
    explained = index.explain(query, limit=10)
    assert [(one.key, one.score) for one in explained] == [
        (hit.key, hit.score) for hit in index.search(query, limit=10)
    ]
    for one in explained:
        assert sum(word.share for word in one.words) + sum(one.parts.values()) == pytest.approx(one.value)
    places = [(not one.is_copy, -one.value) for one in explained]
    assert places == sorted(places)


def test_each_word_says_what_it_met() -> None:
    """A word of the question names its correction and the forms that it met, or that there are none."""
    (one,) = _index("Green teas in the kettle").explain("the green ketle, tea or mongolia", limit=1)
    told = {word.word: (word.corrected, word.matched) for word in one.words}
    assert told == {
        "green": (None, ("green",)),
        "ketle": ("kettle", ("kettle",)),
        "tea": (None, ("teas",)),
        "mongolia": (None, ()),
        "the": (None, ("the",)),
    }
    assert [word.word for word in one.words if word.share > 0] == ["green", "ketle", "tea"]


def test_the_parts_have_names() -> None:
    """What is missing, little words, neighbours, asking and answering each have a part of their own."""
    index = _index("Is the tea green?", "The pot of tea is old.", "tea")
    asks = {one.key: one for one in index.explain("the tea pot", limit=3)}
    assert asks["0"].parts["asks"] < 0 < asks["1"].parts["answers"]
    assert asks["0"].parts["coverage"] < 0
    assert asks["0"].parts["neighbours"] > 0
    assert asks["0"].parts["little_words"] > 0
    assert asks["2"].parts["little_words"] == asks["2"].parts["answers"] == 0


def test_a_copy_says_so() -> None:
    """A memory that is the query itself is a copy, whatever its value."""
    first, second = _index("tea?", "tea").explain("tea?", limit=2)
    assert (first.key, first.is_copy, second.is_copy) == ("0", True, False)
    assert first.value < second.value


def test_an_explanation_is_plain_values() -> None:
    """A word as a dict holds JSON values alone."""
    (one,) = _index("green tea").explain("grene", limit=1)
    assert one.words[0].as_dict() == {
        "word": "grene",
        "corrected": "green",
        "matched": ["green"],
        "share": one.words[0].share,
    }
    assert all(type(value) is float for value in (one.score, one.value, one.words[0].share, *one.parts.values()))


@pytest.mark.parametrize(("query", "limit"), [("mongolia", 5), ("", 5), ("tea", 0)])
def test_where_nothing_is_found_nothing_is_explained(query: str, limit: int) -> None:
    """A question without hits has no explanations."""
    assert _index("green tea").explain(query, limit=limit) == []
