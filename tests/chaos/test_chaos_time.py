"""The deterministic scheduler: one thread of a round runs at a time, and time moves only when all of them wait."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from functools import partial

import anyio.lowlevel
import pytest

from octamem import OctaMemError
from octamem_testing import chaos

LOCK = threading.Lock()
"""A lock from before any round."""


def replayed(scenario, schedule=""):
    """Make one round without invariants."""
    return chaos.replay(scenario, schedule, invariants=())


def beats_until_told(client):
    stop = []

    def beat():
        while not stop:
            time.sleep(5)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    for query in "abc":
        client.get(query=query)
    stop.append(True)
    thread.join()


def beats_for_ever(client):
    def beat():
        while True:
            time.sleep(60)

    threading.Thread(target=beat, daemon=True).start()
    for query in "abc":
        client.get(query=query)


@pytest.mark.parametrize(("scenario", "took"), [(beats_until_told, 5.0), (beats_for_ever, 0.0)])
def test_a_heartbeat_moves_no_time_while_main_is_at_work(scenario, took):
    """A daemon that sleeps in a loop neither moves time nor violates an invariant, and every hunt is the same."""
    assert replayed(scenario).seconds == took
    reports = [chaos.hunt(scenario, rounds=40) for _ in range(2)]
    assert reports[0].finding is None
    assert reports[0].trail == reports[1].trail


def test_threads_that_compute_hold_time_still():
    """A thread that is about to call sends its request before another's sleep ends, however long it computes."""
    order = []

    def scenario(client):
        def counts():
            sum(range(300_000))
            order.append("counted")
            client.details()

        def sleeps():
            time.sleep(0.001)
            order.append("slept")

        threads = [threading.Thread(target=target) for target in (sleeps, counts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    replayed(scenario)
    assert order == ["counted", "slept"]


def test_the_first_thread_keeps_its_turn_while_it_computes():
    """A thread that has not waited yet keeps its turn while others could run, however slow its lines are."""
    order = []

    def scenario(client):
        threads = [threading.Thread(target=order.append, args=(name,)) for name in ("first", "second")]
        for thread in threads:
            thread.start()
            sum(range(5_000_000))
            order.append("main")
        for thread in threads:
            thread.join()
        client.details()

    replayed(scenario)
    assert order == ["main", "main", "first", "second"]


def polls(client):
    done = []

    def work():
        client.add(content="tea")
        done.append(True)

    threading.Thread(target=work).start()
    deadline = time.time() + 5
    while not done and time.time() < deadline:
        time.sleep(0.1)
    if not done:
        raise OctaMemError("too slow")
    client.details()


def test_polling_to_a_deadline_sees_what_another_thread_did():
    """A loop of short sleeps gives other threads their turn, and ends when they are done, before its deadline."""
    assert replayed(polls).seconds < 0.2
    result = replayed(polls, "add: 429(retry-after=3)")
    assert result.error is None
    assert 3.0 <= result.seconds < 3.2


def on_an_event(_):
    assert not threading.Event().wait(30)


def on_a_condition(_):
    condition = threading.Condition()
    with condition:
        assert not condition.wait_for(lambda: False, 30)


def on_a_queue(_):
    with pytest.raises(queue.Empty):
        queue.Queue().get(timeout=30)


def on_a_simple_queue(_):
    with pytest.raises(queue.Empty):
        queue.SimpleQueue().get(timeout=30)


def on_a_lock(_):
    lock = threading.Lock()
    with lock:
        assert not lock.acquire(timeout=30)


def on_a_semaphore(_):
    assert not threading.Semaphore(0).acquire(timeout=30)


def on_a_timer(_):
    timer = threading.Timer(30, int)
    timer.start()
    timer.join()


def on_a_thread(_):
    thread = threading.Thread(target=time.sleep, args=(90,), daemon=True)
    thread.start()
    thread.join(30)
    assert thread.is_alive()


def on_a_future(_):
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(time.sleep, 30)
        with pytest.raises(FutureTimeoutError):
            future.result(10)


def by_a_default(_, sleep=time.sleep):
    sleep(30)


def by_a_default_by_keyword(_, *, sleep=time.sleep):
    sleep(30)


def by_threads_on_a_lock(_):
    lock = threading.Lock()

    def turn():
        with lock:
            time.sleep(15)

    threads = [threading.Thread(target=turn) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


WAITS = [
    on_an_event,
    on_a_condition,
    on_a_queue,
    on_a_simple_queue,
    on_a_lock,
    on_a_semaphore,
    on_a_timer,
    on_a_thread,
    on_a_future,
    by_a_default,
    by_a_default_by_keyword,
    by_threads_on_a_lock,
]


@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait.__name__)
def test_waits_with_a_timeout_are_on_the_round_s_time(wait):
    """A timeout of half a minute takes half a minute of the round, in each kind of wait."""

    def scenario(client):
        client.details()
        began = time.monotonic()
        wait(client)
        assert time.monotonic() - began == pytest.approx(30, abs=1e-3)

    assert replayed(scenario).error is None


def test_a_lock_from_before_the_round_stops_nobody_for_ever():
    """A thread that is blocked on a lock from before the round is detected, and the others go on."""

    def scenario(client):
        def turn(note):
            with LOCK:
                client.add(content=note)

        threads = [threading.Thread(target=turn, args=(note,)) for note in ("tea", "milk")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    result = replayed(scenario, "add: 429(retry-after=7) x2")
    assert (result.error, sorted(memory.content for memory in result.fake.memories())) == (None, ["milk", "tea"])


def test_no_thread_of_a_round_is_left():
    """Threads that wait for ever end with their round."""
    before = set(threading.enumerate())  # some of another test may be about to end

    def scenario(client):
        for wait in (queue.Queue().get, threading.Event().wait, partial(time.sleep, 10**6)):
            threading.Thread(target=wait, daemon=True).start()
        client.details()

    assert chaos.hunt(scenario, rounds=5).finding is None
    assert set(threading.enumerate()) <= before


def test_a_thread_that_is_slow_to_start_lets_no_other_run_beside_it():
    """A thread that is slow to start is not taken for blocked, so no other runs beside it."""
    never = threading.Event()
    order = []

    class Slow(threading.Thread):
        def _bootstrap(self):
            never.wait(0.1)  # as on a machine with much to do; ten times what a look at the threads takes
            super()._bootstrap()

    def scenario():
        box = queue.Queue()
        threading.Thread(target=lambda: order.append(("first", box.get()))).start()
        Slow(target=lambda: order.append(("second", box.get()))).start()
        order.append("both started")
        box.put("tea")
        box.put("milk")

    result = replayed(scenario)
    assert (result.error, order) == (None, ["both started", ("first", "tea"), ("second", "milk")])


def test_threads_that_fail_say_nothing(capsys):
    """An error in a thread of a scenario prints no warning, since faults cause such errors."""

    def scenario(client):
        thread = threading.Thread(target=client.with_options(max_retries=0).details)
        thread.start()
        thread.join()

    assert replayed(scenario, "details: 503").error is None
    assert "Exception in thread" not in capsys.readouterr().err


def test_loops_without_a_wait_let_the_others_go_on():
    """A thread or loop that only yields does not keep another thread's sleep from ending."""

    async def scenario(client):
        await client.details()
        slept = asyncio.ensure_future(asyncio.to_thread(time.sleep, 1))
        while not slept.done():
            await anyio.lowlevel.checkpoint()

    assert replayed(scenario).error is None
