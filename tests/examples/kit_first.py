"""A first test: a memory is in place, a question in plain words finds it."""

import pytest

from octamem import OctaMem


@pytest.mark.octamem(memories=["The launch moved to April 15.", "The office cat is called Pixel."])
def test_a_question_finds_the_answer(octamem_client: OctaMem) -> None:
    """A memory that is in place is found by a question in plain words."""
    found = octamem_client.get(query="when is the launch?")
    assert found.results[0].content == "The launch moved to April 15."
