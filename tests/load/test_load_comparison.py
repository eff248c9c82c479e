"""The record of a key against its memories: each count is exact, and each difference is named."""

from __future__ import annotations

from typing import List, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octamem import APIConnectionError, OctaMemError
from octamem_testing.load.comparison import Compared, Counts, Difference, Journal, Stored, compare
from octamem_testing.load.record import Record, digest

TEA = "tea at four"


def refused() -> OctaMemError:
    return OctaMemError("no", outcome="refused")


def lost() -> OctaMemError:
    return APIConnectionError("no answer", outcome="unknown")


def recorded(*outcomes: object, content: str = TEA) -> Record:
    """Give the record of adds of one content: each an id, None for an id that no answer had, an error, or `...`."""
    record = Record()
    for outcome in outcomes:
        add = record.begin(content)
        if isinstance(outcome, BaseException):
            add.fail(outcome)
        elif outcome is not ...:
            add.acknowledge(outcome)  # type: ignore[arg-type]
    return record


def compared(record: Record, *ids: str, journal: Optional[Journal] = None, content: str = TEA) -> Compared:
    return compare(record, [Stored(each, digest(content)) for each in ids], journal)


CASES = {
    "acknowledged": ((["r1"]), ["r1"], {"acknowledged": 1}, []),
    "missing": (["r1"], [], {"acknowledged": 1, "missing": 1}, [Difference("missing", "r1")]),
    "twice": (["r1"], ["r1", "r2"], {"acknowledged": 1, "stored_twice": 1}, [Difference("stored twice", "r2", "r1")]),
    "first_of_two_was_lost": (
        ["r2"],
        ["r1", "r2"],
        {"acknowledged": 1, "stored_twice": 1},
        [Difference("stored twice", "r1", "r2")],
    ),
    "thrice": (
        ["r1"],
        ["r1", "r2", "r3"],
        {"acknowledged": 1, "stored_twice": 2},
        [Difference("stored twice", "r2", "r1"), Difference("stored twice", "r3", "r1")],
    ),
    "two_of_one_content": (["r1", "r2"], ["r1", "r2"], {"acknowledged": 2}, []),
    "unknown_and_stored": ([lost()], ["r1"], {"unknown": 1, "unknown_stored": 1}, []),
    "unknown_and_not_stored": ([lost()], [], {"unknown": 1}, []),
    "unknown_and_twice": (
        [lost()],
        ["r1", "r2"],
        {"unknown": 1, "unknown_stored": 1, "stored_twice": 1},
        [Difference("stored twice", "r2")],
    ),
    "open": ([...], ["r1"], {"unknown": 1, "unknown_stored": 1}, []),
    "a_bug_of_the_user": ([ValueError()], ["r1"], {"unknown": 1, "unknown_stored": 1}, []),
    "refused": ([refused()], [], {}, []),
    "refused_and_stored": (
        [refused()],
        ["r1"],
        {"refused_and_stored": 1},
        [Difference("refused and stored", "r1")],
    ),
    "refused_and_stored_twice": (
        [refused()],
        ["r1", "r2"],
        {"refused_and_stored": 1, "stored_twice": 1},
        [Difference("refused and stored", "r1"), Difference("stored twice", "r2")],
    ),
    "unknown_then_acknowledged": (
        [lost(), "r2"],
        ["r1", "r2"],
        {"acknowledged": 1, "unknown": 1, "unknown_stored": 1},
        [],
    ),
    "no_id": ([None], ["r1"], {"acknowledged": 1}, []),
    "no_id_and_missing": ([None], [], {"acknowledged": 1, "missing": 1}, [Difference("missing", None)]),
    "no_id_and_twice": (
        [None],
        ["r1", "r2"],
        {"acknowledged": 1, "stored_twice": 1},
        [Difference("stored twice", "r2")],
    ),
}


@pytest.mark.parametrize(("outcomes", "ids", "counts", "differences"), CASES.values(), ids=CASES)
def test_each_count_is_exact(
    outcomes: List[object], ids: List[str], counts: dict, differences: List[Difference]
) -> None:
    """What the client said and what is stored add up to exact counts; nothing is counted twice."""
    found = compared(recorded(*outcomes), *ids)
    assert found == Compared(Counts(keys=1, stored=len(ids), **counts), tuple(differences))


def test_what_nobody_sent_is_no_duplicate() -> None:
    """A memory of a content that no user sent is counted apart."""
    found = compare(recorded("r1"), [Stored("r1", digest(TEA)), Stored("x", digest("coffee"))], None)
    assert found.counts == Counts(keys=1, acknowledged=1, stored=2, never_sent=1)
    assert found.differences == (Difference("never sent", "x"),)


def test_a_retry_of_the_users_own_that_is_refused_stays_unknown() -> None:
    """If an attempt may have stored the memory, a later refusal does not make it certain that it is not there."""
    record = Record()
    add = record.begin(TEA)
    add.in_doubt = True
    add.fail(refused())
    assert compared(record, "r1").counts == Counts(keys=1, stored=1, unknown=1, unknown_stored=1)


def test_a_difference_says_whether_the_client_was_in_doubt() -> None:
    """A duplicate after an attempt without an answer is told from one that came out of nothing."""
    record = recorded("r1")
    record.of(digest(TEA))[0].in_doubt = True
    assert compared(record, "r1", "r2").differences == (Difference("stored twice", "r2", "r1", in_doubt=True),)


@pytest.mark.parametrize(
    ("attempts", "journal", "extra"),
    [(3, Journal(3, 0), 0), (3, Journal(4, 0), 1), (3, Journal(2, 0), 0), (3, Journal(2, 5), 0), (3, None, 0)],
    ids=["equal", "more", "lost_on_the_way", "dropped", "no_journal"],
)
def test_attempts_that_no_client_made_are_counted(attempts: int, journal: Optional[Journal], extra: int) -> None:
    """More adds in the journal than the client sent were sent by something between; fewer may be lost on the way."""
    record = recorded("r1")
    record.attempts["add"] = attempts
    assert compared(record, "r1", journal=journal).counts.extra_attempts == extra


def test_a_call_that_was_cut_off_proves_no_extra_attempt() -> None:
    """The last attempt of a call that has not ended was not counted, so the journal may have one more."""
    assert compared(recorded(...), journal=Journal(1, 0)).counts.extra_attempts == 0


@given(
    st.lists(
        st.tuples(st.sampled_from(["acknowledged", "unknown", "refused"]), st.integers(0, 3), st.booleans()), max_size=8
    )
)
def test_the_counts_are_those_of_a_model(adds: List[tuple]) -> None:
    """For any contents, each stored so often, the counts are what a model of one content at a time gives."""
    record, stored = Record(), []
    model = Counts(keys=1)
    for at, (state, times, survives) in enumerate(adds):
        content = f"note {at}"
        add = record.begin(content)
        ids = [f"r{at}.{time}" for time in range(times)]
        if state == "acknowledged":
            first = survives and bool(ids)
            add.acknowledge(ids[0] if first else f"gone{at}")
            model += Counts(acknowledged=1, missing=int(not first), stored_twice=times - first)
        elif state == "unknown":
            add.fail(lost())
            model += Counts(unknown=1, unknown_stored=min(1, times), stored_twice=max(0, times - 1))
        else:
            add.fail(refused())
            model += Counts(refused_and_stored=min(1, times), stored_twice=max(0, times - 1))
        model += Counts(stored=times)
        stored += [Stored(each, digest(content)) for each in ids]
    found = compare(record, stored, None)
    assert found.counts == model
    assert len(found.differences) == model.differences
    assert bool(found.counts.wrong) == bool(found.differences)


def test_counts_are_added_and_read_back() -> None:
    """The counts of many keys are the sum of each, and go through JSON unchanged."""
    both = Counts(1, 2, 3) + Counts(1, missing=4)
    assert (both, both.wrong) == (Counts(2, 2, 3, missing=4), ("missing",))
    assert Counts.read(both.plain()) == both
