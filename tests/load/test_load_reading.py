"""A key is read over the control API and compared: by its short id, never by itself."""

from __future__ import annotations

from typing import Any, Iterator

import click
import pytest

from fake_server.cli.remote.client import Address, Control
from octamem import InternalServerError, OctaMem
from octamem_testing import Fake, serving
from octamem_testing.load.comparison import Counts
from octamem_testing.load.reading import PAGE, KeyOfUser, check_key, is_ready
from octamem_testing.load.record import Record

KEY = "sk-om-load-test-reading-0001"


@pytest.fixture
def user() -> Iterator[KeyOfUser]:
    """Give a key of a server of its own."""
    with serving() as server:
        yield KeyOfUser(Address(server.url), KEY, Record())


def add(user: KeyOfUser, content: str) -> None:
    """Add a memory as a user of a load does."""
    noted = user.record.begin(content)
    with OctaMem(
        user.key, base_url=user.address.url, on_attempt=lambda _: user.record.attempts.update(add=1)
    ) as client:
        noted.acknowledge(client.add(content=content).id)


def test_what_is_stored_once_is_right(user: KeyOfUser) -> None:
    """A key whose adds were all acknowledged has exact counts, and no difference."""
    add(user, "tea at four")
    add(user, "coffee at five")
    found = check_key(user)
    assert Counts.read(found["counts"]) == Counts(keys=1, acknowledged=2, stored=2)
    assert (found["differences"], found["problems"]) == ([], [])


def test_a_planted_duplicate_is_named_by_ids_alone(user: KeyOfUser) -> None:
    """A second copy is told with the short id of its key and its own id; neither key nor text is in it."""
    add(user, "tea at four")
    with OctaMem(user.key, base_url=user.address.url) as client:
        twin = client.add(content="tea at four").id
    found = check_key(user)
    assert Counts.read(found["counts"]).wrong == ("stored_twice", "extra_attempts")
    (difference,) = found["differences"]
    assert (difference["key_id"], difference["memory_id"]) == ("k1", twin)
    assert KEY not in repr(found) + repr(user)
    assert "tea" not in repr(found)


def test_a_key_of_many_pages_is_read_whole(user: KeyOfUser) -> None:
    """Each page of the memories is read: those of the last one are counted too."""
    control = Control(user.address)
    control.ask("POST", "/memories", {"memories": [f"note {number}" for number in range(2 * PAGE + 1)]}, key=KEY)
    control.close()
    assert Counts.read(check_key(user)["counts"]) == Counts(keys=1, stored=2 * PAGE + 1, never_sent=2 * PAGE + 1)


def test_a_server_that_is_gone_leaves_the_key_unchecked() -> None:
    """A key that cannot be read counts as not checked, with the reason: never as right."""
    with serving() as server:
        url = server.url
    found = check_key(KeyOfUser(Address(url), KEY, Record()))
    assert Counts.read(found["counts"]) == Counts(not_checked=1)
    assert "no server answers" in found["problems"][0]


def test_a_user_arms_its_faults_for_its_key_alone(user: KeyOfUser) -> None:
    """The script of a user meets the calls of its key, and of no other."""
    is_ready(user.address, KEY, "add: 503")
    options: Any = {"base_url": user.address.url, "max_retries": 0}
    with OctaMem(f"{KEY}-other", **options) as other:
        other.add(content="tea at four")
    with OctaMem(KEY, **options) as own, pytest.raises(InternalServerError):
        own.add(content="tea at four")


def test_a_list_of_keys_lets_no_user_in() -> None:
    """A server that knows only the keys of its list refuses before anything is sent."""
    with serving(Fake(keys=["sk-om-live-the-only-one"])) as server:
        with pytest.raises(click.ClickException, match="start a server that lets any key in") as refused:
            is_ready(Address(server.url), KEY)
        assert KEY not in str(refused.value.message)
