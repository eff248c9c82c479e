"""What a server allows its clients: how many connections, how large a head, and how long each may wait."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import logging
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest
from both_parsers import LOOPS

from fake_server import Fake, create_app
from fake_server.server import Options, serve_in_thread
from fake_server.serving import limits as limits_module
from fake_server.serving.admission import AT_ONCE, TURNED_AWAY, Admission
from fake_server.serving.limits import Limits
from fake_server.serving.loops import new_loop
from fake_server.serving.state import ServerState
from fake_server.serving.waits import Waiting, Waits
from fake_server.serving.wire import Wire

PATIENCE = 30.0  # seconds for what is to come; a loaded machine may take some
HEAD = b"POST /api/memory/add HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer k\r\n"
ADD = HEAD + b'content-length: 15\r\n\r\n{"content":"x"}'


@pytest.fixture(params=LOOPS)
def serve(request):
    """Serve a fake with limits of its own, with either parser: `serve(idle=0.05)` gives it and its URL."""
    with contextlib.ExitStack() as stack:

        def start(**limits):
            fake = Fake()
            options = Options(Limits(**limits), http=request.param, loop=LOOPS[request.param])
            return fake, stack.enter_context(serve_in_thread(create_app(fake), options=options)).url

        yield start


def connect(url):
    address = urlsplit(url)
    return socket.create_connection((address.hostname, address.port), timeout=PATIENCE)


def read_to_end(connection):
    """Read until the connection ends; give what came."""
    pieces = []
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def read_one(connection):
    """Read one answer whose length is declared; give its status and body."""
    got = b""
    while True:
        head, gap, body = got.partition(b"\r\n\r\n")
        lengths = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        if gap and len(body) >= lengths[0]:
            return int(head.split()[1]), body
        piece = connection.recv(65536)
        if not piece:
            raise AssertionError(f"the connection ended after {got!r}")
        got += piece


@contextlib.contextmanager
def asking(fake, url, sent):
    """Send a request on a new connection, and give that once there is an answer, or an end where one is owed.

    With an idle timeout of a moment, a loaded machine may send so late that the server has let go before: then it is
    tried again, since there was no request yet.
    """
    for _ in range(100):
        with connect(url) as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(sent)
                connection.recv(1, socket.MSG_PEEK)
            if fake.requests():
                yield connection
                return
    pytest.fail("the server has taken up no request")


def test_a_connection_that_never_sends_a_byte_is_closed(serve):
    """After the idle timeout it ends, without an answer to what was never asked."""
    _, url = serve(idle=0.05)
    with connect(url) as connection:
        assert read_to_end(connection) == b""


def test_a_connection_that_is_kept_alive_is_closed_once_it_is_idle(serve):
    """The idle timeout begins again with each answer."""
    fake, url = serve(idle=0.05)
    with asking(fake, url, ADD) as connection:
        assert read_to_end(connection).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("sent", [b"P", HEAD, HEAD + b"x: 1"], ids=["a letter", "lines", "half a line"])
def test_half_a_head_is_answered_with_408(serve, sent):
    """A head that does not go on is refused and the connection closed, so that slow clients hold none for long."""
    fake, url = serve(head=0.05)
    with connect(url) as connection:
        connection.sendall(sent)
        got = read_to_end(connection)
    assert got.startswith(b"HTTP/1.1 408 ")
    assert json.loads(got.partition(b"\r\n\r\n")[2])["code"] == "REQUEST_TIMEOUT"
    assert fake.requests() == []


@pytest.mark.parametrize("target", [b"/api/memory/add", b"/_fake/memories?key=k"])
def test_half_a_body_is_answered_with_408(serve, target):
    """A body that does not go on is no request: nothing is stored, and the connection ends."""
    fake, url = serve(body=0.05)
    with connect(url) as connection:
        connection.sendall(HEAD.replace(b"/api/memory/add", target) + b'content-length: 99\r\n\r\n{"content"')
        got = read_to_end(connection)
    assert got.startswith(b"HTTP/1.1 408 ")
    assert fake.requests() == fake.memories() == []


@pytest.mark.parametrize(
    ("script", "size"), [("add: slow(0.4s)", 15), ("add: slow(0.4s) @before", 15), ("add: slow(0.4s)", 9_000_000)]
)
def test_no_timeout_ends_what_the_server_itself_holds_back(serve, script, size):
    """A slow answer comes whole, although each timeout is shorter, with a body that is never read too."""
    fake, url = serve(idle=0.05, head=0.05, body=0.05, write=0.05)
    fake.faults(script)
    with asking(fake, url, HEAD + b'content-length: %d\r\n\r\n{"content":"x"}' % size) as connection:
        assert read_one(connection)[0] == (200 if size == 15 else 413)


def test_a_client_that_reads_nothing_is_cut_off(serve):
    """An answer that nobody reads is given up after the write timeout, and not kept for ever."""
    fake, url = serve(write=0.05)
    fake.remember(["x" * 1_000_000] * 14, key="k")
    with connect(url) as connection:
        connection.sendall(b"GET /_fake/memories?key=k HTTP/1.1\r\nhost: localhost\r\n\r\n")
        connection.recv(1)
        for _ in range(1000):  # the server lets go of the connection while nobody reads
            with connect(url) as other:
                other.sendall(b"GET /_fake/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
                read_to_end(other)
            if connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                return
    pytest.fail("the connection was never cut off")


class Reader(asyncio.Transport):
    """The writing end of a connection whose client reads when a test says so."""

    def __init__(self, opened):
        super().__init__()
        self.waiting, self.is_reset = 0, False
        self._opened = opened

    def write(self, data):
        self.waiting += len(data)

    def get_write_buffer_size(self):
        return self.waiting

    def get_extra_info(self, name, default=None):
        return self._opened

    def abort(self):
        self.is_reset = True


def test_a_client_that_reads_slowly_is_not_cut_off():
    """However much waits for a client, that it reads anything between two looks is enough."""
    state = ServerState(None, Limits(), None, None)
    wire = Wire(state)
    with socket.socket() as opened:
        wire.transport = client = Reader(opened)
        for read in (1, 30, 1, 0):
            wire.write(b"x" * 20)
            wire.write(b"x" * 20)
            client.waiting -= read
            wire.write(b"x" * 20)
            state.write.sweep(float("inf"))
            assert client.is_reset is (read == 0)


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"x: " + b"y" * 5000 + b"\r\n\r\n",
        HEAD + b"x: " + b"y" * 5000,
        HEAD + b"x: y\r\n" * 300 + b"\r\n",
        b"GET /" + b"y" * 5000,
    ],
    ids=["a long header", "a header without an end", "many headers", "a long target"],
)
def test_a_head_that_is_too_large_is_431(serve, sent):
    """Bytes and number of the headers are bounded, whether the head ends or not."""
    _, url = serve(header_bytes=4096, header_count=100)
    with connect(url) as connection:
        connection.sendall(sent)
        got = read_to_end(connection)
    assert got.startswith(b"HTTP/1.1 431 ")
    assert json.loads(got.partition(b"\r\n\r\n")[2])["code"] == "HEADERS_TOO_LARGE"


def test_an_error_about_one_connection_ends_no_timeout(serve, monkeypatch):
    """What fails while those are told who waited too long is logged, and the next look comes all the same."""
    looks, tick, idle = [], ServerState.tick, 0.05

    def failing(state):
        if state.limits.idle != idle:  # the server that other tests share ticks as well
            tick(state)
            return
        looks.append(state)
        if len(looks) == 2:
            raise RuntimeError("a connection that cannot be told")
        tick(state)

    monkeypatch.setattr(ServerState, "tick", failing)
    _, url = serve(idle=idle)
    with connect(url) as connection:
        assert read_to_end(connection) == b""
    assert len(looks) > 2


def test_the_longest_idle_connection_makes_room_for_a_new_one(serve):
    """At the bound, a new client is served, and the connection that has waited longest without a request is closed."""
    _, url = serve(connections=8)
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(connect(url)) for _ in range(8)]
        for each in (*idle, idle[0]):  # so that the second one waits longest
            each.sendall(ADD)
            assert read_one(each)[0] == 200
        new = stack.enter_context(connect(url))
        new.sendall(ADD)
        assert read_one(new)[0] == 200
        assert read_to_end(idle[1]) == b""
        idle[0].sendall(ADD)
        assert read_one(idle[0])[0] == 200


def keep_sending(connection):
    """Send until the server has let go of the connection, or until patience ends."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        connection.sendall(b"x")


def test_connections_stay_below_the_descriptors_that_there_are(serve, monkeypatch):
    """Whatever the option says, there are no more connections than descriptors, of which some are kept free."""
    monkeypatch.setattr(limits_module, "descriptor_limit", lambda: limits_module.RESERVED + 9)
    _, url = serve(connections=10_000)
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(connect(url)) for _ in range(10)]
        for each in idle[1:]:
            each.sendall(ADD)
            assert read_one(each)[0] == 200
        assert read_to_end(idle[0]) == b""


def test_a_client_that_stays_after_the_last_answer_is_let_go(serve):
    """A connection that ends with a FIN is closed after the idle timeout, though its client still sends and stays."""
    fake, url = serve(idle=0.05)
    with asking(fake, url, HEAD + b"connection: close\r\ncontent-length: 9000000\r\n\r\n" + b"x" * 1000) as connection:
        assert read_to_end(connection).startswith(b"HTTP/1.1 413 ")
        with pytest.raises(ConnectionError):
            keep_sending(connection)


RAISED = """
import os, resource, signal
from fake_server import Fake, create_app
from fake_server.server import listen, serve

resource.setrlimit(resource.RLIMIT_NOFILE, (256, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def ready(_running):
    print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    os.kill(os.getpid(), signal.SIGTERM)


serve(create_app(Fake()), listen("127.0.0.1", 0), ready)
"""


@pytest.mark.slow
def test_a_server_takes_the_descriptors_that_it_may_have():
    """At its start, a server raises the number of descriptors from what a shell gave it."""
    done = subprocess.run([sys.executable, "-c", RAISED], capture_output=True, text=True, check=True, timeout=300)
    assert int(done.stdout) > 256


def test_a_connection_beyond_the_bound_is_told_so(serve, until):
    """If all connections are at work, a new one gets 503 CAPACITY and is closed; afterwards there is room again."""
    fake, url = serve(connections=8)
    fake.faults("add: hang x8")
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(connect(url)).sendall(ADD)
        until(lambda: len(fake.requests()) == 8)
        with connect(url) as connection:
            connection.sendall(ADD)
            got = read_to_end(connection)
        assert got.startswith(b"HTTP/1.1 503 ")
        assert json.loads(got.partition(b"\r\n\r\n")[2])["code"] == "CAPACITY"

    def answered():
        with connect(url) as connection:
            connection.sendall(ADD.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n", 1))
            return read_to_end(connection).startswith(b"HTTP/1.1 200 ")

    until(answered)


class Idle(Waiting):
    """A connection that waits for a request."""

    def __init__(self):
        self.was_late = []

    def late(self, what):
        self.was_late.append(what)


WITHOUT_DESCRIPTORS = """
import contextlib, json, logging, os, resource, socket, sys, time
from fake_server import Fake, create_app
from fake_server.server import Options, serve_in_thread
from fake_server.serving.admission import Admission

http, loop = sys.argv[1:]
GET = b"GET /_fake/health HTTP/1.1\\r\\nhost: localhost\\r\\n\\r\\n"
lines, lacks, held = [], [], []
handler = logging.Handler()
handler.emit = lambda record: lines.append(record.getMessage())
logging.getLogger().addHandler(handler)
lack = Admission.lack
Admission.lack = lambda self, *given: (lacks.append(given), lack(self, *given))


def health(connection):
    connection.sendall(GET)
    return connection.recv(65536)[:15].decode()


resource.setrlimit(resource.RLIMIT_NOFILE, (512, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
with serve_in_thread(create_app(Fake()), options=Options(http=http, loop=loop)) as running:
    where = ("127.0.0.1", running.port)
    idle = [socket.create_connection(where, timeout=60) for _ in range(60)]
    kept = socket.create_connection(where, timeout=60)
    health(kept)
    new = [socket.socket() for _ in range(20)]
    with contextlib.suppress(OSError):
        while True:
            held.append(os.open(os.devnull, os.O_RDONLY))
    began = time.monotonic()
    for each in new:
        each.connect(where)
    answers = [health(kept) for _ in range(300)]
    while held:
        os.close(held.pop())
    seconds = time.monotonic() - began
    with socket.create_connection(where, timeout=60) as later:
        answers.append(health(later))
    for each in (kept, *idle, *new):
        each.close()
print(json.dumps([sorted(set(answers)), len(lacks), seconds, lines]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("http", LOOPS)
def test_with_all_descriptors_in_use_the_server_goes_on_in_peace(http):
    """Who is connected is served, nothing is tried all the time, one line is logged, and later there is room again."""
    program = [sys.executable, "-c", WITHOUT_DESCRIPTORS, http, LOOPS[http]]
    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    answers, lacks, seconds, lines = json.loads(done.stdout)
    assert answers == ["HTTP/1.1 200 OK"]
    assert lacks <= AT_ONCE * (2 + seconds)  # an event loop tries once a second, so many times in a row
    assert lines == ["no connection can be taken: Too many open files"] * (lacks > 0)


class Exhausted(socket.socket):
    """A listening socket of a process that has no descriptor left."""

    def accept(self):
        raise OSError(errno.EMFILE, "Too many open files")


def test_the_tries_of_a_loaded_event_loop_do_not_multiply():
    """However far apart the timers of a row of tries are due, a second has one row of tries."""
    with contextlib.closing(new_loop("asyncio")) as loop, Exhausted() as listening:
        now, lacks = 0.0, []

        def lack(*_):
            nonlocal now
            now += 0.01
            lacks.append(now)

        def turn():
            nonlocal now
            now += 0.005
            loop.call_soon(turn if now < 8 else loop.stop)

        loop.time = lambda: now
        loop.set_exception_handler(lack)
        listening.bind(("127.0.0.1", 0))
        server = loop.run_until_complete(
            loop.create_server(asyncio.Protocol, sock=listening, backlog=AT_ONCE, start_serving=True)
        )
        with socket.create_connection(listening.getsockname()):
            loop.call_soon(turn)
            loop.run_forever()
        server.close()
    assert 5 * AT_ONCE <= len(lacks) <= 9 * (AT_ONCE + 1)


def test_without_a_descriptor_an_idle_connection_makes_room_and_the_log_says_so_once(caplog):
    """However often the event loop tries in a row, one idle connection is closed, and the log gets one line."""
    waits, refused = Waits("idle", 75.0), Waits("refused", 1.0)
    idle = [Idle() for _ in range(3)]
    for each in idle:
        waits.begin(each, 0.0)
    admission = Admission(8, set(idle), waits, refused)
    with caplog.at_level(logging.WARNING, "fake_server"):
        for now in (0.0, 0.01, 0.02, 1.0):
            admission.lack(OSError(errno.EMFILE, "Too many open files"), now)
    assert [each.was_late for each in idle] == [["idle"], ["idle"], []]
    assert [record.getMessage() for record in caplog.records] == ["no connection can be taken: Too many open files"]


def test_only_some_of_those_turned_away_are_kept_to_read_why(caplog):
    """However many come at once, few of them hold a descriptor, and the log gets one line."""
    refused = Waits("refused", 1.0)
    admission = Admission(0, set(), Waits("idle", 75.0), refused)
    those = [Idle() for _ in range(100)]
    with caplog.at_level(logging.WARNING, "fake_server"):
        for each in those:
            assert not admission.has_room()
            admission.turn_away(each, 0.0)
    assert [each.was_late for each in those] == [["refused"]] * (100 - TURNED_AWAY) + [[]] * TURNED_AWAY
    assert len(caplog.records) == 1


def test_waits_end_in_the_order_in_which_they_began():
    """Who waits longest is first, whoever begins again is last, and each is told once."""
    waits, one, two = Waits("idle", 10.0), Idle(), Idle()
    waits.begin(one, 0.0)
    waits.begin(two, 1.0)
    waits.begin(one, 5.0)
    waits.sweep(10.9)
    assert (one.was_late, two.was_late) == ([], [])
    waits.sweep(11.0)
    waits.sweep(12.0)
    assert (one.was_late, two.was_late) == ([], ["idle"])
    waits.end(one)
    waits.sweep(100.0)
    assert one.was_late == []
    for each in (one, two):
        waits.begin(each, 100.0)
    assert waits.expire_longest() is one
    assert (one.was_late, two.was_late, len(waits)) == (["idle"], ["idle"], 1)
    waits.end(two)
    assert waits.expire_longest() is None
