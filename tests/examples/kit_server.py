"""A real server on a loopback port, for code that speaks HTTP by other means, here the standard library's."""

import json
import urllib.request

import pytest

from octamem import OctaMem
from octamem_testing import OctaMemServer


@pytest.mark.octamem(memories=["The kitchen closes at nine."])
def test_over_http(octamem_server: OctaMemServer) -> None:
    """The standard library asks, and the fake answers over a socket."""
    request = urllib.request.Request(
        f"{octamem_server.url}/api/memory/search",
        data=json.dumps({"query": "when does the kitchen close?"}).encode(),
        headers={"Authorization": f"Bearer {octamem_server.api_key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer)["results"][0]["content"] == "The kitchen closes at nine."


def test_our_client_finds_the_server_by_itself(octamem_server: OctaMemServer) -> None:
    """A client without arguments goes to the server of the test."""
    with OctaMem() as client:  # OCTAMEM_BASE_URL and OCTAMEM_API_KEY are set
        client.add(content="Seats are by the window.")

    assert len(octamem_server.fake.memories()) == 1
