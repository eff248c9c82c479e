"""The fault matrix: one test for each fault, place and attempt, held against the code that must live through them."""

import time

import pytest

from octamem import OctaMem, OctaMemError
from octamem_testing import Fake, FaultCase, assert_stored_once, fault_matrix


def keep(client: OctaMem, note: str) -> bool:
    """Keep a note once: where it cannot be known whether it was stored, look before it is sent again."""
    try:
        client.with_options(retry_unknown_writes=False).add(content=note)
    except OctaMemError as error:
        if error.outcome != "unknown":
            return False
        time.sleep(max(1.0, error.retry_after or 0.0))  # virtual: it takes no time
        found = client.get(query=note).results or []
        if all(record.content != note for record in found):
            client.add(content=note)
    return True


@pytest.mark.octamem(virtual_time=True)
@pytest.mark.parametrize("case", fault_matrix(endpoints="add", kinds=["reset", "close", "hang", "503"]), ids=str)
def test_a_note_is_kept_once(case: FaultCase, octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """Whether the answer was lost before the write or after it, one copy is kept."""
    octamem_fake.faults(case.script)

    assert keep(octamem_client, "Tea is at four.")
    assert_stored_once(octamem_fake, "Tea is at four.")
