"""The kit's clock: waits take no time, and end in the order of their moments."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Callable, List, Tuple

import anyio
import pytest

from fake_server.core import Fake
from octamem_testing.virtual_time.clock import VirtualClock

if TYPE_CHECKING:
    from anyio.abc import TaskStatus

Until = Callable[[Callable[[], object]], None]


@pytest.fixture
def clock() -> VirtualClock:
    """Give a clock on a fake of its own."""
    return VirtualClock(Fake())


def test_a_lone_wait_moves_time_at_once(clock: VirtualClock) -> None:
    """One wait moves the fake's time by what was asked, and is listed."""
    began = clock.now()
    clock.sleep(3600)
    clock.sleep(0.25)
    assert (clock.now() - began, clock.fake.now(), clock.waits) == (3600.25, 3_600_250_000, [3600, 0.25])


def test_a_lone_async_wait_moves_time_at_once(clock: VirtualClock, backend: str) -> None:
    """One wait in a task moves the fake's time by what was asked, under every async library."""
    anyio.run(clock.sleep_async, 90.5, backend=backend)
    assert (clock.fake.now(), clock.waits) == (90_500_000, [90.5])


def test_a_wait_lets_other_tasks_run(clock: VirtualClock, backend: str) -> None:
    """A task that does nothing but wait on the clock can be cancelled, so it can starve no loop."""

    async def main() -> int:
        rounds = 0
        with anyio.CancelScope() as scope:
            while True:
                rounds += 1
                if rounds == 3:
                    scope.cancel()
                await clock.sleep_async(1)
        return rounds

    assert anyio.run(main, backend=backend) == 3


def test_elapsed_time_is_no_wait(clock: VirtualClock, backend: str) -> None:
    """Time that passes without a client asking for it moves the clock and is not among the waits."""
    clock.elapse(2)
    anyio.run(clock.elapse_async, 3, backend=backend)
    assert (clock.fake.now(), clock.waits) == (5_000_000, [])


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_a_wait_of_no_length_is_refused(clock: VirtualClock, seconds: float) -> None:
    """What is no length of time raises ValueError, and leaves nothing in flight that would hold time up."""
    with pytest.raises(ValueError, match=r"seconds"):
        clock.sleep(seconds)
    clock.sleep(1)
    assert clock.fake.now() == 1_000_000


def test_a_call_that_is_not_waiting_holds_time_up(clock: VirtualClock, until: Until) -> None:
    """Time stands still for a sleeper while another call in flight does something, and jumps once that has ended."""
    woken = threading.Event()

    def other() -> None:
        clock.sleep(5)
        woken.set()

    thread = threading.Thread(target=other)
    with clock.call():
        thread.start()
        until(lambda: clock.waits)
        assert (clock.fake.now(), woken.is_set()) == (0, False)
    thread.join(10)
    assert (clock.fake.now(), woken.is_set()) == (5_000_000, True)


def test_a_call_that_raises_holds_nothing_up(clock: VirtualClock, until: Until) -> None:
    """A call that ends in an error lets the sleepers of the others go on."""
    thread = threading.Thread(target=clock.sleep, args=(5,))

    def break_off() -> None:
        with clock.call():
            thread.start()
            until(lambda: clock.waits)
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        break_off()
    thread.join(10)
    assert clock.fake.now() == 5_000_000


def test_advance_wakes_whom_it_makes_due(clock: VirtualClock, until: Until) -> None:
    """Time moved by hand ends the waits that it passes, although another call is in flight, and no others."""
    ends: List[float] = []
    threads = [threading.Thread(target=lambda s=s: (clock.sleep(s), ends.append(s))) for s in (5, 50)]
    with clock.call():
        for thread in threads:
            thread.start()
        until(lambda: len(clock.waits) == 2)
        clock.advance(10)
        until(lambda: ends)
        assert (ends, clock.fake.now()) == ([5], 10_000_000)
    for thread in threads:
        thread.join(10)
    assert (ends, clock.fake.now()) == ([5, 50], 50_000_000)


def test_time_never_goes_back(clock: VirtualClock) -> None:
    """A step back is refused."""
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)


def test_a_call_inside_a_call_is_part_of_it(clock: VirtualClock) -> None:
    """A client that is called in the middle of another call waits at once: the outer call holds nothing up."""
    with clock.call(), clock.call():
        clock.sleep(7)
    assert clock.fake.now() == 7_000_000


def test_eight_threads_wake_in_the_order_of_their_moments(clock: VirtualClock) -> None:
    """Eight threads of fifty waits each wake one after the other, at their own moments, in order."""
    barrier = threading.Barrier(8)
    woken: List[Tuple[int, int]] = []

    def worker(number: int) -> None:
        with clock.call():
            barrier.wait(10)
            due = 0
            for turn in range(50):
                length = 1 + (number * 7 + turn * 3) % 11
                due += length * 1_000_000
                clock.sleep(length)
                woken.append((clock.fake.now(), due))

    threads = [threading.Thread(target=worker, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(woken) == 400
    assert all(now == due for now, due in woken)
    assert woken == sorted(woken)


def test_tasks_wake_in_the_order_of_their_moments(clock: VirtualClock, backend: str) -> None:
    """Tasks that wait for different moments wake in their order, each at its own."""
    woken: List[Tuple[int, float]] = []

    async def main() -> None:
        ready = anyio.Event()
        lengths = [5, 1, 3, 1, 5, 2]

        async def worker(number: int, seconds: float, *, task_status: TaskStatus[None]) -> None:
            with clock.call():
                task_status.started()
                await ready.wait()
                await clock.sleep_async(seconds)
                woken.append((number, clock.fake.now() / 1e6))

        async with anyio.create_task_group() as group:
            for number, seconds in enumerate(lengths):
                await group.start(worker, number, seconds)
            ready.set()

    anyio.run(main, backend=backend)
    assert [moment for _, moment in woken] == [1, 1, 2, 3, 5, 5]
    lengths = clock.waits
    assert sorted(lengths) == [1, 1, 2, 3, 5, 5]


def test_waits_of_one_moment_end_in_the_order_they_began(clock: VirtualClock, until: Until) -> None:
    """Sleepers due at the same microsecond wake by their sequence, though sums of floats would cross."""
    woken: List[int] = []
    threads = []
    with clock.call():
        for number in range(6):
            # 0.1 + 0.2 and 0.3 are different floats and the same moment.
            length = 0.3 if number % 2 else 0.1 + 0.2
            thread = threading.Thread(target=lambda n=number, s=length: (clock.sleep(s), woken.append(n)))
            thread.start()
            until(lambda n=number: len(clock.waits) == n + 1)
            threads.append(thread)
    for thread in threads:
        thread.join(10)
    assert (woken, clock.fake.now()) == ([0, 1, 2, 3, 4, 5], 300_000)


@pytest.mark.parametrize("rounds", [20])
def test_threads_asyncio_and_trio_wait_on_one_clock(clock: VirtualClock, rounds: int) -> None:
    """A thread, an asyncio loop and a trio loop wait at once, each wakes at its own moments, and none is forgotten."""
    barrier = threading.Barrier(3)
    woken: List[Tuple[int, str]] = []

    def in_thread() -> None:
        with clock.call():
            barrier.wait(10)
            for _ in range(rounds):
                clock.sleep(2)
                woken.append((clock.fake.now(), "thread"))

    def in_loop(backend: str, seconds: float) -> None:
        async def main() -> None:
            with clock.call():
                barrier.wait(10)
                for _ in range(rounds):
                    await clock.sleep_async(seconds)
                    woken.append((clock.fake.now(), backend))

        anyio.run(main, backend=backend)

    threads = [
        threading.Thread(target=in_thread),
        threading.Thread(target=in_loop, args=("asyncio", 3)),
        threading.Thread(target=in_loop, args=("trio", 5)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    lengths = {"thread": 2, "asyncio": 3, "trio": 5}
    for name, length in lengths.items():
        assert [now for now, who in woken if who == name] == [length * 1_000_000 * n for n in range(1, rounds + 1)]
    assert [now for now, _ in woken] == sorted(now for now, _ in woken)


def test_a_cancelled_wait_holds_nobody_up(clock: VirtualClock, backend: str) -> None:
    """A task that is cancelled in its wait leaves the clock, and the others wake at their own moments."""
    ends: List[float] = []

    async def main() -> None:
        busy = anyio.Event()

        async def holder(*, task_status: TaskStatus[None]) -> None:
            with clock.call():
                task_status.started()
                await busy.wait()

        async def sleeper() -> None:
            await clock.sleep_async(10)
            ends.append(clock.fake.now() / 1e6)

        async with anyio.create_task_group() as group:
            await group.start(holder)
            group.start_soon(sleeper)
            with anyio.CancelScope() as scope:

                async def cancel() -> None:
                    while len(clock.waits) < 2:
                        await anyio.lowlevel.checkpoint()
                    scope.cancel()

                group.start_soon(cancel)
                await clock.sleep_async(1)
                ends.append(-1)
            busy.set()

    anyio.run(main, backend=backend)
    assert (ends, clock.fake.now()) == ([10], 10_000_000)


def test_a_loop_that_has_ended_holds_nobody_up(clock: VirtualClock) -> None:
    """A wait in a loop that was closed without ending its task is given up, and time goes on for the others."""
    loop = asyncio.new_event_loop()
    coroutine = clock.sleep_async(1)
    task = loop.create_task(coroutine)
    with clock.call():
        loop.run_until_complete(asyncio.sleep(0))
        assert (clock.waits, clock.fake.now()) == ([1], 0)
        loop.close()
    clock.sleep(5)
    assert clock.fake.now() == 6_000_000
    task._log_destroy_pending = False  # type: ignore[attr-defined]  # the loss of this task is the test
    coroutine.close()


def test_a_blocking_wait_inside_a_loop_does_not_lock_it_up(clock: VirtualClock, backend: str) -> None:
    """A thread that blocks on the clock while its own loop has calls in flight goes on at once, and so do they."""
    ends: List[Tuple[str, int]] = []

    async def main() -> None:
        over = anyio.Event()

        async def busy(*, task_status: TaskStatus[None]) -> None:
            with clock.call():
                task_status.started()
                await over.wait()

        async def sleeper() -> None:
            await clock.sleep_async(1)
            ends.append(("task", clock.fake.now()))

        async with anyio.create_task_group() as group:
            await group.start(busy)
            group.start_soon(sleeper)
            while not clock.waits:
                await anyio.lowlevel.checkpoint()
            clock.sleep(4)  # neither of the two can go on while this blocks their loop
            ends.append(("thread", clock.fake.now()))
            over.set()

    anyio.run(main, backend=backend)
    assert ends == [("thread", 4_000_000), ("task", 4_000_000)]


def test_a_wait_in_a_child_of_a_call_counts_for_that_call(clock: VirtualClock, backend: str) -> None:
    """Tasks that a call begins wait as part of it, one after the other, and their call is no obstacle."""

    async def main() -> None:
        with clock.call():
            async with anyio.create_task_group() as group:
                group.start_soon(clock.sleep_async, 2)
                group.start_soon(clock.sleep_async, 6)

    anyio.run(main, backend=backend)
    assert clock.fake.now() == 8_000_000


def test_a_task_that_outlives_its_call_waits_on_its_own(clock: VirtualClock, backend: str) -> None:
    """A task that goes on after the call that began it has ended is a caller of its own."""

    async def main() -> None:
        go = anyio.Event()

        async def straggler(*, task_status: TaskStatus[None]) -> None:
            task_status.started()
            await go.wait()
            await clock.sleep_async(3)

        async with anyio.create_task_group() as group:
            with clock.call():
                await group.start(straggler)
            go.set()

    anyio.run(main, backend=backend)
    assert clock.fake.now() == 3_000_000


def test_a_clock_tells_its_state_and_no_secret(clock: VirtualClock) -> None:
    """The repr says how far time is and how many calls are in flight."""
    with clock.call():
        clock.sleep(2)
        assert repr(clock) == "<VirtualClock: 2 s since its start, 1 calls in flight>"
