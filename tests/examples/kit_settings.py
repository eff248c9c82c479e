"""Settings in the marker: what the service does not say of itself is for the test to choose."""

import pytest

from octamem import OctaMem, RateLimitError
from octamem_testing import VirtualClock


@pytest.mark.octamem(limit=2, memories=["one", "two"])
def test_a_full_memory(octamem_client: OctaMem) -> None:
    """An add beyond the limit is refused with the service's own code."""
    with pytest.raises(RateLimitError) as error:
        octamem_client.with_options(max_retries=0).add(content="three")
    assert error.value.code == "USAGE_LIMIT_EXCEEDED"


@pytest.mark.octamem(indexing_delay=5)
def test_a_memory_is_found_later(octamem_client: OctaMem, octamem_clock: VirtualClock) -> None:
    """What was added is found once the fake has had the time to index it."""
    octamem_client.add(content="The keys are under the mat.")
    assert octamem_client.get(query="where are the keys?").results == []

    octamem_clock.advance(5)
    assert octamem_client.get(query="where are the keys?").results[0].content == "The keys are under the mat."


class TestBothShapesOfAnswer:
    @pytest.mark.octamem(wire="flat", memories=["Pixel is a cat."])
    def test_flat(self, octamem_client: OctaMem) -> None:
        """Fields at the top level are read."""
        assert octamem_client.get(query="cat").pending_id

    @pytest.mark.octamem(wire="envelope", memories=["Pixel is a cat."])
    def test_envelope(self, octamem_client: OctaMem) -> None:
        """Fields under `data` are read just the same."""
        assert octamem_client.get(query="cat").pending_id
