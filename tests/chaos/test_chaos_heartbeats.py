"""Heartbeats: a text that is sent again as time passes is no bug, and a retry that stores one twice is."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress

import pytest

from octamem import OctaMemError
from octamem_testing import chaos

BEAT = "alive"
SCHEDULES = [
    "search: hang",
    "search: ok, 429(retry-after=7)",  # it ends at the moment of a beat
    "add: 503; search: 503",
    "add: 503, 429; search: 429(retry-after=7)",
    "*: 503 x4",
    "search: hang x3",
]


def careful(client):
    return client.with_options(retry_unknown_writes=False)


def beats_in_a_thread(*, every=10.0, first=0.0, again=False):
    """Make a program that has a thread store a heartbeat while it asks; `again` lets that retry what may be stored."""

    def program(client):
        client, stop = careful(client), threading.Event()

        def beat():
            stop.wait(first)
            while not stop.is_set():
                try:
                    client.add(content=BEAT)
                except OctaMemError:
                    if again and not stop.wait(2):
                        with suppress(OctaMemError):
                            client.add(content=BEAT)
                stop.wait(every)

        thread = threading.Thread(target=beat)
        thread.start()
        for question in ("tea?", "launch?"):
            with suppress(OctaMemError):
                client.get(query=question)
            time.sleep(1.5)
        stop.set()
        thread.join()

    return program


def beats_in_a_task(*, every=10.0, first=0.0, again=False):
    """Make a program that does so with a task."""

    async def program(client):
        client = careful(client)

        async def beat():
            await asyncio.sleep(first)
            while True:
                try:
                    await client.add(content=BEAT)
                except OctaMemError:
                    if again:
                        await asyncio.sleep(2)
                        with suppress(OctaMemError):
                            await client.add(content=BEAT)
                await asyncio.sleep(every)

        task = asyncio.ensure_future(beat())
        for question in ("tea?", "launch?"):
            with suppress(OctaMemError):
                await client.get(query=question)
            await asyncio.sleep(1.5)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return program


def beats_between_calls(client):
    """Store a heartbeat before a call if the last one is ten seconds old."""
    client, last = careful(client), 0.0
    for question in ("tea?", "launch?"):
        if time.monotonic() - last >= 10:
            client.add(content=BEAT)
            last = time.monotonic()
        client.get(query=question)


WAYS = [beats_in_a_thread, beats_in_a_task]


@pytest.mark.parametrize("made", WAYS)
@pytest.mark.parametrize("first", [0.0, 5.0], ids=["at-once", "later"])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_heartbeat_that_has_more_time_is_no_finding(made, first, schedule):
    """Calls that take longer let a heartbeat be stored more often, which no invariant counts as a retry."""
    chaos.replay(made(first=first), schedule, unmet="allow")


@pytest.mark.parametrize("made", WAYS)
@pytest.mark.parametrize("schedule", ["search: hang x9", "add: ok, 503; search: hang x4"])
def test_a_fast_heartbeat_is_no_loop_without_an_end(made, schedule):
    """What is sent every second for minutes is no call of many attempts, even if the round had to be stopped."""
    chaos.replay(made(every=1.0), schedule, unmet="allow")


@pytest.mark.parametrize("made", WAYS)
def test_a_hunt_passes_a_heartbeat(made):
    """No schedule of a hunt's first stages is a finding."""
    assert chaos.hunt(made(), rounds=40).findings == ()


@pytest.mark.parametrize("made", WAYS)
@pytest.mark.parametrize("schedule", ["add: reset @after", "add: reset @after; search: hang"])
def test_a_heartbeat_that_a_retry_stores_twice_is_found(made, schedule):
    """A beat of unknown outcome that is sent again is stored once more than time alone accounts for."""
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(made(again=True), schedule)
    assert caught.value.finding.invariant.name == "acknowledged_once"


def test_a_heartbeat_that_cannot_be_told_from_a_second_store_names_the_option():
    """One caller that stores a text again between its calls does what a loop does that forgets what it stored."""
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(beats_between_calls, "search: hang")
    option = "invariants=[*chaos.without(\"acknowledged_once\"), chaos.AcknowledgedOnce(repeated=('alive',))]"
    assert caught.value.finding.evidence.endswith(f"if it is meant, pass {option}")

    allowed = [*chaos.without("acknowledged_once"), chaos.AcknowledgedOnce(repeated=(BEAT,))]
    chaos.replay(beats_between_calls, "search: hang", invariants=allowed)


def test_a_text_that_may_be_repeated_may_not_be_lost():
    """A heartbeat that is claimed must be stored at least once."""

    def program(client):
        with suppress(OctaMemError):
            careful(client).add(content=BEAT)
        return BEAT

    with pytest.raises(chaos.ChaosFailure, match="not stored"):
        chaos.replay(program, "add: 503", invariants=[chaos.AcknowledgedOnce(repeated=(BEAT,))])


def test_a_text_that_may_be_repeated_may_be_so_without_faults():
    """Neither a baseline nor a race is a finding about such a text."""

    def program(client):
        for _ in range(2):
            client.add(content=BEAT)
        return BEAT

    with pytest.raises(chaos.ChaosFailure, match="even without faults"):
        chaos.replay(program, "")
    chaos.replay(program, "", invariants=[chaos.AcknowledgedOnce(repeated=(BEAT,))])
