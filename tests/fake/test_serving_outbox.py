"""Answers to requests that are read together leave together, and nothing that is sent later overtakes one."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from both_parsers import connected, connected_to, http

from fake_server.app import create_app
from fake_server.core import Fake
from fake_server.serving import outbox
from fake_server.serving.at_once import Answered
from fake_server.serving.outbox import LONGEST, Outbox

__all__ = ["http"]

KEY = "sk-om-live-tests-0000000000000001"
NOTHING_YET = None


def add(content=b"tea", *lines):
    body = b'{"content":"%s"}' % content
    head = [b"POST /api/memory/add HTTP/1.1", b"host: localhost", b"content-length: %d" % len(body), *lines]
    return b"\r\n".join([*head, b"authorization: Bearer " + KEY.encode()]) + b"\r\n\r\n" + body


def read(client):
    """Return the status that has come, "ended" for the end of the connection, None if nothing has come."""
    client.setblocking(False)
    try:
        got = client.recv(65536)
    except BlockingIOError:
        return NOTHING_YET
    except ConnectionResetError:
        return "ended"
    return int(got[9:12]) if got else "ended"


async def turns():
    for _ in range(5):
        await asyncio.sleep(0)


@asynccontextmanager
async def two(http, fake=None):
    """Give two connections of one server, each with the client's end; a slow machine is no reason to send at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbox, "LONGEST", float("inf"))
        async with connected(http, create_app(fake or Fake())) as first, connected_to(first[0].state) as second:
            yield first, second


def test_answers_to_requests_that_are_read_together_leave_together(http):
    """None leaves as long as the event loop has more to read, and then all do."""

    async def ask():
        async with two(http) as both:
            seen = []
            for connection, _ in both:
                connection.data_received(add())
                seen.append([read(client) for _, client in both])
            await turns()
            return [*seen, [read(client) for _, client in both]]

    assert asyncio.run(ask()) == [[NOTHING_YET] * 2, [NOTHING_YET] * 2, [200, 200]]


def test_a_client_that_is_alone_waits_for_nothing(http):
    """With one connection there is nobody to wait for."""

    async def ask():
        async with connected(http, create_app(Fake())) as (connection, client):
            connection.data_received(add())
            return read(client)

    assert asyncio.run(ask()) == 200


def test_an_answer_after_which_the_connection_ends_waits_for_nothing(http):
    """It is sent before the end."""

    async def ask():
        async with two(http) as ((connection, client), _):
            connection.data_received(add(b"tea", b"connection: close"))
            await turns()
            return read(client), read(client)

    assert asyncio.run(ask()) == (200, "ended")


@pytest.mark.parametrize("end", ["close", "part", "shutdown", "late"])
def test_an_answer_leaves_before_its_connection_ends(http, end):
    """However the server ends a connection, what it has answered before is sent first."""

    async def ask():
        async with two(http) as ((connection, client), _):
            connection.data_received(add())
            connection.late("idle") if end == "late" else getattr(connection, end)()
            await turns()
            return read(client), read(client)

    assert asyncio.run(ask()) == (200, "ended")


def test_a_reset_comes_after_the_answers_before_it(http):
    """The bytes of the answer are on their way when the connection is reset."""

    async def ask():
        async with two(http) as ((connection, _), _):
            sent = []
            connection.write = sent.append
            connection.data_received(add())
            connection.reset()
            return [piece[:12] for piece in sent]

    assert asyncio.run(ask()) == [b"HTTP/1.1 200"]


def test_requests_of_one_connection_are_answered_in_their_order(http):
    """One that comes while the answer to another is held takes its turn, and so does what is no request."""

    async def ask():
        async with two(http) as ((connection, client), _):
            connection.data_received(add())
            connection.data_received(add(b""))
            connection.data_received(b"nonsense\r\n\r\n")
            got = b""
            while piece := await asyncio.get_running_loop().run_in_executor(None, client.recv, 65536):
                got += piece
            return [int(part[:3]) for part in got.split(b"HTTP/1.1 ")[1:]]

    assert asyncio.run(ask()) == [200, 400, 400]


def test_the_journal_knows_that_a_client_left_before_its_answer_was_sent(http):
    """Of an answer that is held when the connection is lost, nobody knows whether it was read."""

    async def ask():
        fake = Fake()
        async with two(http, fake) as ((connection, _), (other, client)):
            connection.data_received(add())
            other.data_received(add())
            connection.abort()
            await turns()
            return read(client), [entry.confirmed for entry in fake.requests(key=KEY)]

    assert asyncio.run(ask()) == (200, [False, True])


def test_an_answer_waits_for_so_long_at_most():
    """Past it, the next answer takes all with it, however much is still to be read."""
    sent = []

    class Transport:
        def is_closing(self):
            return False

    class Wire:
        is_held = False
        transport = Transport()

        def write(self, data):
            sent.append(data)

    async def hold(*times):
        held, before = Outbox(asyncio.get_running_loop()), []
        for now in times:
            held.hold(Wire(), (b"%d" % len(before),), pytest.fail, now)
            before.append(list(sent))
        return before

    held = asyncio.run(hold(7.0, 7.0 + LONGEST / 2, 7.0 + LONGEST * 2, 7.0 + LONGEST * 2.5))
    assert held == [[], [], [b"0", b"1", b"2"], [b"0", b"1", b"2"]]


def test_an_app_that_fails_takes_no_answer_from_others(http, caplog):
    """It is told of an end of its connection, and the others are sent what was held with its answer."""

    class App:
        def at_once(self, head, body):
            return Answered(200, b"", body, self.fail)

        def fail(self):
            raise RuntimeError("broken")

    async def ask():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(outbox, "LONGEST", float("inf"))
            async with connected(http, App()) as (lost, _), connected_to(lost.state) as (other, client):
                lost.data_received(add())
                other.data_received(add())
                lost.abort()
                await turns()
                return read(client)

    assert asyncio.run(ask()) == 200
    assert "the app failed" in caplog.text


def test_a_large_answer_is_whole_beside_others(http):
    """It leaves in more than one piece, and in its turn."""

    class App:
        def at_once(self, head, body):
            return Answered(200, b"", b"x" * 200_000, pytest.fail)

    async def ask():
        async with connected(http, App()) as (connection, client), connected_to(connection.state):
            connection.data_received(add())
            got, loop = b"", asyncio.get_running_loop()
            while len(got.partition(b"\r\n\r\n")[2]) < 200_000:
                got += await loop.run_in_executor(None, client.recv, 65536)
            return got.partition(b"\r\n\r\n")[2]

    assert asyncio.run(ask()) == b"x" * 200_000
