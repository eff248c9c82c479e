"""Deadlines of a program: a wait ends past its deadline, and a loop that only reads the clock comes to an end."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import datetime as dt
import logging
import queue
import threading
import time

import pytest

from octamem_testing import Fake, VirtualClock, chaos
from octamem_testing.virtual_time.deadline import lasting
from octamem_testing.virtual_time.threads.busy_wait import MANY, BusyWait

LENGTHS = (0.1, 0.3, 1 / 3, 0.0000015)


def replayed(scenario):
    """Make one round without invariants."""
    return chaos.replay(scenario, "", invariants=())


def on_a_queue(seconds):
    with pytest.raises(queue.Empty):
        queue.Queue().get(timeout=seconds)


def on_a_condition(seconds):
    condition = threading.Condition()
    with condition:
        assert not condition.wait_for(lambda: False, seconds)


def on_a_semaphore(seconds):
    assert not threading.Semaphore(0).acquire(timeout=seconds)


def on_as_completed(seconds):
    with pytest.raises(concurrent.futures.TimeoutError):
        list(concurrent.futures.as_completed([concurrent.futures.Future()], timeout=seconds))


def on_a_deadline(seconds):
    end = time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        if left < 0:
            return
        time.sleep(min(1, left))


def on_the_clock(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() <= end:
        pass


def on_a_loop(seconds):
    asyncio.run(asyncio.wait_for(asyncio.sleep(seconds), 60))


def on_turns_of_a_loop(seconds):
    async def turns():
        slept = asyncio.ensure_future(asyncio.sleep(seconds))
        while not slept.done():  # noqa: ASYNC110 - as programs do
            await asyncio.sleep(0)

    asyncio.run(turns())


def by_time_sleep(seconds):
    time.sleep(seconds)


WAITS = (
    by_time_sleep,
    on_a_queue,
    on_a_condition,
    on_a_semaphore,
    on_as_completed,
    on_a_deadline,
    on_the_clock,
    on_a_loop,
    on_turns_of_a_loop,
)
CLOCKS = {
    "time": lambda: time.time(),  # noqa: PLW0108 - looked up in the round
    "monotonic": lambda: time.monotonic(),  # noqa: PLW0108
    "monotonic_ns": lambda: time.monotonic_ns() / 10**9,
    "datetime": lambda: dt.datetime.now().timestamp(),  # noqa: DTZ005 - as programs do
}


@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait.__name__)
def test_a_timed_wait_is_past_its_deadline(wait):
    """After a wait that timed out, each clock of the program is past the deadline, and not by much."""
    took = []

    def scenario(client):
        client.details()
        for read in CLOCKS.values():
            for seconds in LENGTHS:
                began = read()
                wait(seconds)
                took.append((seconds, read() - began))

    assert replayed(scenario).error is None
    assert len(took) == len(CLOCKS) * len(LENGTHS)
    assert [each for each in took if not each[0] < each[1] < each[0] * 1.01 + 0.01] == []


def test_what_nobody_looks_at_takes_as_long_as_was_asked_for():
    """The round of a program that does not read the clock takes its waits to the tick."""

    def scenario(client):
        for _ in range(10):
            client.details()
            time.sleep(1)

    assert replayed(scenario).seconds == 10.0


@pytest.mark.parametrize("seconds", [1e-9, 5e-324, 1e-7])
def test_a_wait_above_zero_takes_a_tick(seconds):
    """A wait above zero takes at least a tick, on the round's clock and on the kit's own."""
    assert lasting(seconds) == 1
    fake = Fake()
    VirtualClock(fake).sleep(seconds)
    assert fake.now() == 1


def test_steps_in_a_row_take_time_in_the_end():
    """The first steps in a row take no time, later ones take more and more, and another wait ends the row."""
    busy, now = BusyWait(), 0
    assert [busy.step(now) for _ in range(MANY)] == [0] * MANY
    steps = 0
    while now < 60 * 10**6:
        now += busy.step(now)
        steps += 1
    assert steps < 40 * MANY
    assert busy.step(now + 1) == 0


def test_time_outs_leave_no_thread_behind():
    """A pool whose task outlasts the timeout is waited for in virtual time."""

    def scenario(client):
        client.details()
        with concurrent.futures.ThreadPoolExecutor(1) as pool, pytest.raises(concurrent.futures.TimeoutError):
            list(concurrent.futures.as_completed([pool.submit(time.sleep, 100)], timeout=60))

    result = replayed(scenario)
    assert (result.error, result.seconds) == (None, pytest.approx(100, abs=1e-3))


def by_an_event(done, box):
    while not done.wait(0):
        pass


def by_a_lock(done, box):
    with_it = threading.Lock()
    with_it.acquire()
    while not done.is_set():
        with_it.acquire(blocking=False)


def by_a_simple_queue(done, box):
    while True:
        with contextlib.suppress(queue.Empty):
            return box.get_nowait()


@pytest.mark.parametrize("poll", [by_an_event, by_a_lock, by_a_simple_queue], ids=lambda poll: poll.__name__)
def test_a_program_that_polls_without_waiting_lets_time_go_on(poll):
    """A thread that sleeps wakes up although another polls for it without waiting."""

    def scenario(client):
        done, box = threading.Event(), queue.SimpleQueue()

        def later():
            time.sleep(5)
            box.put(1)
            done.set()

        thread = threading.Thread(target=later)
        thread.start()
        poll(done, box)
        thread.join()
        client.details()

    assert replayed(scenario).seconds == 5.0


@pytest.mark.proof
def test_a_program_that_computes_for_long_lets_time_go_on():
    """A long computation does not keep sleeping threads asleep for ever."""

    def scenario(client):
        found = []

        def later():
            for _ in range(2):
                time.sleep(5)
            found.append(1)

        thread = threading.Thread(target=later)
        thread.start()
        while not found:
            pass
        thread.join()
        client.details()

    assert replayed(scenario).error is None


def test_what_logging_reads_is_no_step_of_the_program():
    """A program that logs many lines takes no time for them."""
    logger = logging.getLogger("many.lines")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())

    def scenario(client):
        for number in range(5000):
            logger.error("line %s", number)
        client.details()

    assert replayed(scenario).seconds == 0.0
