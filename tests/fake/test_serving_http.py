"""HTTP/1.1 as the server speaks it, the same with either parser."""

from __future__ import annotations

import asyncio
import gc
import socket
from urllib.parse import urlsplit

import pytest
from both_parsers import connected, http

from fake_server import Fake
from fake_server.app import create_app
from fake_server.serving.connection import Connection
from fake_server.serving.parsing import Parser

__all__ = ["http"]

PATIENCE = 30.0  # seconds for what is to come; a loaded machine may take some
KEY = b"sk-om-live-tests-0000000000000001"


def add(content, *lines, version=b"1.1", method=b"POST"):
    body = b'{"content":"%s"}' % content
    head = [
        b"%s /api/memory/add HTTP/%s" % (method, version),
        b"host: localhost",
        b"authorization: Bearer " + KEY,
        b"content-length: %d" % len(body),
        *lines,
    ]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


LAST = add(b"last", b"connection: close")


def talk(url, *pieces):
    """Send pieces one after another, and read until the connection ends."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as connection:
        for piece in pieces:
            connection.sendall(piece)
        got = b""
        while piece := connection.recv(65536):
            got += piece
        return got


def statuses(got):
    return [int(part[:3]) for part in got.split(b"HTTP/1.1 ")[1:]]


def contents(served):
    return [memory.content for memory in served.fake.memories()]


def test_requests_that_were_sent_together_are_answered_in_their_order(served):
    """Of several requests in one piece each is answered, a slow one first if it was first."""
    served.fake.faults("add: slow(0.05s)")
    got = talk(served.url, add(b"one") + add(b"two") + add(b"") + LAST)
    assert statuses(got) == [200, 200, 400, 200]
    assert contents(served) == ["one", "two", "last"]


def test_very_many_requests_that_were_sent_together_are_all_answered(served):
    """More than the server reads ahead are answered all the same."""
    got = talk(served.url, add(b"x") * 200 + LAST)
    assert statuses(got) == [200] * 201
    assert len(contents(served)) == 201


def test_what_is_no_request_is_refused_after_those_before_it_are_answered(served):
    """A mistake behind good requests takes none of their answers away."""
    served.fake.faults("add: slow(0.05s)")
    got = talk(served.url, add(b"one") + b"\0\0\0\r\n\r\n")
    assert statuses(got) == [200, 400]
    assert contents(served) == ["one"]


@pytest.mark.parametrize("size", [1, 7])
def test_a_request_may_come_in_any_pieces(served, size):
    """However small the pieces are, the request is the same."""
    whole = add(b"one") + LAST
    got = talk(served.url, *[whole[at : at + size] for at in range(0, len(whole), size)])
    assert statuses(got) == [200, 200]
    assert contents(served) == ["one", "last"]


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
def test_a_request_to_upgrade_is_answered_as_it_stands(served, protocol):
    """Java's HttpClient asks for h2c with its first request: body and connection are as if it had not."""
    got = talk(served.url, add(b"one", b"connection: Upgrade, HTTP2-Settings", b"upgrade: " + protocol), LAST)
    assert statuses(got) == [200, 200]
    assert contents(served) == ["one", "last"]


def test_an_unknown_method_may_be_followed_by_a_request(served):
    """A method that no parser knows is 405 as ever, in pieces too, and the connection goes on."""
    odd = add(b"one", method=b"BREW")
    got = talk(served.url, odd[:2], odd[2:], LAST)
    assert statuses(got) == [405, 200]


def test_http_1_0_is_answered_without_chunks_and_closed(served):
    """A client of HTTP/1.0 gets the whole body and then the end."""
    served.fake.faults("add: garbage")
    got = talk(served.url, add(b"one", version=b"1.0"))
    assert got.endswith(b"\r\n\r\n\x00\xff{not json at all")
    assert b"connection: close" in got
    assert b"chunked" not in got


def test_after_the_last_request_nothing_more_is_read(served):
    """What comes behind `Connection: close` is no request."""
    assert statuses(talk(served.url, LAST + add(b"more"))) == [200]
    assert contents(served) == ["last"]


def test_a_head_request_has_the_head_alone(served):
    """HEAD has the length of the body and not a byte of it, and the connection goes on."""
    got = talk(served.url, b"HEAD /_fake/health HTTP/1.1\r\nhost: localhost\r\n\r\n", LAST)
    assert statuses(got) == [200, 200]
    assert b'"status":"ready"' not in got


def test_a_client_that_waits_to_be_asked_for_its_body_is(served):
    """`Expect: 100-continue` is answered with 100 if the body is wanted; an error in its place ends the connection."""
    whole = add(b"one", b"expect: 100-continue", b"connection: close")
    got = talk(served.url, whole[:-17], whole[-17:])
    assert statuses(got) == [100, 200]
    refused = whole.replace(b"authorization", b"other").replace(b"/add", b"/addd")
    assert statuses(talk(served.url, refused)) == [404] or statuses(talk(served.url, refused)) == [100, 404]


def test_chunks_are_a_body(served):
    """A body in chunks, with extensions and trailers, is the body."""
    head = add(b"").partition(b"\r\n\r\n")[0].replace(b"content-length: 14", b"transfer-encoding: chunked")
    chunks = b'9;a=b\r\n{"content\r\n6\r\n":"x"}\r\n0\r\ntrailer: 1\r\n\r\n'
    got = talk(served.url, head + b"\r\n\r\n" + chunks, LAST)
    assert statuses(got) == [200, 200]
    assert contents(served) == ["x", "last"]


@pytest.mark.parametrize("chunks", [b"zz\r\n", b"-1\r\n", b"3\r\nabcd\r\n"])
def test_chunks_that_are_none_are_400(served, chunks):
    """What is no chunk is no body: nothing is stored, and the connection ends."""
    head = add(b"").partition(b"\r\n\r\n")[0].replace(b"content-length: 14", b"transfer-encoding: chunked")
    assert statuses(talk(served.url, head + b"\r\n\r\n" + chunks)) == [400]
    assert contents(served) == []


def test_the_body_of_a_refused_request_is_no_part_of_one_before_it(http):
    """What comes of a request whose head was refused is not read, while those before it are answered."""
    good = b"POST /%b HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n%b"
    refused = (good % (b"third", b"")).replace(b"host", b"x: y\r\n" * 300 + b"host")
    assert asyncio.run(bodies_of(http, good % (b"first", b"one") + good % (b"second", b"two") + refused, b"bad")) == (
        [b"one", b"two"],
        [204, 204, 431],
    )


async def bodies_of(http, before, after):
    """Give the bodies that an app reads, and the statuses, if the second piece comes before it begins with them."""
    bodies, begin = [], asyncio.Event()

    async def app(_scope, receive, send):
        await begin.wait()
        bodies.append((await receive())["body"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async with connected(http, app) as (connection, client):
        connection.data_received(before)
        connection.data_received(after)
        begin.set()
        while connection.state.tasks:
            await asyncio.gather(*connection.state.tasks)
        connection.close()
        await asyncio.sleep(0)
        got = b""
        while piece := client.recv(65536):
            got += piece
    return bodies, statuses(got)


@pytest.mark.parametrize(
    ("begun", "bad"),
    [
        (b"POST / HTTP/1.1\r\nx: ", b"\0\r\n\r\n"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n", b"none\r\n"),
        (b"POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\nno\r\n", b""),
    ],
    ids=["head", "body", "together"],
)
def test_a_refused_connection_waits_for_its_end_alone(http, begun, bad, caplog):
    """No timeout of what was refused comes later: a second answer behind the FIN could not be sent."""

    async def app(_scope, receive, _send):
        while (await receive())["type"] != "http.disconnect":
            pass

    async def waits_and_answers():
        async with connected(http, app) as (connection, client):
            state = connection.state
            connection.data_received(begun)
            await asyncio.sleep(0)  # in which the app begins to wait for the body
            connection.data_received(bad)
            await asyncio.gather(*state.tasks)
            waits = [each for each in state.waits if connection in each]
            return waits == [state.parting], statuses(client.recv(65536))

    assert asyncio.run(waits_and_answers()) == (True, [400])
    assert caplog.records == []


@pytest.mark.parametrize("pieces", [(LAST,), (LAST[:-1], LAST[-1:])], ids=["at once", "in its turn"])
def test_a_connection_that_has_ended_is_freed_without_a_collection(http, pieces):
    """It and its parser know each other; a server that drops connections would keep thousands of them as garbage."""

    def held():
        # By its type: other tests leave objects whose `__class__` runs code that fails.
        return sum(issubclass(type(each), (Connection, Parser)) for each in gc.get_objects())

    async def talk_to(app):
        async with connected(http, app) as (connection, client):
            for piece in pieces:
                connection.data_received(piece)
                for _ in range(20):
                    await asyncio.sleep(0)
            assert statuses(client.recv(65536)) == [200]
        for _ in range(20):
            await asyncio.sleep(0)

    async def count():
        app = create_app(Fake())
        await talk_to(app)
        gc.collect()
        gc.disable()
        try:
            before = held()
            for _ in range(3):
                await talk_to(app)
            return held() - before
        finally:
            gc.enable()

    assert asyncio.run(count()) == 0
