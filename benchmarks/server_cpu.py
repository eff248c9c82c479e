"""What the CPU of a request is to the local server, beside a bare Starlette route: other work disturbs that less.

Each server is a process of its own, and takes turns with the others. Only Linux says how long each thread has run.
"""

from __future__ import annotations

import json
import socket
import sys
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Dict, Iterator, List, Sequence

from .server import ADD, QUESTIONS, STARLETTE, TEXT, Served, fake, is_whole, request

CONNECTIONS = (1, 16, 64)
ROUNDS = 7
REQUESTS = 1280  # of each turn


def microseconds(server: Served) -> float:
    """Return how long all threads of a server have run."""
    threads = Path(f"/proc/{server.pid}/task").glob("*/schedstat")
    return sum(int(each.read_text().split()[0]) for each in threads) / 1000


def burst(connections: List[socket.socket], sent: Iterator[bytes], requests: int) -> None:
    """Send so many requests, one at a time on each connection."""
    for _ in range(requests // len(connections)):
        for each in connections:
            each.sendall(next(sent))
        for each in connections:
            got = b""
            while not is_whole(got):
                piece = each.recv(65536)
                assert piece, "the server closed the connection"
                got += piece
            assert got[9:12] == b"200", got


def turn(server: Served, connections: int, requests: Sequence[bytes]) -> float:
    """Return the microseconds that a server takes for each of many requests, which are sent in turn."""
    sent = cycle(requests)
    opened = [socket.create_connection(server.address) for _ in range(connections)]
    try:
        burst(opened, sent, 4 * connections)
        began = microseconds(server)
        burst(opened, sent, REQUESTS)
        return (microseconds(server) - began) / REQUESTS
    finally:
        for each in opened:
            each.close()


def compare(servers: Dict[str, Served], what: str, requests: Sequence[bytes]) -> None:
    """Print what each server takes for some requests."""
    for connections in CONNECTIONS:
        found: Dict[str, List[float]] = {name: [] for name in servers}
        for _ in range(ROUNDS):
            for name, server in servers.items():
                found[name].append(turn(server, connections, requests))
        bare = median(found["Starlette"])
        print(f"CPU of {what}, {connections} connections:")
        for name, spent in found.items():
            print(f"  {name:<28} {median(spent):6.0f} us   Starlette takes {bare / median(spent):.2f} of it")


def adds() -> None:
    """Compare `add`."""
    servers = {
        "fake": fake(),
        "fake --quiet": fake("--quiet"),
        "fake --quiet, h11 on asyncio": fake("--quiet", "--http", "h11", "--loop", "asyncio"),
        "Starlette": Served(sys.executable, "-c", STARLETTE),
    }
    try:
        compare(servers, "an add", [request("add", ADD)])
    finally:
        for server in servers.values():
            server.end()


def searches() -> None:
    """Compare a search among 1,000 memories: other questions in turn, then one question again."""
    servers = {"fake --quiet": fake("--quiet"), "Starlette": Served(sys.executable, "-c", STARLETTE)}
    stored = [request("add", json.dumps({"content": f"{TEXT} {number}"}).encode()) for number in range(1000)]
    asked = [request("search", json.dumps({"query": question}).encode()) for question in QUESTIONS]
    try:
        with socket.create_connection(servers["fake --quiet"].address) as connection:
            burst([connection], iter(stored), len(stored))
        compare(servers, "a new question", asked)
        compare(servers, "one question again", asked[:1])
    finally:
        for server in servers.values():
            server.end()


def main() -> None:
    """Compare adds and searches."""
    adds()
    searches()


if __name__ == "__main__":
    main()
