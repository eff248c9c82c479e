"""The time of the whole program: a deadline of the app is met, and a loop of its own costs no time."""

import asyncio
import time

import pytest

from octamem import AsyncOctaMem, OctaMem, OctaMemError
from octamem_testing import VirtualClock


async def recalls(client: AsyncOctaMem) -> bool:
    try:
        await asyncio.wait_for(client.get(query="tea"), 2)
    except asyncio.TimeoutError:
        return False
    return True


@pytest.mark.octamem(faults="search: slow(20s)", virtual_time=True)
def test_the_app_does_not_wait_for_a_slow_answer(async_octamem_client: AsyncOctaMem) -> None:
    """The app goes on without memories after two seconds, and the test takes none."""
    assert not asyncio.run(recalls(async_octamem_client))


def keep(client: OctaMem, note: str) -> None:
    once = client.with_options(max_retries=0)  # the loop is the one retry policy
    while True:
        try:
            once.add(content=note)
        except OctaMemError:
            time.sleep(120)
        else:
            return


@pytest.mark.octamem(faults="outage(600s)")
def test_the_app_outlives_an_outage(octamem_client: OctaMem, octamem_virtual_time: VirtualClock) -> None:
    """A loop of the app's own tries until the outage is over, ten minutes later."""
    began = time.time()
    keep(octamem_client, "Tea is at four.")
    assert 600 <= time.time() - began < 900
