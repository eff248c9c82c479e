"""One clock for client and service: back-off, rate windows, dates and indexing live on it, in process and over HTTP."""

from __future__ import annotations

import threading
from typing import Any, Dict, List, Tuple

import anyio
import pytest

from fake_server.core import Fake
from octamem import AsyncOctaMem, OctaMem
from octamem_testing.context import OctaMemServer
from octamem_testing.virtual_time.clock import VirtualClock
from octamem_testing.wiring.transport import FakeTransport

Options = Dict[str, Any]


@pytest.fixture(params=["in process", "over http"])
def options(request: pytest.FixtureRequest, octamem_fake: Fake, octamem_clock: VirtualClock) -> Options:
    """Give what a client needs to reach the test's fake, in process and over a socket, on the test's clock."""
    if request.param == "in process":
        way: Options = {"transport": FakeTransport(octamem_fake, octamem_clock)}
    else:
        server: OctaMemServer = request.getfixturevalue("octamem_server")
        way = {"base_url": server.url}
    return {**way, "api_key": octamem_fake.api_key, "clock": octamem_clock}


@pytest.mark.octamem(rate="2/60", indexing_delay=5, faults='details: 503(retry-after="Thu, 01 Jan 2026 00:01:45 GMT")')
def test_client_and_service_go_by_one_clock(options: Options, octamem_fake: Fake, octamem_clock: VirtualClock) -> None:
    """A wait for the rate window ends the window, brings up what was indexed, and is what a date is held against."""
    with OctaMem(**options) as client:
        client.add(content="The keys are under the mat.")
        assert client.get(query="where are the keys?").results == []
        found = client.get(query="where are the keys?").results or []
        assert [(each.content, each.created_at) for each in found] == [
            ("The keys are under the mat.", "2026-01-01T00:00:00Z")
        ]
        assert octamem_clock.waits == [60]
        client.details()
    assert octamem_clock.waits == [60, 45]
    assert octamem_fake.now() == 105_000_000
    assert octamem_clock.now() == pytest.approx(1_767_225_600 + 105)  # 2026-01-01 and what was waited


@pytest.mark.parametrize("delay", [3600, "3 polls"])
def test_settle_moves_on_to_what_is_found(octamem_client: OctaMem, octamem_fake: Fake, delay: object) -> None:
    """After settle all that was added is found, whether indexing takes time or polls, and again is a no-op."""
    octamem_fake.change({"indexing_delay": delay})
    octamem_client.add(content="Tea is at four.")
    assert octamem_client.get(query="tea").results == []
    settled = octamem_fake.settle()
    assert [each.content for each in octamem_client.get(query="tea").results or []] == ["Tea is at four."]
    assert settled == octamem_fake.now() == octamem_fake.settle() == (3600_000_000 if delay == 3600 else 0)


@pytest.mark.parametrize("kind", ["threads", "asyncio", "trio"])
def test_callers_come_back_in_the_order_of_their_waits(
    options: Options, octamem_fake: Fake, octamem_clock: VirtualClock, kind: str
) -> None:
    """Callers that are held off for different times go on in their order, each at its own moment, whichever way in."""
    lengths = (40, 10, 30, 20)
    for seconds in lengths:
        octamem_fake.faults(f"add: 429(retry-after={seconds})", key=f"key-of-{seconds}")
    done: List[Tuple[int, int]] = []

    def in_threads() -> None:
        barrier = threading.Barrier(len(lengths))

        def worker(seconds: int) -> None:
            with OctaMem(**{**options, "api_key": f"key-of-{seconds}"}) as client, octamem_clock.register():
                barrier.wait(10)
                client.add(content="tea")
                done.append((seconds, octamem_fake.now() // 1_000_000))

        threads = [threading.Thread(target=worker, args=(seconds,)) for seconds in lengths]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)

    async def in_tasks() -> None:
        ready = anyio.Event()

        async def worker(client: AsyncOctaMem, seconds: int) -> None:
            with octamem_clock.register():
                await ready.wait()
                await client.with_options(api_key=f"key-of-{seconds}").add(content="tea")
                done.append((seconds, octamem_fake.now() // 1_000_000))

        async with AsyncOctaMem(**options) as client, anyio.create_task_group() as group:
            for seconds in lengths:
                group.start_soon(worker, client, seconds)
            await anyio.wait_all_tasks_blocked()
            ready.set()

    if kind == "threads":
        in_threads()
    else:
        anyio.run(in_tasks, backend=kind)
    assert done == [(seconds, seconds) for seconds in sorted(lengths)]
