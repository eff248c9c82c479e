"""Scores: what they mean, and what the notes of an explanation say of them."""

from __future__ import annotations

from typing import List

import pytest

from fake_server.core.search.breakdown import ScoreBreakdown
from fake_server.core.search.index import Index
from fake_server.core.search.languages import language
from fake_server.core.search.scores import SCORE_CUT

_HOUSE = [
    "Marta waters the ferns on Fridays.",
    "The ladder stands behind the shed.",
    "Ruben repairs clocks in the attic.",
    "The heating is serviced in October.",
    "Marta and Ruben share a car.",
    "The neighbours have a loud parrot.",
    "Bread is bought at the corner.",
    "The attic window does not close.",
]


def _first(memories: List[str], query: str, setting: str = "english") -> ScoreBreakdown:
    index = Index(language(setting))
    for number, text in enumerate(memories):
        index.add(str(number), text)
    return index.explain(query, limit=1)[0]


@pytest.mark.parametrize(
    "query",
    [
        "What is Marta's blood type?",
        "Where was Ruben born?",
        "Who insured the parrot?",
        "Which opera does Marta sing in?",
    ],
)
def test_an_absent_topic_scores_low(query: str) -> None:
    """A question on what no memory says has no first hit above 0.6, though names and words of it occur."""
    assert _first(_HOUSE, query).score <= 0.6


@pytest.mark.parametrize("query", ["When is the heating serviced?", "Where is the ladder?", "What does Ruben repair?"])
def test_an_answer_reaches_the_cut(query: str) -> None:
    """A question that a memory answers has a first hit from the cut on."""
    assert _first(_HOUSE, query).score >= SCORE_CUT


@pytest.mark.parametrize(
    ("memory", "query", "setting"),
    [
        ("Ruben has two sisters.", "Does Marta have sisters?", "english"),
        ("Ruben wants three canaries.", "How many canaries and hamsters does Ruben want?", "english"),
        ("Marta sells an old sofa.", "How old is Marta?", "english"),
        ("Frau Kern fährt das alte Rad.", "Wie alt ist Frau Kern?", "german"),
        ("Frau Kern fährt das alte Rad.", "Welches Instrument spielt Frau Kern?", "german"),
    ],
)
def test_what_lacks_a_word_scores_no_more_than_most(memory: str, query: str, setting: str) -> None:
    """However rare the words are that a memory holds, it scores 0.6 at most if it lacks one that is asked for."""
    assert _first([memory, *_HOUSE * 20], query, setting).score <= 0.6


@pytest.mark.parametrize(("name", "other"), [("Tina", "Nina"), ("Lana", "Lena"), ("Java", "Lava"), ("Dean", "Sean")])
def test_a_short_name_with_another_letter_is_another_name(name: str, other: str) -> None:
    """A name of up to five letters is corrected only weakly into one that differs in a letter."""
    memories = [f"{other} is on the list.", *_HOUSE]
    assert _first(memories, f"What do we know about {name}?").score <= SCORE_CUT
    swapped = name[0] + name[2] + name[1] + name[3]
    assert _first([f"{name} is on the list.", *_HOUSE], f"Is {swapped} on the list?").score > 0.6


def test_a_hit_on_a_name_alone_scores_half() -> None:
    """Who is asked about says little: with nothing else of the question, the score is half of that of another word."""
    memories = ["Lena is on call this week.", "The printer is upstairs."]
    assert _first(memories, "Where is Lena from?").score == 0.5
    assert _first(memories, "Where is the printer from?").score == 1.0
    assert _first(memories, "Lena").score == 1.0
    assert _first(memories, "Is Lena on call?").score == 1.0


def test_in_german_a_capital_letter_makes_no_name() -> None:
    """Every noun of German has a capital letter, so that none is taken for a name under that language."""
    assert _first(["Die Sitzung ist am Montag.", "Es regnet."], "Wann ist die Sitzung?", "german").score == 1.0


def test_notes_say_what_the_numbers_stand_for() -> None:
    """Corrections, lacking words, names and the cut are put in words."""
    first = _first(_HOUSE, "Who insured the parot in Sweden?")
    assert first.notes == (
        "'parot' is taken for 'parrot', which counts for less",
        "it lacks 'insured', 'sweden'",
        f"its score {first.score:.4g} is below the cut of 0.35: it shares words with the question, and hardly answers",
    )
    names = _first(["Lena is on call this week.", "It rains."], "Where is Lena from?")
    assert names.notes == ("it holds nothing of the question except names, so its score is halved",)


def test_notes_say_what_goes_before_others() -> None:
    """A copy, a follow-up and an update each have a note; a plain answer has none."""
    index = Index(language("english"))
    for number, text in enumerate(
        ["Where is the spare key?", "The key is in the shed.", "The code is 4410.", "The code is now 7725."]
    ):
        index.add(str(number), text)
    notes = {hit.key: hit.notes for query in ("the spare key", "code") for hit in index.explain(query, limit=2)}
    assert notes["1"][-1] == "it follows a question that matches, and has the value of that as a bonus"
    assert notes["3"] == ("it is newer than a memory that answers as well, and has the value of that one",)
    assert notes["2"] == ()
    copy = index.explain("The code is 4410.", limit=1)[0]
    assert copy.notes == ("it is the query itself, so it goes before any value and scores 1.0",)
