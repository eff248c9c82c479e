"""200 clients of the local server, each with a key of its own, beside slow readers and a key with 100,000 memories.

Each client adds, searches, meets faults and resets its key, and knows what the server must answer and hold. The same
clients run twice: alone, then beside the others. The exit status is 1 if a count is wrong or memory keeps growing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import socket
import subprocess
import sys
from statistics import median
from time import perf_counter
from typing import Any, Dict, List, Optional, Set, Tuple
from urllib.parse import urlsplit

LARGE = "sk-om-live-load-large-000001"
FAULTS = "add: 503, close @after, 429(retry-after=1); search: 500"
SAMPLE = 0.5  # seconds from one look at the memory of the server to the next
GROWTH = 1.02  # of its memory in the second half: its allocator keeps some of what a peak took

Address = Tuple[str, int]


class Served:
    """A server in a process of its own."""

    def __init__(self, journal_bytes: int) -> None:
        command = [sys.executable, "-m", "fake_server", "serve", "--port", "0", "--quiet", "--max-connections", "1000"]
        command += ["--journal-bytes", str(journal_bytes)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        parts = urlsplit(self._process.stdout.readline().split()[-1])
        self.address: Address = (parts.hostname or "", parts.port or 0)

    def memory(self) -> float:
        """Return how many MiB of memory it has."""
        shown = subprocess.run(["ps", "-o", "rss=", "-p", str(self._process.pid)], capture_output=True, check=True)
        return int(shown.stdout) / 1024

    def end(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.communicate()


class Connection:
    """A connection that is opened again after the server has closed it."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._reader: Optional[asyncio.StreamReader] = None
        self._writer: Optional[asyncio.StreamWriter] = None

    async def ask(self, method: str, path: str, body: bytes = b"", key: str = "") -> Tuple[int, bytes]:
        """Return the status and the body of an answer; the status is 0 if the connection ends without one."""
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection(*self._address)
        bearer = f"Authorization: Bearer {key}\r\n" if key else ""
        self._writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{bearer}Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        try:
            head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
            content = await self._body(head)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.close()
            return 0, b""
        if b"\r\nconnection: close" in head:
            self.close()
        return int(head[9:12]), content

    async def _body(self, head: bytes) -> bytes:
        assert self._reader is not None
        if b"\r\ncontent-length: " in head:
            return await self._reader.readexactly(int(head.partition(b"\r\ncontent-length: ")[2].split(b"\r\n", 1)[0]))
        content = bytearray()
        while True:
            size = int(await self._reader.readuntil(b"\r\n"), 16)
            content += (await self._reader.readexactly(size + 2))[:size]
            if not size:
                return bytes(content)

    def close(self) -> None:
        """Close it."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


class Client:
    """A client with a key of its own, and what the server must hold of it."""

    def __init__(self, number: int, address: Address, pause: float) -> None:
        self.key = f"sk-om-live-load-{number:08}"
        self.waits: List[float] = []
        self.wrong: List[str] = []
        self._address = address
        self._connection = Connection(address)
        self._pause = pause
        self._chance = random.Random(number)  # noqa: S311 - what is drawn is no secret
        self._made = 0
        self._begin()

    def _begin(self) -> None:
        self._stored: Set[str] = set()
        self._lost = self._accepted = self._attempts = self._struck = 0
        self._adds: List[int] = []  # the statuses that armed faults have for the next adds
        self._searches: List[int] = []

    async def run(self, until: float) -> None:
        """Do one thing after another until then."""
        await asyncio.sleep(self._chance.random() * self._pause)
        while perf_counter() < until:
            drawn = self._chance.random()
            if drawn < 0.03 and not self._adds and not self._searches:
                await self._arm()
            elif drawn < 0.09:
                await self._reset()
            elif drawn < 0.55:
                await self._add()
            elif drawn < 0.85:
                await self._search()
            else:
                await self._details()
            await asyncio.sleep(self._chance.random() * 2 * self._pause)

    async def _call(self, endpoint: str, fields: Dict[str, str], wanted: int) -> Any:
        began = perf_counter()
        status, body = await self._connection.ask(
            "POST", f"/api/memory/{endpoint}", json.dumps(fields).encode(), self.key
        )
        self.waits.append(perf_counter() - began)
        self._attempts += 1
        self._check(endpoint, status, wanted)
        return json.loads(body) if status == 200 else {}

    def _check(self, what: str, got: object, wanted: object) -> None:
        if got != wanted:
            self.wrong.append(f"{self.key} {what}: expected {wanted}, got {got}")

    async def _add(self) -> None:
        self._made += 1
        content = f"Note {self._made}: tea in the {self._chance.choice(('red', 'blue', 'old'))} kettle at noon"
        self._struck += bool(self._adds)
        wanted = self._adds.pop(0) if self._adds else 200
        answer = await self._call("add", {"content": content}, wanted)
        if wanted == 200:
            self._stored.add(str(answer.get("id")))
        self._lost += wanted == 0
        self._accepted += wanted in (0, 200)

    async def _search(self) -> None:
        self._struck += bool(self._searches)
        wanted = self._searches.pop(0) if self._searches else 200
        answer = await self._call("search", {"query": "tea in the ketle"}, wanted)
        if wanted == 200:
            self._accepted += 1
            self._check("results", len(answer.get("results", ())), min(10, len(self._stored) + self._lost))

    async def _details(self) -> None:
        answer = await self._call("details", {}, 200)
        self._check("usage", answer.get("usage"), len(self._stored) + self._lost)

    async def _control(self, method: str, path: str, fields: Optional[Dict[str, str]] = None) -> Any:
        path = f"/_fake/{path}?key={self.key}"
        status, body = await self._connection.ask(method, path, json.dumps(fields).encode() if fields else b"")
        self._check(f"{method} {path}", status, 200)
        return json.loads(body) if status == 200 else {}

    async def _arm(self) -> None:
        await self._control("POST", "faults", {"script": FAULTS})
        self._adds, self._searches = [503, 0, 429], [500]

    async def _reset(self) -> None:
        await self._control("POST", "reset")
        self._begin()

    async def settle(self) -> None:
        """Compare all that the server holds of the key with what it must hold."""
        held = [each["id"] for each in (await self._control("GET", "memories")).get("memories", ())]
        self._check("memories that are missing", sorted(self._stored - set(held)), [])
        self._check("memories", len(held), len(self._stored) + self._lost)
        self._check("ids", len(set(held)), len(held))
        journal = await self._control("GET", "requests")
        requests, dropped = journal.get("requests", ()), journal.get("dropped", 0)
        self._check("attempts", len(requests) + dropped, self._attempts)
        armed = (await self._control("GET", "faults")).get("faults", ())
        fired = sum(each["fired"] for each in armed)
        self._check("faults", fired, self._struck)
        if not dropped:
            self._check("faults of attempts", sum(1 for each in requests if each["fault"]), fired)
        self._check("faults left", sum(each["left"] for each in armed), len(self._adds) + len(self._searches))
        self._connection.close()


async def read_slowly(address: Address, path: str) -> None:
    """Read an endless answer, or one answer after another, a little at a time."""
    while True:
        # A small buffer, so that it is the server who has to wait.
        opened = socket.socket()
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 10)
        opened.setblocking(False)
        await asyncio.get_running_loop().sock_connect(opened, address)
        reader, writer = await asyncio.open_connection(sock=opened, limit=4096)
        try:
            writer.write(f"GET /_fake/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            while await reader.read(4096):  # noqa: ASYNC110 - it waits for no event: it is slow
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass
        finally:
            writer.close()


async def store_large(address: Address, count: int) -> None:
    """Store many memories under one key."""
    connection = Connection(address)
    for at in range(0, count, 10_000):
        lines = [
            json.dumps({"content": f"Memory {number}: kettle {number % 97} of the tea house {number % 1013}"})
            for number in range(at, min(count, at + 10_000))
        ]
        await connection.ask("POST", f"/_fake/memories.jsonl?key={LARGE}", "\n".join(lines).encode())
    connection.close()


async def search_large(address: Address) -> None:
    """Search the memories of the large key again and again."""
    connection = Connection(address)
    while True:
        await connection.ask("POST", "/api/memory/search", b'{"query": "ketle 42 of the tea house"}', LARGE)
        await asyncio.sleep(0.1)


async def warm_up(address: Address) -> None:
    """Do once what a first request does more slowly, since it loads a library."""
    connection = Connection(address)
    await connection.ask("POST", "/api/memory/add", b'{"content": "tea"}', "sk-om-live-load-warm-000001")
    await connection.ask("POST", "/api/memory/search", b'{"query": "tea"}', "sk-om-live-load-warm-000001")
    await connection.ask("GET", "/_fake/health")
    connection.close()


async def watch(server: Served, samples: List[Tuple[float, float]]) -> None:
    """Look at the memory of the server."""
    while True:
        samples.append((perf_counter(), await asyncio.to_thread(server.memory)))
        await asyncio.sleep(SAMPLE)


async def load(options: argparse.Namespace, *, alone: bool) -> bool:
    """Run all clients, print what came out, and return whether every count is exact and memory is flat."""
    server = Served(options.journal_bytes)
    clients = [Client(number, server.address, options.pause) for number in range(options.clients)]
    samples: List[Tuple[float, float]] = []
    await warm_up(server.address)
    others = [asyncio.ensure_future(watch(server, samples))]
    if not alone:
        await store_large(server.address, options.memories)
        others.append(asyncio.ensure_future(search_large(server.address)))
        paths = [("requests", "events")[number % 2] for number in range(options.readers)]
        others += [asyncio.ensure_future(read_slowly(server.address, path)) for path in paths]
    began = perf_counter()
    try:
        await asyncio.gather(*(each.run(began + options.seconds) for each in clients))
        spent = perf_counter() - began
        held = 0
        if not alone:
            _, body = await Connection(server.address).ask("GET", "/_fake/keys")
            held = max(each["memories"] for each in json.loads(body)["keys"])
    finally:
        for each in others:
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)
    try:
        for each in clients:
            await each.settle()
    finally:
        server.end()
    return report(options, clients, samples, alone=alone, spent=spent, held=held)


def report(
    options: argparse.Namespace,
    clients: List[Client],
    samples: List[Tuple[float, float]],
    *,
    alone: bool,
    spent: float,
    held: int,
) -> bool:
    """Print what came out of a run, and return whether it is as it must be."""
    waits = sorted(wait for each in clients for wait in each.waits)
    wrong = [line for each in clients for line in each.wrong]
    began, ended = samples[0][0], samples[-1][0]
    halves: Tuple[List[float], List[float]] = ([], [])
    for at, memory in samples:
        halves[at > (began + ended) / 2].append(memory)
    first, second = max(halves[0]), max(halves[1])
    beside = "alone" if alone else f"beside {options.readers} slow readers and a key with {held:,} memories"
    print(f"{len(clients)} clients for {spent:.0f} s, {beside}:")
    print(f"  {len(waits):,} requests, {len(waits) / spent:,.0f}/s, {len(wrong)} counts wrong")
    print(
        f"  median {median(waits) * 1000:.1f} ms, p99 {waits[int(len(waits) * 0.99)] * 1000:.0f} ms, "
        f"longest {waits[-1] * 1000:.0f} ms"
    )
    print(f"  memory at most {first:.0f} MiB in the first half, {second:.0f} MiB in the second", flush=True)
    for line in wrong[:10]:
        print(f"  wrong: {line}")
    flat = not options.flat or second <= first * GROWTH
    return not wrong and flat and (alone or held >= options.memories)


def main() -> int:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--pause", type=float, default=0.5, help="of a client between two requests, on average")
    parser.add_argument("--readers", type=int, default=20, help="that are slow")
    parser.add_argument("--memories", type=int, default=100_000, help="of the large key")
    parser.add_argument(
        "--journal-bytes",
        type=int,
        default=4 << 20,
        help="of all journals: full in the first half",
    )
    parser.add_argument("--any-memory", dest="flat", action="store_false", help="do not ask that memory is flat")
    options = parser.parse_args()
    good = [asyncio.run(load(options, alone=alone)) for alone in (True, False)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
