"""A round ends whatever the program does: one that computes for ever is stopped, and a process pool is refused."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing.pool import ThreadPool

import pytest

from octamem import AsyncOctaMem, OctaMem, OctaMemError
from octamem_testing import chaos
from octamem_testing.chaos.world import round_bounds
from octamem_testing.chaos.world.program import Program
from octamem_testing.chaos.world.runner import Runner

NOTE = "Tea is at four."
STOPPED = "it went on computing, and neither sent a request nor waited"


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    """Stop a program soon that computes."""
    monkeypatch.setattr(round_bounds, "MOST_COMPUTING", 0.2)
    monkeypatch.setattr(round_bounds, "MOST_COMPUTING_AGAIN", 0.1)


def tries_for_ever(client: OctaMem):
    """Try again whatever happened."""
    while True:
        try:
            client.add(content=NOTE)
        except Exception:  # noqa: BLE001 - that is the bug
            continue
        return


def swallows_everything(client: OctaMem):
    """Try again even if the program is to end."""
    while True:
        try:
            client.add(content=NOTE)
        except:  # noqa: E722 - that is the bug
            continue
        return


def tries_in_a_thread(client: OctaMem):
    """Try again in a thread, for which the program waits."""
    thread = threading.Thread(target=tries_for_ever, args=(client,))
    thread.start()
    thread.join()


def spins_after_an_error(client: OctaMem):
    """Wait for something that no one changes."""
    saved = []
    with suppress(OctaMemError):
        client.add(content=NOTE)
        saved.append(NOTE)
    while not saved:
        pass


async def tries_for_ever_async(client: AsyncOctaMem):
    """Try again whatever happened, in a task."""
    while True:
        try:
            await client.add(content=NOTE)
        except:  # noqa: E722 - that is the bug
            continue
        return


# The stop may come between the call of a coroutine function and its `await`, as Ctrl-C may.
NEVER_AWAITED = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")


@pytest.mark.parametrize(
    "scenario",
    [
        tries_for_ever,
        swallows_everything,
        tries_in_a_thread,
        spins_after_an_error,
        pytest.param(tries_for_ever_async, marks=NEVER_AWAITED),
    ],
)
def test_a_program_that_computes_for_ever_is_stopped(scenario):
    """A loop over a closed client neither calls nor waits, so the round is stopped, and is not bounded."""
    with pytest.raises(chaos.ChaosFailure) as failure:
        chaos.replay(scenario, "add: close-client", invariants=[chaos.Bounded()])

    assert failure.value.finding is not None
    assert STOPPED in failure.value.finding.evidence
    assert "(at test_chaos_hangs.py:" in failure.value.finding.evidence


def test_a_life_that_computes_for_ever_is_stopped():
    """The process after a crash is stopped as the first one is."""

    def scenario(client):
        began = chaos.workdir() / "began"
        while began.exists():
            pass
        began.touch()
        client.add(content=NOTE)

    with pytest.raises(chaos.ChaosFailure) as failure:
        chaos.replay(scenario, "add: crash", invariants=[chaos.Bounded()])

    assert STOPPED in str(failure.value)


def test_a_baseline_that_computes_for_ever_is_stopped(monkeypatch):
    """A program that hangs without any fault fails at once."""
    monkeypatch.setattr(round_bounds, "MOST_BASELINE_COMPUTING", 0.2)

    def scenario(client):
        client.details()
        while True:
            pass

    with pytest.raises(chaos.ChaosFailure, match=STOPPED):
        chaos.run(scenario)


def test_a_program_that_computes_as_long_as_the_baseline_is_not_stopped():
    """A round may compute several times as long as the baseline does."""

    def scenario(client):
        client.get(query="tea")
        end = time.process_time() + 0.25
        while time.process_time() < end:
            pass

    assert chaos.hunt(scenario, rounds=4).finding is None


def test_a_loop_that_took_the_turn_of_others_allows_no_long_computing():
    """What the baseline computes counts five times, and what a loop took from other threads there twice."""
    least, again = round_bounds.MOST_COMPUTING, round_bounds.MOST_COMPUTING_AGAIN

    assert round_bounds.most_computing(1.0, 0.0, again=False) == least + 5.0
    assert round_bounds.most_computing(0.03, 2.0, again=True) == pytest.approx(4.06)
    assert round_bounds.most_computing(0.0, 0.0, again=True) == again


def test_the_time_of_a_busy_loop_is_told_from_computing():
    """A thread that looks for what another one changes is given the time that it ran before that had its turn."""
    runner = Runner(Program(waits_in_a_busy_loop), chaos.INVARIANTS)
    runner.play("", stage="baseline")

    assert runner._starved >= 2.0
    assert runner._computed < 1.0


def waits_in_a_busy_loop(client: OctaMem):
    """Look all the time whether a thread is done."""
    done = []

    def save():
        client.add(content=NOTE)
        done.append(NOTE)

    thread = threading.Thread(target=save)
    thread.start()
    while not done:
        pass
    thread.join()


def in_a_pool(work):
    """Do something in another process."""
    with ProcessPoolExecutor(1) as pool:
        return pool.submit(work).result(timeout=5.0)


def in_a_pool_of_multiprocessing(work):
    """Do the same with the other module."""
    with multiprocessing.Pool(1) as pool:
        return pool.apply(work)


def in_a_pool_whose_errors_are_swallowed(work):
    """Go on without the pool."""
    with suppress(Exception):
        in_a_pool(work)


@pytest.mark.parametrize(
    ("wait", "name"),
    [
        (in_a_pool, "concurrent.futures.ProcessPoolExecutor"),
        (in_a_pool_of_multiprocessing, "multiprocessing.Pool"),
        (in_a_pool_whose_errors_are_swallowed, "concurrent.futures.ProcessPoolExecutor"),
    ],
)
def test_a_process_pool_is_refused_by_name(wait, name):
    """Its processes cannot be in virtual time, so the error names the pool and its line, whatever the program does."""

    def scenario(client):
        client.details()
        wait(int)

    with pytest.raises(chaos.ScenarioError, match=rf"got a process pool, {name} \(at test_chaos_hangs.py:"):
        chaos.hunt(scenario, rounds=5)


def test_a_process_pool_from_before_is_refused():
    """A pool that is made outside of the scenario is refused when the scenario gives it work."""
    with concurrent.futures.ProcessPoolExecutor(1) as pool:

        def scenario(client):
            client.details()
            pool.submit(int)

        with pytest.raises(chaos.ScenarioError, match="got a process pool"):
            chaos.hunt(scenario, rounds=5)


def saves_elsewhere():
    """Save a note, as the target of a process."""
    with OctaMem(max_retries=0) as client:
        client.add(content="tea")


def in_a_process(method):
    """Save a note in a process of multiprocessing."""
    process = multiprocessing.get_context(method).Process(target=saves_elsewhere)
    process.start()
    process.join()


def in_a_forked_process():
    """Save a note in a process that is forked by hand."""
    child = os.fork()
    if not child:
        try:
            saves_elsewhere()
        finally:
            os._exit(0)
    os.waitpid(child, 0)


PROCESSES = [
    (lambda: in_a_process("spawn"), r"a multiprocessing\.Process that is spawned"),
    (lambda: in_a_process("fork"), "a call to OctaMem in a child process"),
    (in_a_forked_process, "a call to OctaMem in a child process"),
]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows cannot fork")
@pytest.mark.parametrize(("work", "named"), PROCESSES)
def test_a_process_that_calls_octamem_is_refused_by_name(work, named):
    """What a process of its own sends is neither judged nor sent to the real service; the error has the line."""

    def scenario(client):
        client.details()
        work()

    with pytest.raises(chaos.ScenarioError, match=rf"got {named} \(at test_chaos_hangs\.py:"):
        chaos.hunt(scenario, rounds=4)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows cannot fork")
def test_a_forked_process_that_computes_is_allowed():
    """A process that does not call OctaMem takes no part in what is judged."""

    def scenario(client):
        client.details()
        process = multiprocessing.get_context("fork").Process(target=int)
        process.start()
        process.join()
        assert process.exitcode == 0

    assert chaos.hunt(scenario, rounds=4).finding is None


def test_a_pool_of_threads_is_no_process_pool():
    """The threads of a pool are in virtual time, and its jobs meet faults."""

    def scenario(client):
        with ThreadPool(2) as pool:
            pool.map(lambda query: client.get(query=query), ["tea", "milk"])

    assert chaos.hunt(scenario, rounds=5, faults="503").finding is None


@pytest.mark.slow
def test_a_process_with_a_time_out_is_waited_for_in_real_time():
    """Each round takes the same virtual time, however long the process takes, and a time-out is one of the machine."""

    def scenario(client):
        subprocess.run([sys.executable, "-c", "import time; time.sleep(0.05)"], timeout=30.0, check=True)
        with suppress(subprocess.TimeoutExpired):
            subprocess.run([sys.executable, "-c", "import time; time.sleep(30)"], timeout=0.1, check=True)
        client.details()

    assert chaos.hunt(scenario, rounds=4, faults="503").finding is None


TRACED = """
import sys
from threading import get_ident
from octamem_testing.chaos.world.computing_guard import _Watched
watched = _Watched(None, None)
watched._met.add(get_ident())
watched.end()
def traced():
    return "ran"
sys.settrace(lambda *_: None)
print(traced())
"""


@pytest.mark.slow
def test_a_program_that_was_stopped_leaves_no_error_to_be_looked_for():
    """After its round a function can be traced, as by coverage: on 3.11 it never began while one was looked for."""
    ran = subprocess.run([sys.executable, "-c", TRACED], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout == "ran\n"
