"""What no virtual time can move is named as such, if rounds differ by it."""

from __future__ import annotations

import itertools
import queue
import select
import signal
import socket
import subprocess
import threading
import urllib.request
from contextlib import suppress

import pytest

from fake_server import Fake, create_app
from fake_server.server import Options, serve_in_thread
from octamem import OctaMemError
from octamem_testing import chaos
from octamem_testing.chaos.world.real_waits import RealWaits

STATE = "keeps state between rounds"


def differing(wait):
    """Make a program that waits for the machine, and asks something else each time, as one does that counts polls."""
    asked = itertools.count()

    def scenario(client):
        wait()
        client.get(query=f"poll {next(asked)}")

    return scenario


def a_process():
    """Wait for a process."""
    with suppress(subprocess.TimeoutExpired), subprocess.Popen(["true"]) as process:
        process.wait(timeout=5.0)


def a_socket():
    """Wait for a socket with `select`, and then read from it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        select.select([ours], [], [], 0.0)
        theirs.sendall(b"tea")
        ours.recv(3)


def a_signal():
    """Set a timer that ends nothing."""
    signal.setitimer(signal.ITIMER_REAL, 100.0)
    signal.setitimer(signal.ITIMER_REAL, 0.0)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no such timers")
@pytest.mark.parametrize(
    ("wait", "named"),
    [
        (a_process, "subprocess.Popen.wait (at test_chaos_real_waits.py:"),
        (a_socket, "select.select (at test_chaos_real_waits.py:"),
        (a_socket, "socket.recv (at test_chaos_real_waits.py:"),
        (a_signal, "signal.setitimer (at test_chaos_real_waits.py:"),
    ],
)
def test_a_wait_for_the_machine_is_named(wait, named):
    """If two rounds differ, the error names the process, socket or signal that took part, and the difference."""
    with pytest.raises(chaos.ScenarioError) as caught:
        chaos.hunt(differing(wait), rounds=5)

    assert named in str(caught.value)
    assert "'poll 1'" not in str(caught.value)
    assert "poll 0" in str(caught.value)
    assert STATE not in str(caught.value)


def test_the_thread_that_serves_child_processes_takes_no_part_in_a_round():
    """The thread of the kit that waits for child processes waits for the machine, so no round waits for its turn."""
    own = []

    def scenario(client):
        client.details()
        a_process()
        own.extend(each for each in threading.enumerate() if each.name == "octamem-doorway")

    chaos.replay(scenario, "")

    assert [vars(thread).get("run") for thread in own] == [None]


def test_a_thread_from_before_is_named():
    """A thread that was started before the hunt runs beside virtual time, and is named with its place."""
    notes, answers, ended = queue.Queue(), queue.Queue(), threading.Event()

    def work():
        while not ended.is_set():
            with suppress(queue.Empty, OctaMemError):
                client, note = notes.get(timeout=0.01)
                client.add(content=note)
                answers.put(note)

    thread = threading.Thread(target=work, name="saver", daemon=True)
    thread.start()
    numbers = itertools.count()

    def scenario(client):
        client.details()
        notes.put((client, f"note {next(numbers)}"))
        with suppress(queue.Empty):
            answers.get(timeout=1.0)
        client.get(query=f"poll {next(numbers)}")

    try:
        with pytest.raises(chaos.ScenarioError, match=r"the thread 'saver'.*start threads and pools inside"):
            chaos.hunt(scenario, rounds=5)
    finally:
        ended.set()
        thread.join()


def test_a_program_that_waits_for_the_machine_alike_is_judged():
    """A process, socket or signal that changes nothing is no reason to refuse a program."""

    def scenario(client):
        a_socket()
        client.details()

    assert chaos.hunt(scenario, rounds=20).finding is None


def test_a_difference_without_such_a_wait_is_called_by_its_own_name():
    """A program that keeps a counter is told that it is not deterministic."""
    with pytest.raises(chaos.ScenarioError, match="not deterministic"):
        chaos.hunt(differing(lambda: None), rounds=5)


def test_all_is_restored_after_a_round():
    """What is watched is watched in rounds only, and an inherited method is inherited again."""
    before = (select.select, subprocess.Popen.wait, socket.socket.recv, dict(vars(socket.socket)))

    with RealWaits().watched():
        assert select.select is not before[0]

    assert (select.select, subprocess.Popen.wait, socket.socket.recv, dict(vars(socket.socket))) == before


def test_a_server_of_the_kit_is_not_the_program():
    """A thread that serves a fake beside a hunt looks at its sockets, and the program does not wait for them."""
    seen = RealWaits()
    with seen.watched(), serve_in_thread(create_app(Fake()), options=Options(loop="asyncio")) as server:
        urllib.request.urlopen(f"{server.url}/_fake/health", timeout=30).close()
    assert not [each for each in seen.seen if "fake_server" in each or "uvicorn_server" in each]
