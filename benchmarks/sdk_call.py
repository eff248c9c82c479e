"""What one call of the SDK costs, against a raw `httpx.Client.post` on the same static transport."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import sys
import time
import tracemalloc
from typing import Callable

import httpx

from octamem import AsyncOctaMem, OctaMem

BODY = json.dumps({"success": True, "id": "rec_1", "pending_id": "pend_1"}).encode()
URL = "https://platform.octamem.com/api/memory/add"
TARGET = 1.0


def answer(request: httpx.Request) -> httpx.Response:
    """Answer every request alike."""
    request.read()
    return httpx.Response(200, headers={"content-type": "application/json"}, content=BODY)


async def answer_async(_request: httpx.Request) -> httpx.Response:
    """Answer every request alike, after one turn of the event loop."""
    await asyncio.sleep(0)
    return httpx.Response(200, headers={"content-type": "application/json"}, content=BODY)


def medians(*things: Callable[[], object], rounds: int, calls: int) -> list[float]:
    """Return the median microseconds of each, measured in turns so that a slow moment hits them all."""
    seen: list[list[float]] = [[] for _ in things]
    for _ in range(rounds):
        for times, thing in zip(seen, things):
            start = time.perf_counter()
            for _ in range(calls):
                thing()
            times.append((time.perf_counter() - start) / calls * 1e6)
    return [statistics.median(times) for times in seen]


async def growth(calls: int, rounds: int) -> list[int]:
    """Return the bytes held after each round of that many concurrent calls."""
    held = []
    async with AsyncOctaMem("sk-om-live-benchmark", transport=httpx.MockTransport(answer_async)) as client:
        for _ in range(rounds):
            await asyncio.gather(*(client.add(content="tea") for _ in range(calls)))
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
    return held


def main() -> int:
    """Measure, print one line a figure, and return 1 where the target is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=30)
    options.add_argument("--calls", type=int, default=300)
    options.add_argument("--concurrent", type=int, default=10_000)
    given = options.parse_args()
    transport = httpx.MockTransport(answer)
    with OctaMem("sk-om-live-benchmark", transport=transport) as ours, httpx.Client(transport=transport) as raw:
        ours_us, raw_us = medians(
            lambda: ours.add(content="tea"),
            lambda: raw.post(URL, json={"content": "tea", "previousContext": ""}),
            rounds=given.rounds,
            calls=given.calls,
        )
    ratio = ours_us / raw_us
    print(f"one add: {ours_us:.1f} us; raw httpx.Client.post: {raw_us:.1f} us; ratio {ratio:.2f} (target {TARGET})")
    tracemalloc.start()
    held = asyncio.run(growth(given.concurrent, 5))
    # The least of three: an allocator may grow once more, a leak grows each time.
    more = min(after - before for before, after in zip(held[1:], held[2:]))
    print(f"{given.concurrent} concurrent async calls: {held[-1]} bytes held, {more:+d} from one round to the next")
    return int(ratio > TARGET or more > 100_000)


if __name__ == "__main__":
    sys.exit(main())
