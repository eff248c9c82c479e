"""Registered threads and tasks: between two of their calls they hold time still."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Callable, List, Tuple

import anyio
import pytest

from fake_server.core import Fake
from octamem import AsyncOctaMem, OctaMem
from octamem_testing.virtual_time.clock import VirtualClock

if TYPE_CHECKING:
    from anyio.abc import TaskStatus

Until = Callable[[Callable[[], object]], None]


@pytest.fixture
def clock() -> VirtualClock:
    """Give a clock on a fake of its own."""
    return VirtualClock(Fake())


def test_a_registered_thread_holds_time_between_its_calls(clock: VirtualClock, until: Until) -> None:
    """Time moves on for another only while the registered thread waits itself, or once it has ended."""
    woken = threading.Event()
    thread = threading.Thread(target=lambda: (clock.sleep(5), woken.set()))
    with clock.register():
        thread.start()
        until(lambda: clock.waits)
        assert (clock.fake.now(), woken.is_set()) == (0, False)
        clock.sleep(1)
        with clock.call():
            clock.sleep(2)
        assert (clock.fake.now(), woken.is_set()) == (3_000_000, False)
    thread.join(10)
    assert (clock.fake.now(), woken.is_set()) == (5_000_000, True)


def test_registered_threads_keep_the_order_of_their_calls(
    octamem_client: OctaMem, octamem_fake: Fake, octamem_clock: VirtualClock
) -> None:
    """Threads that compute between calls come to them at the moments that their waits give, in every run."""
    lengths = {"a": 3, "b": 5}
    for name, seconds in lengths.items():
        octamem_fake.faults(
            f"add: 429(retry-after={seconds}), ok, 429(retry-after={seconds}), ok", key=f"key-of-{name}"
        )
    barrier = threading.Barrier(len(lengths))
    done: List[Tuple[int, str]] = []

    def worker(name: str) -> None:
        client = octamem_client.with_options(api_key=f"key-of-{name}")
        with octamem_clock.register():
            barrier.wait(10)
            for turn in range(2):
                client.add(content=f"{name} {turn}")
                done.append((octamem_fake.now() // 1_000_000, name))

    threads = [threading.Thread(target=worker, args=(name,)) for name in lengths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert done == [(3, "a"), (5, "b"), (6, "a"), (10, "b")]


def test_tasks_in_a_registered_thread_are_callers_of_their_own(
    async_octamem_client: AsyncOctaMem, octamem_fake: Fake, octamem_clock: VirtualClock, backend: str
) -> None:
    """A thread that registers and then runs an event loop holds nothing up while tasks of it are in calls."""
    order: List[int] = []

    async def call(seconds: int) -> None:
        octamem_fake.faults(f"add: 429(retry-after={seconds})", key=f"key-of-{seconds}")
        await async_octamem_client.with_options(api_key=f"key-of-{seconds}").add(content="tea")
        order.append(seconds)

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for seconds in (30, 10, 20):
                group.start_soon(call, seconds)

    with octamem_clock.register():
        anyio.run(main, backend=backend)
    assert (order, octamem_fake.now()) == ([10, 20, 30], 30_000_000)


def test_a_registered_task_holds_time_between_its_calls(clock: VirtualClock, backend: str) -> None:
    """A task may register as a thread may: another task's wait ends only once it waits itself or is over."""
    woken: List[Tuple[str, int]] = []

    async def main() -> None:
        async def registered(*, task_status: TaskStatus[None]) -> None:
            with clock.register():
                task_status.started()
                for _ in range(20):
                    await anyio.lowlevel.checkpoint()
                woken.append(("checked", clock.fake.now()))
                await clock.sleep_async(1)
                woken.append(("registered", clock.fake.now()))

        async def sleeper() -> None:
            await clock.sleep_async(4)
            woken.append(("sleeper", clock.fake.now()))

        async with anyio.create_task_group() as group:
            await group.start(registered)
            group.start_soon(sleeper)

    anyio.run(main, backend=backend)
    assert woken == [("checked", 0), ("registered", 1_000_000), ("sleeper", 4_000_000)]


def test_registering_inside_a_call_or_twice_changes_nothing(clock: VirtualClock) -> None:
    """A call in flight holds time still already, and a registration inside another gives way to its calls."""
    with clock.call(), clock.register():
        clock.sleep(2)
    with clock.register(), clock.register():
        clock.sleep(3)
    assert clock.fake.now() == 5_000_000
    assert repr(clock) == "<VirtualClock: 5 s since its start, 0 calls in flight>"


def test_a_registration_that_raises_holds_nothing_up(clock: VirtualClock) -> None:
    """A registered block that ends in an error lets time go on."""

    def break_off() -> None:
        with clock.register():
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        break_off()
    clock.sleep(5)
    assert clock.fake.now() == 5_000_000
