"""Whether a search answers, by the documented cut of its scores."""

import pytest

from octamem_testing import SCORE_CUT, assert_found, assert_not_found


@pytest.mark.octamem(memories=["Ana bought a red kettle in May.", "Ana drinks green tea."])
def test_what_is_known_and_what_is_not(octamem_client, octamem_fake):
    """A question that a memory answers has a hit from the cut on, and an absent topic has none."""
    assert_found(octamem_fake, "When did Ana buy the ketle?", "red kettle")
    assert_not_found(octamem_fake, "What is the wifi password?")
    answered = [hit for hit in octamem_client.get(query="What tea?").results if hit.score >= SCORE_CUT]
    assert [hit.content for hit in answered] == ["Ana drinks green tea."]
