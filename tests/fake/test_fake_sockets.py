"""On a raw socket each fault is the real thing, and each can be told from every other."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from urllib.parse import urlsplit

import pytest

from fake_server import Fake, create_app

KEY = "sk-om-live-tests-0000000000000001"
BODY = b'{"content":"tea"}'
REQUEST = b"POST /api/memory/add HTTP/1.1\r\nhost: x\r\nauthorization: Bearer %s\r\ncontent-length: %d\r\n\r\n%s" % (
    KEY.encode(),
    len(BODY),
    BODY,
)


def observe(url, *, patience=5.0, sent=REQUEST):
    """Send one request; give how the connection ended, the bytes that came, and when each piece came in seconds."""
    address = urlsplit(url)
    pieces, moments = [], []
    with socket.create_connection((address.hostname, address.port), timeout=patience) as connection:
        connection.sendall(sent)
        began = time.monotonic()
        while True:
            try:
                piece = connection.recv(65536)
            except ConnectionResetError:
                return "RST", b"".join(pieces), moments
            except socket.timeout:
                return "silence", b"".join(pieces), moments
            if not piece:
                return "FIN", b"".join(pieces), moments
            pieces.append(piece)
            moments.append(time.monotonic() - began)
            head, gap, body = b"".join(pieces).partition(b"\r\n\r\n")
            if gap and len(body) == length(head):
                return "whole", b"".join(pieces), moments


def length(head):
    (declared,) = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return int(declared)


@pytest.mark.parametrize(("where", "stored"), [("before", 0), ("after", 1)])
def test_a_reset_is_a_rst_without_a_byte(served, where, stored):
    """`reset` ends the connection with a RST and sends nothing, before or after the handler."""
    served.fake.faults(f"add: reset @{where}")
    assert observe(served.url)[:2] == ("RST", b"")
    assert len(served.fake.memories()) == stored


@pytest.mark.parametrize(("where", "stored"), [("before", 0), ("after", 1)])
def test_a_close_is_a_fin_without_a_byte(served, where, stored):
    """`close` ends the connection with a FIN and sends nothing, before or after the handler."""
    served.fake.faults(f"add: close @{where}")
    assert observe(served.url)[:2] == ("FIN", b"")
    assert len(served.fake.memories()) == stored


@pytest.mark.parametrize(("where", "stored"), [("before", 0), ("after", 1)])
def test_a_hang_is_silence_on_an_open_connection(served, where, stored):
    """`hang` sends nothing and closes nothing, for as long as the client has patience."""
    served.fake.faults(f"add: hang @{where}")
    assert observe(served.url, patience=0.3)[:2] == ("silence", b"")
    assert len(served.fake.memories()) == stored
    assert served.add().status == 200


def test_a_truncated_answer_is_half_its_declared_body_and_then_a_fin(served):
    """`truncate` declares the whole length, sends half of it and ends with a FIN."""
    served.fake.faults("add: truncate")
    ended, got, _ = observe(served.url)
    head, _, body = got.partition(b"\r\n\r\n")
    assert ended == "FIN"
    assert head.startswith(b"HTTP/1.1 200")
    assert len(body) == length(head) // 2
    assert body.startswith(b'{"success":true')
    assert len(served.fake.memories()) == 1


def test_a_drip_paces_real_bytes(served):
    """`drip` sends the head at once and the body whole, in pieces over the time that was asked for."""
    served.fake.faults("add: drip(0.4s)")
    ended, got, moments = observe(served.url)
    assert ended == "whole"
    assert json.loads(got.partition(b"\r\n\r\n")[2])["success"] is True
    assert len(moments) >= 4
    assert moments[-1] > 0.35
    assert moments[-1] - moments[0] > 0.2


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_slow_answer_is_whole_and_late(served, where):
    """`slow` sends not a byte until its time is over, and then the answer as ever."""
    served.fake.faults(f"add: slow(0.3s) @{where}")
    ended, got, moments = observe(served.url)
    assert ended == "whole"
    assert got.startswith(b"HTTP/1.1 200")
    assert moments[0] >= 0.29


def test_a_connection_is_kept_alive_through_errors(served):
    """After refusals and injected statuses the same connection goes on to serve."""
    served.fake.faults("add: 503, garbage, empty")
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        starts = []
        for sent in (REQUEST, REQUEST, REQUEST, REQUEST.replace(b"/add", b"/odd"), REQUEST):
            connection.sendall(sent)
            got = b""
            while b"\r\n\r\n" not in got or len(got.partition(b"\r\n\r\n")[2]) < length(got.partition(b"\r\n\r\n")[0]):
                got += connection.recv(65536)
            starts.append(int(got.split()[1]))
    assert starts == [503, 200, 200, 404, 200]


def test_a_connection_kept_alive_does_not_wait_for_acknowledgements(served):
    """Fifty calls on one connection take milliseconds each, where Nagle's algorithm would hold up each for 40."""
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        began = time.monotonic()
        for _ in range(50):
            connection.sendall(REQUEST)
            got = b""
            while not got.endswith(b"}"):
                got += connection.recv(65536)
        assert time.monotonic() - began < 1


def test_a_body_that_stops_half_way_is_no_request(served):
    """A client that leaves in the middle of its body has asked nothing: no attempt, no memory."""
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(REQUEST[:-5])
    assert served.add("other").status == 200
    assert [each.content for each in served.fake.memories()] == ["other"]
    assert len(served.fake.requests()) == 1


def scope(path="/api/memory/add", **more):
    headers = [(b"authorization", b"Bearer " + KEY.encode()), (b"content-length", b"%d" % len(BODY))]
    return {"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b"", **more}


def drive(fake, scope, *messages):
    """Run the app on messages that all came already; give what it sent."""
    sent = []
    waiting = list(messages)

    async def receive():
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(asyncio.wait_for(create_app(fake)(scope, receive, send), 10))
    return sent


ASKED = {"type": "http.request", "body": BODY, "more_body": False}
LEFT = {"type": "http.disconnect"}


@pytest.mark.parametrize(
    ("script", "stored", "note"),
    [
        ("add: slow(9s) @before", 0, "the client left before the handler ran"),
        ("add: slow(9s)", 1, "the client left before the answer was sent"),
        ("add: drip(9s)", 1, "the client left before the answer was over"),
    ],
)
def test_the_journal_knows_of_a_client_that_left_while_it_waited(script, stored, note):
    """A client that gives up during a wait leaves the truth behind: what was stored, and that it got no answer."""
    fake = Fake()
    fake.faults(script)
    sent = drive(fake, scope(), ASKED, LEFT)
    assert [message["type"] for message in sent] == (["http.response.start"] if "drip" in script else [])
    assert len(fake.memories()) == stored
    (entry,) = fake.requests()
    assert entry.notes == [note]
    assert entry.call.open


def test_a_body_too_large_is_thrown_away_while_its_answer_waits():
    """What is still sent of a refused body is read past, so that a client that leaves is noticed behind it."""
    fake = Fake()
    fake.faults("add: slow(9s)")
    large = scope()
    large["headers"][1] = (b"content-length", b"9000000")
    drive(fake, large, *[{"type": "http.request", "body": b"x" * 1000, "more_body": True}] * 3, LEFT)
    (entry,) = fake.requests()
    assert (entry.status, entry.body, entry.notes) == (413, b"", ["the client left before the answer was sent"])


def test_a_body_in_many_messages_is_one_body():
    """A body that comes in pieces is put together, and headers sent twice are joined."""
    fake = Fake()
    pieces = [{"type": "http.request", "body": bytes([byte]), "more_body": True} for byte in BODY]
    doubled = scope()
    doubled["headers"] += [(b"idempotency-key", b"a"), (b"idempotency-key", b"b")]
    sent = drive(fake, doubled, *pieces, {"type": "http.request"})
    assert sent[0]["status"] == 200
    assert fake.memories()[0].content == "tea"


def test_a_fake_under_a_prefix_and_beside_other_protocols():
    """Mounted below a path the endpoints are found, and a websocket is closed."""
    from starlette.applications import Starlette
    from starlette.routing import Mount

    fake = Fake()
    outer = Starlette(routes=[Mount("/prefix", app=create_app(fake))])
    sent = []

    async def receive():
        return ASKED

    async def send(message):
        sent.append(message)

    asyncio.run(outer(scope("/prefix/api/memory/add", root_path=""), receive, send))
    assert sent[0]["status"] == 200
    sent.clear()
    asyncio.run(create_app(fake)({**scope(), "type": "websocket"}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1000}]
