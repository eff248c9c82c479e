"""Races of programs that remember what they saved: a check, a wait, a store, and no lock around them."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from multiprocessing.pool import ThreadPool

import anyio
import pytest

from octamem import OctaMem
from octamem_testing import chaos

NOTE = "Tea is at four."
WAITS = [None, 0.0, 1.0]
"""Seconds between the check and the store; None for no wait except that of the store itself."""


class Saved:
    """The notes that a program has saved, in its memory."""

    def __init__(self, client, wait, lock):
        self.client, self.wait, self.lock = client.with_options(retry_unknown_writes=False), wait, lock
        self.seen = set()

    def save(self, note=NOTE):
        """Save a note unless it was saved."""
        with self.lock:
            if note not in self.seen:
                if self.wait is not None:
                    time.sleep(self.wait)
                self.client.add(content=note)
                self.seen.add(note)

    async def save_async(self, note=NOTE):
        """Do so in a task."""
        async with self.lock:
            if note not in self.seen:
                if self.wait is not None:
                    await asyncio.sleep(self.wait)
                await self.client.add(content=note)
                self.seen.add(note)


def in_threads(saved):
    """Save in two threads."""
    threads = [threading.Thread(target=saved.save) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def in_a_pool(saved):
    """Save in the threads of an executor."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(saved.save, [NOTE, NOTE]))


def in_a_pool_of_multiprocessing(saved):
    """Save in the threads of the other pool."""
    with ThreadPool(2) as pool:
        pool.map(saved.save, [NOTE, NOTE])


def from_a_queue(saved):
    """Save what comes from a queue, in two threads."""
    notes = queue.Queue()
    for note in (NOTE, NOTE, None, None):
        notes.put(note)

    def work():
        for note in iter(notes.get, None):
            saved.save(note)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


async def in_tasks(saved):
    """Save in two tasks."""
    await asyncio.gather(saved.save_async(), saved.save_async())


async def in_a_group(saved):
    """Save in a task group of anyio."""
    async with anyio.create_task_group() as group:
        for _ in range(2):
            group.start_soon(saved.save_async)


async def from_a_queue_async(saved):
    """Save what comes from a queue, in tasks that are cancelled at the end."""
    notes = asyncio.Queue()
    for note in (NOTE, "b", NOTE):
        notes.put_nowait(note)

    async def work():
        while True:
            await saved.save_async(await notes.get())
            notes.task_done()

    tasks = [asyncio.ensure_future(work()) for _ in range(3)]
    await notes.join()
    for task in tasks:
        task.cancel()


async def from_a_stream(saved):
    """Save what comes from a stream of anyio, in tasks that are cancelled at the end."""
    send, receive = anyio.create_memory_object_stream(3)
    left, done = [NOTE, "b", NOTE], anyio.Event()

    async def work():
        async for note in receive:
            await saved.save_async(note)
            left.remove(note)
            if not left:
                done.set()

    with send, receive:
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(work)
            for note in tuple(left):
                await send.send(note)
            await done.wait()
            group.cancel_scope.cancel()


SYNC = [in_threads, in_a_pool, in_a_pool_of_multiprocessing, from_a_queue]
ASYNC = [in_tasks, in_a_group, from_a_queue_async, from_a_stream]


def program_of(way, wait, *, locked):
    """Make a program that saves in a way, under a lock or without one, and claims nothing."""

    def program(client):
        way(Saved(client, wait, threading.Lock() if locked else nullcontext()))

    async def program_async(client):
        await way(Saved(client, wait, asyncio.Lock() if locked else asyncio.Semaphore(9)))

    return program_async if way in ASYNC else program


@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("way", [*SYNC, *ASYNC])
def test_a_note_that_is_stored_twice_and_once_one_after_the_other_is_a_finding(way, wait):
    """Nobody claims it, and no fault is needed; the first round shows it, if the race is one of its order."""
    if way in (from_a_queue, from_a_stream) and not wait:
        with pytest.raises(chaos.ChaosFailure):
            chaos.replay(program_of(way, wait, locked=False), "add: interleave")
        return
    finding = chaos.hunt(program_of(way, wait, locked=False), rounds=3).finding

    assert (finding.invariant.name, finding.schedule, finding.rounds) == ("acknowledged_once", "", 1)
    assert "less often if each of these threads or tasks begins after the one before it" in finding.evidence
    assert "let one lock" in finding.evidence


@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("way", [*SYNC, *ASYNC])
def test_a_lock_from_the_check_to_the_note_of_it_is_none(way, wait):
    """The twin stores the note once in the first round and in each other."""
    program = program_of(way, wait, locked=True)
    assert chaos.hunt(program, rounds=3, invariants=[chaos.AcknowledgedOnce()]).finding is None


async def marks_before_it_waits(client):
    """Note that a note is being saved, and then save it."""
    seen = set()

    async def save():
        if NOTE not in seen:
            seen.add(NOTE)
            await asyncio.sleep(1)
            await client.add(content=NOTE)

    await asyncio.gather(save(), save())


async def logs_in_tasks(client):
    """Store the same words in each of two tasks, as it is meant to be."""

    async def log():
        await asyncio.sleep(1)
        await client.add(content=NOTE)

    await asyncio.gather(log(), log())


async def reports_from_workers(client):
    """Let two workers store the same words for as long as they run."""

    async def work():
        while True:
            await client.add(content=NOTE)
            await asyncio.sleep(100)

    tasks = [asyncio.ensure_future(work()) for _ in range(2)]
    await asyncio.sleep(150)
    for task in tasks:
        task.cancel()


async def announces_workers(client):
    """Let each worker store that it is there, before it asks for work."""
    notes = asyncio.Queue()
    notes.put_nowait(1)

    async def work():
        await client.add(content=NOTE)
        while True:
            await notes.get()
            notes.task_done()

    tasks = [asyncio.ensure_future(work()) for _ in range(3)]
    await notes.join()
    await asyncio.sleep(1)
    for task in tasks:
        task.cancel()


async def waits_for_each_other(client):
    """Let the first task wait for the second one."""
    stored = asyncio.Event()

    async def first():
        await stored.wait()
        await client.add(content=NOTE)

    async def second():
        await client.add(content=NOTE)
        stored.set()

    await asyncio.gather(first(), second())


def logs_in_threads(client):
    """Store the same words in the threads of a pool that begin together."""
    barrier = threading.Barrier(2)

    def log(_):
        barrier.wait()
        client.add(content=NOTE)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(log, range(2)))


async def cancels_the_second(client):
    """Cancel the second task after a while, when it has stored its words."""

    async def save(wait):
        await client.add(content=NOTE)
        await asyncio.sleep(wait)

    tasks = [asyncio.ensure_future(save(20)) for _ in range(2)]
    await asyncio.sleep(10)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


@pytest.mark.parametrize(
    "program",
    [
        *(marks_before_it_waits, logs_in_tasks, reports_from_workers, announces_workers, waits_for_each_other),
        *(logs_in_threads, cancels_the_second),
    ],
)
def test_what_each_is_meant_to_store_is_none(program):
    """Threads and tasks that store the same one after the other too, or cannot go one after the other, have no race."""
    assert chaos.hunt(program, rounds=3).finding is None


def test_a_task_that_is_cancelled_before_its_turn_leaves_nothing_behind():
    """The rerun in which tasks go one after the other closes the coroutine of one that never began."""

    async def program():
        with OctaMem(retry_unknown_writes=False) as client:

            async def save(wait):
                await asyncio.to_thread(client.add, content=NOTE)
                await asyncio.sleep(wait)

            async def never():
                await asyncio.sleep(0)

            await asyncio.gather(save(1), save(1))
            late = asyncio.ensure_future(asyncio.sleep(30))
            asyncio.ensure_future(never()).cancel()
            late.cancel()
            await asyncio.wait([late])

    assert chaos.hunt(program, rounds=3).finding is None
