"""What a test costs whose server asks for a minute of patience: the wait is on the kit's clock, so next to none."""

from __future__ import annotations

import asyncio
import sys
from time import perf_counter

from octamem import AsyncOctaMem, OctaMem
from octamem_testing.context import TestContext, build
from octamem_testing.marker import Plan
from octamem_testing.wiring.transport import FakeTransport

from ._measure import medians

PLAN = Plan(faults=("add: 429(retry-after=60)",))
TARGET = 0.010  # seconds


def _check(context: TestContext) -> None:
    if context.clock.waits != [60]:
        raise SystemExit(f"expected one wait of 60 s, got {context.clock.waits}")


def sync_test() -> None:
    """Do what one test with octamem_client does, from its fixtures to its last line."""
    context = build("benchmark::sync", PLAN)
    fake, clock = context.fake, context.clock
    with OctaMem(fake.api_key, transport=FakeTransport(fake, clock), clock=clock) as client:
        client.add(content="tea")
    _check(context)


def async_test() -> None:
    """Do what one test with async_octamem_client does, its event loop included."""
    context = build("benchmark::async", PLAN)
    fake, clock = context.fake, context.clock
    client = AsyncOctaMem(fake.api_key, transport=FakeTransport(fake, clock), clock=clock)
    asyncio.run(client.add(content="tea"))
    _check(context)


def main() -> int:
    """Measure, print one line a figure, and return 1 where the target is missed."""
    first = perf_counter()
    sync_test()
    print(f"the first in a process, with what it loads lazily: {(perf_counter() - first) * 1000:6.2f} ms")
    found = medians({"sync": sync_test, "async": async_test}, calls=20, rounds=25)
    for name, seconds in found.items():
        print(
            f"60 s of Retry-After, {name:5} (median): {seconds * 1000:6.2f} ms (target: under {TARGET * 1000:.0f} ms)"
        )
    return int(max(found.values()) >= TARGET)


if __name__ == "__main__":
    sys.exit(main())
