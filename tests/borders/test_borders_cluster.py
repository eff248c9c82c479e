"""Replicas behind nginx and HAProxy as Debian ships them: each key has one replica, and nothing is sent twice."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from shutil import which
from time import monotonic
from types import MappingProxyType
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple
from urllib.parse import quote

import httpx
import pytest
import yaml
from ports import free_port
from processes import every_process

from benchmarks.cluster_rings import haproxy_ring, nginx_ring
from fake_server.cli.cluster.layout import Layout
from fake_server.cli.cluster.proxies import PROXIES, check, config_of
from fake_server.cli.cluster.recipes import RECIPES
from fake_server.cli.serve import serve
from fake_server.server import listen
from octamem import OctaMem, OctaMemError

PROXY = [pytest.param(name, id=name) for name in PROXIES]
REPLICAS = 4
PATIENCE = 60.0
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
WORKERS = 8
PAUSE = threading.Event()  # which nobody sets
# One client for all requests, since each loads the certificates of the machine; and no connection is kept, which a
# replica that is killed would break.
HTTP = httpx.Client(timeout=PATIENCE, limits=httpx.Limits(max_keepalive_connections=0))


def keys(count: int, of: str = "cluster") -> List[str]:
    """Give keys that no other test uses."""
    return [f"sk-om-live-{of}-{number:06}" for number in range(count)]


class Replicas:
    """Replicas behind a proxy, however they were started, and what whoever started them says."""

    headers: Mapping[str, str] = MappingProxyType({})
    """What a request of the control API has, beside its key."""

    def __init__(self, layout: Layout, url: str) -> None:
        self.layout, self.url = layout, url
        self.said: List[str] = []
        self._changed = threading.Condition()
        self._is_over = False

    def note(self, line: str) -> None:
        """Keep a line that was written."""
        with self._changed:
            self.said.append(line)
            self._changed.notify_all()

    def wait_for(self, words: str) -> None:
        """Wait until it has written a line with some words."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_over or any(words in line for line in self.said), PATIENCE)
            assert any(words in line for line in self.said), self.said

    def client(self, key: str, **options: Any) -> OctaMem:
        """Give the SDK's client of one key."""
        return OctaMem(key, base_url=self.url, **options)

    def control(self, method: str, route: str, key: Optional[str], body: Any = None, replica: int = 0) -> Any:
        """Ask the control API through the proxy, or a replica at its own address."""
        base = self.url if not replica else self.layout.replicas[replica - 1].url
        params = {"key": key} if key else {}
        answer = HTTP.request(method, f"{base}/_fake{route}", params=params, json=body, headers=self.headers)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def owners(self) -> Dict[str, int]:
        """Give the number of the replica that holds a memory of each key."""
        found: Dict[str, int] = {}
        for number in range(1, len(self.layout.replicas) + 1):
            for key in self.held(number):
                assert found.setdefault(key, number) == number, key
        return found

    def held(self, replica: int) -> Dict[str, List[str]]:
        """Give what a replica stores, by key."""
        url = f"{self.layout.replicas[replica - 1].url}/_fake/snapshot"
        lines = HTTP.get(url, params={"keys": "true"}, headers=self.headers).text
        found: Dict[str, List[str]] = {}
        memories: List[str] = []
        for line in map(json.loads, lines.splitlines()[1:]):
            if "memory" in line:
                memories.append(line["memory"]["content"])
            else:
                memories = found[line["key"]] = []
        return {key: stored for key, stored in found.items() if stored}

    def pid_of(self, replica: int) -> int:
        """Give the process that serves a replica: it has this address and port among its arguments."""
        found = self.layout.replicas[replica - 1]
        words = {"serve", found.host, str(found.port)}
        return next(each.pid for each in every_process() if words <= set(each.words))


class Cluster(Replicas):
    """`octamem-fake cluster` in a process of its own."""

    def __init__(self, folder: Path, proxy: str, port: int, replicas: int, *options: str) -> None:
        layout = Layout.of(folder, proxy, port, replicas)
        super().__init__(layout, layout.url)
        command = ("cluster", "--replicas", str(replicas), "--proxy", proxy, "--port", str(port))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fake_server", *command, "--folder", str(folder), "--", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.wait_for("export OCTAMEM_BASE_URL=")  # the last line of a start
        except BaseException:
            self.process.send_signal(signal.SIGINT)
            raise

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.note(line)
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def end(self) -> int:
        """End it as a terminal does, and give its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture(scope="module", params=PROXY)
def standing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Give a cluster that several tests use, each with keys of its own."""
    running = Cluster(tmp_path_factory.mktemp("cluster"), request.param, free_port(), REPLICAS)
    yield running
    running.end()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    """Start a cluster: `cluster("nginx")`; with `replicas=`, and options of serve."""
    started: List[Cluster] = []
    first = free_port()

    def start(proxy: str, *options: str, replicas: int = REPLICAS, port: int = 0) -> Cluster:
        started.append(Cluster(tmp_path / "cluster", proxy, port or first, replicas, *options))
        return started[-1]

    yield start
    for each in started:
        each.end()


def test_the_proxies_are_installed() -> None:
    """Both proxies are there: a machine without them proves nothing."""
    assert [name for name in PROXIES if which(name, path="/usr/sbin:/usr/bin")] == ["nginx", "haproxy"]


@pytest.mark.parametrize("count", [1, 4, 200])
@pytest.mark.parametrize("proxy", PROXY)
def test_a_proxy_accepts_its_configuration(tmp_path: Path, proxy: str, count: int) -> None:
    """The proxy's own check passes, with one replica and with many."""
    layout = Layout.of(tmp_path, proxy, 8400, count)
    layout.write_config(config_of(layout))
    check(layout)


@pytest.mark.parametrize("what", ["compose", "kubernetes"])
@pytest.mark.parametrize("proxy", PROXY)
def test_what_is_printed_for_others_is_yaml_with_a_configuration_that_the_proxy_accepts(
    tmp_path: Path, proxy: str, what: str
) -> None:
    """Each replica is served as its own, and the proxy accepts the configuration in it, which names the replicas."""
    layout = Layout.of(tmp_path, proxy, 8400, 12)
    documents = list(yaml.safe_load_all(RECIPES[what](layout, ())))
    if what == "compose":
        (document,) = documents
        served = [document["services"][each.name]["command"] for each in layout.replicas]
        config = document["configs"]["proxy"]["content"].replace("$$", "$")
        hosts = [each.name for each in layout.replicas]
    else:
        kinds = {document["kind"]: document for document in documents}
        assert sorted(kinds) == ["ConfigMap", "Deployment", "Service", "StatefulSet"]
        assert kinds["StatefulSet"]["spec"]["replicas"] == 12
        served = [kinds["StatefulSet"]["spec"]["template"]["spec"]["containers"][0]["command"]]
        (config,) = kinds["ConfigMap"]["data"].values()
        hosts = [f"octamem-fake-{number}.octamem-fake" for number in range(12)]
    for command in served:
        assert command[:2] == ["octamem-fake", "serve"]
        serve.make_context("serve", [word.replace("$(TOKEN)", "$TOKEN") for word in command[2:]])
    assert re.findall(r"server (?:r\d+ )?(\S+):8000", config)[:12] == hosts
    # Names of other machines cannot be looked up here.
    for number, host in enumerate(hosts, 1):
        config = config.replace(f" {host}:8000", f" 127.0.0.{number}:8000")
    layout.write_config(config)
    check(layout)


def test_every_request_of_a_key_reaches_its_replica(standing: Cluster) -> None:
    """The service by its header and the control API by its query meet the same memories, and keys spread."""
    running = standing
    for key in keys(24, "spread"):
        with running.client(key) as client:
            client.add(content=f"note of {key}")
        assert [each["content"] for each in running.control("GET", "/memories", key)["memories"]] == [f"note of {key}"]
    owners = running.owners()
    spread = Counter(owners[key] for key in keys(24, "spread"))
    assert len(spread) >= 3


def test_a_control_request_names_a_key(standing: Cluster) -> None:
    """Without a key the proxy refuses, except what is the same of every replica; a replica answers for itself."""
    running = standing
    for method, route in (("GET", "/memories"), ("POST", "/reset"), ("GET", "/keys"), ("GET", "/"), ("GET", "")):
        answer = HTTP.request(method, f"{running.url}/_fake{route}")
        assert (answer.status_code, answer.json()["code"]) == (400, "NAME_A_KEY"), route
    for route in ("/health", "/openapi.json"):
        assert HTTP.get(f"{running.url}/_fake{route}").status_code == 200
    assert "keys" in running.control("GET", "/keys", None, replica=1)
    page = HTTP.get(f"{running.layout.replicas[0].url}/_fake/", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")


def test_a_browser_at_the_proxy_is_led_to_the_page_of_each_replica(standing: Cluster) -> None:
    """Who opens the address that the cluster said gets links, each to a page that is there, and no JSON."""
    for path in ("/", "/_fake", "/_fake/", f"/_fake/?key={keys(1, 'led')[0]}"):
        answer = HTTP.get(f"{standing.url}{path}", headers={"Accept": BROWSER}, follow_redirects=True)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8"), path
        links = re.findall(r'href="([^"]+)"', answer.text)
        assert links == [f"{each.url}/_fake/" for each in standing.layout.replicas], path
    for link in links:
        assert "<title>OctaMem fake</title>" in HTTP.get(link, headers={"Accept": BROWSER}).text


def test_the_simulation_knows_the_replica_of_each_key(standing: Cluster) -> None:
    """The rings that `benchmarks.cluster_rings` builds send each key where the proxy itself does."""
    layout = standing.layout
    count = len(layout.replicas)
    ring = nginx_ring(count, layout.port) if layout.proxy == "nginx" else haproxy_ring(count)
    for key in keys(100, "ring"):
        assert asked(f"{standing.url}/_cluster/replica", key) == f"r{ring.replica(key)}", key


ODD = "!\"#$%&'()*+,/:;<=>?@[\\]^`{|}"
"""What a key may have beside letters, digits and `-._~`, which are the same in a header and in a query."""


def asked(url: str, key: str) -> str:
    """Give the replica that answers a request."""
    answer = HTTP.get(url, headers={"Authorization": f"bearer  {key}"})
    assert answer.status_code == 200, answer.text
    return answer.headers["X-OctaMem-Replica"]


def test_every_key_has_one_replica_however_it_is_written(standing: Cluster) -> None:
    """Header and query lead to the same replica for each character of a key; a query that could not is refused."""
    running = standing
    for mark in ODD:
        for key in (f"sk-om-live{mark}odd", f"{mark}odd", f"odd{mark}", mark * 3):
            owner = asked(f"{running.url}/_cluster/replica", key)
            for written in (str(httpx.QueryParams({"key": key})), f"key={quote(key, safe='')}"):
                assert asked(f"{running.url}/_fake/memories?{written}", "other") == owner, key
    for written in ("sk-om%2dlive", "%73k-om-live", "sk%2FOM%5f"):
        answer = HTTP.get(f"{running.url}/_fake/memories?key={written}")
        assert (answer.status_code, answer.json()["code"]) == (400, "PLAIN_KEY"), written


def test_only_the_control_api_names_the_key_in_the_query(standing: Cluster) -> None:
    """A call of the service goes by its header whatever its query, and no writing of a path goes round the refusal."""
    running = standing
    key, *others = keys(9, "query")
    owner = asked(f"{running.url}/_cluster/replica", key)
    for other in others:
        answer = HTTP.post(
            f"{running.url}/api/memory/add?key={other}",
            json={"content": f"beside {other}"},
            headers={"Authorization": f"Bearer {key}"},
        )
        assert (answer.status_code, answer.headers["X-OctaMem-Replica"]) == (200, owner)
    assert len(running.control("GET", "/memories", key)["memories"]) == len(others)
    for path in ("/%5ffake/keys", "/_f%61ke/keys", "/_fake%2fkeys", "/_fake/./keys"):
        answer = HTTP.get(f"{running.url}{path}")
        assert (answer.status_code, answer.json()["code"]) == (400, "NAME_A_KEY"), path


SILENCE = 3.0  # seconds for which a client that is told nothing waits
BROKEN = ("RemoteProtocolError", 502)
"""HAProxy answers 502 to the first request on a connection, and closes without an answer on later ones."""

FAULTS: Dict[str, Dict[str, Tuple[object, ...]]] = {
    "503(retry-after=7)": {"nginx": (503,), "haproxy": (503,)},
    "503(body=html)": {"nginx": (503,), "haproxy": (503,)},
    "reset": {"nginx": (502,), "haproxy": BROKEN},
    "reset @after": {"nginx": (502,), "haproxy": BROKEN},
    "close": {"nginx": (502,), "haproxy": BROKEN},
    "close @after": {"nginx": (502,), "haproxy": BROKEN},
    "truncate": {"nginx": ("RemoteProtocolError",), "haproxy": ("RemoteProtocolError",)},
    "hang": {"nginx": ("ReadTimeout",), "haproxy": ("ReadTimeout",)},
    "drip": {"nginx": (200,), "haproxy": (200,)},
    "garbage": {"nginx": (200,), "haproxy": (200,)},
    "empty": {"nginx": (200,), "haproxy": (200,)},
    "redirect": {"nginx": (307,), "haproxy": (307,)},
}
"""What a client sees through each proxy: as docs/cluster.md has it."""


def answered(running: Replicas, key: str) -> object:
    """Add a memory, and give the status or the error that the client sees."""
    headers = {"Authorization": f"Bearer {key}"}
    try:
        return HTTP.post(f"{running.url}/api/memory/add", json={"content": "tea"}, headers=headers).status_code
    except httpx.TransportError as error:
        return type(error).__name__


def unanswered(running: Replicas, key: str) -> object:
    """Add a memory, and give up only once the replica has the request: before, it would not be there."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with closing(HTTPConnection("127.0.0.1", running.layout.port, timeout=PATIENCE)) as connection:
        connection.request("POST", "/api/memory/add", b'{"content": "tea"}', headers)
        until = monotonic() + PATIENCE
        while not running.control("GET", "/requests", key)["requests"]:
            assert monotonic() < until, key
            PAUSE.wait(0.05)
        connection.sock.settimeout(SILENCE)
        try:
            return connection.getresponse().status
        except socket.timeout:
            return "ReadTimeout"


def test_what_a_proxy_does_to_each_fault(standing: Cluster) -> None:
    """Each fault reaches the client as the table of the documentation says, and the request is sent once."""
    running, proxy = standing, standing.layout.proxy
    documented = (Path(__file__).parents[2] / "docs" / "cluster.md").read_text(encoding="utf-8")
    for (fault, seen), key in zip(FAULTS.items(), keys(len(FAULTS), "fault")):
        running.control("POST", "/faults", key, {"script": f"add: {fault}"})
        got = unanswered(running, key) if "ReadTimeout" in seen[proxy] else answered(running, key)
        assert got in seen[proxy], fault
        assert len(running.control("GET", "/requests", key)["requests"]) == 1, fault
        assert f"| `{fault}` | " in documented


def test_a_stream_is_not_held_back(standing: Cluster) -> None:
    """An event arrives while its stream is open, and a body that is sent slowly is not gathered."""
    running, key = standing, keys(1, "stream")[0]
    with HTTP.stream("GET", f"{running.url}/_fake/events", params={"key": key}) as events:
        lines = events.iter_lines()
        next(lines)
        with running.client(key) as client:
            client.add(content="tea")
        assert any(line.startswith("event: call") for line in lines)


@dataclass
class Told:
    """What one client was told: which notes are stored, of which nobody knows, and how many calls failed otherwise."""

    key: str
    stored: List[str] = field(default_factory=list)
    unknown: List[str] = field(default_factory=list)
    failed: int = 0

    def call(self, client: OctaMem, number: int, drawn: float) -> None:
        """Add, search or ask for the details, as the lot says."""
        note = f"note {number} of {self.key}"
        try:
            if drawn < 0.7:
                client.add(content=note)
                self.stored.append(note)
            elif drawn < 0.85:
                client.get(query=note)
            else:
                client.details()
        except OctaMemError as error:
            if error.outcome == "unknown":
                self.unknown.append(note)
            else:
                self.failed += 1

    @property
    def errors(self) -> int:
        """How many calls failed."""
        return len(self.unknown) + self.failed


def work(running: Replicas, told: Sequence[Told], operations: int, done: Callable[[], None]) -> None:
    """Call under some keys in turn, so that all are at work whenever a replica is killed."""
    drawn = random.Random(told[0].key)
    with ExitStack() as stack:
        clients = [stack.enter_context(running.client(each.key, max_retries=0, timeout=PATIENCE)) for each in told]
        for number in range(operations):
            for client, each in zip(clients, told):
                each.call(client, number, drawn.random())
                done()


def keys_of_each(running: Replicas, count: int) -> List[str]:
    """Give so many keys of each replica, in turn: which are whose depends on the ports."""
    found: Dict[str, List[str]] = {each.name: [] for each in running.layout.replicas}
    for key in keys(100 * count * len(found)):
        of_one = found[asked(f"{running.url}/_cluster/replica", key)]
        if len(of_one) < count:
            of_one.append(key)
        if all(len(each) == count for each in found.values()):
            return [key for each in zip(*found.values()) for key in each]
    raise AssertionError({replica: len(each) for replica, each in found.items()})


def counts_are_exact(running: Replicas, count: int, operations: int) -> None:
    """Let clients of many keys work at once, kill a replica meanwhile, and compare what each key stores."""
    names = keys_of_each(running, count // REPLICAS)
    for key in names:
        running.control("POST", "/faults", key, {"script": "add: 503 5%, reset @after 2%, 429 2%", "seed": 7})
    told = {key: Told(key) for key in names}
    victim, pid = 2, running.pid_of(2)
    ticks, killed = itertools.count(1), threading.Lock()

    def done() -> None:
        # Not before each key has a note: a client that is behind the others would be refused from its first call on.
        ripe = next(ticks) >= count * operations // 3 and all(each.stored for each in told.values())
        if ripe and killed.acquire(blocking=False):
            os.kill(pid, signal.SIGKILL)

    with ThreadPoolExecutor(WORKERS) as pool:
        shares = [list(told.values())[at::WORKERS] for at in range(WORKERS)]
        for one in [pool.submit(work, running, share, operations, done) for share in shares]:
            one.result()
    running.wait_for(f"r{victim} ended with signal 9")
    wait_for(running.layout.replicas[victim - 1].url)
    held = [running.held(number) for number in range(1, REPLICAS + 1)]
    spread: Counter[int] = Counter()
    for key in names:
        owners = [number for number, stored in enumerate(held, 1) if key in stored]
        assert len(owners) == 1, key
        spread[owners[0]] += 1
        stored = Counter(held[owners[0] - 1][key])
        assert all(stored[note] == 1 for note in told[key].stored), key
        assert all(stored[note] <= 1 for note in told[key].unknown), key
        assert set(stored) <= {*told[key].stored, *told[key].unknown}, key
        if owners[0] != victim:
            # Every error was an armed fault: no other key has noticed the kill.
            fired = sum(each["fired"] for each in running.control("GET", "/faults", key)["faults"])
            assert told[key].errors == fired, key
    assert len(spread) == REPLICAS, spread


def wait_for(url: str) -> None:
    """Wait until a replica that was killed answers again."""
    until = monotonic() + PATIENCE
    while monotonic() < until:
        with suppress(httpx.TransportError):
            if HTTP.get(f"{url}/_fake/health").status_code == 200:
                return
        PAUSE.wait(0.05)
    raise AssertionError(url)


@pytest.mark.parametrize("proxy", PROXY)
def test_a_replica_that_is_killed_loses_nothing_that_was_acknowledged(
    cluster: Callable[..., Cluster], proxy: str
) -> None:
    """Counts are exact for each key, under faults and across a kill, and it is said when the replica is back."""
    running = cluster(proxy)
    counts_are_exact(running, 32, 20)
    port = running.layout.replicas[1].port
    running.wait_for(f"r2 ended with signal 9; starting it again on port {port}, restart 1 of at most 20 a minute")
    running.wait_for(f"r2 answers again on port {port} after ")
    (line,) = [line for line in running.said if line.startswith("r2 answers again")]
    assert re.search(r" s, with 8 keys and \d+ memories\n", line), line


@pytest.mark.proof
@pytest.mark.parametrize("proxy", PROXY)
def test_a_hundred_thousand_operations_of_two_hundred_keys(cluster: Callable[..., Cluster], proxy: str) -> None:
    """As above, at length."""
    counts_are_exact(cluster(proxy), 200, 500)


@pytest.mark.parametrize("proxy", PROXY)
def test_keys_move_to_the_replicas_of_another_number(cluster: Callable[..., Cluster], proxy: str) -> None:
    """One more replica takes a share of the keys, each with what it stores; one fewer gives it back."""
    names = keys(60)
    running = cluster(proxy)
    for key in names:
        with running.client(key) as client:
            client.add(content=f"note of {key}")
    before = running.owners()
    assert before.keys() == set(names)
    assert running.end() == 0
    running = cluster(proxy, replicas=REPLICAS + 1)
    after = running.owners()
    assert after.keys() == set(names)
    moved = [key for key in names if before[key] != after[key]]
    assert 0 < len(moved) < len(names) / 2
    assert all(after[key] == REPLICAS + 1 for key in moved)
    assert any(f"{len(moved)} keys moved" in line for line in running.said)
    for key in names:
        assert [each["content"] for each in running.control("GET", "/memories", key)["memories"]] == [f"note of {key}"]
    assert running.end() == 0
    running = cluster(proxy)
    assert running.owners() == before


@pytest.mark.parametrize(
    "proxies",
    [
        ("haproxy", "nginx"),
        pytest.param(("nginx", "nginx"), marks=pytest.mark.proof),
        pytest.param(("nginx", "haproxy"), marks=pytest.mark.proof),
    ],
)
def test_keys_move_if_the_proxy_or_its_port_changes(
    cluster: Callable[..., Cluster], proxies: Tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each key has what it stored, wherever the new proxy sends it; a control token keeps nothing back."""
    monkeypatch.setenv("OCTAMEM_FAKE_CONTROL_TOKEN", "a-token")
    names = keys(20, "proxy")
    running = cluster(proxies[0], replicas=2)
    for key in names:
        with running.client(key) as client:
            client.add(content=f"note of {key}")
    assert running.end() == 0
    running = cluster(proxies[1], replicas=2, port=free_port())
    assert any(f"the last run had 2 replicas behind {proxies[0]}" in line for line in running.said)
    for key in names:
        with running.client(key) as client:
            client.add(content="one more")
            assert [each.content for each in client.get(query=f"note of {key}").results] == [f"note of {key}"]


@pytest.mark.parametrize("proxy", PROXY)
def test_a_cluster_ends_whole(cluster: Callable[..., Cluster], proxy: str) -> None:
    """Ctrl-C ends proxy and replicas; if the proxy ends by itself, so does all, with exit status 1."""
    running = cluster(proxy, replicas=2)
    running.wait_for(f"export OCTAMEM_BASE_URL={running.url}\n")
    pids = [running.pid_of(number) for number in (1, 2)]
    assert running.end() == 0
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    running = cluster(proxy, replicas=2)
    config = str(running.layout.config)
    master = next(
        each.pid
        for each in every_process()
        if config in " ".join(each.words) and "fake_server" not in each.words and each.parent == running.process.pid
    )
    os.kill(master, signal.SIGKILL)  # which leaves the workers of nginx to others
    assert running.process.wait(PATIENCE) == 1
    assert any(f"{proxy} ended with signal 9" in line for line in [*running.said, *_rest(running)])
    wait_for_free(running.layout.port)


def _rest(running: Cluster) -> List[str]:
    running.end()
    return running.said


def test_of_two_clusters_that_start_at_once_one_at_most_is_ready(tmp_path: Path) -> None:
    """On the same ports, neither takes a replica of the other for its own; one that ends says which port is taken."""
    port = str(free_port())
    command = (sys.executable, "-m", "fake_server", "cluster", "--port", port, "--folder")
    with ExitStack() as stack, ThreadPoolExecutor(2) as readers:
        both = [
            stack.enter_context(
                subprocess.Popen(
                    [*command, str(tmp_path / name)],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    env={**os.environ, "PYTHONUNBUFFERED": "1"},
                )
            )
            for name in ("one", "two")
        ]
        begun = list(readers.map(_until_ready, both))
        # Only now, since a signal to one that is about to end by itself would decide its exit status.
        for each, said in zip(both, begun):
            if "ready on" in said:
                each.send_signal(signal.SIGINT)
        for each, said in zip(both, begun):
            rest, _ = each.communicate(timeout=PATIENCE)
            if "ready on" in said:
                assert each.returncode == 0, said + rest
            else:
                assert (each.returncode, "cannot listen on 127.0.0.1:" in said) == (1, True), said
            assert "starting it again" not in said + rest
    assert sum("ready on" in said for said in begun) <= 1


def _until_ready(process: subprocess.Popen[str]) -> str:
    """Read what a cluster says until it is ready, or all, if it ends before."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "ready on" in line:
            break
    return said


def test_a_reader_who_leaves_ends_no_cluster(tmp_path: Path) -> None:
    """Once nobody reads what it says, as after `| head -1`, a replica that ends is started again all the same."""
    layout = Layout.of(tmp_path, "nginx", free_port(), 2)
    command = ("cluster", "--replicas", "2", "--port", str(layout.port), "--folder", str(tmp_path))
    with subprocess.Popen(
        [sys.executable, "-m", "fake_server", *command], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert any("ready on" in line for line in process.stdout)
            process.stdout.close()
            pid = Replicas(layout, layout.url).pid_of(1)
            os.kill(pid, signal.SIGKILL)
            until = monotonic() + PATIENCE
            while any(each.pid == pid for each in every_process()) and monotonic() < until:
                PAUSE.wait(0.05)
            wait_for(layout.replicas[0].url)
        finally:
            process.send_signal(signal.SIGINT)
    assert process.returncode == 0


@contextmanager
def down(running: Cluster, number: int) -> Iterator[None]:
    """Kill a replica; its supervisor stands still for the block, so that it is not started again before its end."""
    running.process.send_signal(signal.SIGSTOP)
    try:
        os.kill(running.pid_of(number), signal.SIGKILL)
        wait_for_free(running.layout.replicas[number - 1].port)
        yield
    finally:
        running.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("proxy", PROXY)
def test_a_replica_that_is_down_is_named_by_no_health(cluster: Callable[..., Cluster], proxy: str) -> None:
    """The health of no key is that of any replica that answers; what has a key waits for its own replica."""
    running = cluster(proxy, replicas=2)
    for number in (1, 2):
        key = keys_of_each(running, 1)[number - 1]
        with down(running, number):
            for path in ("/_fake/health", "/_fake/openapi.json") * 4:
                assert HTTP.get(f"{running.url}{path}").status_code == 200, path
            assert HTTP.get(f"{running.url}/_fake/health", params={"key": key}).status_code in {502, 503}
        running.wait_for(f"r{number} answers again")
        assert asked(f"{running.url}/_fake/health?key={key}", "other") == f"r{number}"


@pytest.mark.parametrize("proxy", PROXY)
def test_what_becomes_of_a_replica_is_all_that_a_cluster_says_of_it(
    cluster: Callable[..., Cluster], proxy: str
) -> None:
    """Each request to a replica that is down is answered with an error, and writes no line among those of its end."""
    running = cluster(proxy, replicas=1)
    before = len(running.said)
    request = HTTP.build_request(
        "POST", f"{running.url}/api/memory/details", headers={"Authorization": "Bearer sk-om-live-of-r1"}
    )
    with down(running, 1):
        assert {HTTP.send(request).status_code for _ in range(20)} <= {502, 503}
    until = monotonic() + PATIENCE
    while not any("answers again" in line for line in running.said):
        assert monotonic() < until, running.said
        with suppress(httpx.TransportError):
            HTTP.send(request)
    assert [line for line in running.said[before:] if line.strip() and not line.startswith("r1 ")] == []


@pytest.mark.parametrize("proxy", PROXY)
def test_nothing_is_left_of_a_cluster_that_is_killed(cluster: Callable[..., Cluster], proxy: str) -> None:
    """After kill -9 of the supervisor all ports are free again, and the next start has every key."""
    running = cluster(proxy, replicas=2)
    key = keys(1, "left")[0]
    with running.client(key) as client:
        client.add(content="tea")
    pids = [running.pid_of(number) for number in (1, 2)]
    running.process.kill()
    running.process.wait(PATIENCE)
    until = monotonic() + PATIENCE
    while any(Path(f"/proc/{pid}").exists() for pid in pids):  # each has its file until it has ended
        assert monotonic() < until, pids
        PAUSE.wait(0.05)
    for port in (running.layout.port, *(each.port for each in running.layout.replicas)):
        wait_for_free(port)
    running = cluster(proxy, replicas=2)
    assert len(running.control("GET", "/memories", key)["memories"]) == 1


def wait_for_free(port: int) -> None:
    """Wait until nothing listens on a port."""
    until = monotonic() + PATIENCE
    while monotonic() < until:
        with suppress(OSError), closing(listen("127.0.0.1", port)):
            return
        PAUSE.wait(0.05)
    raise AssertionError(port)
