"""Workers: two items of one text are two calls, and an item that is put back is a retry."""

from __future__ import annotations

import asyncio
import os
import queue
import sys
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.pool import ThreadPool

import anyio
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


def from_a_deque(save):
    """Let a worker take it from a deque."""
    notes = deque([NOTE, NOTE])

    def work():
        while notes:
            save(notes.popleft())

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()


def with_a_condition(save):
    """Let a worker wait for it on a condition, as queues of one's own do."""
    notes, ready = deque(), threading.Condition()

    def work():
        while True:
            with ready:
                ready.wait_for(lambda: notes)
                note = notes.popleft()
            if note is None:
                return
            save(note)

    worker = threading.Thread(target=work)
    worker.start()
    for note in (NOTE, NOTE, None):
        with ready:
            notes.append(note)
            ready.notify()
    worker.join()


def of_events(save):
    """Save what two events tell, which come from a generator."""

    def events():
        for number in (1, 2):
            yield {"id": number, "data": {"text": f"{NOTE}"}}

    for event in events():
        save(event["data"]["text"])


@dataclass
class Written:
    """What a user wrote."""

    text: str


def of_objects(save):
    """Save what two objects hold."""
    for each in (Written(NOTE), Written(NOTE)):
        save(each.text)


FAIR = chaos.without("recovers")
INPUTS = [in_a_loop, from_a_deque, with_a_condition, of_events, of_objects]


def test_the_next_event_of_one_key_is_no_retry():
    """An event that comes once more may have the key of the first, by which a service knows it."""

    def program(client):
        seen = set()
        for event in ({"id": "e1", "text": NOTE}, {"id": "e1", "text": NOTE}):
            if event["id"] not in seen:
                with suppress(OctaMemError):
                    client.with_options(max_retries=0).add(content=event["text"], idempotency_key=event["id"])
                    seen.add(event["id"])

    chaos.replay(program, "add: 503", invariants=FAIR)


@pytest.mark.parametrize("way", INPUTS)
@pytest.mark.parametrize("fault", ["503", "401", "429(retry-after=7)"])
def test_the_next_item_of_an_input_makes_up_for_the_last(way, fault):
    """A program that comes to the same text once more without faults, and then sends nothing, does not retry there."""
    chaos.replay(lambda client: remembers(client.with_options(max_retries=0), way), f"add: {fault}", invariants=FAIR)


async def remembers_async(client, again):
    """Save the notes of a stream of anyio once each; `again` tries each of them once more at once."""
    careful, seen = client.with_options(retry_unknown_writes=False, max_retries=0), set()
    send, receive = anyio.create_memory_object_stream(2)

    async def save(note):
        found = (await careful.get(query=note)).results or []
        if all(record.content != note for record in found):
            await careful.add(content=note, idempotency_key=note)
        seen.add(note)

    async def work():
        async for note in receive:
            for _ in range(1 + again):
                if note not in seen:
                    with suppress(OctaMemError):
                        await save(note)

    with send, receive:
        async with anyio.create_task_group() as group:
            group.start_soon(work)
            with send:
                for note in (NOTE, NOTE):
                    await send.send(note)


def in_turn_of_a_stream(program_of_one):
    """Make a program whose tasks take each note as it is sent, one after the other."""

    async def program(client):
        careful = client.with_options(retry_unknown_writes=False, max_retries=0)
        seen, lock = set(), anyio.Lock()
        send, receive = anyio.create_memory_object_stream()

        async def work(own):
            async with own:
                async for note in own:
                    async with lock:
                        await program_of_one(careful, seen, note)

        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(work, receive.clone())
            receive.close()
            async with send:
                for note in (NOTE, "b", NOTE):
                    await send.send(note)

    return program


async def saves_unless_seen(client, seen, note):
    """Save a note unless it was saved."""
    if note not in seen:
        with suppress(OctaMemError):
            await client.add(content=note)
            seen.add(note)


async def saves_unless_seen_twice(client, seen, note):
    """Try that twice."""
    await saves_unless_seen(client, seen, note)
    if note not in seen:
        await saves_unless_seen(client, seen, note)


@pytest.mark.parametrize("fault", ["503", "401", "429(retry-after=7)"])
def test_an_item_that_comes_after_the_failure_is_no_retry_if_it_comes_anyway(fault):
    """Another task takes the item that was sent later; one that tries an item again is found."""
    chaos.replay(in_turn_of_a_stream(saves_unless_seen), f"add: {fault}", invariants=FAIR)
    with pytest.raises(chaos.ChaosFailure):
        chaos.replay(in_turn_of_a_stream(saves_unless_seen_twice), f"add: {fault}", invariants=FAIR)


@pytest.mark.parametrize("fault", ["503", "401", "429(retry-after=7)"])
def test_the_next_item_of_a_stream_makes_up_for_the_last(fault):
    """An item that was sent into the stream before the failure is no retry; a second try of it is one."""

    async def right(client):
        await remembers_async(client, again=False)

    async def wrong(client):
        await remembers_async(client, again=True)

    chaos.replay(right, f"add: {fault}", invariants=FAIR)
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(wrong, f"add: {fault}", invariants=FAIR)
    assert "delayed" in [each.invariant.name for each in caught.value.findings]


def tries_twice(save):
    """Try each note again at once."""

    def twice(note):
        for _ in range(2):
            with suppress(httpx.HTTPError):
                save(note)
                break

    return twice


def falls_back(save):
    """Let another function make up for what the first could not."""

    def first(note):
        with suppress(httpx.HTTPError):
            save(note)
            return True
        return False

    def second(note, saved):
        if not saved:
            with suppress(httpx.HTTPError):
                save(note)

    def both(note):
        second(note, first(note))

    return both


def test_a_loop_of_attempts_that_goes_on_after_a_success_retries():
    """A line at which the same variables hold the same note is come to for another attempt, not for another note."""

    def program(client):
        for note in ("tea", "milk"):
            saved = False
            for _ in range(3):
                if not saved:
                    with suppress(OctaMemError):
                        client.with_options(max_retries=0).add(content=note)
                        saved = True

    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(program, "add: 503", invariants=[chaos.Delayed()])
    assert "without a wait" in caught.value.finding.evidence


def of_an_argument(save):
    """Try to save a note that a function is given, without a look at whether it is saved."""

    def attempts(note):
        for _ in range(3):
            save(note)

    attempts(NOTE)


def of_the_module(save):
    """Try to save a note of the module."""
    for _ in range(3):
        save(NOTE)


def of_a_constant(save):
    """Try to save a note that is written there."""
    for _ in range(3):
        save("tea")


def in_one_line(save):
    """Try to save a note in a loop of one line."""
    note = NOTE
    for _ in range(3): save(note)  # fmt: skip # noqa: E701 - its line is that of the loop


@pytest.mark.parametrize("way", [of_an_argument, of_the_module, of_a_constant, in_one_line])
@pytest.mark.parametrize("fault", ["503", "429(retry-after=7)"])
def test_a_loop_of_attempts_retries_though_it_calls_what_remembers(way, fault):
    """It comes to its line as often without faults; but its text is of a variable into which nothing else was put."""

    def program(client):
        seen = set()

        def save(note):
            if note not in seen:
                with suppress(OctaMemError):
                    client.with_options(max_retries=0).add(content=note)
                    seen.add(note)

        way(save)

    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(program, f"add: {fault}", invariants=[chaos.Delayed()])
    assert "without a wait" in caught.value.finding.evidence


def with_an_index(save):
    """Take the items by their numbers."""
    notes = [NOTE, NOTE]
    for number in range(len(notes)):
        save(notes[number])


def of_an_attribute(save):
    """Keep the item at work in an attribute."""

    class Worker:
        def __init__(self):
            self.left, self.note = [NOTE, NOTE], ""

        def run(self):
            while self.left:
                self.note = self.left.pop()
                save(self.note)

    Worker().run()


def by_assignment(save):
    """Draw each item into a variable, in one line with its end."""
    left = iter([NOTE, NOTE])
    while note := next(left, None):
        save(note)


@pytest.mark.parametrize("way", [with_an_index, of_an_attribute, by_assignment])
@pytest.mark.parametrize("fault", ["503", "401"])
def test_an_item_is_the_next_wherever_it_is_kept(way, fault):
    """What others may have changed in between is no attempt, nor is what was put into a variable once more."""
    chaos.replay(lambda client: remembers(client.with_options(max_retries=0), way), f"add: {fault}", invariants=FAIR)


@pytest.mark.parametrize("kind", [list, set, dict])
def test_sweeps_of_what_is_to_be_sent_are_retries(kind):
    """Who holds several notes has none of them in hand, so each sweep of them tries again what failed."""

    def program(client):
        notes, seen = [f"note {number}" for number in range(40)], set()
        kept = dict(zip(notes, notes)) if kind is dict else kind(notes)

        def sweep():
            for note in sorted(kept):
                if note not in seen:
                    with suppress(OctaMemError):
                        client.with_options(max_retries=0).add(content=note)
                        seen.add(note)

        for _ in range(2):
            sweep()

    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(program, "add: ok x39, 503", invariants=[chaos.Delayed()])
    assert "without a wait" in caught.value.finding.evidence


@pytest.mark.parametrize("way", INPUTS)
@pytest.mark.parametrize("again", [tries_twice, falls_back])
def test_a_second_try_of_an_item_is_a_retry_in_any_loop(way, again):
    """The line that sends it is come to more often than without faults, or it is another line."""

    def program():
        with web() as client:
            seen = set()

            def save(note):
                if note not in seen:
                    client.post(ADD, json={"content": note}).raise_for_status()
                    seen.add(note)

            way(again(save))

    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(program, "add: 503", invariants=[chaos.Delayed()])
    assert "without a wait" in caught.value.finding.evidence


def test_what_is_left_of_the_items_before_is_a_retry_in_a_loop():
    """A loop that sends all that is left with each item comes to its line once more."""

    def program(client):
        left = []
        for note in ("a: tea", "b: cake"):
            left.append(note)
            for each in list(left):
                with suppress(OctaMemError):
                    client.with_options(max_retries=0).add(content=each)
                    left.remove(each)

    with pytest.raises(chaos.ChaosFailure):
        chaos.replay(program, "add: 503", invariants=[chaos.Delayed()])


def test_a_tool_that_traces_goes_on_tracing():
    """The rerun that follows the lines of a program gives the trace function back, as a debugger has one."""

    def trace(*_):
        return None

    before, threads = sys.gettrace(), vars(threading)["_trace_hook"]
    try:
        sys.settrace(trace)
        threading.settrace(trace)
        chaos.replay(
            lambda client: remembers(client.with_options(max_retries=0), in_a_loop), "add: 503", invariants=FAIR
        )
        assert (sys.gettrace(), vars(threading)["_trace_hook"]) == (trace, trace)
    finally:
        sys.settrace(before)
        threading.settrace(threads)


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
