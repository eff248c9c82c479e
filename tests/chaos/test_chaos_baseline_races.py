"""Races that show without a fault: a note that several callers store, although each meant to store it only once."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import anyio
import anyio.to_thread
import pytest

from octamem import OctaMem
from octamem_testing import chaos

NOTE = "Tea is at four."
LOG = "Somebody asked about tea."


def is_there(answer):
    """Whether the note is among what was found."""
    return any(record.content == NOTE for record in answer.results or [])


def look_and_save(client):
    """Save the note unless a search finds it."""
    if not is_there(client.get(query=NOTE)):
        client.add(content=NOTE)


def saves_in_threads_of_asyncio(locked):
    """Make a program whose tasks look and save in threads, and that claims nothing."""

    async def program():
        lock = asyncio.Lock() if locked else None
        with OctaMem(retry_unknown_writes=False) as client:

            async def save():
                if lock is None:
                    await asyncio.to_thread(look_and_save, client)
                else:
                    async with lock:
                        await asyncio.to_thread(look_and_save, client)

            await asyncio.gather(save(), save())

    return program


def saves_with_a_lock(shared):
    """Make a program whose tasks hold a lock, each its own or all the same."""

    async def program(client):
        careful, one = client.with_options(retry_unknown_writes=False), asyncio.Lock()

        async def save():
            async with one if shared else asyncio.Lock():
                if not is_there(await careful.get(query="when is tea?")):
                    await careful.add(content=NOTE)

        await asyncio.gather(save(), save(), save())

    return program


def saves_with_two_locks(held):
    """Make a program that holds the lock from the look to the add, or lets it go in between."""

    async def program(client):
        careful, lock = client.with_options(retry_unknown_writes=False), asyncio.Lock()

        async def save():
            async with lock:
                found = is_there(await careful.get(query=NOTE))
                if held and not found:
                    await careful.add(content=NOTE)
            if not held and not found:
                async with lock:
                    await careful.add(content=NOTE)

        await asyncio.gather(save(), save())

    return program


def saves_in_a_pool(locked):
    """Make a program whose threads look and save."""

    def program(client):
        lock = threading.Lock() if locked else nullcontext()

        def save(_):
            with lock:
                look_and_save(client.with_options(retry_unknown_writes=False))

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(save, range(2)))

    return program


def saves_in_threads_of_anyio(limited):
    """Make a program whose threads are as many as a limiter lets run."""

    async def program():
        limiter = anyio.CapacityLimiter(1 if limited else 4)
        with OctaMem(retry_unknown_writes=False) as client:
            async with anyio.create_task_group() as group:
                for _ in range(2):
                    group.start_soon(lambda: anyio.to_thread.run_sync(look_and_save, client, limiter=limiter))

    return program


RACES = [
    *(saves_in_threads_of_asyncio, saves_with_a_lock, saves_with_two_locks),
    *(saves_in_a_pool, saves_in_threads_of_anyio),
]


@pytest.mark.parametrize("made", RACES)
def test_a_note_that_two_looked_for_and_both_stored_is_a_finding(made):
    """Nobody claims it, and no fault is needed: two looks came before the first add."""
    finding = chaos.hunt(made(False), rounds=3).finding

    assert (finding.invariant.name, finding.schedule, finding.rounds) == ("acknowledged_once", "", 1)
    assert "both looked before it was stored; let one lock" in finding.evidence


@pytest.mark.parametrize("made", RACES)
def test_a_note_that_one_stores_while_the_other_waits_is_none(made):
    """The twin holds one lock from the look to the add."""
    assert chaos.hunt(made(True), rounds=3).finding is None


def logs(client):
    """Ask, and note that it was asked, whatever the answer was."""
    client.get(query="when is tea?")
    client.add(content=LOG)


def logs_in_threads(client):
    """Let two threads do so."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(logs, [client] * 2))


async def logs_in_tasks(client):
    """Let two tasks do so."""

    async def log():
        await client.get(query="when is tea?")
        await client.add(content=LOG)

    await asyncio.gather(log(), log())


@pytest.mark.parametrize("program", [logs_in_threads, logs_in_tasks])
def test_a_note_that_is_stored_whatever_was_found_is_none(program):
    """A program that stores the note although it is there means to store it each time."""
    assert chaos.hunt(program, rounds=3).finding is None


def remembers(locked, *, in_line=False):
    """Make a program that keeps in its memory what it has saved; `in_line` lets the first thread start the second."""

    def program(client):
        saved, lock = set(), threading.Lock() if locked else nullcontext()

        def save(then=None):
            if then is not None:
                then.start()
            with lock:
                if NOTE not in saved:
                    client.add(content=NOTE)
                    saved.add(NOTE)

        second = threading.Thread(target=save)
        first = threading.Thread(target=save, args=(second,) if in_line else ())
        first.start()
        if not in_line:
            second.start()
        first.join()
        second.join()

    return program


def test_a_note_that_is_stored_less_often_in_another_order_is_a_finding():
    """If the second thread finds what the first has left, the note is stored once; so it was meant to be."""
    with pytest.raises(chaos.ChaosFailure) as caught:
        # One after the other they cannot go, because the first starts the second.
        chaos.replay(remembers(False, in_line=True), "*: interleave(2)")
    assert caught.value.finding.invariant.name == "acknowledged_once"
    assert "once if they go in another order" in caught.value.finding.evidence


@pytest.mark.parametrize("program", [remembers(True), logs_in_threads])
@pytest.mark.parametrize("order", [1, 2])
def test_a_note_that_each_order_stores_as_often_is_none(program, order):
    """Neither a note that is saved under a lock nor one that each thread is meant to store depends on the order."""
    chaos.replay(program, f"*: interleave({order})")
