"""A search that is explained: why each memory was found."""

import pytest


@pytest.mark.octamem(memories=["Ana bought a red kettle in May.", ("Ana drinks green tea.", "Home")])
def test_why_it_was_found(octamem_fake):
    """Each query term has its correction and the words that it matched."""
    explanation = octamem_fake.explain("green ketle")
    tea, kettle = explanation.hits
    assert [(term.word, term.corrected, term.matched) for term in kettle.breakdown.terms] == [
        ("green", None, ()),
        ("ketle", "kettle", ("kettle",)),
    ]
    assert tea.score > kettle.score
