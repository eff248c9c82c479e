"""Optimistic contention: many clients change one row, and start again if another was faster."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Callable, Iterator

from .backoffs import BACKOFFS
from .bounds import check, check_number, check_whole
from .event_queue import EventQueue, Process

__all__ = ["Contention", "contend"]

MOST_CLIENTS = 10_000
MOST_TIME = 1e9


@dataclass(frozen=True)
class Contention:
    """The milliseconds until the last client was done, and the number of attempted writes."""

    time: float
    writes: int


class _Row:
    """The row that all clients change: its version, and the number of attempted writes."""

    def __init__(self) -> None:
        self.version = 0
        self.writes = 0

    def write(self, version: int) -> bool:
        """Attempt a write for a version, and return whether it is still the row's version."""
        self.writes += 1
        if version != self.version:
            return False
        self.version += 1
        return True


def contend(
    clients: int,
    backoff: str,
    *,
    seed: int = 0,
    hop: float = 10.0,
    spread: float = 2.0,
    base: float = 5.0,
    cap: float = 2000.0,
) -> Contention:
    """Let each client read the row and write it once, and return the time and the writes; times are in milliseconds.

    A message takes |N(hop, spread)|. A client whose version is stale when its write arrives waits for the answer, then
    for its back-off (one of BACKOFFS, with base and cap), and then reads again. The model and the defaults are those of
    "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).

    Raises ValueError for an invalid argument; at most ten thousand clients and a billion milliseconds are allowed.
    """
    check_whole("clients", clients, least=1, most=MOST_CLIENTS)
    check("backoff", backoff, f"one of {', '.join(BACKOFFS)}", isinstance(backoff, str) and backoff in BACKOFFS)
    check_number("hop", hop, most=MOST_TIME, above=True)
    for name, value in (("spread", spread), ("base", base), ("cap", cap)):
        check_number(name, value, most=MOST_TIME)
    random = Random(f"{seed} contention")  # noqa: S311 - repeats on purpose
    events, row = EventQueue(tick=hop), _Row()
    for _ in range(clients):
        waits = BACKOFFS[backoff](base, cap, random.random)
        events.start(_client(row, waits, lambda: abs(random.normalvariate(hop, spread))))
    events.run()
    return Contention(events.now, row.writes)


def _client(row: _Row, waits: Iterator[float], hop: Callable[[], float]) -> Process:
    yield hop()
    while True:
        version = row.version
        # The answer to the read and the write that follows from it: nothing happens between them.
        yield hop() + hop()
        written = row.write(version)
        yield hop()
        if written:
            return
        yield hop() + next(waits)
