"""A test of an app's memory, in process: no server, no network, no waiting."""

import pytest


@pytest.mark.octamem(memories=["Ana drinks her tea without milk.", "The printer is on the second floor."])
def test_the_waiter_remembers(octamem_client):
    """What was remembered is found by a question in plain words."""
    found = octamem_client.get(query="How does Ana like her tea?")
    assert found.model_dump()["results"][0]["content"] == "Ana drinks her tea without milk."


@pytest.mark.octamem(faults="details: 429(retry-after=30)")
def test_a_rate_limit_is_waited_out(octamem_client, octamem_clock):
    """Thirty seconds are waited, in no time."""
    octamem_client.details()
    assert octamem_clock.waits == [30.0]
