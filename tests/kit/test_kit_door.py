"""The shut door: while a fixture of the kit is in use, a call that none of them caught does not leave."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from typing import Any, Callable, Dict, Iterator

import anyio
import httpx
import pytest
from kit_project import ini, outcomes

from octamem import APIConnectionError, AsyncOctaMem, OctaMem
from octamem_testing import Fake
from octamem_testing.wiring import urls
from octamem_testing.wiring.blocks import Block, Owner
from octamem_testing.wiring.guard import shut
from octamem_testing.wiring.refusals import EscapeError, take_escapes

HOST = "https://platform.octamem.com"
ADD = f"{HOST}/api/memory/add"


@pytest.fixture
def door() -> Iterator[None]:
    """Shut the door, and let no refused call fail the test of the door itself."""
    with shut(Block(Fake(), Owner("a test"))):
        yield
        take_escapes()


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """Run a server on this machine that answers everything, and give its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Length", "16")
            self.end_headers()
            self.wfile.write(b'{"success": true')

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(10)


async def httpx_async(**options: Any) -> None:
    async with httpx.AsyncClient(**options) as client:
        await client.post(ADD)


async def streams() -> None:
    await asyncio.open_connection("platform.octamem.com", 443)


async def ours_async() -> None:
    await AsyncOctaMem("sk-some-key").add(content="tea")


def ours() -> None:
    OctaMem("sk-some-key", retry_delay=600).add(content="tea")


def through(proxy: str) -> Dict[str, Any]:
    return {"proxy": proxy, "trust_env": False}


CALLS: Dict[str, Callable[[], Any]] = {
    "our client": ours,
    "our async client": lambda: anyio.run(ours_async),
    "our async client on trio": lambda: anyio.run(ours_async, backend="trio"),
    "httpx": lambda: httpx.post(ADD),
    "httpx over HTTP": lambda: httpx.post("http://PLATFORM.octamem.com.:8080/api/memory/add"),
    "httpx async": lambda: anyio.run(httpx_async),
    "httpx on trio": lambda: anyio.run(httpx_async, backend="trio"),
    "httpx through a proxy": lambda: httpx.post(ADD, **through("http://127.0.0.1:9")),
    "httpx async through a proxy": lambda: asyncio.run(httpx_async(**through("http://127.0.0.1:9"))),
    "httpx.HTTPTransport": lambda: httpx.HTTPTransport().handle_request(httpx.Request("POST", ADD)),
    "urllib": lambda: urllib.request.urlopen(ADD, b"{}"),
    "http.client": lambda: HTTPSConnection("platform.octamem.com").request("POST", "/"),
    "a socket": lambda: socket.create_connection(("platform.octamem.com", 443)),
    "a socket by name": lambda: socket.socket().connect(("platform.octamem.com", 443)),
    "asyncio": lambda: asyncio.run(streams()),
}


def test_the_error_of_a_client_says_what_to_do_in_a_sentence(door: None) -> None:
    """A client quotes the refusal on one line, on which what to do does not run on from what happened."""
    with pytest.raises(APIConnectionError, match=r"nothing was sent\. What to do: use octamem_mock"):
        ours()
    assert "nothing was sent\nwhat to do: use octamem_mock" in take_escapes()


@pytest.mark.parametrize("how", list(CALLS))
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_call_that_nothing_caught_is_refused_at_once(door: None, how: str) -> None:
    """No library reaches the service: the call fails before a connection is opened, and the failure is recorded."""
    with pytest.raises((EscapeError, APIConnectionError)):
        CALLS[how]()
    told = take_escapes()
    assert "platform.octamem.com" in told
    assert "what to do: use octamem_" in told
    assert "refused" not in told.partition("(refused")[2]  # it was not tried again


def test_our_client_says_that_nothing_was_sent(door: None) -> None:
    """A refused write is known not to have been carried out, so it is not retried either."""
    with pytest.raises(APIConnectionError) as error:
        ours()
    assert (error.value.outcome, len(error.value.attempts)) == ("not_sent", 1)
    assert "octamem_mock" in str(error.value)
    assert ADD in take_escapes()


def test_a_connection_that_was_open_before_is_refused(monkeypatch: pytest.MonkeyPatch, elsewhere: str) -> None:
    """A client that a test keeps alive sends nothing on its old connection either."""
    with httpx.Client(trust_env=False) as client:
        assert client.post(elsewhere).status_code == 200
        monkeypatch.setattr(urls, "SHELL_URL", elsewhere)
        with shut(Block(Fake(), Owner("a test"))), pytest.raises(EscapeError):
            client.post(elsewhere)
    assert elsewhere in take_escapes()


def test_what_the_author_passed_is_allowed(door: None, elsewhere: str) -> None:
    """A transport of the author's own, a loopback base URL and every other host are not OctaMem's service."""
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"success": True}))
    assert OctaMem("sk-some-key", transport=answer).add(content="tea").success
    assert httpx.post(elsewhere, trust_env=False).status_code == 200
    with pytest.raises(APIConnectionError, match="refused"):
        OctaMem("sk-some-key", base_url="http://127.0.0.1:9", max_retries=0).add(content="tea")
    assert take_escapes() == ""


def test_the_base_url_of_the_shell_is_the_service(door: None, monkeypatch: pytest.MonkeyPatch, elsewhere: str) -> None:
    """A base URL that was set before the run is no test's own, wherever it points."""
    monkeypatch.setenv("OCTAMEM_BASE_URL", elsewhere)
    assert httpx.post(elsewhere, trust_env=False).status_code == 200  # this test has set it
    monkeypatch.setattr(urls, "SHELL_URL", elsewhere.replace("127.0.0.1", "localhost"))
    with pytest.raises(EscapeError):
        httpx.post(elsewhere, trust_env=False)
    assert elsewhere in take_escapes()


@pytest.mark.parametrize("given", ["argument", "variable"])
def test_another_base_url_of_our_clients_is_the_service(
    door: None, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    """A host that our clients are given is refused too, for other clients as well, unless it is this machine."""
    url = "http://gateway.example:8080/octamem"
    if given == "variable":
        monkeypatch.setenv("OCTAMEM_BASE_URL", url)
    client = OctaMem("sk-some-key", base_url=None if given == "variable" else url)
    for call in (client.details, lambda: httpx.post(url, trust_env=False)):
        with pytest.raises((APIConnectionError, EscapeError)):
            call()
        assert "gateway.example:8080" in take_escapes()


LEAVES_NOTHING = """
import socket
import sys
import threading

import httpx

from octamem_testing import Fake
from octamem_testing.wiring.blocks import Block, Owner
from octamem_testing.wiring.guard import shut


def state():
    pool = httpx.HTTPTransport, httpx.AsyncHTTPTransport, socket.socket, threading.Thread
    return [dict(vars(each)) for each in pool], socket.getaddrinfo, list(sys.meta_path)


found = state()
with shut(Block(Fake(), Owner("outer"))), shut(Block(Fake(), Owner("inner"))):
    assert state() != found
assert state() == found
"""


@pytest.mark.slow
def test_the_door_leaves_everything_as_it_found_it() -> None:
    """After the last block, sockets, transports, threads and finders are those of before."""
    # In a process of its own: a thread that another test has left keeps the door shut here.
    assert subprocess.run([sys.executable, "-c", LEAVES_NOTHING], check=False, timeout=60).returncode == 0


def test_the_door_can_be_shut_where_its_finder_was_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever restores the finders of an open door, as pytester does, makes no import ask one of them for ever."""
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    with shut(Block(Fake(), Owner("first"))):
        kept = [*sys.meta_path]
    sys.meta_path[:] = kept
    monkeypatch.delitem(sys.modules, "http.client")
    with shut(Block(Fake(), Owner("second"))):
        assert find_spec("http.client") is not None


APP = """
import threading

import pytest

from octamem import OctaMem

app = OctaMem("sk-some-key")

def remember():
    try:
        app.add(content="to production")
    except Exception:
        pass
"""
USES = {
    "in the test": "def test_it({fixture}):\n    remember()",
    "in a thread": (
        "def test_it({fixture}):\n    thread = threading.Thread(target=remember)\n    thread.start()\n    thread.join()"
    ),
    "in a fixture": "@pytest.fixture\ndef own({fixture}):\n    remember()\n\ndef test_it(own):\n    pass",
}


@pytest.mark.parametrize("use", list(USES))
@pytest.mark.parametrize("fixture", ["octamem_client", "async_octamem_client", "octamem_fake", "octamem_chaos"])
def test_a_swallowed_call_fails_its_test(project: pytest.Pytester, use: str, fixture: str) -> None:
    """The test is reported as failed although its code handled the error, and is told which fixture catches it."""
    project.makepyfile(APP + USES[use].format(fixture=fixture))
    result = project.runpytest()
    assert outcomes(result) == {"failed": 1}
    result.stdout.fnmatch_lines(["*octamem: a call to https://platform.octamem.com/api/memory/add was caught by no*"])
    result.stdout.fnmatch_lines(["*what to do: use octamem_mock*octamem_escape = allow*"])


def test_a_call_in_the_teardown_of_a_fixture_is_reported(project: pytest.Pytester) -> None:
    """A fixture that calls the service when its test is over has an error of its own."""
    project.makepyfile(
        APP + "@pytest.fixture\ndef own(octamem_client):\n    yield\n    remember()\n\ndef test_it(own):\n    pass"
    )
    assert outcomes(project.runpytest()) == {"passed": 1, "errors": 1}


def test_a_failing_test_shows_what_was_refused(project: pytest.Pytester) -> None:
    """A test that fails for another reason has the refused calls in a section of its own."""
    project.makepyfile(APP + "def test_it(octamem_client):\n    remember()\n    assert 0")
    result = project.runpytest()
    assert outcomes(result) == {"failed": 1}
    result.stdout.fnmatch_lines(["*octamem refused calls*", "*what to do: use octamem_mock*"])


def test_the_next_test_is_not_blamed(project: pytest.Pytester) -> None:
    """A refused call fails the test that made it, and no other."""
    body = "def test_it(octamem_client):\n    remember()\n\ndef test_next(octamem_client):\n    pass"
    project.makepyfile(APP + body)
    assert outcomes(project.runpytest("-p", "no:randomly")) == {"failed": 1, "passed": 1}


def test_the_door_can_be_left_open(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, elsewhere: str) -> None:
    """With `octamem_escape = allow` such a call goes where it was going."""
    monkeypatch.setattr(urls, "SHELL_URL", elsewhere)
    project.makeini(ini(more="octamem_escape = allow"))
    project.makepyfile(
        f"""
        import httpx

        def test_it(octamem_client):
            assert httpx.post("{elsewhere}", trust_env=False).status_code == 200
        """
    )
    assert outcomes(project.runpytest()) == {"passed": 1}


def test_another_word_for_the_door_is_refused(project: pytest.Pytester) -> None:
    """The run does not begin with a setting that means nothing."""
    project.makeini(ini(more="octamem_escape = alow"))
    project.makepyfile("def test_it(): pass")
    result = project.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*octamem_escape: expected fail or allow, got 'alow' (in the ini file)*"])


def test_a_test_without_the_kit_is_left_alone(project: pytest.Pytester, elsewhere: str) -> None:
    """A test that uses no fixture of the kit may call whatever it likes."""
    project.makepyfile(
        f"""
        import httpx

        def test_before(octamem_client):
            pass

        def test_it():
            assert httpx.post("{elsewhere}", trust_env=False).status_code == 200
            assert not hasattr(httpx.HTTPTransport.handle_request, "__wrapped__")
        """
    )
    assert outcomes(project.runpytest("-p", "no:randomly")) == {"passed": 2}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_the_server_is_reached_past_proxies(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, name: str
) -> None:
    """Neither our clients nor other libraries go through a proxy of the environment to octamem_server."""
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "example.com")
    server = request.getfixturevalue("octamem_server")
    assert OctaMem(max_retries=0).add(content="tea").success
    assert httpx.get(f"{server.url}/_fake/health").json()["status"] == "ready"
    with urllib.request.urlopen(f"{server.url}/_fake/health") as answer:
        assert answer.status == 200
    assert os.environ["no_proxy"] == "example.com,127.0.0.1,localhost"
