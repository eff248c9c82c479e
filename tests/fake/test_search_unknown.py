"""Unknown words: they lower the score, and are corrected only if a correction is likelier."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

import pytest

from fake_server.core.search.index import Index
from fake_server.core.search.languages import language


def _index(memories: List[str], setting: str = "english") -> Index:
    index = Index(language(setting))
    for number, text in enumerate(memories):
        index.add(str(number), text)
    return index


def _matches(index: Index, query: str) -> Dict[str, Tuple[Optional[str], Tuple[str, ...]]]:
    (first, *_) = index.explain(query, limit=1)
    return {term.word: (term.corrected, term.matched) for term in first.terms}


@pytest.mark.parametrize(
    ("setting", "memory", "words"),
    [
        ("english", "Ana likes cats.", ["hate", "dogs", "world", "want", "whale", "shoulder"]),
        ("german", "Anna mag Katzen.", ["bein", "seite", "wein"]),
        ("spanish", "Ana ama gatos.", ["perro", "mesa", "casa"]),
    ],
)
def test_an_unknown_word_is_not_lost_for_a_stop_word(setting: str, memory: str, words: List[str]) -> None:
    """An unknown word one edit from a stop word is shown without a match, and lowers the score."""
    index = _index([memory, "Bob Oslo"], setting)
    name = memory.split(maxsplit=1)[0].lower()
    for word in words:
        assert _matches(index, f"{name} {word}") == {name: (None, (name,)), word: (None, ())}
        assert index.search(f"{name} {word}", limit=1)[0].score < 0.5


def test_a_misspelt_stop_word_keeps_the_order() -> None:
    """A word that may be a misspelt stop word counts as one in the order, is shown corrected, and lowers the score."""
    index = _index(["keys between doors", "keys behind doors", "blue sky"])
    assert [hit.key for hit in index.search("keys betwene doors", limit=3)] == ["0", "1"]
    assert _matches(index, "keys betwene doors")["betwene"] == ("between", ("between",))
    slip, clean = (index.search(f"keys {word} doors", limit=1)[0].score for word in ("betwene", "between"))
    assert slip < clean == 1.0


@pytest.mark.parametrize("query", ["hate", "hate world"])
def test_alone_an_unknown_word_finds_nothing(query: str) -> None:
    """A query of only words that may be misspelt stop words has no hits."""
    assert _index(["I have cats.", "I would have tea."]).search(query, limit=10) == []


def test_of_two_equally_near_the_content_term_is_meant() -> None:
    """A word equally near to a stop word and to another word is corrected to the other word."""
    index = _index(["Ana has three cats.", "There are some cats in the street."])
    assert [hit.key for hit in index.search("thre cats", limit=2)] == ["0", "1"]


@pytest.mark.parametrize(("query", "word"), [("tae", "tea"), ("dgo", "dog"), ("Tmi", "Tim")])
def test_three_letters_are_corrected_only_by_a_swap(query: str, word: str) -> None:
    """A word of three letters is corrected by a swap of two neighbours, and by no other edit."""
    index = _index([f"about {word} today", "blue sky"])
    assert [hit.key for hit in index.search(query, limit=3)] == ["0"]
    assert index.search(f"{word[:2]}q", limit=3) == []


def test_polite_words_find_nothing_beside_others() -> None:
    """Polite words are stop words; alone in a query, they are found as any stop word is."""
    index = _index(["The kettle is red.", "Thanks a lot! Please remember to tell me.", "Hello and hi."])
    query = "Hi! Could you please tell me, if you remember: what is red? Thanks a lot!"
    assert [hit.key for hit in index.search(query, limit=3)] == ["0"]
    assert [hit.key for hit in index.search("thanks", limit=3)] == ["1"]
    assert [hit.key for hit in index.search("hello", limit=3)] == ["2"]


def test_a_hit_scores_above_zero() -> None:
    """A hit with next to no coverage has the smallest score that is answered, not 0."""
    index = _index([f"ticket n{number} note" for number in range(3_000)])
    assert [hit.score for hit in index.search("ticket unknownthing", limit=2)] == [0.0001, 0.0001]


def test_a_copy_longer_than_a_query_is_found() -> None:
    """A memory is found by its own text even if that is one word, longer than the part of a query that counts."""
    text = "\u0e31" * 60_000
    index = _index(["green tea", text])
    assert [(hit.key, hit.score) for hit in index.search(text, limit=3)] == [("1", 1.0)]
    assert [hit.is_copy for hit in index.explain(text, limit=3)] == [True]
    breakdown = index.explain_one(text, "1")
    assert breakdown is not None
    assert (breakdown.score, breakdown.is_copy) == (1.0, True)
