"""Names: a stop word with a capital letter inside a sentence may be the name of a month or a person."""

from __future__ import annotations

from random import Random

import pytest

from fake_server.core.search.index import Index
from fake_server.core.search.languages import language
from fake_server.core.search.names import names_in


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("What is on the first of May?", "May 1st is free."),
        ("When were we in Rome in May?", "We went to Rome in May."),
        ("What does Will play?", "Will plays the oboe."),
    ],
)
def test_a_name_that_is_a_stop_word_in_small_letters_is_asked_for(query: str, first: str) -> None:
    """May inside a sentence is the month, and Will a person."""
    memories = ["The first concert was long.", "May 1st is free.", "Will plays the oboe.", "Ana plays the harp."]
    memories += ["We went to Rome in May.", "In Rome we were in the rain."]
    index = Index(language("english"))
    for number, text in enumerate(memories):
        index.add(str(number), text)
    assert memories[int(index.search(query, limit=1)[0].key)] == first


def test_a_stop_word_in_small_letters_is_one() -> None:
    """A question that begins with May, or has it in small letters, does not ask for the month."""
    index = Index(language("english"))
    for number, text in enumerate(["We went to Rome in May.", "We go to Rome."]):
        index.add(str(number), text)
    assert all(
        hit.score == 1.0
        for query in ("May we go to Rome?", "so may we go to Rome")
        for hit in index.search(query, limit=2)
    )


@pytest.mark.parametrize("seed", range(5))
def test_plain_letters_are_read_as_all_letters_are(seed: int) -> None:
    """The names in a text of plain letters, which are found in another way, are those beside a letter with accents."""
    chance, found = Random(seed), 0
    for _ in range(2_000):
        pieces = chance.choices(["A", "b", "Ana", "Bo", "bO", " ", "  ", "\t", ",", ";", "_", "1", "\n", ". "], k=8)
        text = "".join(pieces)
        assert names_in(text, language("english")) == names_in(f"{text}\né", language("english")), text
        found += len(names_in(text, language("english")))
    assert found
