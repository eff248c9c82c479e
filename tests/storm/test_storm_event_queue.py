"""The event queue: things happen in the order of time, whatever the bucket, and nothing happens early."""

from __future__ import annotations

from itertools import accumulate
from typing import Iterator, List, Sequence, Tuple

from hypothesis import given
from hypothesis import strategies as st

from octamem_testing.storm.event_queue import EventQueue

waits = st.lists(st.lists(st.sampled_from([0.0, 0.25, 0.3, 1.0, 7.5]), max_size=4), max_size=6)
Seen = List[Tuple[float, int]]


def acted(plans: Sequence[Sequence[float]], tick: float, until: float = float("inf")) -> Seen:
    """Let one process for each plan wait as it says, and note when each went on."""
    events, seen = EventQueue(tick=tick), []

    def process(number: int, plan: Sequence[float]) -> Iterator[float]:
        for wait in plan:
            seen.append((events.now, number))
            yield wait
        seen.append((events.now, number))

    for number, plan in enumerate(plans):
        events.start(process(number, plan))
    events.run(until)
    return seen


@given(waits, st.sampled_from([0.01, 0.3, 1.0, 1000.0]))
def test_the_order_does_not_depend_on_the_buckets(plans: List[List[float]], tick: float) -> None:
    """What happens, and when, is the same for every tick, and time never goes back."""
    seen = acted(plans, tick)
    assert seen == acted(plans, 0.1)
    assert [time for time, _ in seen] == sorted(time for time, _ in seen)
    times = (accumulate(plan, initial=0.0) for plan in plans)
    assert sorted(seen) == sorted((time, number) for number, each in enumerate(times) for time in each)


def test_what_is_due_at_once_goes_in_the_order_of_asking() -> None:
    """Of two that are due at one time, the one that asked first goes on first, whichever began first."""
    assert acted([[2.0, 1.0], [1.0, 2.0]], 0.5)[-2:] == [(3.0, 1), (3.0, 0)]


def test_a_process_may_start_another() -> None:
    """What is started goes on at the time that it is, or as long after as is asked."""
    events, seen = EventQueue(tick=1.0), []

    def child(name: str) -> Iterator[float]:
        seen.append((events.now, name))
        yield from ()

    def parent() -> Iterator[float]:
        yield 1.5
        events.start(child("later"), after=2.0)
        events.start(child("now"))
        yield 0.0
        seen.append((events.time(), "parent"))

    events.start(parent())
    events.run()
    assert seen == [(1.5, "now"), (1.5, "parent"), (3.5, "later")]


def test_nothing_happens_at_the_end_or_after_it() -> None:
    """A run ends before the time that it is given."""
    assert acted([[1.0, 1.0, 1.0]], 0.25, until=2.0) == [(0.0, 0), (1.0, 0)]
