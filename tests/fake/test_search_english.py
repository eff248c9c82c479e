"""English: a word finds itself in its irregular forms, and in the spelling of the other country."""

from __future__ import annotations

import pytest

from fake_server.core.search.index import Hit, Index
from fake_server.core.search.languages import language
from fake_server.core.search.lexicon.british import american


@pytest.mark.parametrize(
    ("british", "other"),
    [
        ("colour", "color"),
        ("favourites", "favorites"),
        ("reorganised by us", "reorganized by us"),
        ("organisation", "organization"),
        ("centred", "centered"),
        ("licence", "license"),
        ("travelling", "traveling"),
        ("catalogue", "catalog"),
        ("grey", "gray"),
        ("programmes", "programs"),
        ("manoeuvres", "maneuvers"),
    ],
)
def test_british_and_american_english_are_one(british: str, other: str) -> None:
    """A word finds itself in the spelling of the other country in full, both ways."""
    for text, query in ((british, other), (other, british)):
        index = Index(language("english"))
        index.add("0", "nothing of the kind")
        index.add("1", f"about {text} x")
        assert index.search(query, limit=3) == [Hit("1", 1.0)]


@pytest.mark.parametrize(
    "word", ["surprise", "arise", "precise", "four", "hour", "Kerberos", "mumble", "furnish", "analysis"]
)
def test_a_word_that_only_looks_british_is_kept(word: str) -> None:
    """What ends or begins as a British word does is not spelt in another way."""
    assert american(word.lower()) == word.lower()


@pytest.mark.parametrize(
    ("base", "form"),
    [("go", "goes"), ("bus", "buses"), ("learn", "learnt"), ("half", "halves"), ("quiz", "quizzes"), ("flee", "fled")],
)
def test_an_irregular_form_is_one_with_its_base(base: str, form: str) -> None:
    """A form that the stemmer gives another stem finds its base in full, both ways."""
    stem = language("english").stem
    assert stem(form) == stem(base)
    for text, query in ((base, form), (form, base)):
        index = Index(language("english"))
        index.add("0", "nothing of the kind")
        index.add("1", f"about {text} x")
        assert index.search(query, limit=3) == [Hit("1", 1.0)]
