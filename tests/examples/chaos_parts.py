"""The example of docs/chaos.md: one hunt in parts."""

import pytest

from octamem import OctaMem
from octamem_testing import chaos
from octamem_testing.chaos import Chaos

NOTE = "Tea is at four."


def save(client: OctaMem) -> str:
    """Save a note, and let the user try again if it may not be stored."""
    client.with_options(retry_unknown_writes=False).add(content=NOTE)
    return NOTE


@pytest.mark.parametrize("part", chaos.parts(4))
def test_a_hunt_in_four_parts(octamem_chaos: Chaos, part: str) -> None:
    """With `pytest -n 4` each worker makes a quarter of the rounds, and reports all of them."""
    report = octamem_chaos(save, rounds=40, part=part)
    assert report.rounds == 40
