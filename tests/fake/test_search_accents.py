"""Accents: they make words, are forgiven, and need not be typed."""

from __future__ import annotations

from typing import Tuple

import pytest

from fake_server.core.search.index import Index
from fake_server.core.search.languages import language

_PAIRS = [
    ("none", "má tôi nấu cơm", "mạ non xanh", "má"),
    ("none", "Cái bàn gãy", "bán bánh mì", "bàn"),
    ("english", "His résumé is here.", "They resume at nine.", "résumé"),
    ("spanish", "El año fue bueno.", "El ano se curó.", "año"),
    ("german", "Die Küche ist neu.", "Der Kuchen und die Kuche.", "Küche"),
    ("german", "Das Bild ist schön.", "Es ist schon spät.", "schön"),
    ("swedish", "Han har ett får.", "Vi ses på en far.", "får"),
    ("turkish", "Su ılık.", "Kemik ve ilik.", "ılık"),
    ("polish", "Sąd orzekł wyrok.", "Sad jest za domem.", "sąd"),
    ("danish", "En mørk nat.", "En mork nat.", "mørk"),
]


def _index(setting: str, *memories: str) -> Index:
    index = Index(language(setting))
    for number, text in enumerate((*memories, "Bob Oslo", "Tim")):
        index.add(str(number), text)
    return index


@pytest.mark.parametrize(("setting", "meant", "other", "query"), _PAIRS)
def test_the_word_with_the_same_accents_comes_first(setting: str, meant: str, other: str, query: str) -> None:
    """Of words that differ in their accents alone the one asked for comes first, with a visibly better score."""
    first, *others = _index(setting, meant, other).search(query, limit=3)
    assert (first.key, first.score) == ("0", 1.0)
    assert all(hit.score <= 0.8 for hit in others)


@pytest.mark.parametrize(
    ("setting", "memories", "query"),
    [
        ("none", ("Cái bàn gãy", "bán bánh mì", "người bạn cũ", "ban nhạc"), "ban"),
        ("spanish", ("El año fue bueno.", "El ano se curó."), "ano"),
        ("german", ("Die Küche ist neu.",), "kuche"),
        ("turkish", ("Su ılık.",), "ilik"),
        ("polish", ("Mieszka w Łodzi.",), "lodzi"),
        ("none", ("Þór is here",), "thor"),
        ("english", ("The café is closed.",), "cafe"),
    ],
)
def test_accents_need_not_be_typed(setting: str, memories: Tuple[str, ...], query: str) -> None:
    """A question without accents finds the words with any accents at full weight."""
    hits = _index(setting, *memories).search(query, limit=9)
    assert [hit.score for hit in hits] == [1.0] * len(memories)


@pytest.mark.parametrize(("setting", "query"), [("none", "bàn"), ("english", "bàn")])
def test_a_memory_without_accents_is_found(setting: str, query: str) -> None:
    """A memory that was written without accents is found by a question with them, with a lower score."""
    (hit,) = _index(setting, "cai ban gay").search(query, limit=3)
    assert 0.7 <= hit.score < 1.0


def test_other_accents_are_forgiven_like_a_typo() -> None:
    """A word with other accents is found only if no memory holds the word itself, and once."""
    index = _index("none", "bán bánh mì", "người bạn cũ")
    assert {hit.key for hit in index.search("bàn", limit=3)} == {"0", "1"}
    assert all(hit.score <= 0.65 for hit in index.search("bàn", limit=3))
    both = index.explain("bàn bản", limit=1)[0]
    assert [bool(term.matched) for term in both.terms] == [True, False]
    index.add("exact", "Cái bàn gãy")
    assert [hit.key for hit in index.search("bàn", limit=3)] == ["exact"]
    index.remove("exact")
    assert {hit.key for hit in index.search("bàn", limit=3)} == {"0", "1"}


def test_accents_that_move_are_forgiven_more() -> None:
    """In French, forms of one word that differ in their accents find each other at nearly full weight."""
    index = _index("french", "Elle préfère le thé.", "Il a préféré le café.")
    scores = {hit.key: hit.score for hit in index.search("préférer", limit=3)}
    assert scores["1"] == 1.0 > scores["0"] > 0.85


@pytest.mark.parametrize(
    ("setting", "query"), [("german", "fur"), ("german", "für"), ("french", "ou"), ("french", "où")]
)
def test_a_stop_word_is_one_with_its_accents_and_without(setting: str, query: str) -> None:
    """A stop word finds nothing beside a content term, whether its accents are typed or not."""
    index = _index(setting, "für où", "Katze chat")
    assert [hit.key for hit in index.search(f"{query} katze chat", limit=3)] == ["1"]


@pytest.mark.parametrize(
    ("memory", "query"), [("in Kraków", "krakwo"), ("in Kraków", "krákwo"), ("Müller came", "mullr")]
)
def test_a_slip_and_its_accents_are_corrected_together(memory: str, query: str) -> None:
    """A misspelt word is compared without accents, with those that are stored."""
    (hit,) = _index("english", memory).search(query, limit=3)
    assert hit.key == "0"
