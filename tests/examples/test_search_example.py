"""A question in plain words that finds its memory."""

import pytest


@pytest.mark.octamem(memories=["Ana bought a red kettle in May.", ("Ana drinks green tea.", "Home")])
def test_a_question_finds_its_memory(octamem_client):
    """In plain words, with a slip of the pen and another form of the verb."""
    found = octamem_client.get(query="When did Ana buy the ketle?")
    assert found.results[0].content == "Ana bought a red kettle in May."
