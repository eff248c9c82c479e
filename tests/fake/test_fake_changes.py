"""Changes as values: a shell can write down what a request changes, and undo it to the last trace."""

from __future__ import annotations

import itertools

import pytest
from fake_asking import KEY, OTHER
from fake_changes import ACTIONS, exchange, state

from fake_server import Fake
from fake_server.core.changes import (
    AnswerDropped,
    AnswerKept,
    ClockMoved,
    Counted,
    Counters,
    Stored,
)
from fake_server.core.tenants import answers as answers_module


@pytest.fixture
def kept():
    """Build a fake whose transactions is on, with a memory that is committed."""
    fake = Fake(idempotency=True)
    fake.transactions.start()
    with fake.recorded():
        fake.remember([{"id": "rec_old", "content": "old tea"}, {"id": "rec_new", "content": "new tea"}], key=KEY)
        fake.configure(key=KEY, top_k=7)
        fake.advance(3, key=KEY)
    fake.transactions.committed(fake.transactions.pending())
    return fake


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_leaves_its_changes_and_they_can_be_undone(kept, name):
    """What an action changes is a transaction of values, and reverting it leaves no trace."""
    action, kinds = ACTIONS[name]
    before = state(kept)
    with kept.recorded() as recording:
        action(kept)
    assert [type(change) for change in recording.changes] == kinds
    kept.transactions.revert("no space")
    assert (state(kept), kept.armed()) == (before, [])
    assert kept.transactions.pending() == []


@pytest.mark.parametrize("order", list(itertools.permutations(["replace", "forget all", "reset", "keys"])))
def test_actions_that_wait_together_are_undone_together(kept, order):
    """Reverting undoes all that is pending, whatever rests on what."""
    before = state(kept)
    for name in order:
        with kept.recorded():
            if "rec_old" not in [memory.id for memory in kept.memories()]:
                kept.remember([{"id": "rec_old", "content": "again"}], key=KEY)
            ACTIONS[name][0](kept)
        exchange(kept, key=KEY, idempotency_key=name)
        exchange(kept, key=OTHER)
        exchange(kept, "search", b'{"query":"tea"}')
    kept.transactions.revert("no space")
    assert {name: each for name, each in state(kept).items() if name != OTHER} == {
        **before,
        "keys": sorted(kept.keys()),
    }
    assert kept.memories(key=OTHER) == []


def test_a_request_leaves_its_changes(kept):
    """An add leaves the memory, its answer under the Idempotency-Key, and the counters."""
    made = exchange(kept, idempotency_key="t1")
    stored, answer, counted = made.changes
    assert (type(stored), stored.key, stored.memory.content) == (Stored, KEY, "tea")
    assert (type(answer), answer.endpoint, answer.token) == (AnswerKept, "add", "t1")
    assert answer.answer["id"] == stored.memory.id
    assert (type(counted), counted.counters) == (Counted, Counters(accepted=1, searches=0, made=3, ahead=3_000_000))
    assert [type(change) for change in exchange(kept, "search", b'{"query":"tea"}').changes] == [Counted]


@pytest.mark.parametrize(
    ("endpoint", "body", "status"),
    [("details", b"{}", 200), ("add", b"{}", 400), ("add", b'{"content":1}', 400), ("search", b"[]", 400)],
)
def test_what_changes_nothing_has_nothing_to_commit(kept, endpoint, body, status):
    """A request that changes nothing of what is kept, and rests on nothing, waits for no commit."""
    made = exchange(kept, endpoint, body)
    assert (made.outcome.status, made.transaction) == (status, None)


def test_a_request_waits_for_what_it_rests_on(kept):
    """An answer rests on what its key changed before, and on what the server did, and not on another key."""
    first = exchange(kept, idempotency_key="t1")
    again = exchange(kept, idempotency_key="t1")
    assert again.changes == ()
    assert again.transaction.number > first.transaction.number
    assert exchange(kept, "details", b"{}", key=OTHER).transaction is None
    with kept.recorded():
        kept.advance(1)
    assert exchange(kept, "details", b"{}", key=OTHER).transaction is not None
    kept.transactions.committed(kept.transactions.pending())
    assert exchange(kept, "details", b"{}").transaction is None


def test_a_control_action_waits_for_all(kept):
    """What a control action reads may be of any key, so it waits for every change before it."""
    with kept.recorded() as none:
        kept.memories()
    assert none.transaction is None
    exchange(kept, key=OTHER)
    with kept.recorded() as some:
        kept.memories()
    assert (some.changes, some.transaction is None) == ((), False)


def test_a_reverted_request_is_answered_503_and_stored_nothing(kept):
    """After a revert the answer is 503 with a code of its own, and the journal says the same."""
    before = state(kept)
    first, again = exchange(kept, idempotency_key="t1"), exchange(kept, idempotency_key="t1")
    looked = exchange(kept, "search", b'{"query":"tea"}')
    kept.transactions.revert("the disk is full")
    assert state(kept) == before
    for each in (first, again, looked):
        assert each.outcome.status == 503
        assert b"STORAGE_FAILED" in each.outcome.body
        assert b"the disk is full" in each.outcome.body
        assert each.outcome.headers["x-request-id"] == each.entry.request_id
        assert (each.entry.status, each.entry.effect, each.entry.stored) == (503, {}, ())
        assert any("the disk is full" in note for note in each.entry.notes)
        assert not each.entry.delivered
    assert "found" not in looked.entry.line()
    assert kept.calls[0].stored == ()


def test_a_reverted_search_has_found_nothing(kept):
    """After a revert the journal says neither what a search found nor why it found nothing."""
    found, empty = exchange(kept, "search", b'{"query":"tea"}').entry, exchange(kept, "search", b'{"query":"x"}').entry
    assert (found.hits, empty.search.cause) == (2, "no_term")
    kept.transactions.revert("the disk is full")
    for entry in (found, empty):
        assert (entry.status, entry.hits, entry.search, entry.found) == (503, None, None, "")


def test_a_revert_takes_what_is_of_no_transaction_yet(kept):
    """What changed since the last transaction rests on what is undone, and goes with it."""
    before = state(kept)
    exchange(kept)
    kept.remember(["tea at four"], key=KEY)
    kept.transactions.revert("the disk is full")
    with kept.recorded() as recording:
        pass
    assert (state(kept), recording.changes) == (before, ())


def test_a_retry_after_a_revert_is_carried_out(kept):
    """The record of an Idempotency-Key goes with its memory, so that the retry stores it."""
    lost = exchange(kept, idempotency_key="t1")
    kept.transactions.revert("the disk is full")
    retried = exchange(kept, idempotency_key="t1")
    assert [type(change) for change in retried.changes] == [type(change) for change in lost.changes]
    assert retried.outcome.status == 200


def test_an_answer_that_makes_room_is_put_back(kept, monkeypatch):
    """The oldest answer that was dropped for a new one is there again after a revert, as the oldest."""
    monkeypatch.setattr(answers_module, "MOST", 2)
    for token in ("t1", "t2"):
        exchange(kept, idempotency_key=token)
    kept.transactions.committed(kept.transactions.pending())
    before = list(kept._tenant(KEY).answers.all())
    last = exchange(kept, idempotency_key="t3")
    assert AnswerDropped in [type(change) for change in last.changes]
    kept.transactions.revert("the disk is full")
    assert list(kept._tenant(KEY).answers.all()) == before


def test_a_key_that_is_closed_meanwhile_changes_nothing(kept):
    """A request that a reset overtakes leaves no change, since what it stores is gone already."""
    from fake_server import Request

    slow = kept.accept(Request("POST", "/api/memory/add", {"authorization": f"Bearer {KEY}"}, b'{"content":"tea"}'))
    kept.reset(key=KEY)
    kept.transactions.committed([kept.transactions.close(lambda _: None, key=KEY)])
    slow.decide()
    assert slow.changes == ()


def test_an_action_that_fails_leaves_what_it_had_changed(kept):
    """What changed before an action failed is there, and is therefore in its transaction."""
    with pytest.raises(ValueError, match="seconds"), kept.recorded() as recording:  # noqa: PT012 - the second fails
        kept.advance(1)
        kept.advance(-1)
    assert [type(change) for change in recording.changes] == [ClockMoved]


def test_without_a_shell_nothing_is_kept():
    """A fake whose transactions is off collects no changes."""
    fake = Fake()
    with fake.recorded() as recording:
        fake.remember(["tea"], key=KEY)
    made = exchange(fake)
    assert (recording.changes, made.changes, made.transaction, fake.transactions.pending()) == ((), (), None, [])


def test_no_repr_shows_a_key_or_a_memory(kept):
    """Changes and transactions can be logged: neither key nor text of a memory is in their repr."""
    made = exchange(kept, idempotency_key="t1")
    with kept.recorded() as recording:
        kept.configure(keys=[KEY], key=None)
    shown = repr((made.changes, made.transaction, recording.changes))
    assert KEY not in shown
    assert "tea" not in shown
