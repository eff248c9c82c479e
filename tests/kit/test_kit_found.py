"""assert_found and assert_not_found: silent if they hold, and otherwise the hits, their words and what to do."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from fake_server.core import Fake
from octamem import AsyncOctaMem, OctaMem
from octamem_testing import SCORE_CUT, OctaMemServer, assert_found, assert_not_found

MEMORIES = ["Ana bought a red kettle in May.", ("Ana drinks green tea.", "Home"), "The office is in York."]
QUESTION = "When did Ana buy the ketle?"
FAR = "Where did Ben park his green van in July?"
"""A question that shares one word with a memory."""

remembering = pytest.mark.octamem(memories=MEMORIES)


def failure(assertion: Callable[..., None], *arguments: Any, **named: Any) -> str:
    """Give the message of an assertion that does not hold."""
    with pytest.raises(AssertionError) as error:
        assertion(*arguments, **named)
    return str(error.value)


@remembering
def test_what_a_search_finds_is_found(octamem_fake: Fake) -> None:
    """A memory is named by a part of its text, and a misspelt question finds it."""
    assert_found(octamem_fake, QUESTION, "a red kettle")
    assert_found(octamem_fake, QUESTION, MEMORIES[0], within=1)
    assert_not_found(octamem_fake, QUESTION, "York")
    assert_not_found(octamem_fake, "What is the wifi password?")
    assert_not_found(octamem_fake, FAR)
    assert octamem_fake.attempts == 0


@remembering
def test_the_context_and_the_key_are_those_of_a_search(octamem_fake: Fake) -> None:
    """A memory of another context, or under another key, is not found."""
    assert_found(octamem_fake, "green tea", "tea", previous_context="Home")
    assert_not_found(octamem_fake, "green tea", previous_context="Office")
    assert_not_found(octamem_fake, "green tea", key="sk-om-live-another")
    octamem_fake.remember(["Green tea is in the cupboard."], key="sk-om-live-another")
    assert_found(octamem_fake, "green tea", "cupboard", key="sk-om-live-another")


def test_what_a_client_stored_is_found(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """The assertions see what a sync client added."""
    octamem_client.add(content="Ana drinks green tea.")
    assert_found(octamem_fake, "What does Ana drink?", "green tea")


@pytest.mark.asyncio
async def test_what_an_async_client_stored_is_found(async_octamem_client: AsyncOctaMem, octamem_fake: Fake) -> None:
    """They are no coroutines, and see what an async client added."""
    await async_octamem_client.add(content="Ana drinks green tea.")
    assert_found(octamem_fake, "What does Ana drink?", "green tea")


def test_what_came_over_http_is_found(octamem_server: OctaMemServer) -> None:
    """They ask under the key of the server's test."""
    with OctaMem() as client:
        client.add(content="Ana drinks green tea.")
    assert_found(octamem_server.fake, "What does Ana drink?", "green tea")


@remembering
def test_a_hit_below_the_cut_is_told_with_the_words_that_it_lacks(octamem_fake: Fake) -> None:
    """The message has the question, the score, the cut, and for each hit what it holds and lacks."""
    said = failure(assert_found, octamem_fake, FAR, "green tea")
    lines = said.splitlines()
    assert lines[0] == f"expected: a search for {FAR!r} finds 'green tea' with a score of at least {SCORE_CUT}"
    assert lines[1].startswith("got: it is hit 1, with a score of 0.")
    assert "holds too little of the question (it lacks " in lines[2]
    assert "van" in lines[2]
    assert lines[3] == f"the hits, of which those from {SCORE_CUT} on count:"
    assert lines[4].endswith(" 'Ana drinks green tea.'")
    assert lines[5] == "     holds green"
    assert lines[6].startswith("     lacks ")


@remembering
def test_a_correction_is_shown(octamem_fake: Fake) -> None:
    """A word that was corrected stands beside what it matched."""
    said = failure(assert_not_found, octamem_fake, QUESTION)
    assert said.startswith(f"expected: a search for {QUESTION!r} finds no hit with a score of {SCORE_CUT} or more\n")
    assert "\ngot: hit 1 has a score of " in said
    assert "if it is one, say so with assert_found" in said
    assert "ketle -> kettle" in said


@remembering
@pytest.mark.parametrize(
    ("query", "content", "says"),
    [
        ("automobile", "York", "the memory is stored, but it holds none of the content terms of the query; "),
        ("kettle", "a red kettel in May.", "none of 3 memories holds that text; compare with the nearest, "),
        ("kettle", "x", "none of 3 memories holds that text; check that its add was carried out"),
    ],
)
def test_a_memory_that_is_no_hit_is_told_why(octamem_fake: Fake, query: str, content: str, says: str) -> None:
    """It is stored and not found, or stored otherwise, or not stored."""
    said = failure(assert_found, octamem_fake, query, content)
    assert "\ngot: no hit holds it, of " in said
    assert f"\nwhat to do: {says}" in said


@remembering
def test_another_context_is_the_reason(octamem_fake: Fake) -> None:
    """What keeps the memory from the results is what explain says."""
    said = failure(assert_found, octamem_fake, "green tea", "green tea", previous_context="Office")
    assert "the memory is stored, but its context is 'Home', and the search asks for 'Office'" in said
    assert "  none, of 0 memories searched" in said


def test_a_key_without_memories_is_told(octamem_fake: Fake) -> None:
    """Where nothing is stored, the add or the key is what to check."""
    assert "no memory is stored under this key" in failure(assert_found, octamem_fake, "tea", "tea")


@remembering
def test_a_rank_may_be_asked_for(octamem_fake: Fake) -> None:
    """A hit below the first `within` is told to be compared with those above it."""
    octamem_fake.remember(["Green tea."])
    said = failure(assert_found, octamem_fake, "green tea", "Ana drinks", within=1)
    assert "finds 'Ana drinks' as the first hit with" in said
    octamem_fake.remember(["Green tea!"])
    assert "among the first 2 hits with" in failure(assert_found, octamem_fake, "green tea", "Ana drinks", within=2)
    assert "compare it with the one above it: they hold more of the question" in said


@pytest.mark.octamem(memories=MEMORIES, search=lambda _query, memories: [(memories[0], 0.9), (memories[1], 0.1)])
def test_a_search_of_the_authors_own_has_scores_of_its_own(octamem_fake: Fake) -> None:
    """The cut holds for any search, and hits without a breakdown show their scores."""
    assert_found(octamem_fake, "anything", "kettle")
    said = failure(assert_found, octamem_fake, "anything", "green tea")
    assert "what to do: the memory holds too little of the question: " in said
    assert said.endswith("\n  1. 0.9 'Ana bought a red kettle in May.'\n  2. 0.1 'Ana drinks green tea.'")


@pytest.mark.octamem(memories=[f"Ana has kettle number {number}." for number in range(9)])
def test_no_more_than_five_hits_are_shown(octamem_fake: Fake) -> None:
    """The rest is counted."""
    assert failure(assert_not_found, octamem_fake, "Ana's kettle").endswith("\n  and 4 other hits")


def test_the_arguments_are_checked(octamem_fake: Fake, octamem_client: OctaMem) -> None:
    """A mistake of the test is told apart from a failure."""
    with pytest.raises(TypeError, match=r"assert_found: expected the fake .*, got OctaMem"):
        assert_found(octamem_client, "tea", "tea")  # type: ignore[arg-type]
    for broken in (
        lambda: assert_found(octamem_fake, "tea", ""),
        lambda: assert_not_found(octamem_fake, "tea", ""),
        lambda: assert_found(octamem_fake, "", "tea"),
        lambda: assert_found(octamem_fake, "tea", 7),  # type: ignore[arg-type]
        lambda: assert_found(octamem_fake, "tea", "tea", within=0),
        lambda: assert_found(octamem_fake, "tea", "tea", within=-1),
    ):
        with pytest.raises(ValueError, match=r"expected|must not be empty"):
            broken()
