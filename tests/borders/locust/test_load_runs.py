"""Loads by real processes of Locust: counts are exact, a planted duplicate is found, and an end is clean.

They run in an environment of their own (`nox --sessions locust`): Locust patches the process that imports it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any, Callable, Dict, Iterator, List, Set, Tuple

import httpx
import pytest
from ports import free_port
from processes import every_process

from fake_server import Fake
from octamem_testing import OctaMemServer, serving

PATIENCE = 240.0  # seconds: a machine that runs other tests beside these starts a process in ten
STALL = 8.0  # seconds that a worker stands still: Locust alone gives one up after four
USERS = Path(__file__).parent / "users"
ZEROS = ("missing", "stored_twice", "refused_and_stored", "never_sent", "extra_attempts", "not_checked")


@dataclass(frozen=True)
class Loaded:
    """What a load said, and its result."""

    status: int
    said: str
    result: Dict[str, Any]

    @property
    def wrong(self) -> Dict[str, int]:
        """The counts that are wrong."""
        return {name: self.result["counts"][name] for name in ZEROS if self.result["counts"][name]}


class Load:
    """`octamem-fake load` in a process of its own."""

    def __init__(self, folder: Path, url: str, *options: str, command: List[str]) -> None:
        self._report = folder / "load.json"
        self.said: List[str] = []
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            [*command, url, "--report", str(self._report), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                with self._changed:
                    self.said.append(line)
                    self._changed.notify_all()

    def wait_for(self, words: str) -> None:
        """Wait until a line with these words was written."""
        with self._changed:
            assert self._changed.wait_for(lambda: any(words in line for line in self.said), PATIENCE), self.said

    def ended(self) -> Loaded:
        """Wait until it has ended by itself."""
        status = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        assert self._report.exists(), self.said
        return Loaded(status, "".join(self.said), json.loads(self._report.read_text(encoding="utf-8")))

    def stopped(self) -> Loaded:
        """End it as a terminal does, and wait until it has ended."""
        self.process.send_signal(signal.SIGINT)
        return self.ended()

    def workers(self) -> List[int]:
        """Give the workers that it has started."""
        return self.programs("--worker")

    def programs(self, word: str = "locust") -> List[int]:
        """Give the processes that it has started with this word."""
        return sorted(each.pid for each in every_process() if word in each.words and each.parent == self.process.pid)


@pytest.fixture
def server() -> Iterator[OctaMemServer]:
    """Give a server that stores again what is sent again."""
    with serving() as running:
        yield running


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Callable[..., Load]]:
    """Start a load."""
    started: List[Load] = []

    def start(url: str, *options: str) -> Load:
        command = [sys.executable, "-m", "fake_server", "load"]
        started.append(Load(tmp_path, url, *options, command=command))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            os.killpg(each.process.pid, signal.SIGKILL)
            each.process.wait()
        each.reader.join(PATIENCE)


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until a load has come so far."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.05)):
        if condition():
            return
        pause.wait(0.05)
    pytest.fail("the load never came so far")


def stored(fake: Fake) -> List[Tuple[str, str]]:
    """Give the key and the id of each memory of a fake."""
    every = fake.keys()
    return [(key, memory.id) for key in every for memory in fake.memories(key=key)]


def users_at_work(fake: Fake) -> int:
    """Give the number of users that have stored something."""
    return len({key for key, _ in stored(fake)})


def answered(fake: Fake) -> Set[str]:
    """Give the endpoints that have answered a call."""
    return {str(each.endpoint) for each in fake.requests() if each.status == 200}


def test_a_load_ends_by_itself(server: OctaMemServer, load: Callable[..., Load]) -> None:
    """After its run time a load checks and reports, whether or not a slow machine let it make a call."""
    done = load(server.url, "--users", "1", "--run-time", "1s").ended()
    assert "1 user at " in done.said
    assert "for 1 s, or until Ctrl-C; then each key is checked" in done.said
    assert done.status == (0 if done.result["calls"] else 1), done.said


def test_a_load_with_faults_has_exact_counts(server: OctaMemServer, load: Callable[..., Load]) -> None:
    """The SDK retries what faults refuse, so each acknowledged memory is stored once, in one process."""
    script = "add: 503 x2, 429(retry-after=1); search: 500 10%; details: slow(0.1s) 20%"
    running = load(server.url, "--users", "4", "--run-time", "0", "--faults", script)
    wait_until(lambda: users_at_work(server.fake) == 4 and answered(server.fake) == {"add", "details", "search"})
    done = running.stopped()
    assert (done.status, done.wrong, done.result["wrong"]) == (0, {}, []), done.said
    counts = done.result["counts"]
    assert counts["keys"] == done.result["users"] == 4
    assert counts["acknowledged"] + counts["unknown_stored"] == counts["stored"] == len(stored(server.fake))
    assert {row["call"] for row in done.result["calls"]} == {"add", "details", "search"}
    assert all(0 < row["p50"] <= row["p99"] for row in done.result["calls"])
    assert ("add", 8) in {(row["call"], row["count"]) for row in done.result["failed_attempts"] if "503" in row["kind"]}
    assert "every count is right" in done.said


def test_a_master_and_two_workers_find_a_planted_duplicate(server: OctaMemServer, load: Callable[..., Load]) -> None:
    """A retry of the user's own stores again; each twin is named by its key's short id and its own id."""
    options = ("--users", "4", "--run-time", "0", "--workers", "2", "--locustfile", str(USERS / "agent.py"))
    running = load(server.url, *options, "--faults", "add: ok, reset @after, ok")
    wait_until(lambda: sorted(Counter(key for key, _ in stored(server.fake)).values())[-4:-3] >= [4])
    done = running.stopped()
    assert (done.status, done.result["workers"], done.result["users"]) == (1, 2, 4), done.said
    assert done.wrong == {"stored_twice": 4}
    twins = {(each["key_id"], each["memory_id"]) for each in done.result["differences"]}
    assert twins <= {(server.fake.key_id(key=key), memory) for key, memory in stored(server.fake)}
    assert len({key for key, _ in twins}) == 4
    assert all(each["in_doubt"] and each["beside"] for each in done.result["differences"])
    assert "wrong: 4 memories are stored twice" in done.said
    assert "sk-om-load" not in done.said + json.dumps(done.result)
    assert "the order is" not in done.said + json.dumps(done.result)


def test_without_the_plant_a_master_and_two_workers_are_right(load: Callable[..., Load]) -> None:
    """Where the service repeats an answer by its key, the SDK stores nothing twice, however many answers are lost."""
    with serving(Fake(idempotency=True)) as server:
        faults = ("--faults", "add: reset @after 20%")
        running = load(server.url, "--users", "4", "--run-time", "0", "--workers", "2", *faults)
        wait_until(lambda: len(stored(server.fake)) > 200)
        done = running.stopped()
        assert (done.status, done.wrong) == (0, {}), done.said
        assert done.result["counts"]["stored"] == len(stored(server.fake))
    assert any("no answer, unknown" in row["kind"] for row in done.result["failed_attempts"])


@pytest.mark.proof
def test_lost_answers_that_are_not_retried_are_unknown(server: OctaMemServer, load: Callable[..., Load]) -> None:
    """With --no-retry-unknown-writes each lost answer is an unknown add, which is not wrong whether stored or not."""
    options = ("--users", "2", "--run-time", "6s", "--no-retry-unknown-writes")
    done = load(server.url, *options, "--faults", "add: reset @after x2, close @before").ended()
    counts = done.result["counts"]
    assert (done.status, done.wrong) == (0, {}), done.said
    assert counts["unknown_stored"] == 4
    assert 4 <= counts["unknown"] <= 6


def test_ctrl_c_ends_it_in_order(server: OctaMemServer, load: Callable[..., Load]) -> None:
    """Ctrl-C lets the workers check and the master report; none of their processes is left."""
    running = load(server.url, "--users", "4", "--run-time", "0", "--workers", "2")
    wait_until(lambda: users_at_work(server.fake) == 4)
    workers = running.workers()
    done = running.stopped()
    assert (done.status, done.wrong, len(workers)) == (0, {}, 2), done.said
    assert done.result["counts"]["keys"] == 4
    assert [pid for pid in workers if Path(f"/proc/{pid}").exists()] == []


@pytest.mark.proof
def test_ctrl_c_before_anything_began_ends_it(server: OctaMemServer, load: Callable[..., Load]) -> None:
    """A load that is ended while its processes start leaves none, and says that nothing was checked."""
    running = load(server.url, "--workers", "2")
    running.wait_for("then each key is checked")
    running.process.send_signal(signal.SIGINT)
    running.wait_for("a second Ctrl-C")
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(PATIENCE) != 0
    assert running.workers() == []


def test_nothing_is_left_of_a_load_that_is_killed(
    server: OctaMemServer, load: Callable[..., Load], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After kill -9 of the command, neither its master nor its workers go on, and no file stays."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    running = load(server.url, "--users", "4", "--run-time", "0", "--workers", "2")
    wait_until(lambda: len(server.fake.requests()) > 50)
    programs = running.programs()
    assert len(programs) == 3
    running.process.kill()
    running.process.wait(PATIENCE)
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in programs))
    assert list((tmp_path / "temporary").iterdir()) == []


def test_what_a_locustfile_prints_is_shown(server: OctaMemServer, load: Callable[..., Load], tmp_path: Path) -> None:
    """The command passes on what users print, and the result beside it is read."""
    (tmp_path / "mine.py").write_text(
        "from octamem_testing.load import MixedUser\nclass Mine(MixedUser):\n    pass\nprint('of mine', end=' ')\n",
        encoding="utf-8",
    )
    running = load(server.url, "--users", "1", "--run-time", "0", "--locustfile", "mine.py")
    wait_until(lambda: users_at_work(server.fake) == 1)
    done = running.stopped()
    assert (done.status, done.said.count("of mine")) == (0, 1), done.said
    assert "every count is right" in done.said
    assert "octamem-load-result" not in done.said


def test_the_users_of_a_lost_worker_are_not_checked(server: OctaMemServer, load: Callable[..., Load]) -> None:
    """A worker that is killed takes its records with it: its keys count as not checked, the others are right."""
    running = load(server.url, "--users", "4", "--run-time", "0", "--workers", "2")
    # A worker tells of each user before its first call.
    wait_until(lambda: sum(count > 3 for count in Counter(key for key, _ in stored(server.fake)).values()) == 4)
    os.kill(running.workers()[0], signal.SIGKILL)
    running.wait_for("ended with signal 9")
    done = running.stopped()
    assert done.status == 1
    assert (done.wrong["not_checked"], done.result["counts"]["keys"]) == (2, 2), done.said
    assert done.result["problems"] == ["a worker was lost: what its users stored is not checked"]


@pytest.mark.proof
def test_a_worker_that_stands_still_for_a_while_is_not_lost(server: OctaMemServer, load: Callable[..., Load]) -> None:
    """A process that a busy machine keeps from its turn for seconds is waited for, and its keys are checked."""
    running = load(server.url, "--users", "4", "--run-time", "0", "--workers", "2")
    wait_until(lambda: users_at_work(server.fake) == 4)
    still = running.workers()[0]
    os.kill(still, signal.SIGSTOP)
    running.process.send_signal(signal.SIGINT)
    threading.Event().wait(STALL)
    os.kill(still, signal.SIGCONT)
    done = running.ended()
    assert (done.status, done.wrong, done.result["counts"]["keys"]) == (0, {}, 4), done.said


def test_a_master_that_is_killed_is_named(server: OctaMemServer, load: Callable[..., Load]) -> None:
    """Without a result the signal is said, and the workers are ended."""
    running = load(server.url, "--users", "2", "--run-time", "0", "--workers", "2")
    wait_until(lambda: len(server.fake.requests()) > 20)
    workers = running.workers()
    os.kill(running.programs("--master")[0], signal.SIGKILL)
    assert running.process.wait(PATIENCE) == 130
    running.reader.join(PATIENCE)
    assert "the load ended with signal 9, before what is stored was checked" in running.said[-1], running.said
    assert [pid for pid in workers if Path(f"/proc/{pid}").exists()] == []


@pytest.mark.proof
def test_a_memory_that_somebody_deletes_is_missing(server: OctaMemServer, load: Callable[..., Load]) -> None:
    """An acknowledged memory that is no longer stored is missing, and named."""
    running = load(server.url, "--users", "2", "--run-time", "12s")
    wait_until(lambda: len(stored(server.fake)) > 10)
    key, memory_id = stored(server.fake)[0]
    server.fake.forget(memory=memory_id, key=key)
    done = running.ended()
    assert (done.status, done.wrong) == (1, {"missing": 1}), done.said
    assert [each["memory_id"] for each in done.result["differences"]] == [memory_id]


def kept(port: int) -> Dict[str, int]:
    """Give how many memories the two replicas of a cluster have of each key."""
    found: Dict[str, int] = {}
    for replica in (port + 1, port + 2):
        keys = httpx.get(f"http://127.0.0.1:{replica}/_fake/keys", timeout=PATIENCE).json()["keys"]
        found.update({f"{each['key_id']} of {replica}": each["memories"] for each in keys if each["memories"]})
    return found


@pytest.mark.parametrize("proxy", ["nginx", pytest.param("haproxy", marks=pytest.mark.proof)])
def test_a_load_through_a_cluster_has_exact_counts(tmp_path: Path, load: Callable[..., Load], proxy: str) -> None:
    """Through the proxy of a cluster each key is checked at its replica, which a difference names."""
    assert which(proxy, path="/usr/sbin:/usr/bin") is not None
    port = free_port()
    words = ("--replicas", "2", "--proxy", proxy, "--port", str(port), "--folder", str(tmp_path / "kept"))
    cluster = subprocess.Popen(
        [sys.executable, "-m", "fake_server", "cluster", *words], stdout=subprocess.PIPE, text=True
    )
    try:
        assert cluster.stdout is not None
        assert "ready" in cluster.stdout.readline()
        url = f"http://127.0.0.1:{port}"
        running = load(url, "--users", "6", "--run-time", "0", "--faults", "add: 503 x2")
        wait_until(lambda: sum(count > 0 for count in kept(port).values()) == 6)
        right, before = running.stopped(), kept(port)
        assert (right.status, right.wrong, right.result["counts"]["keys"]) == (0, {}, 6), right.said
        running = load(url, "--users", "6", "--run-time", "0", "--faults", "add: close @after")
        wait_until(lambda: sum(count > 1 for key, count in kept(port).items() if key not in before) == 6)
        wrong = running.stopped()
        assert (wrong.status, wrong.wrong) == (1, {"stored_twice": 6}), wrong.said
        replicas = {each["key_id"].partition(" of ")[2] for each in wrong.result["differences"]}
        assert replicas <= {"r1", "r2", f"127.0.0.1:{port + 1}", f"127.0.0.1:{port + 2}"}
    finally:
        cluster.send_signal(signal.SIGINT)
        cluster.wait(PATIENCE)
        assert cluster.stdout is not None
        cluster.stdout.close()


@pytest.mark.proof
def test_the_users_of_the_page_run_under_plain_locust(server: OctaMemServer, tmp_path: Path) -> None:
    """`locust -f` with a user of our class checks in the end too, and its exit status says what was found."""
    options = ("--headless", "--users", "2", "--spawn-rate", "2", "--run-time", "5s", "--stop-timeout", "10")
    ours = ("--octamem-faults", "add: reset @after", "--octamem-report", str(tmp_path / "load.html"))
    done = subprocess.run(
        [sys.executable, "-m", "locust", "-f", str(USERS / "agent.py"), "-H", server.url, *options, *ours],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "wrong: 2 memories are stored twice" in done.stdout
    assert "stored twice: key" in (tmp_path / "load.html").read_text(encoding="utf-8")


def test_no_call_begins_after_the_end_was_asked() -> None:
    """A user that goes on in that instant stops before its call, which would be cut off and unknown."""
    code = """
from locust.env import Environment
from locust.exception import StopUser
from octamem_testing.load import MixedUser
class Mixed(MixedUser):
    host = "http://127.0.0.1:1"
environment = Environment(user_classes=[Mixed])
user = Mixed(environment)
environment.create_local_runner().state = "cleanup"
for call in (lambda: user.add("tea"), lambda: user.search("tea"), user.details):
    try:
        call()
    except StopUser:
        print("stopped", list(user.record.contents))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert done.stdout.splitlines() == ["stopped []"] * 3


def test_a_user_without_a_task_is_named(server: OctaMemServer, load: Callable[..., Load]) -> None:
    """Where tags exclude all tasks, one line says so, in place of an error for each turn."""
    running = load(server.url, "--users", "2", "--run-time", "0", "--", "--tags", "none")
    running.wait_for("Mixed has no task")
    done = running.stopped()
    assert (done.status, done.said.count("Mixed has no task: give it one")) == (1, 2), done.said
    assert "Traceback" not in done.said


def test_a_user_that_cannot_start_is_named_once(load: Callable[..., Load], tmp_path: Path) -> None:
    """A reason why users cannot start is one line for all of them, and no traceback."""
    (tmp_path / "mine.py").write_text(
        "from octamem_testing.load import MixedUser\nclass Mine(MixedUser):\n    faults = 'add: nonsense'\n",
        encoding="utf-8",
    )
    with serving() as server:
        running = load(server.url, "--users", "3", "--run-time", "0", "--locustfile", "mine.py")
        running.wait_for("a user cannot start: ")
        done = running.stopped()
    assert (done.status, done.said.count("a user cannot start: "), "Traceback" in done.said) == (1, 1, False), done.said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--", "--nonsense"), ("--nonsense", "it was given '--nonsense' after --: python -m locust --help lists")),
        (("--locustfile", "none.py"), ("'none.py' must have a subclass of octamem_testing.load.OctaMemUser",)),
    ],
)
def test_options_that_locust_refuses_are_named_as_its_own(
    server: OctaMemServer, load: Callable[..., Load], tmp_path: Path, words: Tuple[str, ...], said: Tuple[str, ...]
) -> None:
    """The last line says whose error it was, what Locust was given, and what to do; the exit status is 2."""
    (tmp_path / "none.py").write_text("print('mine')\n", encoding="utf-8")
    running = load(server.url, "--report", "load.html", *words)
    assert running.process.wait(PATIENCE) == 2
    running.reader.join(PATIENCE)
    *_, last = running.said
    assert last.startswith("Locust refused its options, with exit status 2; its error stands above"), running.said
    assert all(each in "".join(running.said) for each in said), running.said


def test_a_percentile_is_no_longer_than_the_longest_call(load: Callable[..., Load], server: OctaMemServer) -> None:
    """Locust rounds times to two digits; what is shown does not contradict itself, and two reports are written."""
    running = load(server.url, "--users", "2", "--run-time", "0", "--report", "load.html")
    wait_until(lambda: answered(server.fake) == {"add", "details", "search"})
    ended = running.stopped()
    assert all(row["p50"] <= row["p99"] <= row["longest"] for row in ended.result["calls"])
    assert ended.result["seconds"] > 0
    assert "wrote load.html" in ended.said
