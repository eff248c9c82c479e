"""On a raw socket each fault is the real thing, and each can be told from every other."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from urllib.parse import urlsplit

import pytest
from both_parsers import http

from fake_server import Fake, create_app

__all__ = ["http"]

KEY = "sk-om-live-tests-0000000000000001"
PATIENCE = 30.0  # seconds for what is to come; a loaded machine may take some
BODY = b'{"content":"tea"}'
REQUEST = (
    b"POST /api/memory/add HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer %s\r\ncontent-length: %d\r\n\r\n%s"
    % (
        KEY.encode(),
        len(BODY),
        BODY,
    )
)


def observe(url, *, patience=PATIENCE, sent=REQUEST, taken=None):
    """Send one request; give how the connection ended, the bytes that came, and when each piece came in seconds.

    `taken` returns once the server has the request: where silence is awaited, patience begins only then.
    """
    address = urlsplit(url)
    pieces, moments = [], []
    with socket.create_connection((address.hostname, address.port), timeout=patience) as connection:
        began = time.monotonic()
        connection.sendall(sent)
        if taken is not None:
            taken()
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
    """Read the declared length of a body, -1 where there is none."""
    declared = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return int(declared[0]) if declared else -1


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
def test_a_hang_is_silence_on_an_open_connection(served, until, where, stored):
    """`hang` sends nothing and closes nothing, for as long as the client has patience."""
    served.fake.faults(f"add: hang @{where}")
    assert observe(served.url, patience=0.3, taken=lambda: until(served.fake.requests))[:2] == ("silence", b"")
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


def test_a_truncated_answer_in_chunks_lacks_its_last_chunk(served):
    """`truncate(chunked)` declares no length, sends half of the body as chunks and ends with a FIN before the last."""
    served.fake.faults("add: truncate(chunked)")
    ended, got, _ = observe(served.url)
    head, _, body = got.partition(b"\r\n\r\n")
    assert ended == "FIN"
    assert b"transfer-encoding: chunked" in head.lower()
    assert b"content-length" not in head.lower()
    size, _, rest = body.partition(b"\r\n")
    assert rest == rest[: int(size, 16)] + b"\r\n"
    assert rest.startswith(b'{"success":true')
    assert not rest.endswith(b"0\r\n\r\n")
    assert len(served.fake.memories()) == 1


@pytest.mark.slow
def test_a_drip_paces_real_bytes(served):
    """`drip` sends the head at once and the body whole, in pieces over the time that was asked for."""

    def is_paced():
        served.fake.faults("add: drip(1.6s)")
        ended, got, moments = observe(served.url)
        assert ended == "whole"
        assert json.loads(got.partition(b"\r\n\r\n")[2])["success"] is True
        assert moments[-1] > 1.5
        return len(moments) >= 4 and moments[-1] - moments[0] > 0.8

    # The best of three counts: a client that a loaded machine lets wait finds several pieces at once.
    assert any(is_paced() for _ in range(3))


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_slow_answer_is_whole_and_late(served, where):
    """`slow` sends not a byte until its time is over, and then the answer as ever."""
    served.fake.faults(f"add: slow(0.3s) @{where}")
    ended, got, moments = observe(served.url)
    assert ended == "whole"
    assert got.startswith(b"HTTP/1.1 200")
    assert moments[0] >= 0.29


TOLD = {
    # script: what ended the connection, the status, and what else gives it away
    "ok": ("whole", 200, "success"),
    "503": ("whole", 503, "error"),
    "503 @mid": ("whole", 503, "at half of the body"),
    "redirect": ("whole", 307, "location"),
    "garbage": ("whole", 200, "no JSON"),
    "wrong-type": ("whole", 200, "no object"),
    "empty": ("whole", 200, "nothing"),
    "slow(2.5s)": ("whole", 200, "late"),
    "drip(1.6s)": ("whole", 200, "in pieces"),
    "truncate": ("FIN", 200, "short of its length"),
    "truncate(chunked)": ("FIN", 200, "without its last chunk"),
    "reset": ("RST", None, "at the end of the body"),
    "reset @mid": ("RST", None, "at half of the body"),
    "close": ("FIN", None, "at the end of the body"),
    "close @mid": ("FIN", None, "at half of the body"),
    "hang": ("silence", None, "at the end of the body"),
    "hang @mid": ("silence", None, "and writes are held up"),
}


def given_away(status, head, body, moments, *, early):
    """Say what of an answer, beside its status and its end, tells one fault from another."""
    if early:
        return "at half of the body"
    if status is None:
        return "at the end of the body"
    if b"chunked" in head.lower():
        return "without its last chunk" if not body.endswith(b"0\r\n\r\n") else "in chunks"
    if len(body) < length(head):
        return "short of its length"
    if len(moments) > 3:
        return "in pieces"
    if moments[0] > 2:
        return "late"
    if b"location:" in head.lower() or not body:
        return "location" if body else "nothing"
    try:
        value = json.loads(body.decode("latin-1"))
    except ValueError:
        return "no JSON"
    return "no object" if not isinstance(value, dict) else "success" if "success" in value else "error"


def stuck(url):
    """Say whether the server takes in no more of a long body."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=0.3) as connection:
        start = REQUEST.partition(b"\r\n\r\n")[0].replace(b"content-length: 17", b"content-length: 33554432")
        try:
            connection.sendall(start + b"\r\n\r\n" + b"x" * (32 << 20))
        except socket.timeout:
            return True
    return False


@pytest.mark.parametrize(
    "script",
    [pytest.param(each, marks=[pytest.mark.slow] if each.startswith(("slow", "drip")) else []) for each in TOLD],
)
def test_a_raw_client_can_tell_each_fault_from_every_other(served, until, script):
    """By how a connection ends, after how much of the request, and what came: no two faults look alike."""
    assert len(set(TOLD.values())) == len(TOLD)
    # The best of three counts: on a loaded machine any answer may be late, and some pieces of a drip come at once.
    assert TOLD[script] in (told(served, until, script) for _ in range(3))


def told(served, until, script):
    """Meet a fault once; give how the connection ended, the status, and what else gives the fault away."""
    served.fake.reset()
    served.fake.faults(f"add: {script}")
    if script == "hang @mid":
        assert stuck(served.url)
        return TOLD[script]
    half = observe(served.url, sent=REQUEST[:-8], patience=PATIENCE if "@mid" in script else 0.15)
    early = half[0] != "silence"
    silent = {"patience": 0.3, "taken": lambda: until(served.fake.requests)} if script == "hang" else {}
    ended, got, moments = half if early else observe(served.url, **silent)
    head, _, body = got.partition(b"\r\n\r\n")
    status = int(got.split()[1]) if got else None
    return ended, status, given_away(status, head, body, moments, early=early)


def test_a_connection_is_kept_alive_through_errors(served):
    """After refusals and injected statuses the same connection goes on to serve."""
    served.fake.faults("add: 503, garbage, empty")
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as connection:
        starts = []
        for sent in (REQUEST, REQUEST, REQUEST, REQUEST.replace(b"/add", b"/odd"), REQUEST):
            connection.sendall(sent)
            got = b""
            while b"\r\n\r\n" not in got or len(got.partition(b"\r\n\r\n")[2]) < length(got.partition(b"\r\n\r\n")[0]):
                got += connection.recv(65536)
            starts.append(int(got.split()[1]))
    assert starts == [503, 200, 200, 404, 200]


def test_a_connection_kept_alive_does_not_wait_for_acknowledgements(served):
    """Of fifty calls on one connection the late ones take no 40 ms, for which Nagle's algorithm would hold up each."""
    # The first dozen are acknowledged at once in any case. The quickest counts: load makes calls slow, and none quick.
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as connection:
        took = []
        for _ in range(50):
            began = time.monotonic()
            connection.sendall(REQUEST)
            got = b""
            while not got.endswith(b"}"):
                got += connection.recv(65536)
            took.append(time.monotonic() - began)
    assert min(took[25:]) < 0.03


def test_a_body_that_stops_half_way_is_no_request(served):
    """A client that leaves in the middle of its body has asked nothing: no attempt, no memory."""
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as connection:
        connection.sendall(REQUEST[:-5])
    assert served.add("other").status == 200
    assert [each.content for each in served.fake.memories()] == ["other"]
    assert len(served.fake.requests()) == 1


LARGE = 8 << 20
EARLY = {
    # target, status
    "a body too large": ("/api/memory/add", 413),
    "no such control": ("/_fake/nosuch", 404),
    "a method that control does not take": ("/_fake/health", 405),
}


def large(target, *, version="1.1", size=LARGE):
    lines = [
        f"POST {target} HTTP/{version}",
        "host: localhost",
        f"authorization: Bearer {KEY}",
        f"content-length: {size}",
    ]
    return "\r\n".join([*lines, "connection: close", "", ""]).encode()


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("name", EARLY)
def test_an_answer_before_the_end_of_the_body_is_read_by_who_sends_on(served, name, version):
    """A client that sends its whole body, and has the connection closed then, gets the answer and no RST."""
    target, status = EARLY[name]
    ended, got, _ = observe(served.url, sent=large(target, version=version) + b" " * LARGE)
    assert (ended, int(got.split()[1])) == ("whole", status)


def test_an_answer_before_the_end_of_the_body_is_followed_by_a_fin(served):
    """A client that reads to the end of the connection need not send its body first, and may send it afterwards."""
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as connection:
        connection.sendall(large("/api/memory/add"))
        got = b""
        while piece := connection.recv(65536):
            got += piece
        assert got.startswith(b"HTTP/1.1 413 ")
        assert json.loads(got.partition(b"\r\n\r\n")[2])["code"] == "PAYLOAD_TOO_LARGE"
        connection.sendall(b" " * LARGE)
    assert served.add().status == 200


@pytest.mark.parametrize("script", ["close", "truncate", "truncate(chunked)"])
def test_a_fin_is_one_for_a_body_too_large_as_well(served, script):
    """`close` and `truncate` end in a FIN, and no RST, where part of the body was never read."""
    served.fake.faults(f"add: {script}")
    assert observe(served.url, sent=large("/api/memory/add") + b" " * LARGE)[0] == "FIN"


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

    asyncio.run(asyncio.wait_for(create_app(fake)(scope, receive, send), PATIENCE))
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
    # The head of a drip goes out at once: a server may keep it back until a piece of the body comes, so one does.
    begun = ["http.response.start", "http.response.body"]
    assert [message["type"] for message in sent] == (begun if "drip" in script else [])
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
