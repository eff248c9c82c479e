"""A search that is explained: what keeps one memory from the results."""

import pytest


@pytest.mark.octamem(memories=["Ana bought a red kettle in May.", ("Ana drinks green tea.", "Home")])
def test_why_it_was_not(octamem_fake):
    """Asked about one memory, explain says what keeps it from the results."""
    tea = octamem_fake.memories()[1]
    explanation = octamem_fake.explain("green tea", previous_context="Office", memory=tea.id)
    assert explanation.asked.why == ("its context is 'Home', and the search asks for 'Office'",)
