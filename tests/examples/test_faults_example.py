"""A test of retry logic: the answer is lost after the write, which is how a memory comes to be stored twice."""

import pytest


@pytest.mark.octamem(faults="add: reset @after")
def test_a_lost_answer_stores_twice(octamem_client, octamem_fake):
    """The service stored it, the client could not know, and its retry stored it again."""
    octamem_client.add(content="Order 14 is paid.")
    assert [memory.content for memory in octamem_fake.memories()] == ["Order 14 is paid."] * 2


@pytest.mark.octamem(faults="add: reset @after", idempotency=True)
def test_an_idempotent_service_stores_once(octamem_client, octamem_fake):
    """The same loss against a service that honours Idempotency-Key."""
    octamem_client.add(content="Order 14 is paid.")
    assert len(octamem_fake.memories()) == 1
