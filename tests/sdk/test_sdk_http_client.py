"""`http_client=`: the caller's httpx client is used for its transport, proxies and hooks, and for nothing else."""

from __future__ import annotations

import gzip
import json
import sys
import types
from typing import Any, Callable, Dict, List

import httpx
import pytest
from raw_server import Server, reply
from sdk_driver import KEY, Driver, VirtualClock
from test_sdk_send import ODD_LOCATIONS

import octamem
from octamem import APIConnectionError, APIError, APITimeoutError
from octamem.testing import override

KEEP = reply(200, b'{"success": true}', connection="keep-alive", set_cookie="id=1; Path=/")


def http_client(sdk: Driver, **options: Any) -> Any:
    """Return an httpx client of the kind that fits; the hooks are written sync."""
    kind = httpx.AsyncClient if sdk.is_async else httpx.Client
    if sdk.is_async and "event_hooks" in options:
        options["event_hooks"] = {
            name: [awaited(hook) for hook in hooks] for name, hooks in options["event_hooks"].items()
        }
    return kind(**options)


def awaited(hook: Callable[[Any], Any]) -> Any:
    """Return the hook as an async function, which reads a response before the hook if that reads it."""

    async def called(subject: Any) -> None:
        if getattr(hook, "reads", False):
            await subject.aread()
        else:
            hook(subject)

    return called


def answering(*answers: httpx.Response) -> tuple[httpx.MockTransport, List[httpx.Request]]:
    """Return a transport that gives the answers in turn, and the list of the requests that it gets."""
    sent: List[httpx.Request] = []
    left = list(answers)

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return left.pop(0)

    return httpx.MockTransport(handler), sent


def test_its_transport_and_hooks_are_used_for_each_attempt(sdk: Driver, clock: VirtualClock) -> None:
    """Every attempt goes through the client that was given, with its hooks."""
    transport, sent = answering(httpx.Response(503), httpx.Response(200, json={"usage": 4}))
    seen: List[Any] = []
    given = http_client(sdk, transport=transport, event_hooks={"request": [seen.append], "response": [seen.append]})
    assert sdk.call(sdk.client(http_client=given, clock=clock), lambda c: c.details()).usage == 4
    assert [getattr(it, "status_code", "sent") for it in seen] == ["sent", 503, "sent", 200]
    assert len(sent) == 2


def test_nothing_else_of_it_is_used(sdk: Driver) -> None:
    """Its auth, headers, parameters, cookies, base URL, timeouts and redirects change no request."""
    transport, sent = answering(httpx.Response(307, headers={"location": "https://elsewhere.example/"}))
    given = http_client(
        sdk,
        transport=transport,
        auth=("user", "password"),
        headers={"X-Own": "1", "Authorization": "other"},
        params={"a": "b"},
        cookies={"c": "d"},
        base_url="https://base.example/v2",
        timeout=1.5,
        follow_redirects=True,
    )
    error = sdk.error(sdk.client(http_client=given, timeout=7), lambda c: c.details())
    assert (type(error), error.status_code, len(sent)) == (APIError, 307, 1)
    assert str(sent[0].url) == "https://platform.octamem.com/api/memory/details"
    assert sent[0].headers["authorization"] == f"Bearer {KEY}"
    assert not {"x-own", "cookie"} & set(sent[0].headers)
    assert set(sent[0].extensions["timeout"].values()) == {7.0}


def test_it_is_not_closed(sdk: Driver) -> None:
    """Closing our client ends ours, and leaves the one that was given to its owner."""
    transport, _sent = answering(*[httpx.Response(200, json={}) for _ in range(2)])
    given = http_client(sdk, transport=transport)
    client = sdk.client(http_client=given)
    sdk.run(client, lambda c: c.details(), lambda c: c.close())
    assert not given.is_closed
    assert "this client is closed" in str(sdk.error(client, lambda c: c.details()))
    assert sdk.call(sdk.client(http_client=given), lambda c: c.details())


def test_its_connections_are_kept_and_real(sdk: Driver, serve: Callable[..., Server]) -> None:
    """A client with connections of its own sends to a real server, and sends no cookie that the server set."""
    server = serve(KEEP)
    given = http_client(sdk, trust_env=False)
    client = sdk.client(http_client=given, base_url=server.url)
    sdk.run(client, *[lambda c: c.details()] * 3, lambda _c: given.aclose() if sdk.is_async else given.close())
    assert server.connections == 1
    assert not any(b"cookie" in request.lower() for request in server.requests)
    error = sdk.error(client, lambda c: c.add(content="tea"))
    assert (error.outcome, len(error.attempts)) == ("not_sent", 1)
    assert "the client has been closed" in error.message


def test_its_proxies_are_used_and_those_of_the_environment_by_its_own_rule(
    sdk: Driver, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy of the given client gets the call; the environment's is not added to a client that ignores it."""
    proxy, other = serve(KEEP), serve(KEEP)
    monkeypatch.setenv("HTTP_PROXY", other.url)
    given = http_client(sdk, proxy=proxy.url, trust_env=False)
    client = sdk.client(http_client=given, base_url="http://service.example")
    sdk.run(client, lambda c: c.details(), lambda _c: given.aclose() if sdk.is_async else given.close())
    assert proxy.requests[0].startswith(b"POST http://service.example/api/memory/details HTTP/1.1")
    assert not other.requests


def test_a_hook_may_read_the_body(sdk: Driver) -> None:
    """A body that a hook has read, and httpx has inflated, is the answer; the limit holds for it too."""

    def read(response: httpx.Response) -> None:
        response.read()

    read.reads = True  # type: ignore[attr-defined]
    body = gzip.compress(json.dumps({"usage": 5, "plan": "x" * 100}).encode())
    headers = {"content-encoding": "gzip"}
    transport, _sent = answering(*[httpx.Response(200, content=body, headers=headers) for _ in range(2)])
    given = http_client(sdk, transport=transport, event_hooks={"response": [read]})
    assert sdk.call(sdk.client(http_client=given), lambda c: c.details()).usage == 5
    error = sdk.error(sdk.client(http_client=given, max_response_bytes=110), lambda c: c.details())
    assert "max_response_bytes=110" in error.message


def test_a_hook_may_refuse_a_status(sdk: Driver, serve: Callable[..., Server], clock: VirtualClock) -> None:
    """An answer that a hook refuses by raise_for_status() is the answer all the same, and is retried as such."""
    server = serve(reply(503, b"", retry_after="3"), reply(404, b'{"error": "gone"}'))
    hooks = {"response": [lambda response: response.raise_for_status()]}
    given = http_client(sdk, trust_env=False, event_hooks=hooks)
    client = sdk.client(http_client=given, base_url=server.url, clock=clock)
    error = sdk.error(client, lambda c: c.details())
    sdk.run(client, lambda _c: given.aclose() if sdk.is_async else given.close())
    assert [record.status for record in error.attempts] == [503, 404]
    assert clock.waits == [3.0]


@pytest.mark.parametrize("when", ["request", "response"])
def test_a_hook_that_fails_is_an_error_of_ours(sdk: Driver, clock: VirtualClock, when: str) -> None:
    """Before the request was sent, the outcome is known; after the answer it is not. Neither is repeated."""

    def fail(_subject: Any) -> None:
        raise LookupError("a bug of the hook")

    transport, sent = answering(httpx.Response(200, json={}))
    given = http_client(sdk, transport=transport, event_hooks={when: [fail]})
    error = sdk.error(sdk.client(http_client=given, clock=clock), lambda c: c.add(content="tea"))
    assert type(error) is APIConnectionError
    assert "a bug of the hook (LookupError)" in error.message
    assert (error.outcome, len(sent)) == (("not_sent", 0) if when == "request" else ("unknown", 1))


@pytest.mark.parametrize("location", ODD_LOCATIONS, ids=lambda it: it[:12])
def test_a_redirect_to_anything_is_sent_once(sdk: Driver, clock: VirtualClock, location: str) -> None:
    """What httpx makes of an odd redirect is one failed attempt, however odd, and never a second add."""
    answer = httpx.Response(302, headers=[(b"location", location.encode("latin-1"))])
    transport, sent = answering(answer)
    given = http_client(sdk, transport=transport)
    error = sdk.error(sdk.client(http_client=given, clock=clock), lambda c: c.add(content="tea"))
    assert (error.outcome, len(sent), len(error.attempts)) == ("unknown", 1, 1)


def test_a_deadline_bounds_it_between_the_parts_of_an_answer(sdk: Driver, clock: VirtualClock) -> None:
    """The deadline of a call holds for a client that was given too."""

    def late(_request: httpx.Request) -> httpx.Response:
        clock.time += 10
        return httpx.Response(200, json={})

    given = http_client(sdk, transport=httpx.MockTransport(late))
    error = sdk.error(sdk.client(http_client=given, clock=clock, deadline=3), lambda c: c.details())
    assert isinstance(error, APITimeoutError)


def test_an_override_replaces_it_only_with_force(sdk: Driver) -> None:
    """A client that was given is an argument of the client's own, as a transport is."""
    own, _sent = answering(httpx.Response(200, json={"usage": 1}))
    over, _sent = answering(httpx.Response(200, json={"usage": 2}))
    client = sdk.client(http_client=http_client(sdk, transport=own))
    with override(transport=over, async_transport=over):
        assert sdk.call(client, lambda c: c.details()).usage == 1
    with override(transport=over, async_transport=over, force=True):
        assert sdk.call(client, lambda c: c.details()).usage == 2


def of_httpx2(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return classes that look like those of httpx2, which has the same names."""

    class Transport:
        def handle_request(self, request: Any) -> Any: ...

        def handle_async_request(self, request: Any) -> Any: ...

        def close(self) -> None: ...

        def aclose(self) -> None: ...

    class Client(Transport):
        is_closed = False

    for kind in (Transport, Client):
        kind.__module__ = "httpx2._client"
    module = types.SimpleNamespace(HTTPTransport=Transport, Client=Client)
    monkeypatch.setitem(sys.modules, "httpx2", module)  # type: ignore[arg-type]
    return module


def refused(sdk: Driver, **options: Any) -> str:
    """Return the message of a construction that is refused."""
    with pytest.raises(octamem.ValidationError) as caught:
        sdk.client(**options)
    return str(caught.value)


def test_what_does_not_fit_is_refused_at_construction(sdk: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wrong kind, another library's, a closed one, and one beside a transport each get their reason."""
    name = "AsyncClient" if sdk.is_async else "Client"
    ours = "AsyncOctaMem" if sdk.is_async else "OctaMem"
    wrong = httpx.Client() if sdk.is_async else httpx.AsyncClient()
    closed = http_client(sdk)
    sdk.run(sdk.client(), lambda _c: closed.aclose() if sdk.is_async else closed.close())
    transport = httpx.MockTransport(lambda _request: httpx.Response(200))
    expected = f"http_client must be an httpx.{name} for {ours}, got "
    assert refused(sdk, http_client=wrong).startswith(expected + f"an httpx.{type(wrong).__name__}")
    assert refused(sdk, http_client="https://h").startswith(expected + "a str of 9 characters")
    assert refused(sdk, http_client=closed) == f"http_client must be open, got an httpx.{name} that is closed"
    beside = refused(sdk, http_client=http_client(sdk, transport=transport), transport=transport)
    assert beside.startswith("http_client must not be given beside transport; ")
    other = of_httpx2(monkeypatch)
    assert refused(sdk, http_client=other.Client()).startswith(expected + "Client of httpx2; ")
    mine = type("Mine", (other.HTTPTransport,), {})
    got = f"transport must be an httpx.{'Async' if sdk.is_async else ''}BaseTransport for {ours}, got "
    assert refused(sdk, transport=mine()).startswith(got + "Mine of httpx2; octamem sends through httpx, and httpx2 ")


def test_a_transport_of_ones_own_needs_no_base_class(sdk: Driver) -> None:
    """A transport that has the methods of httpx's is used, whatever its class."""

    class Plain:
        def __init__(self) -> None:
            self.inner = httpx.MockTransport(lambda _request: httpx.Response(200, json={"usage": 6}))

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

    options: Dict[str, Any] = {"transport": Plain()}
    assert sdk.call(sdk.client(**options), lambda c: c.details()).usage == 6
