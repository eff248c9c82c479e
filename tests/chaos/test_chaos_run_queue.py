"""The run queue chooses the thread whose turn is next; no thread runs for it."""

from __future__ import annotations

import threading

import pytest

from octamem_testing.virtual_time.threads.run_queue import RunQueue, at_once
from octamem_testing.virtual_time.threads.thread_state import ThreadState


def blocked(run_queue, *, due=None, is_ready=None, busy_wait=False, frozen_until=0.0, daemon=False):
    """Add a thread that waits."""
    state = ThreadState(threading.Thread(daemon=daemon))
    state.due, state.is_ready, state.busy_wait, state.frozen_until = due, is_ready, busy_wait, frozen_until
    run_queue.threads.append(state)
    return state


@pytest.fixture
def main():
    """Give the state of the first thread of a round."""
    return ThreadState(threading.current_thread())


@pytest.fixture
def run_queue(main):
    """Give a run queue in which no thread waits."""
    return RunQueue(main)


def test_the_thread_that_has_waited_longest_goes_first(run_queue):
    """Of several threads that can run, or are due at one moment, the one that has waited the longest is next."""
    blocked(run_queue, is_ready=lambda: False)
    first = blocked(run_queue, is_ready=at_once, due=7)
    blocked(run_queue, is_ready=at_once, due=7)
    assert run_queue.ready() is first
    assert run_queue.due() == (7, first)


def test_time_moves_to_the_first_end_of_a_wait(run_queue):
    """The thread that is due first is next, and none is due if no wait has an end."""
    assert run_queue.due() is None
    blocked(run_queue, due=9)
    soonest = blocked(run_queue, due=3)
    assert run_queue.due() == (3, soonest)
    assert run_queue.moves_time()


def test_a_busy_wait_lets_time_move_in_the_end(run_queue):
    """After many turns of a busy-wait, a thread that waits for some time is next."""
    busy = blocked(run_queue, is_ready=at_once, due=0, busy_wait=True)
    sleeper = blocked(run_queue, due=5)
    while run_queue.ready() is busy:
        pass
    assert run_queue.due() == (5, sleeper)
    assert run_queue.ready() is busy


def test_busy_waits_alone_have_their_turns_again(run_queue):
    """If all threads busy-wait, none is passed over for good."""
    busy = blocked(run_queue, is_ready=at_once, busy_wait=True)
    assert not run_queue.reset_busy_waits()
    while run_queue.ready() is busy:
        pass
    assert run_queue.due() is None
    assert run_queue.reset_busy_waits()
    assert run_queue.ready() is busy


def test_once_the_scenario_has_ended_its_thread_goes_last_and_daemons_move_no_time(run_queue, main):
    """Threads that are left behind end first, and one that would never end is not waited for."""
    main.is_ready, main.due = at_once, 100
    run_queue.threads.append(main)
    daemon = blocked(run_queue, due=1, daemon=True)
    run_queue.draining = True
    assert run_queue.is_drained()
    assert run_queue.due() == (100, main)
    daemon.is_ready = at_once
    assert run_queue.ready() is daemon
    blocked(run_queue, due=2)
    assert not run_queue.is_drained()


def test_time_stands_still_for_a_wait_that_may_end_from_outside(run_queue):
    """A wait freezes virtual time up to a real moment."""
    blocked(run_queue, due=1, frozen_until=10.0)
    assert run_queue.is_frozen(9.9)
    assert not run_queue.is_frozen(10.0)
