"""An answer that is lost after the write: whether the memory is stored twice is up to the service."""

import pytest

from octamem import OctaMem
from octamem_testing import Fake, assert_stored_once


@pytest.mark.octamem(faults="add: reset @after")
def test_a_lost_answer_may_store_twice(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """The write was carried out, the client could not know, and its retry wrote again."""
    octamem_client.add(content="Tea is at four.")

    assert [memory.content for memory in octamem_fake.memories()] == ["Tea is at four."] * 2


@pytest.mark.octamem(faults="add: reset @after", idempotency=True)
def test_a_service_that_honours_the_key_stores_once(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """Both attempts carry one Idempotency-Key, and the second is answered with the first answer."""
    octamem_client.add(content="Tea is at four.")

    assert_stored_once(octamem_fake, "Tea is at four.")
