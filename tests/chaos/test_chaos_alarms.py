"""False alarms: correct programs that no invariant may report, and the bugs that look like them."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from chaos_programs import both

from octamem import (
    APIConnectionError,
    APITimeoutError,
    AsyncOctaMem,
    InternalServerError,
    OctaMem,
    OctaMemError,
    RateLimitError,
)
from octamem_testing import chaos


async def asks_twice(call):
    """Ask the same on purpose, and do without what cannot be had."""
    for _ in range(2):
        with suppress(OctaMemError):
            await call("get", query="tea")


async def asks_for_ever_after_a_refusal(call):
    """Ask until there is an answer."""
    for _ in range(4):
        try:
            return await call("get", query="tea")
        except OctaMemError:  # noqa: PERF203 - that is what it does
            await call("details")
    return None


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("schedule", ["search: 401, 503", "search: 401, 503, reset", "search: 503, 401, 503"])
def test_a_retry_of_a_call_that_was_not_refused_is_no_call_more(kind, schedule):
    """A call that is made twice on purpose may be retried if the second was not refused."""
    chaos.replay(both(asks_twice, kind), schedule)
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(both(asks_for_ever_after_a_refusal, kind, max_retries=0), "search: 401, 503")
    assert caught.value.finding.invariant.name == "refusals_not_repeated"


def repeats_what_the_page_says(kind):
    """Make a program for which every error is final but those that the vendor's page repeats, by their classes."""

    async def program(call):
        for wait in (1, 2, 4, None):
            try:
                return {"tea": await call("get", query="tea")}
            except (RateLimitError, InternalServerError, APIConnectionError, APITimeoutError) as error:
                if wait is None:
                    raise
                pause = max(wait, error.retry_after or 0)
            if kind == "sync":
                time.sleep(pause)  # noqa: ASYNC251 - as the sync program does
            else:
                await asyncio.sleep(pause)
        raise AssertionError("the last wait is none")

    return both(program, kind, max_retries=0)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_408_or_425_may_be_taken_for_final(kind):
    """A program that retries exactly what the vendor documents satisfies every invariant."""
    report = chaos.hunt(repeats_what_the_page_says(kind), rounds=60, faults="408, 425, 503")

    assert report.finding is None
    assert {*report.by_kind} == {"408 @before", "425 @before", "503 @before"}


def in_tasks(*, stubborn=False):
    """Make a program with two equal calls at once, each in a task of its own."""

    async def one(client):
        try:
            await client.details()
        except OctaMemError:
            if stubborn:
                async with AsyncOctaMem() as own:
                    await own.details()

    async def scenario(client):
        await asyncio.gather(one(client), one(client))

    return scenario


def in_threads(client):
    """Make two equal calls at once, in threads."""
    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(client.details) for _ in range(2)]:
            future.exception()


@pytest.mark.parametrize("scenario", [in_tasks(), in_threads], ids=["tasks", "threads"])
def test_an_equal_call_at_once_is_no_repeat_of_the_one_that_was_left(scenario):
    """What a sibling had under way as the client was closed may come in the same instant."""
    over = chaos.replay(scenario, "details: close-client")
    assert [request.sender for request in over.requests] == [1, 2]


async def repeats_after_a_cancel(client):
    """Try again in a new task, as wait_for makes one, although it was cancelled."""
    for _ in range(2):
        try:
            return await asyncio.ensure_future(client.details())
        except asyncio.CancelledError:  # noqa: PERF203 - the bug
            continue
    return None


def test_a_repeat_in_another_task_is_found():
    """A call that is cancelled and made once more breaks bounded, whichever task makes it."""
    with pytest.raises(chaos.ChaosFailure, match="details 2 was sent after the cancel @before at details 1"):
        chaos.replay(repeats_after_a_cancel, "details: cancel", invariants=(chaos.Bounded(),))


@pytest.mark.parametrize(("calls", "seconds", "kept"), [(8, None, True), (8, 900.0, False), (1, None, True)])
def test_how_long_a_round_may_take_follows_from_its_calls(calls, seconds, kept):
    """Eight calls of the documented client may take the time of eight, unless `seconds` says less."""

    def scenario(client):
        for number in range(calls):
            with suppress(OctaMemError):
                client.get(query=f"question {number}")

    def replay():
        chaos.replay(scenario, "search: hang x40", invariants=(chaos.Bounded(seconds=seconds),))

    if kept:
        replay()
    else:
        with pytest.raises(chaos.ChaosFailure, match="at most 900 s are allowed"):
            replay()


def test_what_lasts_is_written_as_lasting():
    """A fault that has to hit many times is shown by how long it lasts."""

    def scenario(client):
        for number in range(8):
            with suppress(OctaMemError):
                client.get(query=f"question {number}")

    finding = chaos.hunt(scenario, faults="hang", rounds=60, invariants=(chaos.Bounded(seconds=900.0),)).finding
    assert finding.schedule == "search: hang for 1000s"


def test_the_machine_has_been_up_before_the_round():
    """No monotonic clock begins at 0, which programs take for "never"; an event loop's is the same."""

    async def scenario(client):
        await client.details()
        return [time.monotonic(), time.perf_counter(), time.monotonic_ns() / 1e9, asyncio.get_running_loop().time()]

    assert chaos.replay(scenario, "", invariants=()).returned == [4321.5] * 4


async def prefetches(client):
    """Begin one call, and make another meanwhile."""
    other = asyncio.ensure_future(client.details())
    await client.get(query="tea")
    await other


def prefetches_in_a_thread(client):
    """Begin one call, and make another meanwhile."""
    thread = threading.Thread(target=client.details)
    thread.start()
    client.get(query="tea")
    thread.join()


@pytest.mark.parametrize("scenario", [prefetches, prefetches_in_a_thread])
def test_what_was_under_way_is_not_sent_after_the_end(scenario):
    """A request in the same instant in which the scenario ends was begun before it."""
    assert chaos.replay(scenario, "search: 401").leftover == ()


def test_who_fires_and_forgets_is_found():
    """What a thread sends later than the end of the scenario breaks bounded."""

    def later():
        with OctaMem() as own:
            own.add(content="tea")

    def scenario(client):
        client.details()
        threading.Thread(target=later).start()

    with pytest.raises(chaos.ChaosFailure, match="add 2 was sent after the scenario had ended"):
        chaos.replay(scenario, "add: 503", invariants=(chaos.Bounded(),))


def test_another_account_is_not_the_same_call():
    """After a 429, a request of a second account has a name of its own, and is no retry of the first."""

    def scenario(client):
        for each in (client, client.with_options(api_key="sk-om-live-second-0001")):
            try:
                return each.with_options(max_retries=0).add(content="tea") and None
            except OctaMemError:  # noqa: PERF203 - that is what it does
                time.sleep(1)
        return None

    keys = ["sk-om-live-first-00001", "sk-om-live-second-0001"]
    over = chaos.replay(scenario, "add: 429, ok", invariants=(chaos.SameCall(),), settings={"keys": keys})
    assert [request.name for request in over.requests] == ["add 1", "add 1 of key 2"]
