"""How the work grows with paths, headers, queries, keys and lines: none twice as many takes much more than twice."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Callable, Dict, List, Tuple

import pytest
from test_fake_growth import HEADERS, KEY, require_linear

from fake_server import Fake, Request
from fake_server.app import create_app
from fake_server.control.asked import Asked
from fake_server.control.desk import Desk
from fake_server.control.lines.snapshot_lines import Reader
from fake_server.core.tenants.seed_lines import seed_lines

__all__ = ["require_linear"]

pytestmark = pytest.mark.slow


def kinds(table: Dict[str, Any], *short: str) -> List[Any]:
    """List the kinds of a table; all except `short` are tried in the proof alone."""
    return [kind if kind in short else pytest.param(kind, marks=pytest.mark.proof) for kind in table]


def asked(fake: Any, method: str, target: str, body: bytes = b"", headers: Tuple[Any, ...] = ()) -> int:
    """Ask the app for a target as a client sends it, and return the status."""
    path, _, query = target.partition("?")
    scope: Dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), *headers],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 9),
    }
    statuses = []
    sent = []

    async def receive() -> Dict[str, Any]:
        if sent:  # as on a socket, there is nothing more until the client leaves
            await asyncio.Event().wait()
        sent.append(body)
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        statuses.extend([message["status"]] if message["type"] == "http.response.start" else [])

    asyncio.run(create_app(fake)(scope, receive, send))
    return int(statuses[0])


TARGETS: Dict[str, Callable[[int], Tuple[str, str]]] = {
    "a path of the service": lambda n: ("POST", "/api/memory/" + "x" * n),
    "a path of segments": lambda n: ("GET", "/a" * n),
    "a path of the control API": lambda n: ("GET", "/_fake/" + "x/" * n),
    "a method": lambda n: ("X" * n, "/api/memory/add"),
    "a query of many fields": lambda n: ("GET", "/_fake/requests?" + "&".join(f"a{each}=1" for each in range(n))),
    "a query of one field": lambda n: ("GET", "/_fake/requests?" + "&".join(["key=x"] * n)),
    "a query of escapes": lambda n: ("GET", "/_fake/requests?key=" + "%41" * n),
    "a query of broken escapes": lambda n: ("GET", "/_fake/requests?key=" + "%" * n),
    "a key": lambda n: ("GET", "/_fake/requests?key=" + "x" * n),
    "an id": lambda n: ("GET", f"/_fake/memories/{'x' * n}?key={KEY}"),
    "a query that is explained": lambda n: ("GET", f"/_fake/explain?key={KEY}&query=" + "tea+" * n),
}


@pytest.mark.parametrize("kind", kinds(TARGETS, "a query of escapes"))
def test_a_target_is_read_in_linear_time(require_linear, kind):
    """A method, path or query takes twice the time at most when it is doubled, whatever it is answered with."""

    def prepare(n):
        fake = Fake()
        fake.remember(["the tea is hot"], key=KEY)
        method, target = TARGETS[kind](n)
        return lambda: asked(fake, method, target)

    require_linear(prepare, 2_000, 200_000)


@pytest.mark.parametrize("name", kinds({"x-{}": 0, "x-same": 0, "authorization": 0}, "x-same"))
def test_many_headers_are_read_in_linear_time(require_linear, name):
    """Twice the headers take twice the time at most, of one name or of many."""

    def prepare(n):
        headers = tuple((name.format(at).encode(), b"Bearer value") for at in range(n))
        return lambda: asked(Fake(), "POST", "/api/memory/add", b'{"content":"tea"}', headers)

    require_linear(prepare, 500, 30_000)


@pytest.mark.proof
def test_many_keys_are_opened_in_linear_time(require_linear):
    """Twice the keys take twice the time at most, listed or used, and their journal too."""

    def prepare(n):
        def run():
            fake = Fake()
            for at in range(n):
                headers = {**HEADERS, "authorization": f"Bearer sk-om-live-{at:016}"}
                fake.decide(Request("POST", "/api/memory/add", headers, b'{"content":"tea"}'))
            assert len(fake.requests()) == len(fake.keys()) == n
            assert asked(fake, "GET", "/_fake/settings") == 200

        return run

    require_linear(prepare, 100, 3_000)


@pytest.mark.proof
def test_a_table_of_keys_is_read_in_linear_time(require_linear):
    """Twice the keys of the setting `keys` take twice the time at most."""

    def prepare(n):
        keys = [{"key": f"sk-om-live-{at:016}", "top_k": 3} for at in range(n)]
        return lambda: Fake(keys=keys).configure(wire="envelope")

    require_linear(prepare, 200, 6_000)


@pytest.mark.parametrize("route", kinds(dict.fromkeys(("requests", "calls", "memories", "keys")), "memories"))
def test_a_list_is_given_in_linear_time(require_linear, route):
    """A list of twice the entries takes twice the time at most."""

    def prepare(n):
        fake = Fake()
        for at in range(n):
            fake.decide(Request("POST", "/api/memory/add", HEADERS, b'{"content":"tea %d"}' % at))

        def run():
            assert asked(fake, "GET", f"/_fake/{route}") == 200

        return run

    require_linear(prepare, 200, 4_000)


LINES: Dict[str, Callable[[int], Tuple[bytes, int]]] = {
    "lines": lambda n: (b'"tea"\n' * n, 1 << 16),
    "a line in small pieces": lambda n: (b'"' + b"x" * n + b'"', 3),
    "lines that end with CR in small pieces": lambda n: (b'"x"\r\n' * n, 2),
    "blank lines": lambda n: (b"\r" * n, 7),
    "wrong lines": lambda n: (b"tea\n" * n, 1 << 10),
    "ids that come twice": lambda n: (b'{"content":"a","id":"a"}\n' * n, 1 << 10),
    "new ids": lambda n: (b"".join(b'{"content":"a","id":"%d"}\n' % at for at in range(n)), 1 << 10),
}


@pytest.mark.parametrize("kind", kinds(LINES, "a line in small pieces"))
def test_lines_are_read_in_linear_time(require_linear, kind):
    """Twice the lines take twice the time at most, in whatever pieces they come."""

    def prepare(n):
        text, size = LINES[kind](n)
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        return lambda: list(seed_lines(pieces))

    require_linear(prepare, 500, 100_000)


SNAPSHOTS: Dict[str, Callable[[int], Tuple[bytes, int]]] = {
    "a line in small pieces": lambda n: (b'{"snapshot":1,"settings":{}}' + b" " * n, 3),
    "keys": lambda n: (
        b'{"snapshot":1,"settings":{}}\n' + b"".join(b'{"key":"sk-om-live-%016d"}\n' % at for at in range(n)),
        1 << 10,
    ),
    "memories": lambda n: (
        b'{"snapshot":1,"settings":{}}\n{"key":"sk-om-live-1"}\n'
        + b"".join(b'{"memory":{"id":"%d","content":"tea"}}\n' % at for at in range(n)),
        1 << 10,
    ),
}


@pytest.mark.parametrize("kind", kinds(SNAPSHOTS, "a line in small pieces"))
def test_a_snapshot_is_read_in_linear_time(require_linear, kind):
    """A file of twice the size takes twice the time at most, in whatever pieces it comes."""

    def prepare(n):
        text, size = SNAPSHOTS[kind](n)
        pieces = [text[at : at + size] for at in range(0, len(text), size)]

        def run():
            reader = Reader(Asked(Desk(Fake()), None, {}, {}, {}, {}, nothing()))
            for piece in pieces:
                reader.feed(piece)
            reader.end()

        return run

    require_linear(prepare, 500, 100_000)


async def nothing():
    yield b""


STORED: Dict[str, Callable[[Fake, int], None]] = {
    "one by one": lambda fake, n: [fake.remember([f"tea {at}"], key=KEY) for at in range(n)] and None,
    "forgotten one by one": lambda fake, n: (
        [
            fake.forget(memory=memory.id, key=KEY)
            for memory in fake.remember([f"tea number {at}" for at in range(n)], key=KEY)
        ]
        and None
    ),
    "replaced one by one": lambda fake, n: (
        [
            fake.replace([{"id": memory.id, "content": "water"}], key=KEY)
            for memory in fake.remember([f"tea number {at}" for at in range(n)], key=KEY)
        ]
        and None
    ),
    "indexed in steps": lambda fake, n: (
        fake.remember([f"tea number {at}" for at in range(n)], key=KEY) and list(fake.indexing()) and None
    ),
    "of one file": lambda fake, n: fake.remember([{"content": "tea", "file": "a.pdf"}] * n, key=KEY) and None,
}


@pytest.mark.parametrize("kind", kinds(STORED, "forgotten one by one"))
def test_memories_are_kept_in_linear_time(require_linear, kind):
    """To store, replace, index or forget twice the memories takes twice the time at most."""
    require_linear(lambda n: lambda: (STORED[kind](Fake(), n), None), 200, 8_000)


@pytest.mark.proof
def test_a_long_answer_is_decided_in_linear_time(require_linear):
    """A search that answers with twice the files takes twice the time at most."""

    def prepare(n):
        fake = Fake(top_k=1 << 20)
        fake.remember([{"content": "tea", "file": f"{at}.pdf"} for at in range(n)], key=KEY)
        fake.explain("coffee", key=KEY)
        request = Request("POST", "/api/memory/search", HEADERS, json.dumps({"query": "tea"}).encode())
        return lambda: fake.decide(request)

    require_linear(prepare, 500, 16_000)
