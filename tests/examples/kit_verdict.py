"""The verdict: a patient program whose calls show no retry bug."""

import pytest

from octamem import OctaMem, OctaMemError
from octamem_testing import Fake, VirtualClock, assert_invariants


def recall(client: OctaMem, clock: VirtualClock, question: str) -> str:
    """Ask patiently: not again after a refusal, and never sooner than the service asks."""
    once = client.with_options(max_retries=0)
    for attempt in range(4):
        try:
            return once.get(query=question).format()
        except OctaMemError as error:
            if attempt == 3 or error.status_code in (400, 401, 403, 404):
                raise
            clock.sleep(max(2.0**attempt, error.retry_after or 0.0))
    raise AssertionError("the last attempt returns or raises")


@pytest.mark.octamem(memories=["Tea is at four."], faults="search: 503, 429(retry-after=30)")
def test_a_patient_agent(octamem_client: OctaMem, octamem_fake: Fake, octamem_clock: VirtualClock) -> None:
    """Both failures are waited out, and the calls show no bug."""
    assert "Tea is at four." in recall(octamem_client, octamem_clock, "when is tea?")
    assert_invariants(octamem_fake)
