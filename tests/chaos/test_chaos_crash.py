"""Crashes: a process that ends at a request, as kill -9 ends it, and the lives that go on with what it kept."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import random
import signal
import sqlite3
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable, Iterator, List

import pytest

from octamem import AsyncOctaMem, OctaMem, OctaMemError
from octamem_testing import chaos
from octamem_testing.chaos.world import lives
from octamem_testing.chaos.world.processes import forked
from octamem_testing.chaos.world.processes.parcel import pack, unpack

NOTE = "Tea is at four."
OTHER = "The launch moved to April 15."

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the machine cannot fork")


def kept(name: str) -> Path:
    return chaos.workdir() / name


def count(name: str) -> int:
    """Count the lives that came here, in a file."""
    with kept(name).open("a") as file:
        file.write("x")
    return len(kept(name).read_text())


def no_retries(client: OctaMem) -> OctaMem:
    return client.with_options(max_retries=0)


def found_by(scenario: Callable[..., Any], schedule: str) -> chaos.Finding:
    """Return what a round violates."""
    with pytest.raises(chaos.ChaosFailure) as failure:
        chaos.replay(scenario, schedule)
    assert failure.value.finding is not None
    return failure.value.finding


def both_ways(program: Callable[[OctaMem], Any], way: str) -> Callable[..., Any]:
    """Return a program of one add as a sync or an async scenario."""

    def sync_program(client: OctaMem) -> Any:
        return program(client)

    async def async_program(client: AsyncOctaMem) -> Any:
        life = count("lives")
        await client.add(content=NOTE)
        return [NOTE] if life else []

    return sync_program if way == "sync" else async_program


def add_once(client: OctaMem) -> List[str]:
    count("lives")
    client.add(content=NOTE)
    return [NOTE]


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_crash_before_the_write_stores_nothing(way: str) -> None:
    """The request of a crash never arrives, so the next life stores the note for the first time."""
    over = chaos.replay(both_ways(add_once, way), "add: crash")

    assert over.lives == 2
    assert over.stored == {(NOTE, ""): 1}
    assert [(each.name, each.life, each.status, each.fault) for each in over.requests] == [
        ("add 1", 1, None, "crash @before"),
        ("add 2", 2, 200, None),
    ]


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_crash_after_the_write_leaves_the_note(way: str) -> None:
    """What is sent again after a crash is stored twice, which is a finding."""
    finding = found_by(both_ways(add_once, way), "add: crash @after")

    assert finding.invariant.name == "acknowledged_once"
    assert finding.round.stored == {(NOTE, ""): 2}


def test_nothing_runs_after_a_crash() -> None:
    """Neither finally, __exit__ and atexit nor a buffer that is not flushed outlives the process."""

    def program(client: OctaMem) -> None:
        if count("lives") == 1:
            at_exit = atexit.register(kept("atexit").touch)
            try:
                with kept("buffered").open("w") as buffered, kept("flushed").open("w") as flushed:
                    buffered.write("half")
                    flushed.write("whole")
                    flushed.flush()
                    client.add(content=NOTE)
                    flushed.write(", and more")
            finally:
                kept("finally").touch()
                atexit.unregister(at_exit)
        else:
            client.add(content="|".join(sorted(each.name for each in chaos.workdir().iterdir())))
            client.add(content=kept("buffered").read_text() + kept("flushed").read_text())

    over = chaos.replay(program, "add: crash", invariants=())

    assert [text for text, _ in over.stored] == ["buffered|flushed|lives", "whole"]


def test_a_note_that_is_told_and_not_written_down_is_stored_twice() -> None:
    """A success that a life was told counts, even if that life crashed at the next request."""

    def program(client: OctaMem) -> List[str]:
        for note in (NOTE, OTHER):
            client.add(content=note)
        kept("done").touch()
        return [NOTE, OTHER]

    finding = found_by(program, "add: ok, crash")

    assert finding.invariant.name == "acknowledged_once"
    assert NOTE in finding.evidence


def test_sqlite_goes_on_after_a_crash() -> None:
    """What is committed to SQLite is there in the next life, and what is not is rolled back."""

    def program(client: OctaMem) -> List[str]:
        database = sqlite3.connect(str(kept("notes.db")))
        database.execute("create table if not exists sent (note text)")
        database.commit()
        for note in (NOTE, OTHER):
            if not database.execute("select 1 from sent where note = ?", (note,)).fetchone():
                database.execute("insert into sent values (?)", (note,))
                client.add(content=note)
                database.commit()
        notes = [note for (note,) in database.execute("select note from sent")]
        database.close()
        return notes

    over = chaos.replay(program, "add: ok, crash")

    assert over.claims.saved == (NOTE, OTHER)
    assert over.lives == 2
    assert [each.text for each in over.requests] == [NOTE, OTHER, OTHER]


def test_each_round_has_a_new_directory_for_all_its_lives() -> None:
    """The directory is empty in the first life, the same in each, and gone after the round."""
    seen: List[Path] = []

    def program(client: OctaMem) -> str:
        seen.append(chaos.workdir())
        lives = count("lives")
        client.details()
        return f"{chaos.workdir()} {lives}"

    over = chaos.replay(program, "details: crash, crash", invariants=())
    path, lives = str(over.returned).split()
    again = chaos.replay(program, "details: 503", invariants=())

    assert lives == "3"
    assert str(again.returned).split()[1] == "1"
    assert Path(path) not in seen
    assert len(set(seen)) == 3  # two baselines and a round without a crash, in this process
    assert not any(each.exists() for each in (*seen, Path(path)))


def test_outside_of_a_round_there_is_no_directory() -> None:
    """A call outside of a scenario says where to call it."""
    with pytest.raises(RuntimeError, match="expected a call inside a scenario"):
        chaos.workdir()


def test_time_goes_on_and_chance_differs() -> None:
    """No clock goes back in the next life, and it draws other numbers, the same each time."""

    def program(client: OctaMem) -> str:
        time.sleep(5)
        with kept("told").open("a") as file:
            file.write(f"{time.time()} {time.monotonic()} {random.random()}\n")
        client.details()
        return kept("told").read_text()

    told = [
        [tuple(map(float, line.split())) for line in str(over.returned).splitlines()]
        for over in (chaos.replay(program, "details: crash", invariants=()) for _ in range(2))
    ]

    (first, second), again = told[0], told[1]
    assert again == told[0]
    assert second[0] - first[0] == pytest.approx(5 + lives.RESTART, abs=0.01)
    assert second[1] - first[1] == pytest.approx(5 + lives.RESTART, abs=0.01)
    assert first[2] != second[2]


def test_a_round_has_so_many_lives_at_most() -> None:
    """A crash at every request ends, because the last life is not crashed."""
    over = chaos.replay(lambda client: client.details() and None, "details: crash x25", invariants=())

    assert over.lives == lives.MOST_LIVES
    assert len(over.hits) == lives.MOST_LIVES - 1
    assert over.error is None


def test_a_thread_may_meet_the_crash() -> None:
    """A crash in a thread ends the whole process."""

    def program(client: OctaMem) -> None:
        life = count("lives")
        thread = threading.Thread(target=no_retries(client).add, kwargs={"content": NOTE})
        thread.start()
        thread.join()
        if life == 1:
            kept("went on").touch()
        elif kept("went on").exists():
            raise AssertionError("the first life went on")

    assert chaos.replay(program, "add: crash", invariants=()).error is None


def test_a_program_that_keeps_nothing_is_not_crashed() -> None:
    """Only a scenario that asks for its directory is crashed by default."""

    def forgetful(client: OctaMem) -> None:
        client.details()

    def keeps(client: OctaMem) -> None:
        chaos.workdir()
        client.details()

    assert "crash @before" not in chaos.hunt(forgetful, rounds=60).by_kind
    assert chaos.hunt(keeps, rounds=60).by_kind["crash @before"] > 0
    assert chaos.hunt(forgetful, rounds=20, faults="crash").by_kind["crash @before"] > 0


def test_the_request_after_a_crash_meets_faults_too() -> None:
    """A fault may hit what only the next life sends, such as the question whether a note is stored."""

    def looks(client: OctaMem) -> None:
        if kept("sent").exists():
            client.get(query=NOTE)
            return
        kept("sent").touch()
        client.add(content=NOTE)

    report = chaos.hunt(looks, faults="crash, reset", rounds=60, invariants=[chaos.Bounded()])

    assert report.by_injection_point["search 1"] > 0


def test_without_fork_a_crash_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a process cannot be forked, a schedule and faults= are refused, and a hunt says what it did not try."""
    monkeypatch.setattr(forked, "_fork", None)

    with pytest.raises(ValueError, match=r"'crash' cannot be carried out: .*os\.fork"):
        chaos.replay(add_once, "add: crash")
    with pytest.raises(ValueError, match=r"faults: 'crash' cannot be carried out"):
        chaos.hunt(add_once, faults="crash, 503")
    report = chaos.hunt(add_once, rounds=12, invariants=[chaos.Bounded()])
    assert "crash @before" not in report.by_kind
    assert "not tried: crash, because it needs os.fork" in str(report)


class TwoParts(ValueError):
    """An error that pickle cannot build again."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} and {two}")


def test_an_error_of_a_life_comes_back() -> None:
    """An error keeps its type and message, or its bases and name if pickle cannot read it, and its place."""

    def program(client: OctaMem) -> None:
        if count("lives") > 1:
            raise TwoParts("this", "that")
        client.details()

    def documented(client: OctaMem) -> None:
        if count("lives") > 1:
            no_retries(client).get(query="")
        client.details()

    error = chaos.replay(program, "details: crash", invariants=()).error
    assert type(error).__name__ == "TwoParts"
    assert isinstance(error, TwoParts)
    assert str(error) == "this and that"
    allowed = [chaos.OnlyDocumentedErrors(also=(TwoParts,))]
    assert chaos.replay(program, "details: crash", invariants=allowed).lives == 2
    with pytest.raises(chaos.ChaosFailure, match=r"with TwoParts: this and that \(at test_chaos_crash.py:\d+"):
        chaos.replay(program, "details: crash")
    refused = chaos.replay(documented, "details: crash; search: 401", invariants=()).error
    assert isinstance(refused, OctaMemError)


def test_a_value_that_cannot_leave_its_process_is_described() -> None:
    """What a life returned is the value itself, or its repr."""

    def program(client: OctaMem) -> Any:
        client.details()
        return lambda: None

    assert "<lambda>" in repr(chaos.replay(program, "details: crash", invariants=()).returned)


def test_what_ends_a_test_ends_it_from_a_life() -> None:
    """A scenario that calls pytest.exit ends the run, and one that ends its process is refused."""

    def leaves(client: OctaMem) -> None:
        if count("lives") > 1:
            pytest.exit("enough")
        client.details()

    def ends(client: OctaMem) -> None:
        if count("lives") > 1:
            os._exit(3)
        client.details()

    with pytest.raises(pytest.exit.Exception, match="enough"):
        chaos.replay(leaves, "details: crash")
    with pytest.raises(chaos.ScenarioError, match=r"life 2 of the round .* got exit status 3"):
        chaos.replay(ends, "details: crash")


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> List[int]:
    """The pids of the children, as they are forked."""
    pids: List[int] = []

    def fork() -> int:
        pid = os.fork()
        pids.append(pid)
        return pid

    monkeypatch.setattr(forked, "_fork", fork)
    return pids


def gone(pids: List[int]) -> bool:
    """Whether no child is left, not even one that nobody has waited for."""
    for pid in pids:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            continue
        return False
    return bool(pids)


def test_no_child_is_left(children: List[int]) -> None:
    """Every life is waited for, however it ended."""
    chaos.replay(add_once, "add: crash")

    assert len(children) == 2
    assert gone(children)


def test_a_life_that_never_ends_is_killed(monkeypatch: pytest.MonkeyPatch, children: List[int]) -> None:
    """A life that neither waits nor calls nor ends violates bounded, and is killed."""
    monkeypatch.setattr(lives, "MOST_REAL_SECONDS", 0.5)

    def program(client: OctaMem) -> None:
        lock = kept("lock")
        while lock.exists():
            pass
        lock.touch()
        client.details()
        lock.unlink()

    with pytest.raises(chaos.ChaosFailure, match=r"bounded is violated: .*life 2 did not end within 0.5 s"):
        chaos.replay(program, "details: crash")
    assert gone(children)


@pytest.fixture
def heeds_interrupts() -> Iterator[None]:
    """Let SIGINT raise KeyboardInterrupt, which a shell turns off in what it starts in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_interrupts")
def test_ctrl_c_kills_the_life(children: List[int]) -> None:
    """An interrupt of the hunt is raised, and leaves no child behind."""

    def program(client: OctaMem) -> None:
        if count("lives") > 1:
            os.kill(os.getppid(), signal.SIGINT)
            while True:
                pass
        client.details()

    with pytest.raises(KeyboardInterrupt):
        chaos.replay(program, "details: crash")
    assert gone(children)


def test_a_life_is_forked_beside_other_threads(recwarn: pytest.WarningsRecorder) -> None:
    """A hunt in another thread, or from a running event loop, crashes as well, and no fork warns."""

    async def hunted() -> chaos.Round:
        return chaos.replay(add_once, "add: crash")

    assert asyncio.run(hunted()).lives == 2
    assert not [each for each in recwarn.list if issubclass(each.category, DeprecationWarning)]


def test_output_is_not_doubled(capfd: pytest.CaptureFixture[str]) -> None:
    """What the parent has buffered is written once, and so is what a life prints that ends well."""

    def program(client: OctaMem) -> None:
        life = count("lives")
        client.details()
        sys.stdout.write(f"life {life} ends\n")

    sys.stdout.write("before ")
    chaos.replay(program, "details: crash")
    out = capfd.readouterr().out
    assert out.split("\n") == ["before life 1 ends", "life 2 ends", ""]


def test_logs_of_a_life_are_kept_as_others_are(caplog: pytest.LogCaptureFixture) -> None:
    """The records of all lives of the finding's round reach the handlers of the root logger, and of no other round."""

    def program(client: OctaMem) -> None:
        life = count("lives")
        logging.getLogger("program").warning("life %d, %r", life, threading.Lock())
        if life > 1:
            raise LookupError
        client.details()

    chaos.hunt(program, faults="crash", rounds=10)

    told = [record.getMessage() for record in caplog.records if record.name == "program"]
    assert [text[:6] for text in told] == ["life 1", "life 2"]


def test_politeness_is_of_one_life() -> None:
    """A program cannot know in its next life for how long the service asked it to wait, or what it refused."""

    def program(client: OctaMem) -> None:
        try:
            no_retries(client).get(query="when is tea?")
        except OctaMemError:
            no_retries(client).details()

    over = chaos.replay(program, "search: 401, 429(retry-after=30); details: crash, crash")

    assert over.lives == 3


def test_what_is_stored_need_not_be_claimed_again() -> None:
    """After a crash the next life may claim what it does itself, if all that the baseline claims is stored."""

    def program(client: OctaMem) -> List[str]:
        sent = []
        for name, note in (("tea", NOTE), ("launch", OTHER)):
            if not kept(name).exists():
                client.add(content=note)
                kept(name).touch()
                sent.append(note)
        return sent

    assert chaos.replay(program, "add: ok, crash").claims.saved == (OTHER,)


def test_a_crash_must_be_recovered_from() -> None:
    """A life that takes up nothing where the crashed one left it loses a note, which violates recovers."""

    def program(client: OctaMem) -> None:
        if not kept("begun").exists():
            kept("begun").touch()
            client.add(content=NOTE)

    finding = found_by(program, "add: crash")
    assert finding.invariant.name == "recovers"
    assert "one crash @before at add 1 lost 'Tea is at four.'" in finding.evidence
    assert "so that the next process can go on" in finding.evidence
    rest = chaos.without("recovers")
    assert chaos.replay(program, "add: crash", invariants=rest).lives == 2


def test_a_finding_shows_its_lives() -> None:
    """The text and the page of a finding say what each life sent."""
    finding = chaos.hunt(add_once, rounds=20, faults="crash").finding

    assert finding is not None
    said = "life 1 sent add 1, and ended there by crash @after; life 2 sent add 2"
    assert said in str(finding)
    assert said.capitalize() in finding.html()
    assert finding.schedule == "add: crash @after"


def test_a_fake_outlives_a_process() -> None:
    """A fake that is packed and unpacked has the same memories and journal, and answers on."""
    fake = chaos.replay(add_once, "add: crash").fake

    again = unpack(pack(fake))

    assert again.memories() == fake.memories()
    assert [entry.as_dict() for entry in again.requests()] == [entry.as_dict() for entry in fake.requests()]
    assert again.now() == fake.now()
    again.remember([OTHER])
    assert len(again.memories()) == len(fake.memories()) + 1


def test_each_life_may_come_back_to_a_call_as_often_as_a_round_without_crashes():
    """The next life cannot know how often the one before it came back to a note."""

    def sweeps(client):
        chaos.workdir()
        stored = False
        while not stored:
            with suppress(OctaMemError):
                client.with_options(max_retries=0).add(content="Tea is at four.")
                stored = True
            time.sleep(60.0)

    schedule = "add: 429 x4, crash, 429 x4, crash, 429 x4"
    assert chaos.replay(sweeps, schedule, invariants=[chaos.Bounded()]).lives == 3
    with pytest.raises(chaos.ChaosFailure, match="one call to add made 11 attempts"):
        chaos.replay(sweeps, "add: 429 x10", invariants=[chaos.Bounded()])
