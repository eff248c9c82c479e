"""The chaos guide: a scenario whose other hosts are mocked."""

import httpx

from octamem import OctaMem
from octamem_testing import chaos

NOTE = "Tea is at four."


def announce(web: httpx.Client) -> None:
    """Tell somebody that a note was saved."""
    web.post("https://hooks.example.com/saved").raise_for_status()


def save_and_announce(client: OctaMem) -> str:
    """Save a note, and announce it; the test puts a mock in the place of the other service."""
    client.with_options(retry_unknown_writes=False).add(content=NOTE)
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(204))) as web:
        announce(web)
    return NOTE


def test_the_other_service_is_mocked() -> None:
    """No call leaves the process."""
    assert chaos.run(save_and_announce, rounds=50).outside == {}
