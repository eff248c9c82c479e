"""Workers: two items of one text are two calls, and an item that is put back is a retry."""

from __future__ import annotations

import asyncio
import os
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.pool import ThreadPool

import httpx
import pytest

from octamem import OctaMemError
from octamem_testing import chaos
from octamem_testing.wiring import BASE_URL

NOTE = "Tea is at four."
ADD = f"{BASE_URL}/api/memory/add"


def web():
    """Make a client of httpx alone, which sends no key of its own for a call."""
    return httpx.Client(headers={"authorization": f"Bearer {os.environ['OCTAMEM_API_KEY']}"}, timeout=5)


def in_a_loop(save):
    """Save what two users wrote."""
    for note in (NOTE, NOTE):
        save(note)


def in_a_pool(save):
    """Let one worker save it."""
    with ThreadPoolExecutor(1) as pool:
        list(pool.map(save, [NOTE, NOTE]))


def in_two(save):
    """Let two workers save it, one of which may be given both jobs."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(save, [NOTE, NOTE]))


def in_a_pool_of_multiprocessing(save):
    """Let one worker of the other pool save it."""
    with ThreadPool(1) as pool:
        pool.map(save, [NOTE, NOTE])


def from_a_queue(save):
    """Let a worker take it from a queue."""
    notes = queue.Queue()
    for note in (NOTE, NOTE, None):
        notes.put(note)
    worker = threading.Thread(target=lambda: [save(note) for note in iter(notes.get, None)])
    worker.start()
    worker.join()


WAYS = [in_a_loop, in_a_pool, in_two, in_a_pool_of_multiprocessing, from_a_queue]
FAULTS = ["503", "429(retry-after=7)", "reset", "401", "503; *: interleave(1)", "hang"]


def saves(way, attempts=1, wait=0.0):
    """Make a program that tries each job so often."""

    def program():
        with web() as client:

            def save(note):
                for attempt in range(attempts):
                    with suppress(httpx.HTTPError):
                        client.post(ADD, json={"content": note}).raise_for_status()
                        return
                    if attempt + 1 < attempts:
                        time.sleep(wait)

            way(save)

    return program


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("way", WAYS)
def test_two_jobs_of_one_text_are_two_calls(way, fault):
    """Whoever goes on with the next job after a failure, as without faults, retries nothing."""
    chaos.replay(saves(way), f"add: {fault}", invariants=chaos.without("recovers"))


@pytest.mark.parametrize("way", WAYS)
def test_a_job_that_is_tried_again_at_once_is_a_retry(way):
    """One more add than without faults is no job, so it has to wait."""
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(saves(way, attempts=2), "add: 503")
    assert "delayed" in [each.invariant.name for each in caught.value.findings]


@pytest.mark.parametrize("way", WAYS)
def test_a_job_that_is_stored_twice_is_found(way):
    """A retry after a lost answer stores what two jobs are to store three times."""
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(saves(way, attempts=2, wait=1.0), "add: reset @after")
    assert caught.value.finding.invariant.name == "acknowledged_once"


def test_the_next_item_after_the_last_attempt_is_no_retry():
    """A program that gives an item up after waits goes on with the next one of the same text as without faults."""
    judged = chaos.without("recovers")
    chaos.replay(saves(in_a_loop, attempts=4, wait=8.0), "add: 503 x4", invariants=judged)


def remembers(client, way):
    """Save each note once, under a lock, and look first whether one of unknown outcome is there."""
    careful, lock, seen = client.with_options(retry_unknown_writes=False), threading.Lock(), set()

    def save(note):
        with lock:
            if note in seen:
                return
            found = careful.get(query=note).results or []
            if all(record.content != note for record in found):
                careful.add(content=note)
            seen.add(note)

    def work(note):
        with suppress(OctaMemError):
            save(note)

    way(work)


@pytest.mark.parametrize("way", [in_a_pool, in_two, in_a_pool_of_multiprocessing, from_a_queue])
@pytest.mark.parametrize("fault", ["503", "503; *: interleave(1)", "401"])
def test_the_next_job_makes_up_for_the_last(way, fault):
    """A job that stores what the job before it could not was there before that failed, so it is no retry of it."""
    chaos.replay(lambda client: remembers(client, way), f"add: {fault}")


def puts_back(wait):
    """Make a program whose worker puts a note that failed back into its queue."""

    def program(client):
        notes, left = queue.Queue(), 3
        notes.put(NOTE)
        while left and not notes.empty():
            note = notes.get()
            try:
                client.with_options(max_retries=0).add(content=note, idempotency_key="1")
            except OctaMemError:
                left -= 1
                time.sleep(wait)
                notes.put(note)

    return program


def puts_back_async(wait):
    """Do so with a queue of asyncio."""

    async def program(client):
        notes, left = asyncio.Queue(), 3
        await notes.put(NOTE)
        while left and not notes.empty():
            note = await notes.get()
            try:
                await client.with_options(max_retries=0).add(content=note, idempotency_key="1")
            except OctaMemError:
                left -= 1
                await asyncio.sleep(wait)
                await notes.put(note)

    return program


@pytest.mark.parametrize("made", [puts_back, puts_back_async])
def test_a_job_that_is_put_back_is_a_retry(made):
    """An item that was put into the queue after the failure carries on with the call that failed."""
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(made(0.0), "add: 503")
    assert "delayed" in [each.invariant.name for each in caught.value.findings]
    chaos.replay(made(1.0), "add: 503")


def test_a_note_that_was_kept_from_the_job_before_is_a_retry():
    """A worker that sends what is left with each new item must wait, although the item was there before."""

    def program(client):
        notes, left = queue.Queue(), []
        for note in ("a: tea", "b: cake", None):
            notes.put(note)

        def work():
            for note in iter(notes.get, None):
                left.append(note)
                for each in list(left):
                    with suppress(OctaMemError):
                        client.with_options(max_retries=0).add(content=each, idempotency_key=each)
                        left.remove(each)

        worker = threading.Thread(target=work)
        worker.start()
        worker.join()

    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(program, "add: 503", invariants=[chaos.Delayed()])
    assert "without a wait" in caught.value.finding.evidence


def test_a_poller_that_comes_sooner_after_a_failure_is_found():
    """A call that is made as often as without faults, but sooner, is a retry."""

    def program():
        with web() as client:
            for _ in range(3):
                try:
                    client.post(f"{BASE_URL}/api/memory/search", json={"query": "tea?"}).raise_for_status()
                except httpx.HTTPError:
                    continue  # it forgets to wait
                time.sleep(5)

    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(program, "search: 503", invariants=[chaos.Delayed()])
    assert "without a wait" in caught.value.finding.evidence
