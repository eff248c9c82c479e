"""The fuzzy index as a store: what it holds decides what it finds, not how it came to hold it."""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Tuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fake_server.core.holdings import SLOTS
from fake_server.core.keys import Keys
from fake_server.core.languages import language
from fake_server.core.search import Hit, Index

_ENGLISH = language("english")

# Forms of one word, near misspellings, questions and their answers: what is kept for each is easily left behind.
_WORDS = [
    "paint",
    "painted",
    "painting",
    "paintings",
    "panted",
    "bought",
    "buy",
    "tea",
    "teas",
    "pot",
    "the",
    "who",
    "?",
]
_TEXTS = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=5).map(" ".join)
_QUERIES = st.lists(st.sampled_from([*_WORDS, "paintd", "paitning", "boght", "taes", "teapot"]), max_size=4).map(
    " ".join
)
_LABELS = st.sampled_from(["", "home"])
_Steps = List[Tuple[str, Optional[str], str, str]]


def _index(memories: Mapping[str, str], label: str = "") -> Index:
    index = Index(_ENGLISH)
    for key, text in memories.items():
        index.add(key, text, label=label)
    return index


def _keys(hits: List[Hit]) -> List[str]:
    return [hit.key for hit in hits]


@given(
    steps=st.lists(st.tuples(st.sampled_from("abcd"), st.one_of(st.none(), _TEXTS), _LABELS, _QUERIES), max_size=14),
    query=_QUERIES,
    label=_LABELS,
)
@example(
    steps=[("a", "painted", "", "paintd"), ("b", "painting", "", "paintd"), ("a", None, "", "")],
    query="paintd",
    label="",
)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_an_index_answers_like_a_fresh_one_of_what_remains(steps: _Steps, query: str, label: str) -> None:
    """After any adds, removals and searches, hits and what they are made of are those of a new index."""
    index = Index(_ENGLISH)
    left: Dict[str, Tuple[str, str]] = {}
    for key, text, of, asked in steps:
        left.pop(key, None)
        if text is None:
            index.remove(key)
        else:
            index.add(key, text, label=of)
            left[key] = (text, of)
        if asked:
            index.search(asked, limit=2)
    fresh = Index(_ENGLISH)
    for key, (text, of) in left.items():
        fresh.add(key, text, label=of)
    assert index.explain(query, limit=10, label=label) == fresh.explain(query, limit=10, label=label)
    assert index.search(query, limit=10, label=label) == fresh.search(query, limit=10, label=label)


@given(memories=st.lists(st.tuples(_TEXTS, _LABELS), max_size=8), query=_QUERIES, limit=st.integers(1, 5))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_label_selects_what_a_filter_by_it_does(memories: List[Tuple[str, str]], query: str, limit: int) -> None:
    """Asking for a label gives the same hits as allowing the memories of that label alone."""
    index = Index(_ENGLISH)
    for number, (text, label) in enumerate(memories):
        index.add(str(number), text, label=label)
    home = {str(number) for number, (_, label) in enumerate(memories) if label == "home"}
    hits = index.search(query, limit=limit, label="home")
    assert hits == index.search(query, limit=limit, allowed=home.__contains__)
    assert home.issuperset(_keys(hits))


def test_an_unknown_label_selects_nothing() -> None:
    """A label that no memory has gives no hits, and neither does one whose memories are gone."""
    index = _index({"a": "green tea"}, label="home")
    assert index.search("tea", limit=1, label="office") == []
    assert index.search("tea", limit=1, label="home")
    index.remove("a")
    index.add("b", "black tea")
    assert index.search("tea", limit=1, label="home") == []


def test_a_filter_reaches_past_the_likeliest() -> None:
    """Of a thousand equals the only one that is allowed is found, be it the least recent."""
    index = _index({str(number): "green tea" for number in range(1_000)})
    assert _keys(index.search("tea", limit=3, allowed=lambda key: key == "0")) == ["0"]


def test_what_follows_a_question_answers_it() -> None:
    """The memory just after one that asks takes over its worth, and so comes before the question and other memories."""
    index = _index({"ask": "Which tea does Greta like?", "answer": "Greta likes sencha.", "other": "Greta likes tea."})
    hits = index.search("Which tea does Greta like best?", limit=3)
    assert _keys(hits)[0] == "answer"
    assert hits[0].score == hits[1].score
    index.add("ask", "Which tea does Greta like?")
    assert _keys(index.search("Which tea does Greta like best?", limit=3))[-1] == "answer"


def test_an_answer_is_of_the_same_label() -> None:
    """A question is answered by the next memory of its label, whatever came between under another one."""
    index = Index(_ENGLISH)
    index.add("ask", "Where does Ines keep the spare key?", label="home")
    index.add("between", "Ines is out.", label="office")
    index.add("answer", "Ines keeps it in the shed.", label="home")
    assert _keys(index.search("where is the spare key of Ines", limit=3))[0] == "answer"


def test_an_answer_holds_some_word_of_the_question() -> None:
    """A memory after a question is no hit where it holds nothing that was asked for."""
    index = _index({"ask": "Is there green tea?", "no": "It rains."})
    assert _keys(index.search("green tea", limit=3)) == ["ask"]


def test_what_is_asked_for_comes_before_a_question_about_it() -> None:
    """Of two memories with the same words the one that asks comes last."""
    index = _index({"tells": "the launch is in May", "asks": "the launch is in May?"})
    assert _keys(index.search("launch May", limit=2)) == ["tells", "asks"]


@pytest.mark.parametrize("memories", [40, 12_000], ids=["few", "many"])
def test_neighbours_decide_among_few_and_many(memories: int) -> None:
    """Among any number of memories with the same words, of the recent the one where they stand as asked is first."""
    texts = {str(number): "post the office key" for number in range(memories)}
    texts[str(memories - 9)] = "key the post office"
    assert _keys(_index(texts).search("post office", limit=1)) == [str(memories - 9)]


def test_neighbours_past_the_255th_word_do_not_count() -> None:
    """In a long memory words are found wherever they stand, and neighbours in its beginning alone."""
    filler = "so " * 254
    late = _index({"late": f"{filler} post office", "apart": f"office {filler} post"})
    hits = late.explain("post office", limit=2)
    assert [hit.parts["neighbours"] for hit in hits] == [0.0, 0.0]
    assert [hit.score for hit in hits] == [1.0, 1.0]


def test_a_frequent_word_alone_is_still_an_answer() -> None:
    """A word that all of a great many memories hold finds them, the newest first."""
    index = _index({str(number): "tea" for number in range(66_000)})
    assert _keys(index.search("tea?", limit=2)) == ["65999", "65998"]


def test_too_many_memories_for_one_key_are_refused() -> None:
    """The memory past the most that a key can hold is refused with its number and what to do."""
    index = Index(_ENGLISH)
    index._keys._keys = range(SLOTS)
    with pytest.raises(OverflowError, match="use several keys"):
        index.add("a", "tea")


@given(steps=st.lists(st.tuples(st.sampled_from([f"k{number}" for number in range(30)]), st.booleans()), max_size=80))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_keys_are_found_by_their_number_of_arrival(steps: List[Tuple[str, bool]]) -> None:
    """After any comings and goings each key has the number that it last got, and those removed have none."""
    keys = Keys()
    numbers: Dict[str, int] = {}
    for key, comes in steps:
        number = keys.find(key)
        assert number == numbers.get(key)
        if number is not None:
            keys.remove(numbers.pop(key))
        if comes:
            numbers[key] = keys.append(key)
    assert {key: keys.find(key) for key in numbers} == numbers
    assert [keys[number] for number in numbers.values()] == [*numbers]
    assert len(keys) == len(numbers)
