"""The race of the chaos guide, and its twin."""

from __future__ import annotations

import threading
from typing import Callable, List, Set

import pytest

from octamem import OctaMem
from octamem_testing import chaos
from octamem_testing.chaos import Chaos

NOTE = "Tea is at four."


def in_threads(*works: Callable[[], None]) -> None:
    """Do several works at a time."""
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def save_racing(client: OctaMem) -> None:
    """Draw a number for each of two entries; the lock comes too late."""
    careful = client.with_options(retry_unknown_writes=False)
    lock = threading.Lock()
    drawn: List[int] = []

    def save() -> None:
        number = len(drawn) + 1
        with lock:
            drawn.append(number)
        careful.add(content=f"entry {number}")

    in_threads(save, save)


def save_in_turn(client: OctaMem) -> None:
    """Draw each number under the lock."""
    careful = client.with_options(retry_unknown_writes=False)
    lock = threading.Lock()
    drawn: List[int] = []

    def save() -> None:
        with lock:
            number = len(drawn) + 1
            drawn.append(number)
        careful.add(content=f"entry {number}")

    in_threads(save, save)


def test_the_race_is_found() -> None:
    """No fault makes two entries have one number, but another order does."""
    finding = chaos.hunt(save_racing).finding

    assert finding is not None
    assert finding.invariant.name == "acknowledged_once"
    assert finding.schedule.startswith("*: interleave(")


def test_the_twin_has_no_such_race(octamem_chaos: Chaos) -> None:
    """With the lock in its place each entry has its own number in every order."""
    report = octamem_chaos(save_in_turn)
    assert report.stages["interleave"] == 19


def look_and_save(client: OctaMem, seen: Set[str]) -> None:
    """Save the note unless it was saved."""
    if NOTE not in seen:
        client.add(content=NOTE)
        seen.add(NOTE)


def save_twice(client: OctaMem) -> None:
    """Save a note at two places of a program, the second of which has something else to do first."""
    careful = client.with_options(max_retries=0)
    seen: Set[str] = set()

    def later() -> None:
        careful.get(query="when is the launch?")
        careful.get(query="who comes?")
        look_and_save(careful, seen)

    in_threads(lambda: look_and_save(careful, seen), later)


def test_all_others_go_first_at_one_request() -> None:
    """The order is written as the one request at which all others go first."""
    with pytest.raises(chaos.ChaosFailure) as failure:
        chaos.replay(save_twice, "add: interleave")
    assert failure.value.finding is not None
    assert failure.value.finding.invariant.name == "acknowledged_once"
