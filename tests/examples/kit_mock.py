"""An app that builds its own clients: none of its calls leaves the process."""

import httpx
import pytest

from octamem import OctaMem
from octamem_testing import Fake

# As an app would have it, in a module of its own.
client = OctaMem()


def remember_order(order: int) -> None:
    client.add(content=f"Order {order} was shipped.")


@pytest.mark.octamem(faults="add: 503, close")
def test_the_app_keeps_its_orders(octamem_mock: Fake) -> None:
    """The app's own client meets a 503 and a lost connection, and the order is kept."""
    remember_order(4521)

    assert [memory.content for memory in octamem_mock.memories()] == ["Order 4521 was shipped."]


def test_any_httpx_client_is_caught(octamem_mock: Fake) -> None:
    """A request that no SDK made reaches the fake as well."""
    answer = httpx.post(
        "https://platform.octamem.com/api/memory/add",
        headers={"Authorization": f"Bearer {octamem_mock.api_key}"},
        json={"content": "Sent by hand."},
    )

    assert answer.json()["id"] == octamem_mock.memories()[0].id
