"""The processes of a load: a master and its workers, or one alone, started under one supervisor and ended in order."""

from __future__ import annotations

import signal
import sys
import time
from queue import Empty, SimpleQueue
from typing import Callable, List, Mapping, Optional, Sequence

from fake_server.cli.programs.guard import Guard
from fake_server.cli.programs.program import Program, end_signals

__all__ = ["supervise"]

END_SECONDS = 15.0
"""Seconds that a worker has to end after its master did."""
POLL = 0.2

Tell = Callable[[str], None]


def supervise(
    first: Sequence[str],
    workers: Sequence[Sequence[str]],
    variables: Mapping[str, str],
    tell: Tell,
    *,
    begins: str,
    read: Tell,
) -> Optional[int]:
    """Run Locust until it ends or a signal comes, which lets it check and report; a second signal ends all at once.

    `begins` is told as soon as a signal is heeded. `first` are the options of the master, or of the only process.
    `read` is called with each line that one of them writes to standard output, maybe from several threads. Return the
    exit status of the first, below 0 for a signal, and None if a second signal ended it.
    """
    events: SimpleQueue[Optional[Program]] = SimpleQueue()
    guard = Guard()
    master, *programs = (
        Program(name, _command(options), events.put, variables, guard=guard, lines=lambda _, line: read(line))
        for name, options in [("the load", first), *((f"worker {at}", each) for at, each in enumerate(workers, 1))]
    )
    was_cut_off = False
    with end_signals(lambda: events.put(None)):
        tell(begins)
        try:
            for each in (master, *programs):
                each.start()
            was_cut_off = _watch(master, programs, events, tell)
        finally:
            _end(master, programs)
            guard.end()
    return None if was_cut_off else master.code


def _command(options: Sequence[str]) -> List[str]:
    return [sys.executable, "-m", "locust", *options]


def _watch(master: Program, workers: Sequence[Program], events: SimpleQueue[Optional[Program]], tell: Tell) -> bool:
    """Wait until the master has ended; tell of a worker that did not end well. Return whether a second signal came."""
    is_ending = False
    while master.code is None:
        try:
            ended = events.get(timeout=POLL)
        except Empty:
            continue
        if ended is None:
            if is_ending:
                tell("ended at once: nothing is checked")
                return True
            is_ending = True
            tell("ending: each key is checked first; a second Ctrl-C ends at once")
            # Unlike SIGINT, Locust handles it also while a master waits for its workers.
            master.end(signal.SIGTERM)
        elif ended is not master and ended.code:
            tell(f"{ended.name} ended with {ended.status}")
            if all(each.code for each in workers):
                master.end(signal.SIGTERM)
    return False


def _end(master: Program, workers: Sequence[Program]) -> None:
    latest = time.monotonic() + END_SECONDS
    if master.code is None:
        latest = time.monotonic()
    master.join(0)
    for each in workers:
        each.is_ending = True
    for each in workers:
        each.join(max(0.0, latest - time.monotonic()))
