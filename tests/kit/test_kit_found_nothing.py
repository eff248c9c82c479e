"""Why a search found nothing: the lines of a failing test say it."""

from __future__ import annotations

from typing import Dict, List, Optional

import pytest

from fake_server.core import Fake
from octamem import OctaMem
from octamem_testing import assert_attempts
from octamem_testing.report.complaints import journal


def line(fake: Fake) -> str:
    """Give what the last line says after the status."""
    return journal(fake).splitlines()[-1].partition(" -> 200 ")[2]


@pytest.mark.parametrize(
    ("query", "context", "before", "expected"),
    [
        ("when is tea?", "", None, "found 1 of 2 memories"),
        ("zebra", "", None, "found 0 of 2 memories: none holds a term of the query"),
        ("tea", "office", None, "found 0 of 2 memories: none is under the context of the search"),
        (
            "tea",
            "",
            "search: missing(9)",
            "fault: missing(9) @after found 0 of 2 memories: the fault withholds what there is withheld: rec_*",
        ),
    ],
)
@pytest.mark.octamem(memories=["Tea is at four.", "Milk is in the fridge."])
def test_a_search_says_how_many_it_found_and_why_none(
    octamem_client: OctaMem, octamem_fake: Fake, query: str, context: str, before: Optional[str], expected: str
) -> None:
    """The line of a search has the memories found, those stored, and if it found none, the reason."""
    if before is not None:
        octamem_fake.faults(before)
    octamem_client.get(query=query, previous_context=context)
    said = line(octamem_fake)
    assert said == expected.replace("rec_*", said[-20:] if "rec_" in said else "")
    with pytest.raises(AssertionError, match=r"; found \d of 2 memories"):
        assert_attempts(octamem_fake, 9)


@pytest.mark.octamem(indexing_delay=5)
def test_a_memory_that_is_not_indexed_is_named_as_such(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """A memory that no search can find yet is told from one that does not match."""
    octamem_client.add(content="Tea is at four.")
    octamem_client.get(query="tea")
    assert line(octamem_fake) == "found 0 of 1 memory: none is indexed yet"


@pytest.mark.octamem(search=lambda query, memories: [])
def test_a_search_of_the_author_is_named(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """If the author's own search returns nothing, the line says so."""
    octamem_fake.remember(["Tea is at four."])
    octamem_client.get(query="tea")
    assert line(octamem_fake) == "found 0 of 1 memory: search= returned none"


@pytest.mark.octamem(memories=["Tea is at four."])
def test_keys_are_numbered(octamem_mock: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client with another key, such as that of the developer's shell, is told where the memories are."""
    OctaMem().get(query="tea")
    assert "(key" not in journal(octamem_mock)
    OctaMem("sk-om-live-of-the-shell").get(query="tea")
    lines: List[str] = journal(octamem_mock).splitlines()
    assert lines[0].endswith(" found 1 of 1 memory (key 1)")
    assert lines[1].endswith(" found 0 of 0 memories (key 2, which has no memory; key 1 has 1 memory)")


def test_a_refused_search_found_nothing_to_tell(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """Only an answered search says what it found."""
    octamem_fake.faults("search: 503")
    octamem_client.get(query="tea")
    found: Dict[int, str] = {entry.seq: entry.found for entry in octamem_fake.requests()}
    assert found == {1: "", 2: "found 0 of 0 memories"}
