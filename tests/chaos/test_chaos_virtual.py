"""Virtual time: all waits of a program follow the round's clock, and those of other threads do not."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime as held_datetime
from datetime import timezone
from time import sleep as held_sleep

import anyio
import pytest

from octamem import OctaMemError
from octamem_testing import chaos

START = dt.datetime(2026, 1, 1, tzinfo=timezone.utc)
LONG = 3600.0


def replayed(scenario, schedule=""):
    """Make one round without invariants."""
    return chaos.replay(scenario, schedule, invariants=())


def asks(client):
    """Make a call, so that there is something to judge."""
    client.details()


def by_time_sleep(client):
    asks(client)
    time.sleep(LONG)


def by_a_sleep_of_its_own_name(client):
    asks(client)
    held_sleep(LONG)


def by_asyncio_run(client):
    asks(client)
    asyncio.run(asyncio.sleep(LONG))


def in_a_thread(client):
    asks(client)
    thread = threading.Thread(target=time.sleep, args=(LONG,))
    thread.start()
    thread.join()


def in_a_pool(client):
    asks(client)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(time.sleep, (LONG,)))


async def by_asyncio_sleep(client):
    await client.details()
    await asyncio.sleep(LONG)


async def by_anyio(client):
    await client.details()
    with anyio.move_on_after(LONG):
        await anyio.sleep_forever()


async def by_wait_for(client):
    await client.details()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), LONG)


async def by_a_blocking_sleep(client):
    await client.details()
    time.sleep(LONG)  # noqa: ASYNC251 - what a program may do


async def by_to_thread(client):
    await client.details()
    await asyncio.to_thread(time.sleep, LONG)


async def side_by_side(client):
    await client.details()
    await asyncio.gather(asyncio.sleep(LONG), asyncio.to_thread(time.sleep, LONG / 2), asyncio.sleep(LONG / 3))


@pytest.mark.parametrize(
    "scenario",
    [
        by_time_sleep,
        by_a_sleep_of_its_own_name,
        by_asyncio_run,
        in_a_thread,
        in_a_pool,
        by_asyncio_sleep,
        by_anyio,
        by_wait_for,
        by_a_blocking_sleep,
        by_to_thread,
        side_by_side,
    ],
    ids=lambda scenario: scenario.__name__,
)
def test_an_hour_takes_no_time_and_is_an_hour(scenario):
    """After an hour's wait of any kind the round's clock is an hour on, and the test took no time."""
    assert replayed(scenario).seconds == pytest.approx(LONG, abs=1e-3)


def test_the_time_that_a_program_reads_is_the_round_s():
    """The functions time, monotonic, perf_counter and datetime.now agree with the fake's clock, under any name."""
    read = []

    def scenario(client):
        asks(client)
        before = time.monotonic(), time.perf_counter(), time.monotonic_ns()
        time.sleep(90)
        read.append(
            (
                dt.datetime.now(timezone.utc) - START,
                held_datetime.now(timezone.utc) - START,
                held_datetime.utcnow() - START.replace(tzinfo=None),  # noqa: DTZ003 - as programs do
                dt.timedelta(seconds=time.time() - START.timestamp()),
                dt.timedelta(seconds=time.monotonic() - before[0]),
                dt.timedelta(seconds=time.perf_counter() - before[1]),
                dt.timedelta(microseconds=(time.monotonic_ns() - before[2]) / 1000),
            )
        )

    replayed(scenario)
    assert {each / dt.timedelta(seconds=1) for each in read[0]} == {90.000001}  # a tick past the deadline


def test_a_datetime_is_of_the_same_class_inside_a_round_and_outside():
    """The patched datetime makes objects of the real class, and passes for it."""
    kinds = []

    def scenario(client):
        asks(client)
        made = held_datetime(2026, 5, 1)  # noqa: DTZ001 - as above
        kinds.extend([type(made), type(held_datetime.fromisoformat("2026-05-01")), isinstance(made, held_datetime)])
        kinds.append(isinstance(7, held_datetime))

    replayed(scenario)
    assert kinds == [held_datetime, held_datetime, True, False]


def test_threads_that_were_there_before_keep_real_time():
    """Another thread of the process reads the machine's time while a round runs."""
    asked, answered, read = threading.Event(), threading.Event(), []

    def bystander():
        asked.wait(10)
        read.extend([time.time(), held_datetime.now(timezone.utc).timestamp()])
        answered.set()

    def scenario(client):
        asks(client)
        asked.set()
        answered.wait(10)

    thread = threading.Thread(target=bystander)
    thread.start()
    before = time.time()
    replayed(scenario)
    thread.join()
    assert min(read) >= before


def test_all_is_as_it_was_after_a_round():
    """A round leaves nothing in the modules, the threads or the random numbers of the process."""
    import random

    random.seed(11)
    names = ("time", "sleep", "monotonic", "perf_counter")
    before = [*(getattr(time, name) for name in names), dt.datetime, held_sleep, threading.Thread.start]
    loops, state = (asyncio.new_event_loop, asyncio.events.new_event_loop), random.getstate()
    replayed(lambda client: [asks(client), random.random()])
    after = [*(getattr(time, name) for name in names), dt.datetime, held_sleep, threading.Thread.start]
    assert all(one is other for one, other in zip(before, after))
    assert (loops, state) == ((asyncio.new_event_loop, asyncio.events.new_event_loop), random.getstate())


def test_chance_repeats_from_round_to_round():
    """The random module gives the same numbers without faults, and to each schedule its own."""
    import random

    drawn = []

    def scenario(client):
        asks(client)
        drawn.append(random.random())

    def drawn_under(schedule, seed):
        chaos.replay(scenario, schedule, seed=seed)
        return drawn[-1]

    report = chaos.hunt(scenario, rounds=4, seed=1)
    hunted = list(drawn)
    schedules = [schedule for schedule, _ in report.trail]
    alone = [drawn_under(schedule, 1) for schedule in schedules]
    assert len(set(alone)) == len(schedules) == 3
    assert set(alone) < set(hunted)
    assert drawn_under(schedules[-1], 3) not in hunted


def test_texts_from_chance_are_compared_with_those_of_the_baseline():
    """A program whose texts come from random is given the same numbers in every round."""
    import random

    drawn = []

    def scenario(client):
        with suppress(OctaMemError):
            client.with_options(max_retries=0).add(content=f"note {random.randrange(1000)}")
        drawn.append(random.random())

    report = chaos.hunt(scenario, rounds=30, invariants=chaos.without("recovers"))
    assert report.finding is None
    assert len(set(drawn)) == 2


def calls_for_ever(client):
    while True:
        asks(client)


def sleeps_for_ever(client):
    asks(client)
    while True:
        time.sleep(60)


def swallows_everything(client):
    while True:
        try:
            asks(client)
        except BaseException:  # noqa: BLE001, PERF203 - the point
            continue


async def calls_for_ever_async(client):
    while True:
        await client.details()


async def sleeps_for_ever_async(client):
    await client.details()
    while True:  # noqa: ASYNC110 - the point
        await asyncio.sleep(60)


async def swallows_everything_async(client):
    while True:
        try:
            await client.details()
        except BaseException:  # noqa: BLE001, PERF203 - the point
            await asyncio.sleep(0)


async def waits_for_what_never_comes(client):
    await client.details()
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("forever", "why"),
    [
        (calls_for_ever, "requests were sent"),
        (sleeps_for_ever, "longer than"),
        (swallows_everything, "requests were sent"),
        (calls_for_ever_async, "requests were sent"),
        (sleeps_for_ever_async, "longer than"),
        (swallows_everything_async, "requests were sent"),
        (waits_for_what_never_comes, "can never happen"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_round_that_would_never_end_is_stopped(forever, why):
    """A round beyond a bound of requests or time is stopped, and `bounded` says why, even if the program resists."""
    baseline = {"done": False}

    async def later(client):
        if baseline["done"]:
            return await forever(client)
        baseline["done"] = True
        return await client.details()

    def later_sync(client):
        if baseline["done"]:
            return forever(client)
        baseline["done"] = True
        return asks(client)

    scenario = later if asyncio.iscoroutinefunction(forever) else later_sync
    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.replay(scenario, "details: ok, 503", invariants=(chaos.Bounded(attempts=10**6),))
    assert "the round was stopped" in caught.value.finding.evidence
    assert why in caught.value.finding.evidence


def test_timers_keep_their_order_among_the_sdk_s_own_waits():
    """A back-off of the SDK and a sleep of the program end in the order of their ends, not of their beginnings."""
    order = []

    async def scenario(client):
        async def asks_again():
            await client.details()
            order.append("the call")

        async def waits():
            await asyncio.sleep(5)
            order.append("the sleep")

        await asyncio.gather(asks_again(), waits())

    replayed(scenario, "details: 429(retry-after=7)")
    assert order[-2:] == ["the sleep", "the call"]


def test_threads_of_a_scenario_wait_side_by_side():
    """When calls of several threads are in back-off at once, the round takes as long as the longest."""

    def scenario(client):
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda note: client.add(content=note), ("one", "two", "three")))

    result = replayed(scenario, "add: 429(retry-after=7) x3")
    assert (result.error, sorted(memory.content for memory in result.fake.memories())) == (
        None,
        ["one", "three", "two"],
    )
    assert 7.0 <= result.seconds <= 21.0
