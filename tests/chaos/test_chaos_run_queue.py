"""Whose turn is next in a round: a choice among seats, without a thread that runs."""

from __future__ import annotations

import threading

import pytest

from octamem_testing.virtual_time.run_queue import RunQueue, at_once
from octamem_testing.virtual_time.thread_state import ThreadState


def seat(waiting, *, due=None, ready=None, spins=False, hold=0.0, daemon=False):
    """Take a seat among those that wait."""
    taken = ThreadState(threading.Thread(daemon=daemon))
    taken.due, taken.ready, taken.spins, taken.hold = due, ready, spins, hold
    waiting.seats.append(taken)
    return taken


@pytest.fixture
def main():
    """Give the seat of the thread that a round is made by."""
    return ThreadState(threading.current_thread())


@pytest.fixture
def waiting(main):
    """Give a round in which nobody waits yet."""
    return RunQueue(main)


def test_whoever_began_to_wait_first_goes_first(waiting):
    """Of several that can run, and of several that are due at one moment, it is the one that has waited the longest."""
    seat(waiting, ready=lambda: False)
    first = seat(waiting, ready=at_once, due=7)
    seat(waiting, ready=at_once, due=7)
    assert waiting.ready() is first
    assert waiting.due() == (7, first)


def test_whoever_is_due_soonest_is_waited_for(waiting):
    """Time moves to the first end of a wait, whoever's it is; nothing is due where no wait has an end."""
    assert waiting.due() is None
    seat(waiting, due=9)
    soonest = seat(waiting, due=3)
    assert waiting.due() == (3, soonest)
    assert waiting.moves_time()


def test_a_loop_without_a_wait_lets_time_move_in_the_end(waiting):
    """Where one asks again and again without waiting, after many turns whoever waits for some time is let through."""
    spinning = seat(waiting, ready=at_once, due=0, spins=True)
    sleeper = seat(waiting, due=5)
    while waiting.ready() is spinning:
        pass
    assert waiting.due() == (5, sleeper)
    assert waiting.ready() is spinning


def test_loops_alone_begin_anew(waiting):
    """Where all do so, none is passed over for good."""
    spinning = seat(waiting, ready=at_once, spins=True)
    assert not waiting.rested()
    while waiting.ready() is spinning:
        pass
    assert waiting.due() is None
    assert waiting.rested()
    assert waiting.ready() is spinning


def test_once_the_scenario_has_ended_its_thread_goes_last_and_daemons_move_no_time(waiting, main):
    """What is left behind ends first, and what would never end is not waited for."""
    main.ready, main.due = at_once, 100
    waiting.seats.append(main)
    daemon = seat(waiting, due=1, daemon=True)
    waiting.lingering = True
    assert waiting.is_left()
    assert waiting.due() == (100, main)
    daemon.ready = at_once
    assert waiting.ready() is daemon
    seat(waiting, due=2)
    assert not waiting.is_left()


def test_time_stands_still_for_what_may_come_from_outside(waiting):
    """A seat holds time up to a real moment."""
    seat(waiting, due=1, hold=10.0)
    assert waiting.is_held(9.9)
    assert not waiting.is_held(10.0)
