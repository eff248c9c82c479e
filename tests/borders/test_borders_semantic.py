"""The vectors that wordllama ships: SemanticFallback reads them without the network and without loading its code."""

from __future__ import annotations

import logging
import sys
from typing import List

import pytest

from fake_server.core import Fake
from octamem_testing import SemanticFallback

MEMORIES = [
    "Nora drives an old Volvo estate.",
    "The baby was born on the ninth of March.",
    "Sam is a cardiologist at the university clinic.",
    "They got married in a small chapel near Siena.",
    "Keep the medicine in the fridge.",
    "The company lost two million last year.",
    "Julia moved into a house by the sea.",
    "Peter quit smoking in the spring.",
]
PARAPHRASES = [
    ("When is the infant's birthday?", 1),
    ("Who is a heart doctor?", 2),
    ("Where was their wedding?", 3),
    ("How should the pills be stored, cold or warm?", 4),
    ("Was the business profitable?", 5),
    ("Who lives near the ocean?", 6),
    ("Who gave up cigarettes?", 7),
]


def found(fake: Fake) -> List[bool]:
    """Say of each paraphrase whether its memory comes first."""
    hits = [fake.explain(question).hits for question, _ in PARAPHRASES]
    return [bool(each) and each[0].memory.content == MEMORIES[answer] for each, (_, answer) in zip(hits, PARAPHRASES)]


@pytest.mark.disable_socket
def test_meaning_finds_what_words_do_not() -> None:
    """Paraphrases without a shared word find their memory, with sockets forbidden."""
    plain, meaning = Fake(), Fake(search=SemanticFallback())
    for fake in (plain, meaning):
        fake.remember(MEMORIES)
    assert found(plain).count(True) <= 1
    assert found(meaning).count(True) >= 6


def test_a_misspelt_question_is_left_to_words() -> None:
    """Where words find enough, order and scores are those of the fuzzy index."""
    plain, meaning = Fake(), Fake(search=SemanticFallback())
    for fake in (plain, meaning):
        fake.remember(MEMORIES)
    ours, theirs = (
        [(hit.memory.content, hit.score) for hit in fake.explain("Nora's Vlovo").hits] for fake in (plain, meaning)
    )
    assert theirs == ours


def test_no_code_of_the_package_is_loaded() -> None:
    """Loading it would set up the root logger, and look for files to download."""
    fake = Fake(search=SemanticFallback())
    fake.remember(MEMORIES)
    before = list(logging.getLogger().handlers)
    assert fake.explain("Who gave up cigarettes?").hits
    assert "wordllama" not in sys.modules
    assert logging.getLogger().handlers == before
