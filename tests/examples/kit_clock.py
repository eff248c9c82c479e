"""Time: what is waited takes none, what is indexed can be waited for, and threads that compute can be registered."""

import threading
from typing import List

import pytest

from octamem import OctaMem
from octamem_testing import Fake, VirtualClock


@pytest.mark.octamem(indexing_delay=3600)
def test_what_was_added_is_found_in_the_end(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """An hour of indexing has passed once the fake has settled."""
    octamem_client.add(content="The keys are under the mat.")
    assert octamem_client.get(query="where are the keys?").results == []

    octamem_fake.settle()
    assert octamem_client.get(query="where are the keys?").results[0].content == "The keys are under the mat."


@pytest.mark.octamem(keys=["sk-quick", "sk-slow"])
def test_two_workers(octamem_client: OctaMem, octamem_fake: Fake, octamem_clock: VirtualClock) -> None:
    """The worker that is held off for longer comes back later, however long the other computes in between."""
    octamem_fake.faults("add: 429(retry-after=2), ok, 429(retry-after=2)", key="sk-quick")
    octamem_fake.faults("add: 429(retry-after=60)", key="sk-slow")
    ready = threading.Barrier(2)
    done: List[str] = []

    def work(key: str, notes: int) -> None:
        client = octamem_client.with_options(api_key=key)
        with octamem_clock.register():  # between two calls of this thread time stands still
            ready.wait()
            for number in range(notes):
                client.add(content=f"note {number} of {key}")
            done.append(key)

    workers = [threading.Thread(target=work, args=given) for given in (("sk-quick", 2), ("sk-slow", 1))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert done == ["sk-quick", "sk-slow"]
