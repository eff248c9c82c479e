"""Faults @mid: the head and the first of the body have come, then it strikes, and nothing more is read."""

from __future__ import annotations

import asyncio
import select
import socket
import threading
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pytest
from both_parsers import http

from fake_server import Drop, Fake, Request, create_app
from fake_server.server import serve_in_thread

__all__ = ["http"]

KEY = "sk-om-live-tests-0000000000000001"
AUTH = {"authorization": f"Bearer {KEY}"}
BODY = b'{"content":"tea"}'
HALF = 9
PATIENCE = 30.0  # seconds for what is to come; a loaded machine may take some


def head(length, **more):
    lines = [
        "POST /api/memory/add HTTP/1.1",
        "host: localhost",
        f"authorization: Bearer {KEY}",
        f"content-length: {length}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in more.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def connected(url, patience=PATIENCE):
    address = urlsplit(url)
    return socket.create_connection((address.hostname, address.port), timeout=patience)


def ending(connection, patience):
    """Read until the answer is whole or the connection ends; say how, and give what came."""
    connection.settimeout(patience)
    got = b""
    while True:
        try:
            piece = connection.recv(65536)
        except ConnectionResetError:
            return "RST", got
        except socket.timeout:
            return "silence", got
        if not piece:
            return "FIN", got
        got += piece
        start, gap, body = got.partition(b"\r\n\r\n")
        lengths = [line[15:] for line in start.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        if gap and lengths and len(body) == int(lengths[0]):
            return "whole", got


def half_sent(url, *, patience=PATIENCE, taken=None, **more):
    """Send the head and the first half of the body; give how the connection ended, and what came.

    `taken` returns once the server has the request: where silence is awaited, patience begins only then.
    """
    with connected(url) as connection:
        connection.sendall(head(len(BODY), **more) + BODY[:HALF])
        if taken is not None:
            taken()
        return ending(connection, patience)


ENDINGS = {"reset": "RST", "close": "FIN", "hang": "silence", "503": "whole", "429(retry-after=2)": "whole"}


@pytest.mark.parametrize("how", ENDINGS)
def test_a_fault_strikes_while_the_body_is_still_to_come(served, until, how):
    """With the head and half of the body sent, the fault strikes; nothing is stored, the journal has what was read."""
    served.fake.faults(f"add: {how} @mid")
    silent = {"patience": 0.2, "taken": lambda: until(served.fake.requests)} if how == "hang" else {}
    ended, got = half_sent(served.url, **silent)
    assert ended == ENDINGS[how]
    assert got[9:12] == how[:3].encode() if ended == "whole" else got == b""
    assert served.fake.memories() == []
    (entry,) = served.fake.requests()
    assert (entry.body, entry.fault) == (BODY[:HALF], f"{how} @mid")
    assert entry.status == (int(how[:3]) if ended == "whole" else None)


@pytest.mark.parametrize("how", ["reset", "close", "503"])
def test_the_same_fault_before_waits_for_the_body(served, how):
    """@before strikes when the whole request has come, so that a half-sent one hears nothing."""
    served.fake.faults(f"add: {how} @before")
    assert half_sent(served.url, patience=0.2) == ("silence", b"")
    assert served.fake.requests() == []


def test_a_fault_in_the_requests_own_header_strikes_midway_too(served):
    """X-OctaMem-Fault may say @mid, and goes before the key's script."""
    served.fake.faults("add: 500 @mid", key=KEY)
    assert half_sent(served.url, x_octamem_fault="add: reset @mid") == ("RST", b"")
    ended, got = half_sent(served.url)
    assert (ended, got[9:12]) == ("whole", b"500")


@pytest.mark.parametrize(
    "script", ["add: ok, reset @mid", "search: reset @mid; *: ok, close @mid", "add: 503 0%; *: reset @mid"]
)
def test_where_it_is_not_its_turn_the_rest_is_read(served, script):
    """Another step, another rule or a percentage that goes first: the body is read to its end, and carried out."""
    served.fake.faults(script)
    with connected(served.url) as connection:
        connection.sendall(head(len(BODY)) + BODY[:HALF])
        connection.sendall(BODY[HALF:])
        ended, got = ending(connection, PATIENCE)
    assert (ended, got[9:12]) == ("whole", b"200")
    assert [memory.content for memory in served.fake.memories()] == ["tea"]


def test_a_percentage_waits_for_the_body_from_which_it_is_drawn(served):
    """By chance, @mid strikes once the whole body has come: a half-sent one hears nothing, a whole one its fate."""
    served.fake.faults("add: reset @mid 100%")
    assert half_sent(served.url, patience=0.2) == ("silence", b"")
    with connected(served.url) as connection:
        connection.sendall(head(len(BODY)) + BODY)
        assert ending(connection, PATIENCE) == ("RST", b"")
    assert served.fake.memories() == []


def test_one_step_strikes_one_of_two_half_sent_requests(served):
    """Two requests race for one step @mid: one is struck, the other is read to its end and carried out."""
    served.fake.faults("add: close @mid")
    with connected(served.url) as one, connected(served.url) as two:
        for connection in (one, two):
            connection.sendall(head(len(BODY)) + BODY[:HALF])
        (struck,), _, _ = select.select([one, two], [], [], PATIENCE)
        assert ending(struck, PATIENCE) == ("FIN", b"")
        other = two if struck is one else one
        assert ending(other, 0.1) == ("silence", b"")
        other.sendall(BODY[HALF:])
        ended, got = ending(other, PATIENCE)
    assert (ended, got[9:12]) == ("whole", b"200")
    assert len(served.fake.memories()) == 1


def test_a_body_announced_as_too_large_is_struck_at_its_head(served):
    """Where the body would be refused unread, the fault strikes unread too, before the refusal."""
    served.fake.faults("add: reset @mid, close @mid")
    for ended in ("RST", "FIN"):
        with connected(served.url) as connection:
            connection.sendall(head(9_000_000))
            assert ending(connection, PATIENCE) == (ended, b"")
    assert [entry.body for entry in served.fake.requests()] == [b"", b""]


def test_a_body_in_chunks_is_struck_after_the_first(served):
    """A request without a length, whose chunks are still to come, is struck as well."""
    served.fake.faults("add: reset @mid")
    start = head(0).replace(b"content-length: 0", b"transfer-encoding: chunked")
    with connected(served.url) as connection:
        connection.sendall(start + b"9\r\n" + BODY[:HALF] + b"\r\n")
        assert ending(connection, PATIENCE) == ("RST", b"")
    assert served.fake.requests()[0].body == BODY[:HALF]


def test_a_hang_reads_no_more(served):
    """Behind `hang @mid` the client's own writes come to a stand, as nobody takes them in."""
    served.fake.faults("add: hang @mid")
    whole = 32 << 20
    with connected(served.url) as connection:
        connection.sendall(head(whole) + BODY[:HALF])
        connection.settimeout(0.3)
        with pytest.raises(socket.timeout):
            connection.sendall(b"x" * whole)


def test_after_a_fin_midway_the_client_may_go_on_sending(served):
    """`close @mid` is a FIN and no RST, whatever the client still sends, and the server is free for the next."""
    served.fake.faults("add: close @mid")
    with connected(served.url) as connection:
        connection.sendall(head(1_000_000) + b"x" * 100_000)
        assert ending(connection, PATIENCE) == ("FIN", b"")
        connection.sendall(b"x" * 900_000)
    assert served.add().status == 200


def test_a_server_that_holds_a_half_sent_request_ends_in_time():
    """A hang @mid under way does not keep the server from ending."""
    fake = Fake()
    fake.faults("add: hang @mid")
    before = set(threading.enumerate())
    with serve_in_thread(create_app(fake)) as running:
        serving = set(threading.enumerate()) - before
        connection = connected(running.url)
        connection.sendall(head(len(BODY)) + BODY[:HALF])
        assert ending(connection, 0.2) == ("silence", b"")
        assert serving
    connection.close()
    assert not any(thread.is_alive() for thread in serving)


RAISED = {"reset": "ReadError", "close": "RemoteProtocolError", "hang": "ReadTimeout", "503": "503"}


@pytest.mark.slow
@pytest.mark.parametrize("size", [10, 1_900_000], ids=["small", "large"])
@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize("how", RAISED)
def test_httpx_raises_the_same_for_a_small_and_a_large_body(served, how, way, size):
    """Up to the largest body that is taken, httpx raises what it raises @before; nothing is stored."""
    served.fake.faults(f"add: {how} @mid")
    url, content = f"{served.url}/api/memory/add", b'{"content":"%s"}' % (b"x" * size)
    options = {"trust_env": False, "timeout": httpx.Timeout(PATIENCE, read=0.3 if how == "hang" else PATIENCE)}

    async def post():
        async with httpx.AsyncClient(**options) as client:
            return await client.post(url, content=content, headers=AUTH)

    def call():
        if way == "async":
            return asyncio.run(post())
        with httpx.Client(**options) as client:
            return client.post(url, content=content, headers=AUTH)

    try:
        met = str(call().status_code)
    except httpx.HTTPError as error:
        met = type(error).__name__
    assert met == RAISED[how]
    assert served.fake.memories() == []


@pytest.mark.parametrize("how", ["reset", "close", "hang"])
def test_in_process_the_drop_is_the_same_and_nothing_is_stored(how):
    """In process the whole body is handed in: the fault strikes, and the journal keeps what a first chunk holds."""
    fake = Fake()
    fake.faults(f"add: {how} @mid x3")
    large = b'{"content":"%s"}' % (b"x" * 100_000)
    for body in (BODY, large):
        assert fake.decide(Request("POST", "/api/memory/add", AUTH, body)) == Drop(how)
    assert fake.memories() == []
    assert [entry.body for entry in fake.requests()] == [BODY, large[: 16 << 10]]


def test_a_status_midway_is_the_same_answer_as_before():
    """In process `503 @mid` answers as `503 @before` does; only the journal names the place."""
    fake = Fake()
    fake.faults("add: 503(retry-after=3) @mid, 503(retry-after=3)")
    one, two = (fake.decide(Request("POST", "/api/memory/add", AUTH, BODY)) for _ in range(2))
    entries = fake.requests()
    assert one.headers == {**two.headers, "x-request-id": entries[0].request_id}
    assert replace(one, headers={}) == replace(two, headers={})
    assert [entry.fault for entry in fake.requests()] == [
        "503(retry-after=3) @mid",
        "503(retry-after=3) @before",
    ]


def test_only_what_is_certain_is_intercepted():
    """`intercept` admits what will be struck @mid, and leaves everything else, and the step with it, untouched."""
    fake = Fake()
    armed = fake.faults("add: reset @mid, ok, close @mid 100%")
    begun = Request("POST", "/api/memory/add", AUTH, BODY[:HALF])
    assert fake.intercept(Request("POST", "/api/memory/search", AUTH, b"{")) is None
    assert fake.intercept(Request("POST", "/nowhere", AUTH, b"{")) is None
    assert fake.intercept(Request("POST", "/api/memory/add", {**AUTH, "x-octamem-fault": "boom"}, b"{")) is None
    assert fake.intercept(Request("POST", "/api/memory/add", {**AUTH, "x-octamem-fault": "add: ok"}, b"{")) is None
    assert armed.fired == 0
    struck = fake.intercept(begun)
    assert struck is not None
    assert struck.decide() == Drop("reset")
    assert fake.intercept(begun) is None
    assert armed.fired == 1
    fake.accept(begun)
    assert fake.intercept(begun) is None
    assert fake.accept(begun).decide() == Drop("close")


def test_a_half_sent_request_without_a_key_is_struck_too():
    """Faults come before authentication, @mid as well."""
    fake = Fake(keys=[KEY])
    fake.faults("add: reset @mid x2")
    for headers in ({}, {"authorization": "Bearer unlisted"}):
        assert fake.intercept(Request("POST", "/api/memory/add", headers, b"{")).decide() == Drop("reset")


def test_many_at_once_meet_a_step_exactly_once_each(served):
    """Half-sent requests from several threads are struck as often as the script says, and all others are answered."""
    served.fake.faults("add: reset @mid x5")
    ends = []

    def one():
        with connected(served.url) as connection:
            connection.sendall(head(len(BODY)) + BODY[:HALF])
            try:
                connection.sendall(BODY[HALF:])
            except OSError:
                ends.append("RST")
                return
            ends.append(ending(connection, PATIENCE)[0])

    threads = [threading.Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["RST"] * 5 + ["whole"] * 7
    assert len(served.fake.memories()) == 7
