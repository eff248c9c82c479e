"""Virtual time of a whole test: what waits on the fake's time, on which loops, and what is left when the test ends."""

from __future__ import annotations

import asyncio
import concurrent.futures
import datetime as dt
import queue
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime as held_datetime
from time import sleep as held_sleep

import anyio
import pytest
import trio
from trio import run as held_run

from octamem import AsyncOctaMem, OctaMem, OctaMemError

pytestmark = pytest.mark.octamem(virtual_time=True)

LONG = 3600.0
TICK = 0.001


async def by_asyncio_sleep():
    await asyncio.sleep(LONG)


async def by_wait_for():
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), LONG)


async def by_a_scope_of_anyio():
    with anyio.move_on_after(LONG):
        await anyio.sleep_forever()


async def by_an_async_queue():
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.Queue().get(), LONG)


async def by_to_thread():
    await asyncio.to_thread(time.sleep, LONG)


async def by_a_thread_of_anyio():
    await anyio.to_thread.run_sync(time.sleep, LONG)


async def by_call_later():
    done = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(LONG, done.set_result, None)
    await done


def by_time_sleep():
    time.sleep(LONG)


def by_a_name_of_its_own():
    held_sleep(LONG)


def by_an_event():
    assert not threading.Event().wait(LONG)


def by_a_condition():
    condition = threading.Condition()
    with condition:
        assert not condition.wait(LONG)


def by_a_queue():
    with pytest.raises(queue.Empty):
        queue.Queue().get(timeout=LONG)


def by_a_simple_queue():
    with pytest.raises(queue.Empty):
        queue.SimpleQueue().get(timeout=LONG)


def by_a_semaphore():
    assert not threading.Semaphore(0).acquire(timeout=LONG)


def by_a_barrier():
    with pytest.raises(threading.BrokenBarrierError):
        threading.Barrier(2).wait(LONG)


def by_a_timer():
    timer = threading.Timer(LONG, lambda: None)
    timer.start()
    timer.join()


def by_a_pool():
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(time.sleep, (LONG, LONG)))


def by_a_future():
    with pytest.raises(concurrent.futures.TimeoutError):
        concurrent.futures.Future().result(LONG)


WAITS = [
    *(by_asyncio_sleep, by_wait_for, by_a_scope_of_anyio, by_an_async_queue, by_to_thread, by_a_thread_of_anyio),
    *(by_call_later, by_time_sleep, by_a_name_of_its_own, by_an_event, by_a_condition, by_a_queue, by_a_simple_queue),
    *(by_a_semaphore, by_a_barrier, by_a_timer, by_a_pool, by_a_future),
]


def performed(wait):
    """Wait, in a loop of the test's own for a coroutine."""
    return asyncio.run(wait()) if asyncio.iscoroutinefunction(wait) else wait()


@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait.__name__)
def test_an_hour_of_the_program_is_an_hour_on_the_clock(wait, octamem_clock):
    """A wait of any kind takes its length on the fake's clock, and on each clock that the program reads."""
    read = octamem_clock.now, time.time, time.monotonic, time.perf_counter, lambda: held_datetime.now().timestamp()  # noqa: DTZ005 - as programs do
    before = [each() for each in read]
    performed(wait)
    assert [each() - at for each, at in zip(read, before)] == pytest.approx([LONG] * len(read), abs=TICK)


def test_the_fixture_asks_for_it_by_name(request):
    """The fixture gives the clock, and the program's time is on it without a word in the marker."""
    clock = request.getfixturevalue("octamem_virtual_time")
    before = clock.now()
    time.sleep(LONG)
    assert clock.now() - before == pytest.approx(LONG, abs=TICK)
    assert clock is request.getfixturevalue("octamem_clock")


@pytest.mark.octamem(faults="search: slow(20s)")
def test_a_deadline_of_the_program_is_met_by_a_slow_answer(async_octamem_client):
    """A time-out of the program ends a call whose answer is later, and not one whose answer is in time."""

    async def within(seconds):
        return await asyncio.wait_for(async_octamem_client.get(query="tea"), seconds)

    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(within(2))


@pytest.mark.octamem(faults="search: slow(20s)")
def test_an_answer_in_time_is_given(async_octamem_client):
    """A program with more patience than the service is slow gets the answer."""

    async def patient():
        return await asyncio.wait_for(async_octamem_client.get(query="tea"), 21)

    assert asyncio.run(patient()).results == []


@pytest.mark.octamem(faults="add: 503(retry-after=30)")
def test_waits_of_client_and_program_keep_their_order(octamem_mock, octamem_client):
    """A back-off of the client in one thread ends in its place among the sleeps of another."""
    order = []

    def heartbeat():
        for number in range(3):
            time.sleep(12)
            order.append(number)

    thread = threading.Thread(target=heartbeat)
    thread.start()
    octamem_client.add(content="Tea is at four.")
    order.append("stored")
    thread.join()
    assert order == [0, 1, "stored", 2]
    assert len(octamem_mock.memories()) == 1


def test_a_time_out_of_the_client_is_on_the_same_clock(octamem_client, octamem_fake, octamem_clock):
    """A hang lasts as long as the client's time-out, on the clock that the program reads."""
    octamem_fake.faults("details: hang")
    before = time.monotonic()
    with pytest.raises(OctaMemError):
        octamem_client.with_options(timeout=7, max_retries=0).details()
    assert time.monotonic() - before == pytest.approx(7, abs=TICK)
    assert octamem_clock.waits == []


def test_time_does_not_go_back_for_the_program(octamem_virtual_time, measured_before):
    """What the program measured before the test, in real time, is past."""
    assert time.monotonic() >= measured_before


@pytest.fixture(scope="module")
def measured_before():
    """Read the machine's clock in a fixture that outlives the test, and so is in real time."""
    return time.monotonic()


# What a program keeps from test to test: a pool, a thread with a queue, a loop of its own and a loop in a thread.
POOLS: list = []
JOBS: queue.Queue = queue.Queue()
LOOPS: list = []
RUNNERS: list = []
KEPT: list = []


def works_for_ever():
    for job, done in iter(JOBS.get, None):
        job()
        done.set()


def kept_thread():
    if not any(isinstance(each, threading.Thread) for each in KEPT):
        thread = threading.Thread(target=works_for_ever, daemon=True)
        thread.start()
        KEPT.append(thread)


def run_and_close(loop):
    loop.run_forever()
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks))
    loop.close()


def kept_loop():
    loops = [each for each in KEPT if isinstance(each, asyncio.AbstractEventLoop)]
    if not loops:
        loops = [asyncio.new_event_loop()]
        RUNNERS.append(threading.Thread(target=run_and_close, args=loops, daemon=True))
        RUNNERS[0].start()
        KEPT.extend(loops)
    return loops[0]


@pytest.fixture(scope="module", autouse=True)
def nothing_is_kept():
    """Make the pool and the loop from before the tests, and end what the program of this module keeps."""
    POOLS.append(ThreadPoolExecutor(2))
    LOOPS.append(asyncio.new_event_loop())
    yield
    POOLS[0].shutdown()
    for loop in LOOPS:
        loop.close()
    for each in KEPT:
        if isinstance(each, asyncio.AbstractEventLoop):
            each.call_soon_threadsafe(each.stop)
        else:
            JOBS.put(None)
            each.join()
    for runner in RUNNERS:
        runner.join()
    for kept in (POOLS, LOOPS, RUNNERS, KEPT):
        kept.clear()


@pytest.mark.parametrize("nth", range(3))
def test_a_pool_that_the_program_keeps(octamem_clock, nth):
    """Jobs of a pool from an earlier test are on the clock of this one, and so are the time-outs of its futures."""
    before = octamem_clock.now()
    jobs = [POOLS[0].submit(time.sleep, 600) for _ in range(4)]
    assert [job.result(timeout=1201) for job in jobs] == [None] * 4
    assert octamem_clock.now() - before == pytest.approx(1200, abs=TICK)
    with pytest.raises(concurrent.futures.TimeoutError):
        POOLS[0].submit(time.sleep, 600).result(timeout=300)


@pytest.mark.parametrize("nth", range(3))
def test_a_thread_that_the_program_keeps(octamem_clock, nth):
    """A daemon thread outlives the test that started it, and its next job is on the clock of the next test."""
    kept_thread()
    before, done = octamem_clock.now(), threading.Event()
    JOBS.put((lambda: time.sleep(90), done))
    assert done.wait(100)
    assert octamem_clock.now() - before == pytest.approx(90, abs=TICK)


@pytest.mark.parametrize("nth", range(3))
@pytest.mark.octamem(faults="search: slow(20s)")
def test_a_loop_in_a_thread_that_the_program_keeps(async_octamem_client, nth):
    """A loop that runs in a thread of its own follows the time of each test."""
    loop = kept_loop()
    with pytest.raises(concurrent.futures.TimeoutError):
        asyncio.run_coroutine_threadsafe(async_octamem_client.get(query="tea"), loop).result(2)
    assert asyncio.run_coroutine_threadsafe(async_octamem_client.add(content="tea"), loop).result(2).success


@pytest.mark.parametrize("nth", range(2))
def test_a_loop_that_was_made_before(octamem_clock, nth):
    """A loop from before the test is in virtual time while the test runs it."""
    before = octamem_clock.now()
    LOOPS[0].run_until_complete(asyncio.sleep(LONG))
    assert octamem_clock.now() - before == pytest.approx(LONG, abs=TICK)


ALL_REAL = """
import asyncio, queue, threading, time
from time import sleep as held_sleep
from datetime import datetime as held_datetime
import datetime

NAMES = (
    (time, "sleep"), (time, "time"), (time, "monotonic"), (time, "perf_counter"), (datetime, "datetime"),
    (threading, "Lock"), (threading, "_allocate_lock"), (threading.Thread, "start"), (threading.Thread, "join"),
    (queue, "SimpleQueue"), (asyncio, "new_event_loop"), (asyncio.events, "new_event_loop"),
    (asyncio.BaseEventLoop, "run_forever"), (asyncio.BaseEventLoop, "call_at"),
)
def held():
    return [getattr(*name) for name in NAMES] + [held_sleep, held_datetime]
BEFORE = held()
"""


@pytest.mark.slow
def test_a_test_that_ends_leaves_nothing_patched(project):
    """Functions, classes and loops are the machine's again after a test that passed, failed or stood still."""
    project.makepyfile(
        ALL_REAL
        + """
import pytest
made = []

def test_passes(octamem_virtual_time):
    made.append(asyncio.new_event_loop())
    made[0].run_until_complete(asyncio.sleep(1000))
    assert held() != BEFORE

def test_fails(octamem_virtual_time):
    time.sleep(1000)
    assert False

def test_stands_still(octamem_virtual_time):
    threading.Event().wait()

def test_all_is_real():
    assert held() == BEFORE
    began = time.monotonic()
    made[0].run_until_complete(asyncio.sleep(0.01))
    made[0].close()
    assert 0.01 <= time.monotonic() - began
    assert type(made[0]) is type(asyncio.new_event_loop())
"""
    )
    result = project.runpytest_subprocess("-W", "ignore::ResourceWarning")
    result.assert_outcomes(passed=2, failed=2)


@pytest.mark.slow
def test_a_standstill_names_who_waits(project):
    """If every thread and task waits for another, the test fails at once, and the message has each with its line."""
    project.makepyfile(
        """
        import asyncio, queue, threading

        def test_threads(octamem_virtual_time):
            first, second = queue.Queue(), queue.Queue()

            def passes_on(source, target):
                target.put(source.get())

            threads = [
                threading.Thread(target=passes_on, args=pair, name=name)
                for name, pair in (("reader", (first, second)), ("writer", (second, first)))
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        def test_tasks(octamem_virtual_time):
            async def main():
                event = asyncio.Event()
                await asyncio.gather(asyncio.create_task(waits(event), name="waiter"))

            async def waits(event):
                await event.wait()

            asyncio.run(main())
        """
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines_random(
        [
            "*- MainThread at test_a_standstill_names_who_waits.py:* in test_threads",
            "*- reader at test_a_standstill_names_who_waits.py:* in passes_on",
            "*- writer at test_a_standstill_names_who_waits.py:* in passes_on",
            "*- waiter at test_a_standstill_names_who_waits.py:* in waits",
        ]
    )


def test_an_error_of_a_thread_is_told(project):
    """An error that ends a thread of the program reaches pytest, as it does in real time."""
    project.makepyfile(
        """
        import threading

        def fails():
            raise ValueError("told")

        def test_it(octamem_virtual_time):
            thread = threading.Thread(target=fails)
            thread.start()
            thread.join()
        """
    )
    result = project.runpytest_inprocess()
    assert "ValueError: told" in result.stdout.str()


@pytest.mark.slow
def test_a_thread_that_is_no_daemon_ends_with_its_test(project):
    """A sleep of an hour that the test does not wait for keeps neither the next test nor the end of the run waiting."""
    project.makepyfile(
        """
        import threading, time

        late = threading.Timer(3600, lambda: None)

        def test_starts(octamem_virtual_time):
            late.start()

        def test_is_over():
            late.join(10)
            assert not late.is_alive()
        """
    )
    project.runpytest_subprocess(timeout=60).assert_outcomes(passed=2)


ASYNC_FIXTURES = """
import asyncio, time
import anyio, pytest, pytest_asyncio

pytestmark = pytest.mark.octamem(virtual_time=True)

async def an_hour(wait=asyncio.sleep):
    began = time.monotonic()
    await wait(3600)
    assert 3600 <= time.monotonic() - began < 3601

async def a_moment(wait=asyncio.sleep):
    began = time.monotonic()
    await wait(0.01)
    assert 0.01 <= time.monotonic() - began < 3600
"""


def test_loops_of_pytest_asyncio(project):
    """Fixtures and tests are in virtual time on a loop of the function, set-up and teardown too, or a wider loop."""
    project.makepyfile(
        ASYNC_FIXTURES
        + """
@pytest_asyncio.fixture
async def of_the_function():
    await an_hour()
    yield
    await an_hour()

@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def of_the_module():
    await a_moment()
    yield asyncio.get_running_loop()
    await a_moment()

@pytest.mark.asyncio
async def test_of_the_function(of_the_function, octamem_client):
    await an_hour()

@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("nth", range(2))
async def test_of_the_module(nth, of_the_module, octamem_clock):
    assert asyncio.get_running_loop() is of_the_module
    await an_hour()
    await asyncio.to_thread(time.sleep, 3600)
"""
    )
    project.runpytest_inprocess("-p", "no:anyio").assert_outcomes(passed=3)


def test_a_running_loop_is_refused(project):
    """A test that asks for virtual time while its loop runs is told why it cannot have it."""
    project.makepyfile(
        """
        import pytest

        @pytest.mark.asyncio
        async def test_late(request):
            request.getfixturevalue("octamem_virtual_time")

        def test_too_late(octamem_client, request):
            request.getfixturevalue("octamem_virtual_time")

        def test_chaos(octamem_chaos, octamem_virtual_time):
            pass
        """
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=2, errors=1)
    result.stdout.fnmatch_lines_random(
        ["*got one of asyncio that runs already*", "*whose fake is in use already*", "*without octamem_chaos*"]
    )


def test_loops_of_anyio(project):
    """Fixtures and tests run in virtual time on asyncio; trio and uvloop are refused at set-up with the reason."""
    project.makepyfile(
        ASYNC_FIXTURES
        + """
@pytest.fixture(params=["asyncio", "trio", ("asyncio", {"use_uvloop": True})], ids=["asyncio", "trio", "uvloop"])
def anyio_backend(request):
    return request.param

@pytest.fixture
async def of_the_function():
    await an_hour(anyio.sleep)
    yield
    await an_hour(anyio.sleep)

@pytest.mark.anyio
async def test_it(of_the_function, octamem_client):
    await an_hour(anyio.sleep)
    await anyio.to_thread.run_sync(time.sleep, 3600)
"""
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines_random(["*got one of trio, *", "*got one of uvloop, *"])


def test_trio_inside_a_test_is_refused(octamem_client):
    """A loop of trio that the test itself runs is refused, rather than left in real time."""
    with pytest.raises(BaseException, match="got one of trio"):
        anyio.run(anyio.sleep, 1, backend="trio")


def test_trio_imported_by_name_is_refused(octamem_client):
    """A loop is refused whatever name it is started by, a guest run included."""
    with pytest.raises(BaseException, match="got one of trio"):
        held_run(trio.sleep, 1)
    with pytest.raises(BaseException, match="got one of trio"):
        trio.lowlevel.start_guest_run(
            trio.sleep, 1, run_sync_soon_threadsafe=lambda _: None, done_callback=lambda _: None
        )


def test_a_loop_imported_inside_the_test_is_refused(project, monkeypatch):
    """A library of loops that the program imports only as it runs is refused as one from before."""
    monkeypatch.delitem(sys.modules, "uvloop", raising=False)
    project.syspathinsert()
    project.makepyfile(
        uvloop="""
import asyncio

class Loop(asyncio.SelectorEventLoop):
    def run_forever(self):
        super().run_forever()
""",
        test_it="""
import pytest

def runs(loop):
    done = loop.create_future()
    done.set_result(None)
    try:
        loop.run_until_complete(done)
    finally:
        loop.close()

@pytest.mark.octamem(virtual_time=True)
@pytest.mark.parametrize("time", [1, 2])
def test_it(time, octamem_client):
    import uvloop
    runs(uvloop.Loop())

def test_after(octamem_client):
    import uvloop
    runs(uvloop.Loop())
""",
    )
    result = project.runpytest_inprocess("-p", "no:randomly")
    result.assert_outcomes(failed=2, passed=1)
    result.stdout.fnmatch_lines(["*got one of uvloop, *"])


def test_unittest_has_it_too(project):
    """A class of unittest, async or not, is in virtual time by its marker."""
    project.makepyfile(
        """
        import asyncio, time, unittest
        import pytest

        @pytest.mark.usefixtures("octamem_virtual_time")
        class TestTime(unittest.IsolatedAsyncioTestCase):
            async def test_async(self):
                began = time.monotonic()
                await asyncio.sleep(3600)
                assert time.monotonic() - began >= 3600

            def test_sync(self):
                began = time.monotonic()
                time.sleep(3600)
                assert time.monotonic() - began >= 3600
        """
    )
    project.runpytest_inprocess().assert_outcomes(passed=2)


def test_the_run_itself_keeps_the_machine_s_time(project):
    """The hours of a program are not in the durations that pytest reports."""
    project.makepyfile("import time\ndef test_it(octamem_virtual_time):\n    time.sleep(36000)\n")
    result = project.runpytest_inprocess("--durations=0", "-vv")
    result.assert_outcomes(passed=1)
    assert "36000" not in result.stdout.str().replace("time.sleep(36000)", "")


def test_the_date_is_the_fake_s(octamem_fake, octamem_clock):
    """The present of `datetime` is the fake's, whose memories are stored at that moment."""
    assert dt.datetime.now(dt.timezone.utc).timestamp() == pytest.approx(octamem_clock.now(), abs=TICK)


@pytest.mark.slow
@pytest.mark.parametrize(("delay", "seconds", "late"), [(30, 0.5, True), (1.5, 9.0, False)])
def test_over_http_a_deadline_is_compared_with_the_real_delay(octamem_server, delay, seconds, late):
    """An answer of the server that takes real time is late for a deadline that is sooner, and for no other."""
    octamem_server.fake.faults(f"search: slow({delay}s)")

    async def recalls():
        async with AsyncOctaMem() as client:
            try:
                await asyncio.wait_for(client.get(query="tea"), seconds)
            except asyncio.TimeoutError:
                return True
            return False

    assert asyncio.run(recalls()) is late


def test_over_http_it_works_with_the_server(octamem_server, octamem_clock):
    """A program may wait an hour between two calls over a socket."""
    before = octamem_clock.now()
    with OctaMem() as client:
        client.add(content="Tea is at four.")
        time.sleep(LONG)
        assert client.get(query="tea").results
    assert octamem_clock.now() - before == pytest.approx(LONG, abs=1)
