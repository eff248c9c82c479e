"""octamem_mock: every OctaMem call of the process reaches the fake, and no other request does."""

from __future__ import annotations

import http.client
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Callable, Dict, Iterator, List, Tuple

import anyio
import httpx
import pytest

from fake_server.core import Fake
from octamem import APIConnectionError, AsyncOctaMem, NotFoundError, OctaMem
from octamem_testing.context import OctaMemServer
from octamem_testing.virtual_time.clock import VirtualClock
from octamem_testing.wiring.mock import mocked
from octamem_testing.wiring.refusals import take_escapes

HOST = "https://platform.octamem.com"
HEADERS = {"Authorization": "Bearer raw-key"}

# Built when the module is imported, before any test has begun.
EARLY = httpx.Client(headers=HEADERS)
EARLY_SDK = OctaMem("early-key")


class RealClock:
    """A clock that would let real time pass, were it asked."""

    def now(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"{seconds} s of real time would have passed")


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """Run a server that is no OctaMem, and give its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"elsewhere")

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(10)


def post(url: str, **options: Any) -> httpx.Response:
    with httpx.Client(headers=HEADERS, **options) as client:
        return client.post(url, json={"content": "tea"})


async def post_async(url: str, **options: Any) -> httpx.Response:
    async with httpx.AsyncClient(headers=HEADERS, **options) as client:
        return await client.post(url, json={"content": "tea"})


@pytest.mark.parametrize(
    "send",
    [
        lambda url: EARLY.post(url, json={"content": "tea"}),
        post,
        lambda url: post(url, transport=httpx.HTTPTransport(retries=2)),
        lambda url: post(url, mounts={"https://": httpx.HTTPTransport()}),
        lambda url: anyio.run(post_async, url),
        lambda url: anyio.run(post_async, url, backend="trio"),
        lambda url: httpx.post(url, json={"content": "tea"}, headers=HEADERS),
    ],
    ids=["built at import", "built now", "own transport", "mounted", "asyncio", "trio", "no client"],
)
@pytest.mark.parametrize("host", [HOST, "https://PLATFORM.octamem.com.", "http://platform.octamem.com:8080"])
def test_a_raw_httpx_client_reaches_the_fake(
    octamem_mock: Fake, host: str, send: Callable[[str], httpx.Response]
) -> None:
    """A call to the OctaMem host by any httpx client, sync or async, is answered by the fake."""
    answer = send(f"{host}/api/memory/add")
    assert answer.json()["id"] == octamem_mock.memories()[0].id


def test_calls_from_threads_reach_the_fake(octamem_mock: Fake) -> None:
    """Threads, which share no context with the test, are caught as well."""
    threads = [threading.Thread(target=post, args=(f"{HOST}/api/memory/add",)) for _ in range(4)]
    threads += [threading.Thread(target=lambda: OctaMem().add(content="coffee")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(memory.content for memory in octamem_mock.memories()) == ["coffee"] * 4 + ["tea"] * 4


@pytest.mark.octamem(faults="add: 503(retry-after=20)")
@pytest.mark.parametrize(
    "client",
    [
        lambda: EARLY_SDK,
        OctaMem,
        lambda: OctaMem("own-key", base_url="http://127.0.0.1:9", transport=httpx.HTTPTransport(), clock=RealClock()),
    ],
    ids=["built at import", "built now", "own transport and clock"],
)
def test_our_sdk_reaches_the_fake_and_waits_on_its_clock(
    octamem_mock: Fake, octamem_clock: VirtualClock, client: Callable[[], OctaMem]
) -> None:
    """Our client reaches the fake whatever it was built with, and its back-off moves the fake's clock."""
    client().add(content="tea")
    assert ([memory.content for memory in octamem_mock.memories()], octamem_clock.waits) == (["tea"], [20])


@pytest.mark.octamem(faults="add: 503(retry-after=20)")
def test_our_async_sdk_reaches_the_fake(octamem_mock: Fake, octamem_clock: VirtualClock, backend: str) -> None:
    """Our async client, built in the middle of the test, reaches the fake and waits on its clock."""

    async def main() -> None:
        async with AsyncOctaMem() as client:
            await client.add(content="tea")

    anyio.run(main, backend=backend)
    assert ([memory.content for memory in octamem_mock.memories()], octamem_clock.waits) == (["tea"], [20])


@pytest.mark.octamem(memories=["The launch is on April 15."])
def test_a_client_from_the_environment_sees_the_memories(octamem_mock: Fake) -> None:
    """The key in the environment is the fake's own, so an app's client finds what the marker put there."""
    assert OctaMem().get(query="when is the launch?").results[0].content == "The launch is on April 15."


@pytest.mark.parametrize("how", ["sync", "asyncio", "trio"])
def test_other_hosts_pass_through(octamem_mock: Fake, elsewhere: str, how: str) -> None:
    """A request to another host goes where it was sent, untouched, and the fake never hears of it."""
    answer = post(elsewhere) if how == "sync" else anyio.run(post_async, elsewhere, backend=how)
    assert (answer.text, octamem_mock.requests()) == ("elsewhere", [])


def test_the_base_url_of_one_of_our_clients_is_caught(octamem_mock: Fake, elsewhere: str) -> None:
    """Once a client of ours has a base URL, other clients' calls under it are OctaMem calls; beside it they are not."""
    ours = OctaMem("some-key", base_url=f"{elsewhere}/gateway/v2")
    assert post(f"{elsewhere}/gateway/v2/api/memory/add").json()["success"] is True
    assert ours.add(content="coffee").success
    assert post(f"{elsewhere}/gateway/v22/api/memory/add").text == "elsewhere"
    assert [memory.content for memory in octamem_mock.memories()] == ["tea", "coffee"]


def test_the_base_url_of_the_environment_is_caught(
    octamem_mock: Fake, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OCTAMEM_BASE_URL is an OctaMem host for as long as it is set."""
    monkeypatch.setenv("OCTAMEM_BASE_URL", elsewhere)
    assert post(f"{elsewhere}/api/memory/add").json()["success"] is True
    monkeypatch.setenv("OCTAMEM_BASE_URL", "http://127.0.0.1:port")
    assert post(f"{elsewhere}/api/memory/add").text == "elsewhere"
    assert len(octamem_mock.memories()) == 1


@pytest.mark.octamem(unexpected="allow")
def test_a_path_that_does_not_exist_cannot_leave(octamem_mock: Fake) -> None:
    """Whatever is asked of the OctaMem host is answered by the fake: a 404 for what the service has not."""
    assert [post(f"{HOST}{path}").status_code for path in ("/", "/api/other", "/_fake/reset")] == [404, 404, 404]
    assert len(octamem_mock.requests()) == 3


def test_the_control_api_of_a_served_fake_stays_reachable(octamem_mock: Fake, octamem_server: OctaMemServer) -> None:
    """Beside octamem_server, requests to the server's own control API go to the server."""
    assert httpx.get(f"{octamem_server.url}/_fake/health").json()["status"] == "ready"
    assert octamem_mock.requests() == []


def test_blocks_nest_and_leave_httpx_as_they_found_it() -> None:
    """The innermost mock answers, the outer one again once it has ended, and httpx is itself after the last."""
    found = (httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request)
    outer, inner = Fake(), Fake()
    calls: List[Tuple[int, int]] = []

    def count() -> None:
        post(f"{HOST}/api/memory/add")
        EARLY_SDK.add(content="coffee")
        calls.append((len(outer.requests()), len(inner.requests())))

    with mocked(outer):
        count()
        with mocked(inner):
            count()
        count()
    assert calls == [(2, 0), (2, 2), (4, 2)]
    assert (httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request) == found


@pytest.mark.octamem(unexpected="allow")
@pytest.mark.parametrize("given", ["argument", "variable"])
def test_a_wrong_path_is_not_found(octamem_mock: Fake, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    """The service has its routes at its root: a base URL with another path is a 404, as it is over HTTP."""
    url = f"{HOST}/v1"
    monkeypatch.setenv("OCTAMEM_BASE_URL", url)
    client = OctaMem(base_url=url) if given == "argument" else OctaMem()
    with pytest.raises(NotFoundError):
        client.add(content="tea")
    assert [entry.endpoint for entry in octamem_mock.requests()] == [None]
    assert post(f"{url}/api/memory/add").status_code == 404


@pytest.mark.parametrize("host", ["platform.octamem.co", "api.octamem.com", "octamem.com", "memory.example"])
@pytest.mark.parametrize("how", ["sync", "asyncio"])
def test_a_wrong_host_is_not_answered(octamem_mock: Fake, host: str, how: str) -> None:
    """A client of ours on a host that is not the service's fails, and so does its test."""

    async def main() -> None:
        await AsyncOctaMem(base_url=f"https://{host}", max_retries=0).add(content="tea")

    with pytest.raises(APIConnectionError, match="is not the service") as error:
        anyio.run(main) if how == "asyncio" else OctaMem(base_url=f"https://{host}").add(content="tea")
    assert (error.value.outcome, octamem_mock.requests()) == ("not_sent", [])
    assert f"use {HOST} as its base URL" in take_escapes()


def test_a_gateway_of_the_environment_is_answered(octamem_mock: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that OCTAMEM_BASE_URL names is a gateway to the service, with the routes below its path."""
    monkeypatch.setenv("OCTAMEM_BASE_URL", "https://gateway.example/octamem/")
    OctaMem(base_url="https://gateway.example/octamem").add(content="tea")
    assert post("https://gateway.example/octamem/api/memory/add").json()["success"] is True
    assert len(octamem_mock.memories()) == 2


def standard_library(url: str) -> int:
    request = urllib.request.Request(url, b'{"content": "tea"}', {**HEADERS, "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("host", [HOST, "http://platform.octamem.com:8080"])
def test_the_standard_library_is_caught(octamem_mock: Fake, host: str) -> None:
    """Both urllib and http.client reach the fake too, and pass through to other hosts."""
    assert standard_library(f"{host}/api/memory/add") == 200
    octamem_mock.faults("add: 503, drip(4s)")
    assert [standard_library(f"{host}/api/memory/add") for _ in range(2)] == [503, 200]
    assert len(octamem_mock.memories()) == 2


def test_a_proxy_changes_nothing(octamem_mock: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that would go through a proxy is answered before it gets there."""
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for host in (HOST, "http://platform.octamem.com"):
        assert standard_library(f"{host}/api/memory/add") == 200
        assert post(f"{host}/api/memory/add").status_code == 200


FAULTS = {
    "reset": ConnectionResetError,
    "close": http.client.RemoteDisconnected,
    "hang": TimeoutError if sys.version_info >= (3, 10) else OSError,
    "slow(20s)": TimeoutError if sys.version_info >= (3, 10) else OSError,
    "truncate": http.client.IncompleteRead,
    "truncate(chunked)": http.client.IncompleteRead,
}


@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_fault_reaches_the_standard_library(octamem_mock: Fake, fault: str) -> None:
    """Each fault raises what it raises on a socket, and takes no time."""
    octamem_mock.faults(f"add: {fault}")
    with pytest.raises(FAULTS[fault]):
        standard_library(f"{HOST}/api/memory/add")


def test_an_open_connection_is_no_way_around(
    octamem_mock: Fake, monkeypatch: pytest.MonkeyPatch, elsewhere: str
) -> None:
    """A connection that was open before its host became a gateway reaches the fake from then on."""
    address = urllib.parse.urlsplit(elsewhere)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)

    def ask() -> bytes:
        connection.request("POST", "/api/memory/add", b'{"content": "tea"}', HEADERS)
        return connection.getresponse().read()

    connection.connect()
    monkeypatch.setenv("OCTAMEM_BASE_URL", elsewhere)
    assert b'"success":true' in ask().replace(b" ", b"")
    monkeypatch.delenv("OCTAMEM_BASE_URL")
    assert ask() == b"elsewhere"
    connection.close()


def test_a_library_that_is_imported_in_the_block_is_caught(octamem_mock: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that is loaded while a mock is in use is patched as soon as it is loaded."""
    monkeypatch.setattr(http, "client", http.client)  # restored, as the import sets it
    monkeypatch.delitem(sys.modules, "http.client")
    from http.client import HTTPSConnection

    connection = HTTPSConnection("platform.octamem.com", timeout=5)
    connection.request("POST", "/api/memory/details", b"{}", HEADERS)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200


def test_a_fault_reaches_a_raw_client(octamem_mock: Fake) -> None:
    """Faults hold for every client: a reset is httpx.ReadError for one that never heard of the kit."""
    octamem_mock.faults("add: reset @after")
    with pytest.raises(httpx.ReadError):
        post(f"{HOST}/api/memory/add")
    kept: Dict[str, int] = {"memories": len(octamem_mock.memories())}
    assert kept == {"memories": 1}
