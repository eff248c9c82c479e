"""Replicas behind nginx and HAProxy beside one without a proxy, and beside the proxies alone, all in one run.

`bare` is a proxy that answers by itself, `trivial` one that asks an nginx which answers by itself: the most that the
proxy can do. Each connection has a key of its own. Client, proxy and replicas share the machine, so beside the rates
stands the CPU that each takes, which tells how many replicas one proxy can feed on a machine with a core for each.
"""

from __future__ import annotations

import os
import random
import selectors
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter, sleep
from typing import Dict, List, Mapping, Sequence

from fake_server.cli.cluster.layout import Layout
from fake_server.cli.cluster.proxies import PROXIES, config_of

from .server import ADD, is_whole

COUNTS = (1, 2, 4)
CONNECTIONS = (1, 16, 64)
ROUNDS = 5
SECONDS = 0.4  # of each turn
PORTS = 10  # of each layout
WIDE = (1, 10, 100, 1000)
ANSWER = '{"success":true,"id":"rec_0123456789abcdef","pending_id":"pend_0123456789abcdef"}'
NGINX = """\
worker_processes 1;
daemon off;
pid {folder}/bare.pid;
error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000;
    server {{
        listen 127.0.0.1:{port};
        return 200 '{answer}';
    }}
}}
"""
HAPROXY = """\
defaults
    mode http
    timeout connect 5s
    timeout client 1h
    timeout server 1h
frontend bare
    bind 127.0.0.1:{port}
    http-request return status 200 content-type application/json string '{answer}'
"""
BARE = {"nginx": NGINX, "haproxy": HAPROXY}
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Contender:
    """A port that answers `add`, and the processes whose CPU is told, by what they are."""

    port: int
    pids: Mapping[str, Sequence[int]]


def key_of(number: int) -> str:
    """Return the key of a connection."""
    return f"sk-om-live-benchmark-{number:06}"


def request(number: int) -> bytes:
    """Write an `add` under the key of a connection."""
    head = (
        f"POST /api/memory/add HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key_of(number)}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(ADD)}\r\n\r\n"
    )
    return head.encode() + ADD


class Asking:
    """One connection with a key of its own, on which a request is sent once the answer before is whole."""

    def __init__(self, port: int, number: int) -> None:
        self._port = port
        self._sent = request(number)
        self._open()

    def _open(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self._port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self) -> None:
        """Send the next request."""
        self._got, self._began = b"", perf_counter()
        self.socket.sendall(self._sent)

    def read(self) -> float:
        """Read what has come, and return the seconds of the request once its answer is whole, else 0."""
        piece = self.socket.recv(65536)
        assert piece, f"port {self._port} closed a connection after {self._got!r}"
        self._got += piece
        if not is_whole(self._got):
            return 0
        assert self._got[9:12] == b"200", self._got
        return perf_counter() - self._began

    @property
    def is_closing(self) -> bool:
        """Whether the answer says that it was the last one, as nginx does after a thousand."""
        return b"connection: close" in self._got.lower()

    def reopen(self) -> None:
        """Go on with a new connection."""
        self.socket.close()
        self._open()


def turn(port: int, connections: int, spent: List[float]) -> float:
    """Return how many requests a second are answered, and add the seconds of each to `spent`."""
    selector = selectors.DefaultSelector()
    asking = [Asking(port, number) for number in range(connections)]
    for each in asking:
        selector.register(each.socket, selectors.EVENT_READ, each)
        each.send()
    done, first = 0, perf_counter()
    while perf_counter() < first + SECONDS or not done:
        for event, _ in selector.select(1):
            each = event.data
            seconds = each.read()
            if not seconds:
                continue
            done += 1
            spent.append(seconds)
            if each.is_closing:
                selector.unregister(each.socket)
                each.reopen()
                selector.register(each.socket, selectors.EVENT_READ, each)
            each.send()
    rate = done / (perf_counter() - first)
    for each in asking:
        each.socket.close()
    return rate


def cpu(pids: Sequence[int]) -> float:
    """Return the seconds of CPU that processes have used."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def family(pid: int) -> List[int]:
    """Return a process and all that descend from it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in family(int(child)))]


def free_ports(count: int = PORTS) -> int:
    """Return the first of so many ports that are free."""
    while True:
        first = random.randrange(10_000, 30_000, PORTS)  # noqa: S311 - no secret
        try:
            for port in range(first, first + count):
                with closing(socket.socket()) as tried:
                    tried.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first


def started(stack: ExitStack, command: Sequence[str], port: int) -> int:
    """Start a program that is ended with the stack, wait for its port, and return its process."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    until = monotonic() + 60
    while monotonic() < until:
        assert process.poll() is None, f"{command[0]} ended"
        with suppress(OSError, HTTPException), closing(HTTPConnection("127.0.0.1", port, timeout=5)) as asked:
            asked.request("GET", "/_fake/health")
            if asked.getresponse().status == 200:
                return process.pid
        sleep(0.05)
    raise AssertionError(f"{command} did not start")


def program(stack: ExitStack, proxy: str, layout: Layout, config: str) -> int:
    """Start a proxy with a configuration, and return its process."""
    layout.write_config(config)
    return started(stack, PROXIES[proxy].command(layout, PROXIES[proxy].runs), layout.port)


def cluster(stack: ExitStack, folder: Path, proxy: str, count: int) -> Contender:
    """Start a cluster as the command does."""
    port = free_ports()
    layout = Layout.of(folder / f"{proxy}-{count}", proxy, port, count)
    command = ("cluster", "--replicas", str(count), "--proxy", proxy, "--port", str(port))
    pid = started(stack, (sys.executable, "-m", "fake_server", *command, "--folder", str(layout.folder)), port)
    lines = {each: Path(f"/proc/{each}/cmdline").read_bytes() for each in family(pid)[1:]}
    replicas = [each for each, line in lines.items() if b"fake_server" in line]
    return Contender(port, {"replicas": replicas, "proxy": [each for each in lines if each not in replicas]})


def contenders(stack: ExitStack, folder: Path) -> Dict[str, Contender]:
    """Start all."""
    port = free_ports()
    serve = (sys.executable, "-m", "fake_server", "serve", "--quiet", "--port", str(port))
    direct = started(stack, (*serve, "--persist", str(folder / "direct.db")), port)
    found = {"direct": Contender(port, {"replicas": [direct]})}
    for proxy, bare in BARE.items():
        layout = Layout.of(folder / f"bare-{proxy}", proxy, free_ports(), 1)
        config = bare.format(folder=layout.folder, port=layout.port, answer=ANSWER)
        found[f"{proxy} bare"] = Contender(layout.port, {"proxy": family(program(stack, proxy, layout, config))})
        layout = Layout.of(folder / f"trivial-{proxy}", proxy, free_ports(), 1)
        answering = Layout.of(folder / f"answering-{proxy}", "nginx", layout.port + 1, 1)
        answer = NGINX.format(folder=answering.folder, port=answering.port, answer=ANSWER)
        program(stack, "nginx", answering, answer)
        pids = family(program(stack, proxy, layout, config_of(layout)))
        found[f"{proxy} trivial"] = Contender(layout.port, {"proxy": pids})
        for count in COUNTS:
            found[f"{proxy} {count}"] = cluster(stack, folder, proxy, count)
    return found


def wide(stack: ExitStack, folder: Path) -> Dict[str, Contender]:
    """Start each proxy before more and more replicas, all of which are one nginx that answers by itself."""
    first = free_ports(max(WIDE) + len(BARE) * len(WIDE) + 1)
    listening = "".join(f"listen 127.0.0.1:{port}; " for port in range(first + 1, first + max(WIDE)))
    answering = Layout.of(folder / "answering-wide", "nginx", first, 1)
    config = NGINX.format(folder=answering.folder, port=f"{first}; {listening[:-2]}", answer=ANSWER)
    program(stack, "nginx", answering, config)
    found: Dict[str, Contender] = {}
    ports = iter(range(first + max(WIDE), 65_536))
    for proxy in BARE:
        for count in WIDE:
            layout = Layout.of(folder / f"wide-{proxy}-{count}", proxy, first - 1, count)
            layout = replace(layout, port=next(ports))
            pid = program(stack, proxy, layout, config_of(layout))
            found[f"{proxy} {count}"] = Contender(layout.port, {"proxy": family(pid)})
    return found


def compare(what: str, found: Mapping[str, Contender], connections: int) -> None:
    """Let all take turns, and print their medians."""
    rates: Dict[str, List[float]] = {name: [] for name in found}
    times: Dict[str, List[float]] = {name: [] for name in found}
    used = {name: {part: -cpu(pids) for part, pids in each.pids.items()} for name, each in found.items()}
    answered = dict.fromkeys(found, 0)
    first = next(iter(found))
    for _ in range(ROUNDS):
        for name, each in found.items():
            spent: List[float] = []
            rates[name].append(turn(each.port, connections, spent))
            times[name].append(median(spent))
            answered[name] += len(spent)
    print(f"{what}, {connections} connections:   requests a second, the time of one, CPU of each of them in us")
    for name, each in found.items():
        rate, time = median(rates[name]), median(times[name])
        share = f"{rate / median(rates[first]):.2f} of {first}"
        late = f"{(time - median(times[first])) * 1e6:+5.0f} us" if connections == 1 else ""
        costs = [
            f"{part} {(used[name][part] + cpu(pids)) / answered[name] * 1e6:.0f}" for part, pids in each.pids.items()
        ]
        print(f"  {name:<16} {rate:7.0f}/s   {share:<17} {time * 1e6:6.0f} us {late:<10} {', '.join(costs)}")
    for proxy in BARE:
        one = median(rates[f"{proxy} 1"])
        others = {name[len(proxy) + 1 :]: median(rates[name]) / one for name in found if name.startswith(proxy)}
        print(f"  {proxy} against one replica: " + ", ".join(f"{what} {ratio:.2f}" for what, ratio in others.items()))


def main() -> None:
    """Measure everything once."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        found = contenders(stack, Path(folder))
        for connections in CONNECTIONS:
            compare("add", found, connections)
        found = wide(stack, Path(folder))
        for connections in CONNECTIONS:
            compare("trivial replicas", found, connections)


if __name__ == "__main__":
    main()
