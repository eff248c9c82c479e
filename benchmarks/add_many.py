"""How long `add_many` takes for many memories over HTTP, beside what a program would write by hand."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Iterator, List

import httpx

from octamem import AsyncOctaMem, OctaMem

KEY = "sk-om-live-benchmark"


def texts(count: int) -> Iterator[str]:
    """Yield so many memories."""
    return (f"Guest {number} drinks tea at four" for number in range(count))


def by_hand(url: str, count: int, at_once: int) -> None:
    """Add them with the client and a pool of threads, as a program would by hand: all at hand, all submitted."""
    with OctaMem(KEY, base_url=url) as client, ThreadPoolExecutor(at_once) as pool:
        for _result in pool.map(lambda text: client.add(content=text), texts(count)):
            pass


def in_threads(url: str, count: int, at_once: int) -> None:
    """Add them with the sync client's add_many."""
    with OctaMem(KEY, base_url=url) as client:
        assert all(outcome.result for outcome in client.add_many(texts(count), concurrency=at_once))


def in_tasks(url: str, count: int, at_once: int) -> None:
    """Add them with the async client's add_many."""

    async def main() -> None:
        async with AsyncOctaMem(KEY, base_url=url) as client:
            async for outcome in client.add_many(texts(count), concurrency=at_once):
                assert outcome.result

    asyncio.run(main())


def in_tasks_by_hand(url: str, count: int, at_once: int) -> None:
    """Add them with the async client, a semaphore and gather, as a program would by hand."""

    async def main() -> None:
        free = asyncio.Semaphore(at_once)
        async with AsyncOctaMem(KEY, base_url=url) as client:

            async def add(text: str) -> None:
                async with free:
                    await client.add(content=text)

            await asyncio.gather(*map(add, texts(count)))

    asyncio.run(main())


def peak(run: Callable[[httpx.MockTransport, int], None], count: int) -> int:
    """Return the most bytes that a run held, on a transport that answers at once."""
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json={"id": "rec_1"}))
    run(transport, 100)
    tracemalloc.start()
    run(transport, count)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def hold_by_hand(transport: httpx.MockTransport, count: int) -> None:
    """Add memories from an iterable with a pool of threads."""
    with OctaMem(KEY, transport=transport) as client, ThreadPoolExecutor(8) as pool:
        for _result in pool.map(lambda text: client.add(content=text), texts(count)):
            pass


def hold_in_threads(transport: httpx.MockTransport, count: int) -> None:
    """Add memories from an iterable with add_many."""
    with OctaMem(KEY, transport=transport) as client:
        for _outcome in client.add_many(texts(count)):
            pass


def main() -> int:
    """Measure in turns, print the median seconds of each, and return 1 if add_many takes 1.2 times the pool's."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--memories", type=int, default=10_000)
    options.add_argument("--at-once", type=int, default=8)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    ways = {
        "a ThreadPoolExecutor by hand": by_hand,
        "add_many": in_threads,
        "asyncio.gather by hand": in_tasks_by_hand,
        "add_many, async": in_tasks,
    }
    spent: dict[str, List[float]] = {name: [] for name in ways}
    # The service runs in a process of its own, so that it and the client do not share one interpreter.
    command = [sys.executable, "-m", "fake_server", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().split()[-1]
            for _ in range(given.rounds):
                for name, way in ways.items():
                    httpx.post(f"{url}/_fake/reset", json={})
                    began = time.perf_counter()
                    way(url, given.memories, given.at_once)
                    spent[name].append(time.perf_counter() - began)
                    usage = OctaMem(KEY, base_url=url).details().usage
                    assert usage == given.memories, usage
        finally:
            server.terminate()
    medians = {name: statistics.median(times) for name, times in spent.items()}
    reference = medians["a ThreadPoolExecutor by hand"]
    for name, seconds in medians.items():
        rate = given.memories / seconds
        print(f"{name}: {seconds:.2f} s for {given.memories:,}, {rate:,.0f} a second, ratio {seconds / reference:.2f}")
    for name, hold in {"a ThreadPoolExecutor by hand": hold_by_hand, "add_many": hold_in_threads}.items():
        print(f"{name}: {peak(hold, given.memories) / 2**20:.1f} MiB at the peak")
    assert threading.active_count() == 1
    return int(medians["add_many"] > 1.2 * reference)


if __name__ == "__main__":
    sys.exit(main())
