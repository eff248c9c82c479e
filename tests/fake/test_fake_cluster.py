"""A cluster without its proxies: layouts, what is written for the proxies, and what the command refuses."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from fake_server import Fake, create_app
from fake_server.cli import main
from fake_server.cli.cluster import claim, ending, returning, supervisor
from fake_server.cli.cluster.layout import LastRun, Layout, LayoutError, Replica, last_run
from fake_server.cli.cluster.links import page_of_links
from fake_server.cli.cluster.moving import MovingError, moved
from fake_server.cli.cluster.proxies import PROXIES, check, config_of
from fake_server.cli.cluster.recipes import RECIPES
from fake_server.cli.doctor.server import check_calls
from fake_server.cli.programs.program import Program, end_signals
from fake_server.cli.remote import client
from fake_server.cli.remote.client import RefusedError
from fake_server.server import listen, serve_in_thread


def asked(*arguments):
    """Run the command, and give its result."""
    return CliRunner().invoke(main, ["cluster", *arguments])


def test_each_replica_has_a_port_and_a_file_of_its_own(tmp_path):
    """Replicas take the ports after the proxy's, and files in the folder."""
    layout = Layout.of(tmp_path, "nginx", 8400, 3)
    assert [(each.name, each.url, each.file.name) for each in layout.replicas] == [
        ("r1", "http://127.0.0.1:8401", "replica-1.db"),
        ("r2", "http://127.0.0.1:8402", "replica-2.db"),
        ("r3", "http://127.0.0.1:8403", "replica-3.db"),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("apache", 8400, 2), "proxy: expected nginx or haproxy, got 'apache'"),
        (("nginx", 8400, 0), "replicas: expected from 1 to 1000, got 0"),
        (("nginx", 8400, 1001), "replicas: expected from 1 to 1000, got 1001"),
        (("nginx", 65_500, 40), "port: expected from 1 to 65495, as each replica needs one, got 65500"),
        (("nginx", 0, 1), "port: expected from 1 to 65534, as each replica needs one, got 0"),
    ],
)
def test_a_layout_that_cannot_be_is_refused(tmp_path, arguments, message):
    """The error says what is expected, and what was given."""
    with pytest.raises(LayoutError) as raised:
        Layout.of(tmp_path, *arguments)
    assert str(raised.value) == message


def test_the_layout_of_the_last_run_is_kept(tmp_path):
    """The next run knows what chose the replicas of the keys, and that nothing did while they were moved."""
    assert last_run(tmp_path) is None
    layout = Layout.of(tmp_path, "haproxy", 8400, 7)
    layout.write_run(layout.run)
    assert last_run(tmp_path) == LastRun(7, "haproxy", 8400)
    layout.write_run(LastRun(7))
    assert last_run(tmp_path) == LastRun(7)
    for proxy, port, count in (("nginx", 8400, 7), ("haproxy", 8401, 7), ("haproxy", 8400, 6)):
        assert Layout.of(tmp_path, proxy, port, count).run != layout.run


def test_files_without_a_layout_say_how_many_replicas_there_were(tmp_path):
    """Where `cluster.json` is missing, any replica may have a key, so that all of them are asked."""
    for name in ("replica-2.db", "replica-11.db", "replica-12.db-wal", "replica-0.db", "replica-x.db"):
        (tmp_path / name).touch()
    assert last_run(tmp_path) == LastRun(11)
    assert last_run(tmp_path / "none") is None


@pytest.mark.slow
@pytest.mark.parametrize("signalled", [False, True])
def test_a_proxy_that_ends_with_all_others_is_no_failure(tmp_path, signalled):
    """A service manager sends SIGTERM to each process: the cluster was asked to end, and the proxy did not fail."""
    events = SimpleQueue()
    cluster = supervisor._Cluster(Layout.of(tmp_path, "nginx", 8400, 1), (), None, events, print)
    cluster._proxy = Program("nginx", (), events.put)
    cluster._proxy.be_ready()
    for each in (cluster._proxy, *([None] if signalled else [])):
        events.put(each)
    with pytest.raises(supervisor._EndAskedError if signalled else supervisor.ClusterError):
        cluster.watch()


@pytest.mark.parametrize(
    "content",
    ["", "{}", '{"replicas": 4, "seed": 1}', '{"replicas": true}', '{"replicas": "4"}', '{"replicas": 0}', "[]"],
)
def test_a_number_that_cannot_be_read_is_an_error(tmp_path, content):
    """Nothing is guessed: with a wrong number, keys would be looked for in the wrong places."""
    (tmp_path / "cluster.json").write_text(content, encoding="utf-8")
    with pytest.raises(LayoutError, match="expected the number of replicas"):
        last_run(tmp_path)


@pytest.mark.parametrize("proxy", PROXIES)
def test_a_configuration_never_sends_twice_and_hashes_the_key(tmp_path, proxy):
    """Each configuration names every replica, hashes consistently, and forbids a second try."""
    text = config_of(Layout.of(tmp_path, proxy, 8400, 3))
    assert all(f"127.0.0.1:{port}" in text for port in (8400, 8401, 8402, 8403))
    assert "consistent" in text
    assert ("proxy_next_upstream off;" if proxy == "nginx" else "retries 0") in text
    assert "NAME_A_KEY" in text


def test_the_page_of_links_names_addresses_that_can_be_opened(tmp_path):
    """Each link is the address of a replica, never the one on which a proxy listens; of a thousand some are shown."""
    elsewhere = Layout.of(tmp_path, "nginx", 8400, 2).elsewhere([("10.0.0.11", 8642), ("[fd00::1]", 8642)])
    page = page_of_links(elsewhere)
    assert re.findall('href="([^"]+)"', page) == ["http://10.0.0.11:8642/_fake/", "http://[fd00::1]:8642/_fake/"]
    assert "0.0.0.0" not in page
    many = page_of_links(Layout.of(tmp_path, "nginx", 8400, 1000))
    shown = len(re.findall("href=", many))
    assert 10 < shown < 1000
    assert f"<li>and {1000 - shown} more</li>" in many
    assert "a cluster of one replica" in page_of_links(Layout.of(tmp_path, "nginx", 8400, 1)).lower()


@pytest.mark.parametrize("proxy", PROXIES)
def test_a_proxy_that_is_not_installed_is_named(tmp_path, monkeypatch, proxy):
    """The error says which package is missing, before anything is started."""
    monkeypatch.setattr("fake_server.cli.cluster.proxies.which", lambda *_args, **_options: None)
    with pytest.raises(LayoutError, match=f"{proxy} is not installed: install the package {proxy}"):
        check(Layout.of(tmp_path, proxy, 8400, 2))
    result = asked("--proxy", proxy, "--folder", str(tmp_path))
    assert (result.exit_code, "is not installed" in result.output) == (2, True)


@pytest.mark.slow
@pytest.mark.parametrize(("proxy", "since"), [("nginx", "1.15.3"), ("haproxy", "2.6")])
def test_a_proxy_of_an_old_release_is_named(tmp_path, monkeypatch, proxy, since):
    """The error has what the proxy says, its release, and the first one that would do."""
    old = tmp_path / proxy
    old.write_text('#!/bin/sh\n[ "$1" = -v ] && echo "release 0.9" || { echo "unknown word" >&2; exit 1; }\n')
    old.chmod(0o755)
    monkeypatch.setattr("fake_server.cli.cluster.proxies.which", lambda *_args, **_options: str(old))
    layout = Layout.of(tmp_path / "kept", proxy, 8400, 2)
    with pytest.raises(LayoutError) as raised:
        check(layout)
    assert str(raised.value) == (
        f"{proxy} refuses {layout.config}: unknown word; expected {proxy} {since} or newer, got release 0.9"
    )


@pytest.mark.parametrize("proxy", PROXIES)
@pytest.mark.parametrize("what", RECIPES)
def test_what_is_printed_starts_nothing(tmp_path, monkeypatch, what, proxy):
    """--print writes text for others, and no file."""
    monkeypatch.setattr(supervisor, "supervise", None)
    result = asked("--proxy", proxy, "--folder", str(tmp_path / "new"), "--print", what, "--replicas", "3")
    assert result.exit_code == 0, result.output
    assert ("not run by its tests" in result.output) == (what != "config")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("proxy", PROXIES)
def test_replicas_on_other_machines_are_named_by_their_addresses(proxy):
    """The configuration has each address once more than it is listed, its name, and a proxy that others reach."""
    hosts = ("10.0.0.11:8642", "fake-2.test:9000", "[fd00::7]:8642")
    result = asked("--proxy", proxy, "--print", "config", *(word for each in hosts for word in ("--replica", each)))
    assert result.exit_code == 0, result.output
    assert "0.0.0.0:8400" in result.output
    assert "127.0.0.1:8" not in result.output
    for number, host in enumerate(hosts, 1):
        assert f"server r{number} {host}" in result.output or f"{host} r{number};" in result.output
        assert f"{host} max_fails=0;" in result.output or f"{host} check" in result.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--replica", "10.0.0.11:8642"), "--replica is for --print config"),
        (("--print", "compose", "--replica", "10.0.0.11:8642"), "--replica is for --print config"),
        (("--print", "config", "--replicas", "2", "--replica", "a:1"), "--replicas is the number of those on this"),
        *(
            (("--print", "config", "--replica", wrong), f"expected HOST:PORT such as 10.0.0.11:8642, got {wrong!r}")
            for wrong in ("10.0.0.11", "a:0", "a:65536", "a:1;", "http://a:1", "a b:1", ":1", "fd00::7:1", "a:\u0661")
        ),
        (("--print", "config", "--replica", "a:1", "--replica", "a:1"), "expected each replica once, got 'a:1' again"),
    ],
)
def test_a_replica_elsewhere_that_cannot_be_is_refused(options, message):
    """The error says what is expected, and nothing is printed that a proxy would read."""
    result = asked(*options)
    assert (result.exit_code, message in " ".join(result.output.split())) == (2, True), result.output
    assert "upstream" not in result.output


@pytest.mark.parametrize("what", ["systemd", "compose", "kubernetes"])
def test_options_of_each_replica_are_printed(what):
    """What stands after -- reaches each replica, quoted as its reader wants it."""
    result = asked("--print", what, "--", "--idempotency", "--allowed-host", "fake.test", "--api-key", "a\"$(b)%i'c")
    assert result.exit_code == 0, result.output
    written = {
        "systemd": """"$$@"' octamem-fake "--idempotency" "--allowed-host" "fake.test" "--api-key" "a\\"$$(b)%%i'c\"""",
        "compose": """, "--idempotency", "--allowed-host", "fake.test", "--api-key", "a\\"$$(b)%i'c", --allowed-host""",
        "kubernetes": """, "--idempotency", "--allowed-host", "fake.test", "--api-key", "a\\"$$(b)%i'c", --allowed-""",
    }
    assert written[what] in result.output


@pytest.mark.parametrize(("what", "status"), [("systemd", 0), ("compose", 2), ("kubernetes", 2)])
def test_a_file_of_options_is_printed_if_it_is_there(tmp_path, what, status):
    """A unit of systemd names it by its whole path; a container does not have it."""
    file = tmp_path / "fake.toml"
    file.write_text("idempotency = true\n", encoding="utf-8")
    result = asked("--config", str(file), "--print", what)
    assert result.exit_code == status, result.output
    assert (f'"--config" "{file}"' if what == "systemd" else "no container has this file") in result.output


def test_an_option_that_serve_does_not_know_starts_nothing(tmp_path):
    """It is refused once, before a folder is made."""
    result = asked("--folder", str(tmp_path / "kept"), "--", "--nonsense")
    assert (result.exit_code, result.output.count("No such option")) == (2, 1), result.output
    assert not (tmp_path / "kept").exists()


def test_a_second_cluster_in_the_same_folder_is_refused(tmp_path, monkeypatch):
    """It is told so before it writes anything there, and may start when the first has ended."""
    monkeypatch.setattr(supervisor, "check", lambda _layout: None)
    layout = Layout.of(tmp_path, "nginx", 8400, 1)
    with claim.alone(layout):
        result = asked("--folder", str(tmp_path), "--replicas", "1")
        assert result.exit_code == 1, result.output
        assert f"a cluster runs in {tmp_path}: end it, or choose another --folder" in result.output
        assert not layout.config.exists()
    with claim.alone(layout):
        pass


def test_the_doctor_examines_a_cluster_by_its_key():
    """A proxy that asks for a key is no problem: the replica of the key answers, or the key is asked for."""

    class Proxy:
        replica = "r2"

        def ask(self, method, route, *, key=None, limit=1):
            del method, limit
            if key is None:
                raise RefusedError("key: expected ?key=KEY, got none", 400, {"code": "NAME_A_KEY"})
            counted = {"calls": [{"at": "now", "endpoint": "add", "result": "1 stored", "key_id": "k1"}]}
            return {"/settings": {}, "/faults": {"faults": []}, "/calls": {**counted, "counts": {"all": 1}}}[route]

    assert [(each.level, each.check) for each in check_calls(Proxy(), "sk-om-live-0001")] == [
        ("ok", "server"),
        ("ok", "key"),
        ("ok", "calls"),
    ]
    assert check_calls(Proxy(), "sk-om-live-0001")[0].seen.endswith("of this key, which r2 has")
    (found,) = check_calls(Proxy(), None)
    assert (found.level, "OCTAMEM_API_KEY" in found.then) == ("note", True)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_command_says_why_a_proxy_answers_for_a_replica(status):
    """An answer of a proxy alone is no JSON; the error says what that may mean, and what to do."""
    with pytest.raises(RefusedError, match=f"answered with {status}, which is no JSON; the proxy of a cluster does so"):
        client._json("GET /_fake/calls", SimpleNamespace(status=status), b"<html>Bad Gateway</html>")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full device is there on Linux alone")
def test_a_full_disk_is_told_without_a_traceback():
    """What cannot be written is one line of standard error, and exit status 1."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "fake_server", "cluster", "--print", "systemd"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "octamem-fake: cannot write what it says: No space left on device\n")


@pytest.mark.parametrize(
    "name", ["--port", "--host", "--persist=x", "--allow-remote", "--control-token", "--config=x.toml"]
)
def test_what_the_cluster_chooses_is_no_option_of_serve(tmp_path, name):
    """An option that each replica must have for itself is refused by its name."""
    result = asked("--folder", str(tmp_path), "--", name, "1")
    assert result.exit_code == 2
    assert f"{name.partition('=')[0]} is chosen by the cluster" in result.output


@pytest.mark.parametrize("origin", ["--seed-file", "OCTAMEM_FAKE_SEED_FILE", "seed-file in octamem-fake.toml"])
def test_memories_for_one_key_are_no_option_of_each_replica(tmp_path, monkeypatch, origin):
    """Each replica would store them, and a move could not tell which ones are the key's."""
    monkeypatch.chdir(tmp_path)
    if origin.isupper():
        monkeypatch.setenv(origin, "notes.jsonl")
    elif not origin.startswith("--"):
        (tmp_path / "octamem-fake.toml").write_text('seed-file = "notes.jsonl"\n', encoding="utf-8")
    result = asked(*(("--", origin, "notes.jsonl") if origin.startswith("--") else ()))
    assert result.exit_code == 2
    assert f"{origin}: each replica would store these memories" in result.output


def test_a_port_in_use_ends_a_cluster_before_it_starts(tmp_path, monkeypatch):
    """What answers there may be an earlier run's replica, which would be taken for a new one."""
    monkeypatch.setattr(supervisor, "check", lambda _layout: None)
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        for first in (port, port - 1):
            result = asked("--port", str(first), "--replicas", "1", "--folder", str(tmp_path / "kept"))
            assert result.exit_code == 1, result.output
            assert "cannot listen on 127.0.0.1:" in result.output
            assert ": Address already in use; end what listens there" in result.output
    assert last_run(tmp_path / "kept") is None


def test_a_replica_that_ends_while_another_starts_is_started_again(tmp_path, monkeypatch):
    """Its end is not lost, and one that was never ready ends the cluster instead."""
    started, said, ready = [], [], iter([False, True])
    monkeypatch.setattr(Program, "start", lambda program: started.append(program.name))
    events = SimpleQueue()
    cluster = supervisor._Cluster(Layout.of(tmp_path, "nginx", 8400, 2), (), None, events, said.append)
    one, two = (Program(name, (), events.put) for name in ("r1", "r2"))
    cluster._replicas.update(r1=one, r2=two)
    cluster._places.update(zip(("r1", "r2"), cluster._layout.replicas))
    one.is_ending = one.was_ready = True
    events.put(one)
    cluster._wait_for(two, 8402, lambda _: next(ready))
    assert started == ["r1"]
    assert said == ["r1 ended with exit status None; starting it again on port 8401, restart 1 of at most 20 a minute"]
    events.put(two)
    with pytest.raises(supervisor.ClusterError, match="r2 did not start"):
        cluster.watch()


@pytest.fixture
def replica(tmp_path):
    """Give a replica that serves two keys with three memories, and the program of it, which only sleeps."""
    fake = Fake()
    for key, notes in (("sk-om-live-back-0001", ["tea", "milk"]), ("sk-om-live-back-0002", ["bread"])):
        fake.remember(notes, key=key)
    program = Program("r2", (sys.executable, "-c", "import time; time.sleep(600)"), print)
    with serve_in_thread(create_app(fake), control_token="a-token") as running:
        program.start()
        yield program, Replica("r2", running.port, tmp_path / "replica-2.db")
        program.is_ending = True
        program.join(0)


@pytest.mark.slow
@pytest.mark.parametrize(("token", "words"), [("a-token", ", with 2 keys and 3 memories"), (None, "")])
def test_it_is_said_when_a_replica_is_back_and_what_it_has(replica, token, words):
    """One line has port, time, keys and memories; without the control token, it has the port and the time."""
    program, place = replica
    said = SimpleQueue()
    returning.await_return(program, place, token, said.put)
    program.be_ready()
    line = said.get(timeout=60)
    assert re.fullmatch(rf"r2 answers again on port {place.port} after \d+\.\d s{words}", line), line


@pytest.mark.slow
def test_it_is_said_once_that_a_replica_is_not_back(replica, monkeypatch):
    """A replica that takes long is named, and its return is said all the same."""
    monkeypatch.setattr(returning, "LATE_SECONDS", 0.0)
    program, place = replica
    said = SimpleQueue()
    returning.await_return(program, place, "a-token", said.put)
    assert said.get(timeout=60) == f"r2 does not answer on port {place.port} yet, after 0 s; its keys fail"
    program.be_ready()
    assert "r2 answers again" in said.get(timeout=60)


@pytest.mark.slow
def test_a_program_is_ready_by_its_own_word():
    """The first line that it writes says so, once more after each start; another server on its port does not count."""
    ended = SimpleQueue()
    program = Program(
        "r1", (sys.executable, "-c", "print('ready')"), ended.put, lines=lambda program, _: program.be_ready()
    )
    for _ in range(2):
        program.start()
        assert ended.get(timeout=60) is program
        until = time.monotonic() + 60
        while not program.is_ready:
            assert time.monotonic() < until
    assert program.was_ready


@pytest.mark.slow
@pytest.mark.parametrize("asked_again", [False, True])
def test_an_end_that_takes_long_is_said_and_a_second_signal_hurries_it(monkeypatch, asked_again):
    """A program that does not end is killed after some seconds, or at once if a second signal comes."""
    monkeypatch.setattr(ending, "_SILENT", 0.0)
    monkeypatch.setattr(ending, "_AT_ONCE", 0.0)
    monkeypatch.setattr(ending, "END_SECONDS", 600.0 if asked_again else 0.1)
    source = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
    program = Program("r1", (sys.executable, "-c", source), print, lines=lambda program, _: program.be_ready())
    program.start()
    while not program.is_ready:
        time.sleep(0.01)
    events, said = SimpleQueue(), []

    def tell(line):
        said.append(line)
        if asked_again:
            events.put(None)

    ending.Ending(events, tell).end([program], signal.SIGTERM)
    assert program.code == -signal.SIGKILL
    assert said == [f"ending: requests in flight have {ending.END_SECONDS:g} s; a second Ctrl-C ends at once"]


class Directions(BaseHTTPRequestHandler):
    """A proxy that only says whose a key is, by the `owners` of its server."""

    def do_GET(self):
        """Name the owner of the key of the request."""
        self.send_response(200)
        self.send_header("X-OctaMem-Replica", self.server.owners[self.headers["Authorization"].split()[1]])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args):
        """Say nothing."""


@pytest.fixture
def directions():
    """Give a proxy that answers with the owner of a key."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Directions)
    server.owners = {}
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
def test_a_key_moves_with_all_that_a_snapshot_has(tmp_path, directions):
    """Each key that is another's is stored there, with its settings, and then gone from where it was."""
    first, second = Fake(), Fake()
    keys = [f"sk-om-live-moving-{number:04}" for number in range(4)]
    for key in keys:
        first.configure(key=key, top_k=3)
        first.remember([f"one of {key}", f"two of {key}"], key=key)
    with serve_in_thread(create_app(first)) as one, serve_in_thread(create_app(second)) as two:
        layout = Layout.of(tmp_path, "haproxy", 8400, 2)
        replicas = tuple(
            replace(each, port=int(running.url.rpartition(":")[2]))
            for each, running in zip(layout.replicas, (one, two))
        )
        directions.owners.update(zip(keys, ("r1", "r2", "r1", "r2")))
        said = []
        there = replace(layout, replicas=replicas)
        move = partial(moved, directions.server_port, replicas, there, token=None, tell=said.append)

        def interrupt():
            if keys[1] in set(second.keys()):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            move(check=interrupt)
        assert sorted([*first.keys(), *second.keys()]) == keys
        # A copy without its deletion.
        second.configure(key=keys[3], top_k=3)
        second.remember([f"one of {keys[3]}", f"two of {keys[3]}"], key=keys[3])
        assert move(check=lambda: None) == 1
        assert move(check=lambda: None) == 0
        directions.owners[keys[0]] = "r9"
        with pytest.raises(MovingError, match="expected a replica of the layout, got 'r9'"):
            move(check=lambda: None)
    assert said == ["r1: 1 key moved"]
    for number, key in enumerate(keys):
        has, lacks = (first, second) if number % 2 == 0 else (second, first)
        assert [memory.content for memory in has.memories(key=key)] == [f"one of {key}", f"two of {key}"]
        assert has.settings(key=key).top_k == 3
        assert key not in [*lacks.keys()]


@pytest.mark.parametrize("ignored", [False, True])
@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no such signal")
def test_a_terminal_that_is_closed_ends_a_command_in_order(ignored):
    """SIGHUP counts as SIGTERM does, unless nohup had it ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
    came = []
    try:
        with end_signals(lambda: came.append(True)):
            for each in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
                signal.raise_signal(each)
        assert (len(came), signal.getsignal(signal.SIGHUP) == signal.SIG_IGN) == (2 if ignored else 3, ignored)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.slow
def test_a_guard_ends_what_a_killed_supervisor_has_left():
    """All that was started and has not ended is ended, even if the supervisor is killed in that instant."""
    source = (
        "import os, signal, subprocess, sys\n"
        "from fake_server.cli.programs.guard import Guard\n"
        "guard, command = Guard(), (sys.executable, '-c', 'print(1, flush=True); import time; time.sleep(600)')\n"
        "forgotten = guard.start(command, os.environ, subprocess.PIPE)\n"
        "forgotten.stdout.readline()\n"
        "guard.forget(forgotten.pid)\n"
        "started = [guard.start(command, os.environ, subprocess.DEVNULL) for _ in range(2)]\n"
        "print(forgotten.pid, *(each.pid for each in started), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        first, *others = map(int, supervisor.stdout.readline().split())
        try:
            for pid in others:
                wait_for_end(pid)
            os.kill(first, 0)
        finally:
            os.kill(first, signal.SIGKILL)


def wait_for_end(pid):
    """Wait until no process has this number."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            continue
        return
    raise AssertionError(pid)
