"""The order of one caller's writes: a note that updates another is stored after it."""

from __future__ import annotations

import threading
import time
from collections import deque

import pytest

from octamem import OctaMemError
from octamem_testing import chaos
from octamem_testing.chaos.judge.subject import is_update

UPDATES = [
    ("The meeting is at four.", "The meeting moved to five."),
    ("Tea is at four.", "Tea is at five."),
    ("Tea is at four.", "Tea moved to five."),
    ("Ana lives in Rome.", "Ana lives in Paris."),
    ("Order 7 is packed.", "Order 7 is on its way."),
    ("user: my address is Rome", "user: my address is Paris"),
]
INDEPENDENT = [
    ("Tea is at four.", "The launch moved to April 15."),
    ("note 1", "note 2"),
    ("note: buy milk", "note: call Ana"),
    ("Order 7 is packed.", "Order 8 is packed."),
    ("User likes tea", "User likes milk"),
    ("Ana likes tea.", "Ana has a cat."),
    ("fact a", "fact b"),
    ("n1", "n2"),
    ("tea", "milk"),
    ("", "..."),
]


def puts_back(notes, *, at_the_end=True, contexts=None):
    """Make a program that keeps a note that failed, at the end of the queue or in its place."""

    def scenario(client):
        careful = client.with_options(retry_unknown_writes=False, max_retries=0)
        queue, saved, failures = deque(notes), [], 0
        while queue and failures < 4:
            note = queue.popleft()
            try:
                careful.add(content=note, previous_context=(contexts or {}).get(note, ""))
            except OctaMemError as error:
                failures += 1
                if error.outcome == "unknown" or not error.retryable:
                    continue
                (queue.append if at_the_end else queue.appendleft)(note)
                time.sleep(max(2.0, error.retry_after or 0.0))
            else:
                saved.append(note)
        return saved

    return scenario


@pytest.mark.parametrize("notes", UPDATES)
def test_an_update_that_is_overtaken_is_found(notes):
    """What was written last without faults must not be older than what it updates."""
    found = chaos.hunt(puts_back(notes), rounds=30).finding

    assert found is not None
    assert found.invariant.name == "writes_in_order"
    assert found.schedule == "add: 429"
    chaos.replay(puts_back(notes, at_the_end=False), found.schedule)


@pytest.mark.parametrize("notes", INDEPENDENT)
def test_notes_of_different_things_may_change_places(notes):
    """The order of notes that update nothing is no promise, unless `every` says that it is."""
    if all(notes) and "..." not in notes:
        chaos.replay(puts_back(notes), "add: 429")
        with pytest.raises(chaos.ChaosFailure):
            chaos.replay(puts_back(notes), "add: 429", invariants=[chaos.WritesInOrder(every=True)])
    assert not is_update(notes[1], notes[0])


def test_each_context_has_an_order_of_its_own():
    """Notes under two contexts are about two things, however alike they are."""
    notes = UPDATES[0]

    chaos.replay(puts_back(notes, contexts=dict(zip(notes, ("rome", "paris")))), "add: 429")


def test_two_callers_have_no_order():
    """What two threads write may be stored in any order."""
    notes = UPDATES[0]

    def scenario(client):
        threads = [threading.Thread(target=lambda note=note: client.add(content=note)) for note in notes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    over = chaos.replay(scenario, "add: 429")

    assert [request.text for request in over.requests] == [notes[0], notes[1], notes[0]]


def test_a_note_that_is_given_up_is_out_of_order_with_none():
    """A program that leaves out what failed, and goes on, keeps the order of the rest."""

    def scenario(client):
        saved = []
        for note in UPDATES[0]:
            try:
                client.with_options(max_retries=3, retry_unknown_writes=False).add(content=note)
            except OctaMemError:
                continue
            saved.append(note)
        return saved

    assert chaos.hunt(scenario, rounds=80).finding is None
