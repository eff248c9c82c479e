"""What an error says to do: where the call went, why there was no answer, and what each status asks for."""

from __future__ import annotations

import socket
import ssl
from typing import Any, Callable

import httpx
import pytest
from sdk_driver import KEY, Driver, VirtualClock

from octamem import OctaMemError
from octamem._base_url import address_of
from octamem._call.advice import NOWHERE, advice
from octamem.testing import override


@pytest.mark.parametrize("read", ["when it is built", "at the call"])
def test_a_server_that_is_not_running_is_named_and_so_is_the_variable(
    sdk: Driver, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, nowhere: int, read: str
) -> None:
    """Host and port are in the message, and that OCTAMEM_BASE_URL names them, whenever that was read."""
    client = sdk.client(clock=clock, max_retries=0) if read == "at the call" else None
    monkeypatch.setenv("OCTAMEM_BASE_URL", f"http://127.0.0.1:{nowhere}/prefix")
    error = sdk.error(client or sdk.client(clock=clock, max_retries=0), lambda c: c.details())
    assert str(error) == (
        f"details got no answer from 127.0.0.1:{nowhere}: the connection was refused (outcome not_sent): "
        "check that the service is running and that the address is right (OCTAMEM_BASE_URL names it)"
    )


def test_a_base_url_of_the_programs_own_is_not_said_to_be_the_variables(
    sdk: Driver, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, nowhere: int
) -> None:
    """Where base_url= is given, also in with_options, the variable is not named."""
    monkeypatch.setenv("OCTAMEM_BASE_URL", "http://127.0.0.1:1")
    url = f"http://127.0.0.1:{nowhere}"
    given, derived = sdk.client(base_url=url, clock=clock), sdk.client(clock=clock).with_options(base_url=url)
    for client in (given, derived):
        error = sdk.error(client, lambda c: c.details())
        assert f"from 127.0.0.1:{nowhere}:" in error.message
        assert "OCTAMEM_BASE_URL" not in str(error)
    again = given.with_options(base_url=None)
    assert "OCTAMEM_BASE_URL" in sdk.error(again, lambda c: c.details()).advice


def test_a_proxy_that_is_not_running_is_named_without_its_password(
    sdk: Driver, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, nowhere: int
) -> None:
    """Behind a proxy that refuses the message names both, and the advice is about the proxy."""
    monkeypatch.setenv("HTTP_PROXY", f"http://user:password@127.0.0.1:{nowhere}")
    client = sdk.client(base_url="http://service.example", clock=clock, max_retries=0)
    error = sdk.error(client, lambda c: c.details())
    assert f"from service.example:80 through the proxy 127.0.0.1:{nowhere}: the connection was refused" in error.message
    assert error.advice == "check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY in the environment"
    assert "password" not in str(error)


def test_what_a_kit_puts_under_a_client_is_no_place(sdk: Driver, clock: VirtualClock) -> None:
    """Under an override no address is named: the call never went to it."""

    def lost(_request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("gone")

    transport = httpx.MockTransport(lost)
    client = sdk.client(clock=clock)
    with override(transport=transport, async_transport=transport):
        assert sdk.error(client, lambda c: c.details()).message == "details got no answer: gone (ReadError)"


def because(error: Exception, cause: BaseException) -> Exception:
    """Return the error with its cause."""
    error.__cause__ = cause
    return error


def tls(reason: str, kind: type = ssl.SSLError) -> BaseException:
    """Return an error as ssl builds it."""
    made: Any = kind(1, reason)
    made.reason = reason
    return made


@pytest.mark.parametrize(
    ("raising", "says"),
    [
        (
            lambda: because(httpx.ConnectError("x"), socket.gaierror(-2, "Name unknown")),
            "check that the host name is right (OCTAMEM_BASE",
        ),
        (
            lambda: because(httpx.ConnectError("x"), tls("WRONG_VERSION_NUMBER")),
            "the server may not use TLS",
        ),
        (
            lambda: because(httpx.ConnectError("x"), tls("CERTIFICATE_VERIFY_FAILED", ssl.SSLCertVerificationError)),
            "SSL_CERT",
        ),
        (lambda: because(httpx.ConnectError("x"), tls("UNSUPPORTED_PROTOCOL")), "check that the service supports TLS"),
        (lambda: httpx.ConnectTimeout("x"), "check that the service can be reached from here"),
        (lambda: httpx.ReadTimeout("x"), "raise timeout="),
        (lambda: httpx.WriteTimeout("x"), "raise timeout="),
        (lambda: httpx.PoolTimeout("x"), "fewer calls at once"),
        (lambda: httpx.ProxyError("407"), "HTTPS_PROXY"),
        (lambda: httpx.ConnectError("No route to host"), "check that the service can be reached from here"),
        (lambda: ssl.SSLError("no words"), "check that the service supports TLS"),
        (lambda: httpx.ReadError("gone"), "try again later"),
        (lambda: ConnectionResetError(104, "x"), "try again later"),
        (lambda: httpx.UnsupportedProtocol("x"), "check your transport"),
        (lambda: ValueError("a bug"), "check your transport"),
    ],
)
def test_no_answer_has_an_advice_for_each_reason(
    sdk: Driver, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, raising: Callable[[], Exception], says: str
) -> None:
    """Whatever kept the answer away, the error says what to look at."""
    monkeypatch.setenv("OCTAMEM_BASE_URL", "https://service.example")

    def handler(_request: httpx.Request) -> httpx.Response:
        raise raising()

    error = sdk.error(sdk.client(handler=handler, clock=clock), lambda c: c.details())
    assert says in error.advice
    assert "from service.example:443: " in error.message


def test_a_deadline_that_passed_has_an_advice(sdk: Driver, clock: VirtualClock) -> None:
    """A timeout at the deadline names the option that bounds it."""

    def handler(_request: httpx.Request) -> httpx.Response:
        clock.time += 3
        raise httpx.ReadTimeout("x")

    error = sdk.error(sdk.client(handler=handler, clock=clock, deadline=2), lambda c: c.details())
    assert error.advice == "raise deadline=, or try again later"


def test_every_status_that_is_no_success_has_an_advice() -> None:
    """Of any status an error says what to do."""
    assert [status for status in [*range(300, 600), 799] if not advice(status, "", NOWHERE)] == []


@pytest.mark.parametrize(
    ("answer", "options", "says"),
    [
        (httpx.Response(413), {}, "send a shorter text"),
        (httpx.Response(429, headers={"retry-after": "999"}), {}, "make fewer calls"),
        (httpx.Response(302, headers={"location": "http://other.example"}), {}, "set base_url"),
        (httpx.Response(200, text="<html>"), {}, "check base_url"),
        (httpx.Response(200, json={"a": "b" * 99}), {"max_response_bytes": 50}, "raise max_response_bytes="),
        (httpx.Response(503), {}, "try again later; the memory may have been stored"),
    ],
    ids=lambda value: str(value.status_code) if isinstance(value, httpx.Response) else None,
)
def test_an_answer_of_no_use_has_an_advice_beside_what_is_known(
    sdk: Driver, clock: VirtualClock, answer: httpx.Response, options: Any, says: str
) -> None:
    """The advice for a status, or for a body that cannot be used, goes before what is said of the retries."""
    error = sdk.error(sdk.client(handler=lambda _request: answer, clock=clock, **options), lambda c: c.add(content="x"))
    assert error.advice.startswith(says)


def test_the_services_own_words_of_a_failure_need_no_advice(sdk: Driver) -> None:
    """Of a success that itself says that it failed nothing more is known."""
    answer = httpx.Response(200, json={"success": False, "error": "the memory is full"})
    error: OctaMemError = sdk.error(sdk.client(handler=lambda _request: answer), lambda c: c.details())
    assert (error.message, error.advice) == ("the memory is full", "")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://h", "h:80"),
        ("https://H.example/path?q", "h.example:443"),
        ("http://[::1]:9", "[::1]:9"),
        (f"socks5://u:{KEY}@p:1080", "p:1080"),
        ("socks5://p", "p"),
        ("http://h:port", ""),
        ("", ""),
    ],
)
def test_an_address_is_a_host_and_a_port_and_nothing_else(url: str, address: str) -> None:
    """Of a URL neither credentials nor path are kept; a URL that is none has no address."""
    assert address_of(url) == address
