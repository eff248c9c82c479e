"""Requests that come whole are answered without a task of their own, and then as any other is."""

from __future__ import annotations

import asyncio
import logging

import pytest
from both_parsers import connected, http
from hypothesis import given
from hypothesis import strategies as st

from fake_server.app import create_app
from fake_server.core import Fake, Request
from fake_server.core.journal.outcome import outcome
from fake_server.doors import Guard, Rules
from fake_server.serving.answer_heads import text_lines
from fake_server.serving.at_once import Answered
from fake_server.serving.httptools_parser import HttptoolsParser
from fake_server.serving.limits import Limits
from fake_server.serving.parsing import Sink

__all__ = ["http"]

PATIENCE = 30.0  # seconds for what is to come; a loaded machine may take some
KEY = "sk-om-live-tests-0000000000000001"
TYPE = b"content-type: text/plain\r\n"


def post(body, *lines, path=b"/x", version=b"1.1"):
    head = [b"POST %s HTTP/%s" % (path, version), b"host: localhost", b"content-length: %d" % len(body), *lines]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


class App:
    """An app that notes whether a request is answered at once, and answers with its body in capitals."""

    def __init__(self, then=None):
        self.at_once_asked, self.called, self.ended = [], [], 0
        self.then = then

    def at_once(self, head, body):
        self.at_once_asked.append(body)
        return self.then(self, head, body) if self.then else self.answered(body)

    def answered(self, body, headers=TYPE):
        def ended():
            self.ended += 1

        return Answered(200, headers, body.upper(), ended)

    async def __call__(self, scope, receive, send):
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.called.append(body)
        length = (b"content-length", b"%d" % len(body))
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body.upper()})


async def turns():
    """Let the event loop go round as often as an app needs that waits for nothing but its request."""
    for _ in range(20):
        await asyncio.sleep(0)


def answers(http, app, *pieces):
    """Return what a client gets for pieces that come one after another, until the connection ends."""

    async def talk():
        async with connected(http, app) as (connection, client):
            for piece in pieces:
                connection.data_received(piece)
                await turns()
            connection.close()
            await asyncio.sleep(0)
            got = b""
            while piece := client.recv(65536):
                got += piece
            return got

    return asyncio.run(talk())


def bodies(got):
    return [part.partition(b"\r\n\r\n")[2] for part in got.split(b"HTTP/1.1 ")[1:]]


def test_a_request_that_comes_whole_is_answered_at_once(http):
    """Each is, one after another, and the answer is one of HTTP with its length."""
    app = App()
    got = answers(http, app, post(b"one"), post(b"two"), post(b""))
    assert (bodies(got), app.called, app.ended) == ([b"ONE", b"TWO", b""], [], 0)
    assert got.startswith(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 3\r\n\r\nONE")


def test_of_requests_that_come_together_one_is_answered_at_once(http):
    """The others wait their turn, so that no client keeps the server to itself; all are answered in order."""
    app = App()
    got = answers(http, app, post(b"one") + post(b"two") + post(b"three"), post(b"four"))
    assert bodies(got) == [b"ONE", b"TWO", b"THREE", b"FOUR"]
    assert (app.at_once_asked, app.called) == ([b"one", b"four"], [b"two", b"three"])


@pytest.mark.parametrize(
    "pieces",
    [
        (post(b"one")[:-1], b"e"),
        (post(b"one", b"expect: 100-continue"),),
        (b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\non\r\n1\r\ne\r\n0\r\n\r\n",),
    ],
    ids=["in pieces", "to be asked for", "in chunks"],
)
def test_any_other_request_is_answered_by_the_app(http, pieces):
    """One whose body is still to come, or that comes in chunks, is an app's as ever."""
    app = App()
    assert bodies(answers(http, app, *pieces, post(b"two")))[-2:] == [b"ONE", b"TWO"]
    assert (app.at_once_asked, app.called) == ([b"two"], [b"one"])


def test_an_app_may_leave_a_request_to_itself(http):
    """Of a request for which it gives nothing at once, it is asked again with all of it."""
    app = App(lambda *_: None)
    assert bodies(answers(http, app, post(b"one"))) == [b"ONE"]
    assert (app.at_once_asked, app.called) == ([b"one"], [b"one"])


def test_an_app_may_go_on_with_a_request_that_it_began(http):
    """What it returns has the request from then on, and what follows waits for it."""

    async def going_on(_scope, receive, send):
        assert (await receive())["body"] == b"one"
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"on"})

    app = App(lambda app, _, body: going_on if body == b"one" else app.answered(body))
    assert bodies(answers(http, app, post(b"one") + post(b"two"), post(b"three"))) == [b"on", b"TWO", b"THREE"]
    assert (app.at_once_asked, app.called) == ([b"one", b"three"], [b"two"])


@pytest.mark.parametrize("line", [b"connection: close", b""], ids=["asked for", "by version"])
def test_the_connection_ends_with_the_answer_where_it_must(http, line):
    """The app learns of it, since nobody knows who read the answer."""
    app = App()
    sent = post(b"one", line) if line else post(b"one", version=b"1.0")
    got = answers(http, app, sent, post(b"two"))
    assert (bodies(got), app.ended, app.at_once_asked) == ([b"ONE"], 1, [b"one"])
    assert b"\r\nconnection: close\r\n" in got


def test_an_app_that_fails_is_answered_for(http, caplog):
    """It is a 500, logged once, and ends the connection; nothing else is asked of it."""

    def fails(_app, _head, _body):
        raise KeyError("oh")

    app = App(fails)
    with caplog.at_level(logging.ERROR):
        got = answers(http, app, post(b"one"), post(b"two"))
    assert got.startswith(b"HTTP/1.1 500 ")
    assert (got.count(b"HTTP/1.1"), app.at_once_asked, app.called) == (1, [b"one"], [])
    assert [record.message for record in caplog.records] == ["the app failed"]


def test_a_header_has_no_control_character():
    """It could begin a header of its own; what stands in Latin-1 is written as it is, and anything else as a mark."""
    assert text_lines({"x": " caf\u00e9 \u2615\t"}) == b"x: caf\xe9 ?\r\n"
    for value in ("a\nb: c", "a\r\nb: c", "\0"):
        with pytest.raises(RuntimeError, match=r"^expected no control character in a header$"):
            text_lines({"x": value})


def test_a_large_answer_is_whole(http):
    """One that does not go out in one piece with its head is whole, too."""

    async def read():
        async with connected(http, App()) as (connection, client):
            client.setblocking(False)
            connection.data_received(post(b"x" * 200_000))
            got = b""
            while len(got) < 200_000 or not got.endswith(b"X" * 100):
                await asyncio.sleep(0)
                try:
                    got += client.recv(65536)
                except BlockingIOError:
                    continue
            return got

    assert bodies(asyncio.run(read())) == [b"X" * 200_000]


def test_a_client_that_reads_nothing_is_not_answered_at_once(http):
    """As long as much waits to be read, the app is asked, and waits until there is room."""

    async def ask():
        app = App()
        async with connected(http, app) as (connection, _):
            while not connection.is_full:
                connection.data_received(post(b"x" * 100_000))
            asked = len(app.at_once_asked)
            connection.data_received(post(b"one"))
            await asyncio.sleep(0)
            return len(app.at_once_asked) - asked, app.called

    assert asyncio.run(ask()) == (0, [b"one"])


def test_a_server_that_ends_answers_nothing_at_once(http):
    """What comes then is answered as the last of its connection."""

    async def end():
        app = App()
        async with connected(http, app) as (connection, client):
            connection.state.end()
            connection.data_received(post(b"one"))
            await turns()
            return app.at_once_asked, client.recv(65536)

    asked, got = asyncio.run(end())
    assert asked == []
    assert b"\r\nconnection: close\r\n" in got


# A head that is known


class Reader(Sink):
    """Keep the requests that a parser reads."""

    def __init__(self):
        self.read, self.open = [], None

    def on_head(self, head):
        self.open = [head.method, head.target, head.version, head.headers, head.keep_alive, b""]

    def on_body(self, piece):
        self.open[-1] += piece

    def on_end(self):
        self.read.append(self.open)


HEADS = st.sampled_from(
    [
        [b"POST /a HTTP/1.1", b"host: x"],
        [b"POST /a HTTP/1.1", b"host: y", b"x-n: 1"],
        [b"GET /a?b HTTP/1.1", b"host: x"],
        [b"\r\nPOST /a HTTP/1.1", b"host: x", b"x: \t"],
    ]
)


@st.composite
def requests(draw):
    head, body = draw(HEADS), draw(st.sampled_from([b"", b"{}", b"[]", b"\r\n\r\n", b"0\r\n\r\n", b"0\r\n\r\n" * 2]))
    framed = draw(st.sampled_from(["length", "chunked", "none"]))
    if framed == "length":
        return b"\r\n".join([*head, b"content-length: %d" % len(body)]) + b"\r\n\r\n" + body
    if framed == "chunked":
        chunk = b"%x\r\n%s\r\n" % (len(body), body) if body else b""
        return b"\r\n".join([*head, b"transfer-encoding: chunked"]) + b"\r\n\r\n" + chunk + b"0\r\n\r\n"
    return b"\r\n".join(head) + b"\r\n\r\n"


@given(st.lists(st.lists(requests(), min_size=1, max_size=2).map(b"".join), max_size=8))
def test_a_head_that_comes_again_is_read_as_if_it_were_new(pieces):
    """Whatever came before on a connection, the same bytes are the same requests."""
    reader, each_new = Reader(), Reader()
    parser = HttptoolsParser(reader, Limits())
    for piece in pieces:
        parser.feed(piece)
        HttptoolsParser(each_new, Limits()).feed(piece)
    assert reader.read == each_new.read


def test_a_head_that_comes_again_is_the_same_head():
    """What was found out about it need not be found out again."""
    heads = []

    class Keeping(Sink):
        def on_head(self, head):
            heads.append(head)

    parser = HttptoolsParser(Keeping(), Limits())
    for body in (b"one", b"two", b"four", b"five"):
        parser.feed(post(body))
    assert heads[0] is heads[1] is not heads[2] is heads[3]


# What the fake takes


def asked(endpoint="add", body=b'{"content":"tea"}'):
    return Request("POST", f"/api/memory/{endpoint}", {"authorization": f"Bearer {KEY}"}, body)


def test_the_fake_decides_at_once_what_waits_for_nothing():
    """Such a call is over when it is told of, once."""
    fake = Fake()
    exchange = fake.take(asked())
    assert exchange.outcome.status == 200
    assert outcome([exchange.entry]) == "answered"
    assert (len(fake.calls), fake.call_changes) == (1, 1)


def test_the_fake_leaves_open_what_has_to_wait():
    """Such a call is told of as open, and nothing of it is stored before it is decided."""
    fake = Fake()
    fake.faults("add: slow(1s)@before")
    exchange = fake.take(asked())
    assert (exchange.outcome, exchange.wait, fake.memories()) == (None, 1.0, [])
    assert (outcome([exchange.entry]), fake.call_changes) == ("open", 1)
    assert exchange.decide().status == 200
    assert [memory.content for memory in fake.memories()] == ["tea"]


# Behind the guard, and with a log


def of_fake(path, *lines, host=b"localhost"):
    body = b'{"content":"tea"}'
    head = [b"POST %s HTTP/1.1" % path, b"host: " + host, b"content-length: %d" % len(body)]
    return b"\r\n".join([*head, b"authorization: Bearer " + KEY.encode(), *lines]) + b"\r\n\r\n" + body


def test_the_line_of_a_request_is_written_before_its_answer_goes_out(http):
    """Whoever has the answer finds the line; so it is, too, if the request is answered at once."""
    lines = []

    async def ask():
        def tell(entry):
            client.setblocking(False)
            with pytest.raises(BlockingIOError):
                client.recv(1)
            client.settimeout(PATIENCE)
            lines.append(entry.line())

        async with connected(http, create_app(Fake(), tell=tell)) as (connection, client):
            connection.data_received(of_fake(b"/api/memory/add"))
            return int(client.recv(65536)[9:12])

    assert asyncio.run(ask()) == 200
    assert len(lines) == 1


@pytest.mark.parametrize(
    ("refused", "status"),
    [
        (of_fake(b"/api/memory/add", host=b"evil.example"), 403),
        (of_fake(b"/api/memory/add", b"origin: http://evil.example"), 403),
        (of_fake(b"/api/memory/add", b"sec-fetch-site: cross-site"), 403),
        (of_fake(b"/api/memory/add", b"host: evil.example"), 400),
        (of_fake(b"http://evil.example/api/memory/add"), 403),
        (of_fake(b"/_fake/reset"), 401),
    ],
    ids=["host", "origin", "site", "two hosts", "target", "control"],
)
def test_a_host_that_was_let_through_opens_no_other_door(http, refused, status):
    """On one connection, each request is judged for itself: what comes from a page is refused as ever."""
    fake = Fake()

    async def ask():
        app = Guard(create_app(fake), Rules("127.0.0.1", token="a-token-of-control"))
        async with connected(http, app) as (connection, client):
            found = []
            for request in (of_fake(b"/api/memory/add"),) * 3 + (refused,):
                connection.data_received(request)
                await turns()
                found.append(int(client.recv(65536)[9:12]))
            return found

    assert asyncio.run(ask()) == [200, 200, 200, status]
    assert len(fake.memories(key=KEY)) == 3
