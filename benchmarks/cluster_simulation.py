"""What a thousand replicas would do, by simulation: how keys spread over them, and how many move with one more.

The rings are those of the proxies, point by point (`cluster_rings`), so that each key goes where the proxy would send
it. Keys are drawn from a seed. Memory is that of a fake in this process.
"""

from __future__ import annotations

import random
import sys
import tracemalloc
from collections import Counter
from dataclasses import dataclass
from statistics import mean, pstdev
from typing import Iterator, List, Sequence

from fake_server import Fake

from .cluster_rings import RINGS, Ring

COUNTS = (2, 4, 10, 100, 1000)
KEYS = 100_000
SEED = 18
MEMORIES = 10
TEXT = "The launch of the new kettle is on April 15, and Ana brings tea for the whole team."


@dataclass(frozen=True)
class Spread:
    """How the keys of one ring spread: the most and the least of a replica, as shares of the mean."""

    most: float
    least: float
    deviation: float

    @classmethod
    def of(cls, ring: Ring, keys: List[str], count: int) -> Spread:
        """Return the spread of some keys over so many replicas."""
        found = Counter(map(ring.replica, keys))
        held = [found[number] for number in range(1, count + 1)]
        middle = mean(held)
        return cls(max(held) / middle, min(held) / middle, pstdev(held) / middle)


def keys_of(count: int) -> List[str]:
    """Return keys as a team would have them, always the same."""
    drawn = random.Random(SEED)  # noqa: S311 - no secret
    return [f"sk-om-live-{drawn.getrandbits(64):016x}" for _ in range(count)]


def moved(before: Ring, after: Ring, keys: List[str]) -> float:
    """Return the share of keys that have another replica."""
    return sum(before.replica(key) != after.replica(key) for key in keys) / len(keys)


def bytes_of_a_key(count: int, memories: int) -> float:
    """Return the memory of a key with so many memories."""
    fake = Fake()
    fake.configure(key="sk-om-live-first", top_k=3)
    fake.remember([TEXT], key="sk-om-live-first")  # what is loaded at its first use is of no key
    tracemalloc.start()
    began = tracemalloc.get_traced_memory()[0]
    for key in keys_of(count):
        fake.configure(key=key, top_k=3)
        if memories:
            fake.remember([f"{TEXT} {number}" for number in range(memories)], key=key)
    used = tracemalloc.get_traced_memory()[0] - began
    tracemalloc.stop()
    return used / count


def lines(count: int = KEYS, counts: Sequence[int] = COUNTS) -> Iterator[str]:
    """Yield the tables, with so many keys and with these numbers of replicas."""
    keys = keys_of(count)
    for proxy, ring in RINGS.items():
        for replicas in counts:
            now, more = ring(replicas), ring(replicas + 1)
            spread = Spread.of(now, keys, replicas)
            share = moved(now, more, keys) * (replicas + 1)
            yield (
                f"{proxy:<8} {replicas:5} replicas: most {spread.most:.2f} of the mean, least {spread.least:.2f}, "
                f"deviation {spread.deviation:.2f}; one more moves {share:.2f} of 1/{replicas + 1}"
            )


def memory() -> str:
    """Return a line about the memory of a key."""
    empty, some = bytes_of_a_key(1000, 0), bytes_of_a_key(1000, MEMORIES)
    return f"a key: {empty / 1024:.1f} KiB with settings alone, {some / 1024:.1f} KiB with {MEMORIES} memories"


def main() -> None:
    """Simulate everything once, with so many keys as the command line says."""
    for line in lines(*map(int, sys.argv[1:2])):
        print(line)
    print(memory())


if __name__ == "__main__":
    main()
