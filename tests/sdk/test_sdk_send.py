"""Each attempt goes through `httpx.Client.send`, and what an API client must not do is switched off."""

from __future__ import annotations

import contextlib
import gc
import logging
from typing import Any, Callable, Iterator, List, Tuple
from unittest import mock

import httpx
import pytest
from raw_server import Server, reply
from sdk_driver import KEY, Driver, VirtualClock

from octamem import APIConnectionError, APIError
from octamem.testing import override

KEEP = reply(200, b'{"success": true}', connection="keep-alive")
ODD_LOCATIONS = [
    "http://[",
    "http://h:99999/",
    "http://\x80\xff/",
    "//",
    "http://",
    "x" * 70_000,
    "ws:?#",
    "mailto:a@b",
]


@contextlib.contextmanager
def watched(sdk: Driver) -> Iterator[List[Tuple[httpx.Request, Any]]]:
    """Patch `send` as the tools that watch a program do, and give each request with what came of it."""
    seen: List[Tuple[httpx.Request, Any]] = []
    if sdk.is_async:
        send_async = httpx.AsyncClient.send

        async def watch_async(self: httpx.AsyncClient, request: httpx.Request, **options: Any) -> httpx.Response:
            request.headers["traceparent"] = "00-1-1-01"
            response = await send_async(self, request, **options)
            seen.append((request, response.status_code))
            return response

        with mock.patch.object(httpx.AsyncClient, "send", watch_async):
            yield seen
        return
    send = httpx.Client.send

    def watch(self: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
        request.headers["traceparent"] = "00-1-1-01"
        response = send(self, request, **options)
        seen.append((request, response.status_code))
        return response

    with mock.patch.object(httpx.Client, "send", watch):
        yield seen


@pytest.mark.parametrize("way", ["connections", "transport", "override"])
def test_what_watches_the_clients_of_httpx_sees_each_attempt(
    sdk: Driver, serve: Callable[..., Server], clock: VirtualClock, way: str
) -> None:
    """A tool that patches `send` sees every attempt, however it is sent, and may add headers to it."""
    server = serve(reply(503, b""), KEEP)
    got: List[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        got.append(request)
        return httpx.Response(503 if len(got) == 1 else 200, json={})

    transport = httpx.MockTransport(handler)
    given = {"transport": transport} if way == "transport" else {"base_url": server.url}
    over = {"transport": transport, "async_transport": transport} if way == "override" else {}
    client = sdk.client(clock=clock, **given)
    with watched(sdk) as seen, override(**over):
        sdk.call(client, lambda c: c.details())
    assert [status for _request, status in seen] == [503, 200]
    assert all(request.headers["authorization"] == f"Bearer {KEY}" for request, _status in seen)
    if way == "connections":
        assert all(b"traceparent: 00-1-1-01" in request for request in server.requests)
    else:
        assert [request.headers["traceparent"] for request in got] == ["00-1-1-01"] * 2


def test_a_tool_may_answer_in_the_place_of_send(sdk: Driver) -> None:
    """A test that replaces `send` by a mock answers the call, with a body that is already read."""
    owner = httpx.AsyncClient if sdk.is_async else httpx.Client
    with mock.patch.object(owner, "send", return_value=httpx.Response(200, json={"usage": 3})) as send:
        assert sdk.call(sdk.client(), lambda c: c.details()).usage == 3
    assert send.call_count == 1


def test_httpx_writes_its_line_for_each_attempt(
    sdk: Driver, serve: Callable[..., Server], clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The log of httpx names each attempt with its status, and shows no key."""
    server = serve(reply(503, b""), KEEP)
    with caplog.at_level(logging.INFO, "httpx"):
        sdk.call(sdk.client(base_url=server.url, clock=clock), lambda c: c.details())
    lines = [record.getMessage() for record in caplog.records if record.name == "httpx"]
    assert [line.split('"')[1].split()[1] for line in lines] == ["503", "200"]
    assert KEY not in caplog.text


@pytest.mark.parametrize("location", ODD_LOCATIONS, ids=lambda it: it[:12])
@pytest.mark.parametrize("status", [301, 303, 308])
def test_a_redirect_to_anything_is_one_answer(sdk: Driver, clock: VirtualClock, status: int, location: str) -> None:
    """A redirect is not followed, repeated or taken apart, whatever its address holds."""
    sent: List[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(status, headers=[(b"location", location.encode("latin-1"))])

    error = sdk.error(sdk.client(handler=handler, clock=clock), lambda c: c.add(content="tea"))
    assert type(error) is APIError
    assert (error.status_code, error.outcome, len(sent), len(error.attempts)) == (status, "unknown", 1, 1)


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("https://new.example/api?token=1", "a redirect to new.example;"),
        ("//new.example/", "a redirect to new.example;"),
        ("/login?next=/api", "a redirect within its own host;"),
        ("add/", "a redirect within its own host;"),
        ("?page=2", "a redirect within its own host;"),
        ("http://[::1", "a redirect to what is no address;"),
        ("https://", "a redirect to what is no address;"),
        ("mailto:ana@new.example", "a redirect to what is no address;"),
        (" ", "a redirect without a location;"),
    ],
)
def test_a_redirect_says_where_it_leads_to(sdk: Driver, location: str, said: str) -> None:
    """The message tells another host, the same host and nonsense apart, and shows nothing else of the address."""
    answer = httpx.Response(308, headers={"location": location})
    error = sdk.error(sdk.client(handler=lambda _request: answer), lambda c: c.details())
    assert said in error.message
    assert error.message.endswith("; redirects are not followed")


def test_no_cookie_is_kept_or_sent(sdk: Driver) -> None:
    """Whatever cookies an answer sets, the next request carries none, and no jar keeps them."""
    sent: List[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={}, headers=[("set-cookie", f"a{n}=1; Path=/") for n in range(100)])

    client = sdk.client(handler=handler)
    sdk.run(client, *[lambda c: c.details()] * 3)
    assert not any("cookie" in request.headers for request in sent)
    own = client._state.session().pool.own
    own.cookies = {"c": "1"}
    assert len(own.cookies) == 0


def test_no_password_file_is_read(
    sdk: Driver, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """A .netrc that names the host changes no request."""
    server = serve(KEEP)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login user password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    sdk.call(sdk.client(base_url=server.url), lambda c: c.details())
    assert f"Authorization: Bearer {KEY}".encode() in server.requests[0]


class Blocked(RuntimeError):
    """What a tool raises that forbids sockets; it is no OSError, so nobody translates it."""


class Forbidden(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that fails before it reads the request, or after."""

    def __init__(self, *, reads: bool) -> None:
        self.reads = reads

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.reads:
            request.read()
        raise Blocked("no sockets here")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


@pytest.mark.parametrize(("reads", "outcome"), [(False, "not_sent"), (True, "unknown")])
def test_what_was_never_read_was_never_sent(sdk: Driver, clock: VirtualClock, reads: Any, outcome: str) -> None:
    """A foreign exception leaves the outcome open only if the body of the request was read."""
    error = sdk.error(sdk.client(transport=Forbidden(reads=reads), clock=clock), lambda c: c.add(content="tea"))
    assert type(error) is APIConnectionError
    assert (error.outcome, len(error.attempts)) == (outcome, 1)
    assert "no sockets here (Blocked)" in error.message
    assert ("blocks the sockets" in (error.advice or "")) is not reads


def test_an_unread_body_leaves_nothing_to_warn_about(sdk: Driver, serve: Callable[..., Server]) -> None:
    """An answer that is too long is not read, and its connection and generators are closed all the same."""
    server = serve(reply(200, b"x" * 100_000), reply(200, b"y" * 100_000))
    client = sdk.client(base_url=server.url, max_response_bytes=10, max_retries=0)
    for _ in range(2):
        error = sdk.error(client, lambda c: c.details())
        assert "max_response_bytes=10" in error.message
    gc.collect()
    assert server.connections == 2
