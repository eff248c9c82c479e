"""Unknown words: they lower the score, and are corrected only if a correction is likelier."""

from __future__ import annotations

from itertools import product
from typing import Dict, List, Optional, Tuple

import pytest

from fake_server.core.search.index import Index
from fake_server.core.search.languages import language
from fake_server.core.search.scores import SCORE_CUT


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


@pytest.mark.parametrize(("query", "word"), [("wek", "week"), ("hom", "home"), ("ann", "anna")])
def test_a_letter_more_than_three_is_a_guess_beside_other_words(query: str, word: str) -> None:
    """A word of three letters finds no longer word by itself, and has a say beside words that are found."""
    index = _index([f"Bob was late last {word}.", "Bob was late on Sunday.", "blue sky"])
    assert index.search(query, limit=3) == []
    assert [hit.key for hit in index.search(f"{query} Bob", limit=3)] == ["0", "1"]


def test_a_word_of_three_letters_is_no_guess_if_it_is_common() -> None:
    """A common word of three letters is no longer word, whatever stands beside it."""
    index = _index(["Bob wants a window seat.", "blue sky"])
    assert _matches(index, "Did Bob eat?")["eat"] == (None, ())


@pytest.mark.parametrize(
    ("setting", "memory", "query"),
    [
        ("english", "The lake is cold.", "bake"),
        ("english", "She sold the house.", "mouse"),
        ("english", "A leather coat.", "weather"),
        ("german", "Der Hase ist weg.", "Hose"),
        ("german", "Das Haus ist alt.", "Maus"),
        ("spanish", "El gato duerme.", "pato"),
        ("none", "Mökki myytiin.", "tikki"),
    ],
)
def test_a_rightly_spelt_word_is_corrected_only_weakly(setting: str, memory: str, query: str) -> None:
    """A common English word, or in other languages one that differs as words do, stays below the cut."""
    assert all(hit.score < SCORE_CUT for hit in _index([memory, "Bob Oslo", "Tim"], setting).search(query, limit=3))


@pytest.mark.parametrize(
    ("setting", "memory", "query"),
    [("english", "A kettle.", "ketle"), ("german", "Der Vertrag.", "Vetrag"), ("spanish", "La cocina.", "cocian")],
)
def test_a_misspelt_word_scores_as_before(setting: str, memory: str, query: str) -> None:
    """A word that is no word, and one that differs as slips do, is corrected at nearly full weight."""
    assert _index([memory, "Bob Oslo"], setting).search(query, limit=1)[0].score > 0.8


def test_one_occurrence_answers_one_word() -> None:
    """Two words of a query that are nearest to one word are not both corrected to it, and none if it is asked for."""
    index = _index(["a red kettle", "blue sky", "a pot"])
    one, both, beside = (index.search(query, limit=1)[0] for query in ("ketle", "ketle kettel", "kettle kettel"))
    assert one.score > both.score
    assert beside.score < 1.0
    matches = _matches(index, "ketle kettel")
    assert sorted(found for _, found in matches.values()) == [(), ("kettle",)]


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


def _noise(count: int) -> str:
    """Return so many words, of letters that no memory has."""
    return " ".join("".join(letters) * 2 for letters in list(product("zwjxv", repeat=3))[:count])


def test_beside_many_unknown_words_a_word_counts_as_it_is_written() -> None:
    """After more unknown words than people write, no stem is looked for, and what is written as in a memory counts."""
    index = _index(["Ana bought kettles.", "Ben sold lamps.", "It rained in May."])
    assert index.search(f"{_noise(20)} kettle", limit=1)[0].key == "0"
    assert index.search(f"{_noise(70)} kettles", limit=1)[0].key == "0"
    assert index.search(f"{_noise(70)} kettle", limit=1) == []
