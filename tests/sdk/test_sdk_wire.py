"""What goes over the wire, and what becomes of whatever a transport does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import ssl
import threading
from pathlib import Path
from typing import Any, Callable, Iterator, List

import anyio
import httpx
import pytest
import trustme
from raw_server import Server, read_request, reply
from sdk_driver import KEY, Driver, VirtualClock

import octamem
from octamem import APIConnectionError, APITimeoutError
from octamem._call.operations import details
from octamem._http.deadline import bound_reads
from octamem._http.endpoint import Endpoint
from octamem._http.failures import failure_of
from octamem._redact.secret import Secret

KEEP = reply(200, b'{"success": true}', connection="keep-alive", set_cookie="id=1; Path=/")


def caused(error: Exception, cause: BaseException) -> Exception:
    """Return the error with a cause, as httpx's errors have one."""
    error.__cause__ = cause
    return error


def raising(error: BaseException) -> Callable[[httpx.Request], httpx.Response]:
    """Return a transport's handler that raises."""

    def handler(_request: httpx.Request) -> httpx.Response:
        raise error

    return handler


def test_a_request_is_the_documented_one(sdk: Driver, serve: Callable[..., Server]) -> None:
    """Method, path, headers and body are those of the contract, and the body is compact UTF-8."""
    server = serve(KEEP)
    sdk.call(sdk.client(base_url=server.url), lambda c: c.add(content="crème", previous_context="x"))
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    assert first == "POST /api/memory/add HTTP/1.1"
    assert body == '{"content":"crème","previousContext":"x"}'.encode()
    assert headers.pop("idempotency-key")
    assert headers.pop("x-octamem-attempt") == "1"
    assert headers.pop("content-length") == str(len(body))
    agent = headers.pop("user-agent")
    assert agent.startswith(f"octamem-python/{octamem.__version__} ")
    assert headers == {
        "host": server.url[7:],
        "authorization": f"bearer {KEY}",
        "content-type": "application/json",
        "accept": "application/json",
        "accept-encoding": "identity",
    }


def test_attempts_share_an_idempotency_key_that_no_other_call_has(
    sdk: Driver, serve: Callable[..., Server], clock: VirtualClock
) -> None:
    """One key for a call with all its attempts, another for the next call."""
    server = serve(reply(503, b""), reply(503, b""), KEEP)
    client = sdk.client(base_url=server.url, clock=clock)
    sdk.run(client, lambda c: c.add(content="tea"), lambda c: c.add(content="tea"))
    keys = [re.search(rb"(?i)idempotency-key: (\S+)", request)[1] for request in server.requests]  # type: ignore[index]
    assert keys[0] == keys[1] == keys[2] != keys[3]


def test_a_connection_is_kept_and_cookies_are_not(sdk: Driver, serve: Callable[..., Server]) -> None:
    """Calls one after another share a connection, and no cookie comes back to the server."""
    server = serve(KEEP)
    sdk.run(sdk.client(base_url=server.url), *[lambda c: c.details()] * 3)
    assert server.connections == 1
    assert not any(b"cookie" in request.lower() for request in server.requests)


def test_a_redirect_is_not_followed(sdk: Driver, serve: Callable[..., Server]) -> None:
    """No second host is asked, so no credential reaches it."""
    elsewhere = serve(KEEP)
    server = serve(reply(307, b"", location=elsewhere.url + "/api"))
    error = sdk.error(sdk.client(base_url=server.url), lambda c: c.details())
    assert "127.0.0.1" in error.message
    assert elsewhere.connections == 0


def test_a_refused_connection_is_not_sent(sdk: Driver, clock: VirtualClock, nowhere: int) -> None:
    """Where nothing listens the error says so, and that nothing was sent, after all attempts."""
    error = sdk.error(sdk.client(base_url=f"http://127.0.0.1:{nowhere}", clock=clock), lambda c: c.add(content="tea"))
    assert isinstance(error, APIConnectionError)
    assert (error.outcome, error.status_code, len(error.attempts)) == ("not_sent", None, 4)
    assert error.message == f"add got no answer from 127.0.0.1:{nowhere}: the connection was refused"
    assert error.advice == "check that the service is running and that the address is right"


def test_a_server_that_speaks_no_tls_is_named(sdk: Driver, serve: Callable[..., Server], clock: VirtualClock) -> None:
    """A failed handshake is a connection error that speaks of TLS, and nothing was sent."""
    server = serve(at_once=lambda connection: connection.sendall(b"HTTP/1.1 400 Bad\r\n\r\n"))
    client = sdk.client(base_url=f"https://127.0.0.1:{server.port}", clock=clock, max_retries=0)
    error = sdk.error(client, lambda c: c.add(content="tea"))
    assert isinstance(error, APIConnectionError)
    assert error.outcome == "not_sent"
    assert error.advice == "the server may not use TLS; if it does not, write http:// in the base URL"


def test_a_server_that_reads_nothing_is_a_write_timeout(sdk: Driver, serve: Callable[..., Server]) -> None:
    """A body that cannot be handed over in time is a timeout of the write, with an unknown outcome."""
    server = serve(at_once=lambda _connection: server.ending.wait(60) and None)
    client = sdk.client(base_url=server.url, timeout={"write": 0.2}, max_retries=0)
    error = sdk.error(client, lambda c: c.add(content="x" * 20_000_000))
    assert isinstance(error, APITimeoutError)
    assert "write timeout of 0.2 s" in error.message
    assert error.outcome == "unknown"


@pytest.mark.parametrize(
    ("raised", "kind", "says", "outcome"),
    [
        (httpx.ConnectTimeout("t"), APITimeoutError, "connect timeout of 30 s", "not_sent"),
        (httpx.PoolTimeout("t"), APITimeoutError, "pool timeout of 30 s", "not_sent"),
        (httpx.ReadTimeout("t"), APITimeoutError, "read timeout of 30 s", "unknown"),
        (httpx.WriteTimeout("t"), APITimeoutError, "write timeout of 30 s", "unknown"),
        (httpx.TimeoutException("t"), APITimeoutError, "t (TimeoutException)", "unknown"),
        (TimeoutError(), APITimeoutError, "TimeoutError", "unknown"),
        (socket.timeout("slow"), APITimeoutError, "slow", "unknown"),
        (asyncio.TimeoutError(), APITimeoutError, "TimeoutError", "unknown"),
        (httpx.ConnectError("no"), APIConnectionError, "no (ConnectError)", "not_sent"),
        (
            caused(httpx.ConnectError("x"), socket.gaierror(-2, "Name unknown")),
            APIConnectionError,
            "cannot be resolved (Name unknown)",
            "not_sent",
        ),
        (
            caused(httpx.ConnectError("x"), ssl.SSLCertVerificationError(1, "bad")),
            APIConnectionError,
            "TLS failed",
            "not_sent",
        ),
        (httpx.ProxyError("407"), APIConnectionError, "407", "not_sent"),
        (httpx.UnsupportedProtocol("x"), APIConnectionError, "x", "not_sent"),
        (httpx.ReadError("gone"), APIConnectionError, "gone (ReadError)", "unknown"),
        (httpx.ReadError(""), APIConnectionError, "got no answer from platform.octamem.com:443: ReadError", "unknown"),
        (httpx.RemoteProtocolError("odd"), APIConnectionError, "odd", "unknown"),
        (ConnectionRefusedError(111, "x"), APIConnectionError, "refused", "not_sent"),
        (ConnectionResetError(104, "x"), APIConnectionError, "reset", "unknown"),
        (OSError(5, "Input/output error"), APIConnectionError, "Input/output error", "unknown"),
        (ValueError("a bug"), APIConnectionError, "a bug (ValueError)", "unknown"),
        (UnicodeError("context too long"), APIConnectionError, "context too long", "unknown"),
        (StopIteration(), APIConnectionError, "StopIteration", "unknown"),
        (httpx.HTTPStatusError("m", request=None, response=None), APIConnectionError, "m", "unknown"),  # type: ignore[arg-type]
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_whatever_a_transport_raises_is_an_error_of_ours(
    sdk: Driver, clock: VirtualClock, raised: Exception, kind: type, says: str, outcome: str
) -> None:
    """Each exception of a transport has its class, its words and what it says of the outcome."""
    error = sdk.error(sdk.client(handler=raising(raised), clock=clock), lambda c: c.add(content="tea"))
    assert type(error) is kind
    assert says in error.message
    assert error.outcome == outcome
    assert error.status_code is None
    final = not isinstance(raised, (httpx.TransportError, OSError, asyncio.TimeoutError)) or "Unsupported" in repr(
        raised
    )
    assert len(error.attempts) == (1 if final else 4)


def test_an_exception_whose_words_fail_is_named() -> None:
    """An exception that cannot be printed, or is not what it seems, is named by its class."""

    class Mute(Exception):
        exceptions: Any = (None,)

        def __str__(self) -> str:
            raise RuntimeError("no")

    error = Mute()
    assert failure_of(error).cause == "Mute"
    error.exceptions = 3
    assert failure_of(error).cause == "Mute"


def test_what_the_caller_was_handling_is_no_cause(sdk: Driver, nowhere: int) -> None:
    """A call made while another exception is handled does not take that for its own."""
    client = sdk.client(handler=raising(httpx.ReadError("gone")), max_retries=0)
    try:
        socket.create_connection(("127.0.0.1", nowhere))
    except ConnectionRefusedError:
        error = sdk.error(client, lambda c: c.add(content="tea"))
    assert "gone (ReadError)" in error.message
    assert error.outcome == "unknown"


def test_a_server_that_reads_slowly_is_left_at_the_deadline(sdk: Driver, serve: Callable[..., Server]) -> None:
    """A body that is taken bit by bit, each in time, is cut off by the deadline all the same."""

    def sip(connection: socket.socket) -> None:
        while not server.ending.wait(0.1) and connection.recv(50_000):
            pass

    server = serve(at_once=sip)
    client = sdk.client(base_url=server.url, deadline=0.4, max_retries=0)
    error = sdk.error(client, lambda c: c.add(content="x" * 20_000_000))
    assert isinstance(error, APITimeoutError)
    assert "deadline of 0.4 s" in error.message
    assert error.attempts[0].elapsed < 20  # the body would take longer than half a minute


def test_a_ring_of_causes_ends() -> None:
    """Exceptions that cause each other do not keep the reader busy for ever."""
    one, two = OSError("one"), OSError("two")
    one.__cause__, two.__cause__ = two, one
    assert failure_of(one).cause == "one (OSError)"


def test_the_error_of_httpx_is_chained_without_its_request(sdk: Driver) -> None:
    """The cause is of httpx's class, and does not lead to the request and so to the key."""

    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError(f"lost {KEY}", request=request)

    error = sdk.error(sdk.client(handler=handler, max_retries=0), lambda c: c.details())
    assert isinstance(error.__cause__, httpx.ReadError)
    assert error.__cause__.__traceback__ is None
    assert KEY not in repr(error.__cause__)
    with pytest.raises(RuntimeError):
        _ = error.__cause__.request
    assert error.__context__ is None


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_what_is_no_exception_passes_through(stop: type[BaseException]) -> None:
    """An interrupt is not turned into an error and not repeated."""
    with octamem.OctaMem(KEY, transport=httpx.MockTransport(raising(stop()))) as client, pytest.raises(stop):
        client.details()


class Nothing(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that gives back something else than a response with a fitting stream."""

    def __init__(self, gives: Any) -> None:
        self.gives = gives

    def handle_request(self, request: httpx.Request) -> Any:
        return self.gives

    async def handle_async_request(self, request: httpx.Request) -> Any:
        return self.gives


async def chunks_async() -> Any:
    """Yield without end, and without ever giving way."""
    while True:
        yield b"x" * 1000


def chunks() -> Any:
    """Yield without end."""
    while True:
        yield b"x" * 1000


class Endless(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A stream that never ends, and is no generator, which trio would want closed."""

    def __iter__(self) -> Any:
        return self

    def __aiter__(self) -> Any:
        return self

    def __next__(self) -> bytes:
        return b"x" * 1000

    async def __anext__(self) -> bytes:
        return b"x" * 1000


def test_a_transport_that_gives_no_response_is_an_error_of_ours(sdk: Driver) -> None:
    """None, or a response with a stream of the other kind, is a connection error."""
    wrong = httpx.Response(200, content=chunks() if sdk.is_async else chunks_async())
    for gives in (None, wrong):
        error = sdk.error(sdk.client(transport=Nothing(gives)), lambda c: c.details())
        assert isinstance(error, APIConnectionError)


def test_a_stream_without_end_is_left_at_the_bound(sdk: Driver) -> None:
    """A user's own stream that never ends, nor gives way, is read no further than max_response_bytes."""
    endless = httpx.Response(200, stream=Endless())
    error = sdk.error(sdk.client(transport=Nothing(endless), max_response_bytes=5000), lambda c: c.details())
    assert "max_response_bytes=5000" in error.message


def test_a_proxy_of_the_environment_is_used(sdk: Driver, serve: Callable[..., Server], monkeypatch: Any) -> None:
    """HTTP_PROXY gets the whole URL; a host in NO_PROXY is called directly."""
    proxy, server = serve(KEEP), serve(KEEP)
    monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("http://", ""))
    sdk.call(sdk.client(base_url="http://service.example"), lambda c: c.details())
    assert proxy.requests[0].startswith(b"POST http://service.example/api/memory/details HTTP/1.1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    sdk.call(sdk.client(base_url=server.url), lambda c: c.details())
    assert len(proxy.requests) == len(server.requests) == 1


def test_two_base_urls_one_after_another_may_have_two_proxies(
    sdk: Driver, serve: Callable[..., Server], monkeypatch: Any
) -> None:
    """A client whose base URL the environment decides uses the proxy that fits each call, in one event loop too."""
    proxy, server = serve(KEEP), serve(KEEP)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def call(url: str) -> Callable[[Any], Any]:
        def step(client: Any) -> Any:
            monkeypatch.setenv("OCTAMEM_BASE_URL", url)
            return client.details()

        return step

    sdk.run(sdk.client(), call("http://service.example"), call(server.url))
    assert len(proxy.requests) == len(server.requests) == 1


def test_a_deadline_ends_a_body_between_its_chunks(sdk: Driver, clock: VirtualClock) -> None:
    """Where the time runs out while the body comes in, the rest is not read."""

    class Slow(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __init__(self) -> None:
            self.read = 0

        def __iter__(self) -> Any:
            for _ in range(100):
                self.read += 1
                clock.time += 1
                yield b" "

        async def __aiter__(self) -> Any:
            for chunk in self:
                yield chunk

    stream = Slow()
    client = sdk.client(transport=Nothing(httpx.Response(200, stream=stream)), clock=clock, deadline=3)
    error = sdk.error(client, lambda c: c.add(content="tea"))
    assert isinstance(error, APITimeoutError)
    assert "deadline of 3 s" in error.message
    assert (error.outcome, len(error.attempts)) == ("unknown", 1)
    assert stream.read == 3 or sdk.is_async


def test_waits_are_only_cut_where_the_sockets_can_be_reached() -> None:
    """A future httpx that hides its pool costs the exactness of a deadline, and nothing else."""
    bound_reads(object())  # type: ignore[arg-type]
    transport = httpx.HTTPTransport()
    bound_reads(transport)
    backend: Any = transport._pool._network_backend
    assert type(backend).__module__ == "octamem._http.deadline"
    backend.sleep(0)
    transport.close()


def test_a_body_can_be_read_by_any_transport() -> None:
    """A transport may read the body at once or piece by piece, in either kind of loop, more than once."""

    def aiter_of(stream: Any) -> Any:
        return stream.__aiter__()

    async def read(request: httpx.Request) -> List[bytes]:
        stream: Any = request.stream
        assert await request.aread() == b"{}"
        return [chunk async for chunk in aiter_of(aiter_of(stream))]

    request = Endpoint("http://h", Secret(KEY)).request(details(), b"name", {})
    assert anyio.run(read, request) == list(request.stream) == [b"{}"]  # type: ignore[arg-type]


def test_waiting_takes_real_time_by_default(sdk: Driver) -> None:
    """Without a clock of its own a client sleeps as long as its back-off says."""
    answers = [httpx.Response(503), httpx.Response(200, json={})]
    result = sdk.call(sdk.client(handler=lambda _request: answers.pop(0), retry_delay=0.02), lambda c: c.details())
    _first, second = result.attempts
    assert second.waited >= 0.01
    assert second.elapsed >= 0


def test_a_proxy_for_https_is_asked_to_connect(sdk: Driver, serve: Callable[..., Server], monkeypatch: Any) -> None:
    """HTTPS_PROXY is asked for a tunnel, without the key; where it refuses nothing was sent."""
    seen: List[bytes] = []

    def act(connection: socket.socket) -> None:
        seen.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")

    proxy = serve(at_once=act)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    error = sdk.error(sdk.client(max_retries=0), lambda c: c.details())
    assert seen[0].startswith(b"CONNECT platform.octamem.com:443 HTTP/1.1")
    assert KEY.encode() not in seen[0]
    assert error.outcome == "not_sent"


@pytest.mark.parametrize("proxy", ["ftp://user:secret@proxy", "socks5://user:secret@proxy:1080", "http://proxy:port"])
def test_a_proxy_that_cannot_be_used_is_an_error_without_its_password(
    sdk: Driver, monkeypatch: Any, proxy: str
) -> None:
    """What httpx makes of a bad proxy is an error of ours that names the variables and not the secret."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    error = sdk.error(sdk.client(max_retries=0, timeout=0.2), lambda c: c.details())
    assert isinstance(error, APIConnectionError)
    assert "HTTPS_PROXY" in str(error)
    assert "secret" not in str(error)


def test_a_certificate_file_that_holds_none_is_an_error_of_ours(sdk: Driver, monkeypatch: Any, tmp_path: Any) -> None:
    """A broken SSL_CERT_FILE is reported as such, at the call."""
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(broken))
    error = sdk.error(sdk.client(), lambda c: c.details())
    assert isinstance(error, APIConnectionError)
    assert "SSL_CERT_FILE" in str(error)


def test_the_first_use_by_many_threads_opens_one_pool(serve: Callable[..., Server]) -> None:
    """32 threads that call at once for the first time share one pool of connections."""
    server = serve(KEEP)
    clients: List[Any] = []
    barrier = threading.Barrier(32)
    with octamem.OctaMem(KEY, base_url=server.url) as client:

        def call() -> None:
            barrier.wait()
            client.details()
            clients.append(client._state.session().pool.client(None))

        threads = [threading.Thread(target=call) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(clients) == 32
    assert len(set(map(id, clients))) == 1


def test_three_hundred_concurrent_calls_all_get_their_own_answer(serve: Callable[..., Server]) -> None:
    """No call fails for want of a connection, and none gets the answer of another."""
    server = serve(lambda connection: connection.sendall(reply(200, b"{}")))

    async def main() -> List[Any]:
        async with octamem.AsyncOctaMem(KEY, base_url=server.url, max_retries=0, timeout=300) as client:
            found: List[Any] = []

            async def one(number: int) -> None:
                found.append(await client.get(query=f"question {number}"))

            async with anyio.create_task_group() as tasks:
                for number in range(300):
                    tasks.start_soon(one, number)
            return found

    assert len(anyio.run(main)) == 300
    asked = {json.loads(request.partition(b"\r\n\r\n")[2])["query"] for request in server.requests}
    assert len(asked) == 300


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """Run a server behind TLS, and return it with the certificate of the authority that vouches for it."""
    certificate = tmp_path_factory.mktemp("tls") / "authority.pem"
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    def act(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            while read_request(secure):
                secure.sendall(KEEP)

    server = Server([b""], at_once=act)
    yield server, certificate
    server.close()


@pytest.mark.parametrize("deadline", [None, 60.0])
def test_a_certificate_of_the_environment_is_trusted(
    sdk: Driver, tls: tuple[Server, Path], monkeypatch: Any, deadline: Any
) -> None:
    """SSL_CERT_FILE names whom to trust, and TLS works under a deadline too."""
    server, certificate = tls
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    client = sdk.client(base_url=f"https://127.0.0.1:{server.port}", deadline=deadline)
    assert all(it.success for it in sdk.run(client, *[lambda c: c.add(content="tea")] * 2))


def test_a_certificate_of_nobody_that_is_trusted_is_refused(
    sdk: Driver, tls: tuple[Server, Path], clock: VirtualClock
) -> None:
    """A server that cannot prove its name gets nothing, and the error says what is wrong with it."""
    client = sdk.client(base_url=f"https://127.0.0.1:{tls[0].port}", clock=clock)
    error = sdk.error(client, lambda c: c.add(content="tea"))
    assert isinstance(error, APIConnectionError)
    assert re.search("TLS failed .unable to get local issuer", error.message)
    assert (error.outcome, len(error.attempts)) == ("not_sent", 4)
