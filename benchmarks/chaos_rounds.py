"""What a round of chaos costs: five calls under one fault, judged, beside the same program run by hand."""

from __future__ import annotations

import asyncio
import sys
from typing import Any, Callable, Dict

from octamem import AsyncOctaMem, OctaMem
from octamem_testing import Fake, FakeTransport, VirtualClock
from octamem_testing.chaos import INVARIANTS
from octamem_testing.chaos.world.program import Program
from octamem_testing.chaos.world.runner import Runner

from ._measure import medians

SCHEDULE = "add: ok, 503"
TARGET = 300  # rounds a second
URL = "https://platform.octamem.com"
NOTES = ("tea", "milk", "sugar", "spoons")


def program(client: OctaMem) -> None:
    """Make five calls."""
    for note in NOTES:
        client.add(content=note)
    client.get(query="tea")


async def async_program(client: AsyncOctaMem) -> None:
    """Make the same five calls."""
    for note in NOTES:
        await client.add(content=note)
    await client.get(query="tea")


def by_hand() -> None:
    """Run the program as a test without chaos would: a fresh fake, a fault, a client."""
    fake = Fake()
    clock = VirtualClock(fake)
    fake.faults(SCHEDULE)
    with OctaMem(fake.api_key, base_url=URL, transport=FakeTransport(fake, clock), clock=clock) as client:
        program(client)


def by_hand_async() -> None:
    """Run the async program likewise, in an event loop of its own."""
    fake = Fake()
    clock = VirtualClock(fake)
    fake.faults(SCHEDULE)
    client = AsyncOctaMem(fake.api_key, base_url=URL, transport=FakeTransport(fake, clock), clock=clock)
    asyncio.run(async_program(client))


def judged(scenario: Callable[..., Any]) -> Callable[[], None]:
    """Return a function that makes one round of chaos and checks every invariant."""
    runner = Runner(Program(scenario))
    runner.baseline = runner.play("", stage="baseline")

    def once() -> None:
        over = runner.play(SCHEDULE, stage="single")
        if len(over.hits) != 1 or any(invariant.check(over) for invariant in INVARIANTS):
            raise SystemExit(f"not the round that was meant: {over!r}")

    return once


def main() -> int:
    """Measure, print one line a figure, and return 1 if the target is missed."""
    contenders: Dict[str, Callable[[], object]] = {
        "sync": judged(program),
        "sync by hand": by_hand,
        "async": judged(async_program),
        "async by hand": by_hand_async,
    }
    found = medians(contenders, calls=20, rounds=15)
    for kind in ("sync", "async"):
        ratio = found[kind] / found[f"{kind} by hand"]
        print(
            f"{kind:5} (median): {1 / found[kind]:5.0f} rounds a second (target: {TARGET}), "
            f"{found[kind] * 1000:.2f} ms each; by hand {found[f'{kind} by hand'] * 1000:.2f} ms, ratio {ratio:.2f}"
        )
    return int(1 / found["sync"] < TARGET)


if __name__ == "__main__":
    sys.exit(main())
