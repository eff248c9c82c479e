"""The local server beside a bare Starlette route on uvicorn and beside pytest-httpserver, all in one run.

Each server is a process of its own, and takes turns with the others. The client keeps its connections open, and sends
the next request on a connection once the answer to the one before is whole.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import sys
from itertools import cycle
from statistics import median
from time import perf_counter, sleep
from typing import Dict, List, Sequence
from urllib.parse import urlsplit

CONNECTIONS = (1, 16, 64)
ROUNDS = 5
SECONDS = 0.4  # of each turn
PAUSE = 1.0  # seconds after each turn, in which a fake indexes what it has stored, and takes nothing of the next turn
KEY = "sk-om-live-benchmark-0000000001"
TEXT = "The launch of the new kettle is on April 15, and Ana brings tea for the whole team."
ADD = json.dumps({"content": TEXT, "previousContext": "Planning"}).encode()
# More than the fake keeps the answers of, so that each is searched.
QUESTIONS = [f"when is the launch of kettle {number}" for number in range(200)]

STARLETTE = """
import socket, sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def add(request):
    body = await request.json()
    return JSONResponse({"success": True, "id": "rec_0123456789abcdef", "pending_id": "pend_0123456789abcdef"})

app = Starlette(routes=[Route(f"/api/memory/{name}", add, methods=["POST"]) for name in ("add", "search")])
opened = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{opened.getsockname()[1]}", flush=True)
config = uvicorn.Config(app, http="httptools", loop="uvloop", access_log=False, log_config=None)
uvicorn.Server(config).run(sockets=[opened])
"""
HTTPSERVER = """
import time
from pytest_httpserver import HTTPServer

server = HTTPServer()
answer = {"success": True, "id": "rec_0123456789abcdef", "pending_id": "pend_0123456789abcdef"}
server.expect_request("/api/memory/add", method="POST").respond_with_json(answer)
server.start()
print(server.url_for(""), flush=True)
time.sleep(3600)
"""
READY = """
import sys, time
began = time.perf_counter()
from fake_server import Fake, create_app
from fake_server.server import serve_in_thread
loaded = time.perf_counter()
with serve_in_thread(create_app(Fake())):
    first = time.perf_counter()
spent = []
for _ in range(20):
    at = time.perf_counter()
    create_app(Fake())
    spent.append(time.perf_counter() - at)
print(loaded - began, first - loaded, sorted(spent)[10])
"""


class Served:
    """A server in a process of its own."""

    def __init__(self, *command: str) -> None:
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        parts = urlsplit(self._process.stdout.readline().split()[-1])
        self.address = (parts.hostname or "", parts.port or 0)

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._process.pid

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


def request(endpoint: str, body: bytes) -> bytes:
    """Write a request."""
    head = (
        f"POST /api/memory/{endpoint} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n"
        f"Content-Type: application/json\r\nAccept: */*\r\nUser-Agent: benchmark\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def is_whole(got: bytes) -> bool:
    """Return whether an answer has come whole."""
    head, gap, body = got.partition(b"\r\n\r\n")
    at = head.lower().find(b"content-length:")
    return bool(gap) and len(body) >= int(head[at + 15 :].split(b"\r\n", 1)[0])


def per_second(address: Sequence[object], sent: Sequence[bytes], connections: int, seconds: float) -> float:
    """Return how many requests a second are answered on so many connections, which are sent in turn."""
    turns = cycle(sent)
    selector = selectors.DefaultSelector()
    parts: Dict[socket.socket, bytes] = {}

    def begin() -> None:
        connection = socket.create_connection(tuple(address))  # type: ignore[arg-type]
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ)
        parts[connection] = b""
        connection.sendall(next(turns))

    for _ in range(connections):
        begin()
    done = 0
    began = perf_counter()
    until = began + seconds
    while perf_counter() < until:
        for key, _ in selector.select(1):
            connection = key.fileobj  # type: ignore[assignment]
            got = parts[connection] + connection.recv(65536)
            if is_whole(got):
                assert got[9:12] == b"200", got
                done += 1
                if b"connection: close" in got.lower():
                    selector.unregister(connection)
                    connection.close()
                    del parts[connection]
                    begin()
                    continue
                got = b""
                connection.sendall(next(turns))
            parts[connection] = got
    spent = perf_counter() - began
    for connection in parts:
        connection.close()
    return done / spent


def fake(*options: str) -> Served:
    """Start the fake; its log goes where nobody looks."""
    return Served(sys.executable, "-m", "fake_server", "serve", "--port", "0", "--api-key", KEY, *options)


def rates(servers: Dict[str, Served], sent: Sequence[bytes], connections: int) -> Dict[str, float]:
    """Return the median rate of each server, which take turns."""
    found: Dict[str, List[float]] = {name: [] for name in servers}
    for _ in range(ROUNDS):
        for name, server in servers.items():
            found[name].append(per_second(server.address, sent, connections, SECONDS))
            sleep(PAUSE)
    return {name: median(each) for name, each in found.items()}


def adds() -> None:
    """Compare `add`."""
    servers = {
        "fake": fake(),
        "fake --quiet": fake("--quiet"),
        "fake, h11 on asyncio": fake("--http", "h11", "--loop", "asyncio"),
        "Starlette": Served(sys.executable, "-c", STARLETTE),
        "pytest-httpserver": Served(sys.executable, "-c", HTTPSERVER),
    }
    try:
        for connections in CONNECTIONS:
            found = rates(servers, [request("add", ADD)], connections)
            print(f"add, {connections} connections:")
            for name, rate in found.items():
                print(
                    f"  {name:<22} {rate:8.0f}/s   {rate / found['Starlette']:.2f} of Starlette   "
                    f"{rate / found['pytest-httpserver']:.2f} of pytest-httpserver"
                )
    finally:
        for server in servers.values():
            server.end()


def searches() -> None:
    """Compare a search among 1,000 memories with the bare route: other questions in turn, then one question again."""
    asked = [
        request("search", json.dumps({"query": question, "previousContext": ""}).encode()) for question in QUESTIONS
    ]
    servers = {"fake": fake("--quiet"), "Starlette": Served(sys.executable, "-c", STARLETTE)}
    try:
        with socket.create_connection(servers["fake"].address) as connection:
            for number in range(1000):
                connection.sendall(request("add", json.dumps({"content": f"{TEXT} {number}"}).encode()))
                connection.recv(65536)
        for connections in CONNECTIONS:
            for name, sent in (("other questions", asked), ("one question again", asked[:1])):
                found = rates(servers, sent, connections)
                ratio = found["fake"] / found["Starlette"]
                print(
                    f"search of 1,000, {connections} connections, {name}: {found['fake']:.0f}/s, "
                    f"{ratio:.2f} of Starlette"
                )
    finally:
        for server in servers.values():
            server.end()


def starts() -> None:
    """Measure how long the command takes until it is ready, and the first server of a process."""
    spent = []
    for _ in range(ROUNDS):
        began = perf_counter()
        server = fake()
        spent.append(perf_counter() - began)
        server.end()
    print(f"octamem-fake serve, ready after {median(spent):.2f} s (least {min(spent):.2f} s)")
    runs = []
    for _ in range(ROUNDS):
        done = subprocess.run([sys.executable, "-c", READY], capture_output=True, text=True, check=True, env=os.environ)
        runs.append([float(each) for each in done.stdout.split()])
    loaded, first, further = (median(each) for each in zip(*runs))
    times = f"imports {loaded * 1000:.0f} ms, server up {first * 1000:.1f} ms, further app {further * 1000:.3f} ms"
    print(f"in a process: {times}")


def main() -> None:
    """Measure everything once."""
    adds()
    searches()
    starts()


if __name__ == "__main__":
    main()
