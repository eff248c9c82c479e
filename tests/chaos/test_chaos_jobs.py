"""Jobs: a hunt that several processes share reports what one process does."""

from __future__ import annotations

import io
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from octamem import OctaMemError
from octamem_testing import chaos
from octamem_testing.chaos.hunting import progress
from octamem_testing.chaos.world import workdir
from octamem_testing.chaos.world.processes import forked, workers

NOTES = ("Tea is at four.", "The launch moved to April 15.")


def right(client):
    """Save the notes, and claim those of which it is known."""
    careful = client.with_options(retry_unknown_writes=False)
    saved = []
    for note in NOTES:
        try:
            careful.add(content=note)
        except OctaMemError:
            continue
        saved.append(note)
    return saved


def wrong(client):
    """Let the client send a note again that may be stored."""
    client.add(content=NOTES[0])
    time.sleep(1)
    client.details()
    return NOTES[0]


async def wrong_async(client):
    """Do as the other one does, on an event loop."""
    await client.add(content=NOTES[0])
    return NOTES[0]


class Odd:
    """Something that no process can hand to another."""

    def __reduce__(self):
        """Refuse."""
        raise TypeError("it stays here")


def local(client):
    """Return what stays in its process."""
    client.details()
    return Odd()


def told(report):
    """Give what a report says, with its findings."""
    findings = [(each.invariant.name, each.schedule, each.evidence, each.timeline) for each in report.findings]
    return report.trail, report.stages, report.covered, report.fired, report.rounds, findings


@pytest.mark.parametrize("scenario", [right, wrong, wrong_async, local], ids=lambda scenario: scenario.__name__)
def test_several_processes_report_what_one_does(scenario):
    """Rounds, faults, findings and their order are the same, whatever a worker could hand over."""
    alone = told(chaos.hunt(scenario, rounds=60))
    for jobs in (2, 3):
        assert told(chaos.hunt(scenario, rounds=60, jobs=jobs)) == alone


def many(client):
    """Add a dozen notes, and send one of them again that may be stored."""
    for number in range(12):
        with suppress(OctaMemError):
            client.with_options(max_retries=1, retry_unknown_writes=number == 7).add(content=f"note {number}")


def test_many_alike_calls_are_shared_too(tmp_path):
    """Rounds that hit many calls at once, and kept schedules, are the same with several processes."""
    hunts = [chaos.hunt(many, rounds=60, jobs=jobs, database=tmp_path / str(jobs)) for _ in range(2) for jobs in (1, 2)]
    assert told(hunts[0]) == told(hunts[1])
    assert told(hunts[2]) == told(hunts[3])
    assert hunts[0].stages["alike"]
    assert hunts[2].stages["kept"]


def test_workers_play_rounds(tmp_path):
    """Rounds are really shared: more than one process runs the scenario."""

    def noting(client):
        client.details()
        (tmp_path / str(os.getpid())).touch()

    chaos.hunt(noting, rounds=30, jobs=3, invariants=chaos.without("recovers"))
    assert len(list(tmp_path.iterdir())) == 3


def test_a_worker_that_dies_loses_no_round(monkeypatch):
    """The rounds of a process that is gone are played by the hunt itself."""
    here = os.getpid()

    def deadly(client):
        client.details()
        if os.getpid() != here:
            os._exit(1)

    report = chaos.hunt(deadly, rounds=30, jobs=2, invariants=chaos.without("recovers"))
    assert (report.rounds, report.finding) == (chaos.hunt(right, rounds=30).rounds, None)


def test_a_worker_that_hangs_loses_no_round(monkeypatch):
    """The rounds of a process that neither ends nor answers are played by the hunt itself, after a while."""
    monkeypatch.setattr(workers, "MOST_REAL_SECONDS", 0.3)
    here = os.getpid()

    def hangs(client):
        client.details()
        while os.getpid() != here:
            pass

    report = chaos.hunt(hangs, rounds=30, jobs=2, invariants=chaos.without("recovers"))
    assert (report.rounds, report.finding) == (chaos.hunt(right, rounds=30).rounds, None)


def test_a_worker_leaves_neither_a_life_nor_a_directory(monkeypatch, tmp_path):
    """A worker that is killed in a round takes the life with it that it has forked, and what that has kept."""
    monkeypatch.setattr(workdir, "_IN_MEMORY", tmp_path / "rounds")
    monkeypatch.setattr(workdir, "_ROOM", 0)
    (tmp_path / "rounds").mkdir()
    here = os.getpid()

    def hangs(client):
        (chaos.workdir() / "kept").touch()
        of_a_worker = here not in (os.getpid(), os.getppid())
        (tmp_path / f"{os.getpid()}{' hangs' * of_a_worker}").touch()
        client.details()
        while of_a_worker:
            pass

    pids, seconds = [], 0.3
    while not pids:  # one that a loaded machine has not begun with its round by then has nothing to leave
        assert seconds <= 60
        monkeypatch.setattr(workers, "MOST_REAL_SECONDS", seconds)
        chaos.hunt(hangs, rounds=8, jobs=2, faults="503, crash", invariants=[chaos.OnlyDocumentedErrors()])
        pids = [int(each.name.split()[0]) for each in tmp_path.glob("* hangs")]
        seconds *= 3
    assert not [pid for pid in pids if runs(pid)]
    assert not list((tmp_path / "rounds").iterdir())


def test_a_worker_ends_with_a_hunt_that_is_killed(tmp_path):
    """A hunt that is killed leaves no worker behind, not even one in a round that never ends."""
    hunting = []

    def hangs(client):
        client.details()
        if os.getpid() != hunting[0]:
            (tmp_path / f"{os.getpid()} begun").touch()
            while True:
                pass

    def hunts():
        hunting.append(os.getpid())
        chaos.hunt(hangs, rounds=30, jobs=3, invariants=chaos.without("recovers"))

    child = forked.started(hunts)
    assert holds_soon(lambda: len(list(tmp_path.iterdir())) == 2)
    child.kill()
    pids = [int(each.name.split()[0]) for each in tmp_path.iterdir()]
    assert holds_soon(lambda: not any(map(runs, pids)))


def holds_soon(condition):
    """Whether a condition holds within a minute, as something in another process does."""
    until = time.monotonic() + 60
    while not condition():
        if time.monotonic() > until:
            return False
    return True


def runs(pid):
    """Whether a process has not ended; a child of a dead worker is waited for by whoever has adopted it."""
    status = Path(f"/proc/{pid}/stat")
    if not Path("/proc").exists():
        return os.system(f"ps -p {pid} -o stat= | grep -qv Z") == 0
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] not in "ZX"


def test_hunts_in_several_threads_fork_between_their_rounds():
    """A worker starts without the patched time of a round that another thread has made meanwhile."""
    scenarios = (right, wrong, wrong_async)
    alone = [told(chaos.hunt(scenario, rounds=20)) for scenario in scenarios]
    with ThreadPoolExecutor(len(scenarios)) as pool:
        at_once = pool.map(lambda scenario: told(chaos.hunt(scenario, rounds=20, jobs=2)), scenarios)
    assert list(at_once) == alone


@pytest.mark.parametrize("jobs", [0, -1, 65, 10**9, True, "2", 1.5])
def test_the_number_of_processes_is_checked(jobs):
    """Anything but a whole number of processes that a machine can run is refused."""
    with pytest.raises(ValueError, match="jobs must be an int from 1 to 64, got"):
        chaos.hunt(right, rounds=5, jobs=jobs)


def test_several_processes_need_a_fork(monkeypatch):
    """Where no process can be forked, more than one is refused, and says why."""
    monkeypatch.setattr(forked, "_fork", None)
    with pytest.raises(ValueError, match=r"jobs must be 1 here, got 2: it needs os\.fork"):
        chaos.hunt(right, rounds=5, jobs=2)
    assert chaos.hunt(right, rounds=5, jobs=1).rounds == 5


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self):
        """Return True."""
        return True


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_progress_shows_at_a_terminal_after_a_second(monkeypatch, stream):
    """A short hunt shows nothing; a longer one shows one line, which is erased at the end."""
    shown, moment = stream(), [100.0]
    monkeypatch.setattr(progress.sys, "__stderr__", shown)
    monkeypatch.setattr(progress, "real_time", lambda: moment[0])
    line = progress.Progress(200)
    line.tell(5, 0)
    assert shown.getvalue() == ""
    moment[0] += 1.5
    line.tell(90, 2)
    line.tell(91, 2)
    line.end()
    expected = "\r\x1b[Kchaos: 90 of 200 rounds, 2 violated\r\x1b[K" if stream is Terminal else ""
    assert shown.getvalue() == expected


def test_progress_names_no_number_that_is_not_set(monkeypatch):
    """A hunt that time alone ends shows how many rounds it has made."""
    shown, moment = Terminal(), [100.0]
    monkeypatch.setattr(progress.sys, "__stderr__", shown)
    monkeypatch.setattr(progress, "real_time", lambda: moment[0])
    line = progress.Progress(None)
    moment[0] += 1.5
    line.tell(90, 0)
    assert shown.getvalue() == "\r\x1b[Kchaos: 90 rounds"
