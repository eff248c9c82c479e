"""uvicorn as the server: it starts and ends, and leaves the process of a test as it was."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import uvicorn
from both_parsers import LOOPS

from fake_server import Fake, create_app, server
from fake_server.server import Options, serve_in_thread
from fake_server.serving import loops, uvicorn_server

KEY = "sk-om-live-uvicorn-0000000001"


@pytest.fixture(params=LOOPS)
def options(request):
    return Options(http=request.param, loop=LOOPS[request.param])


@pytest.mark.parametrize("is_there", [True, False])
def test_what_is_installed_is_what_serves(monkeypatch, is_there):
    """If they are installed, httptools on uvloop serve; if not, h11 on asyncio."""
    monkeypatch.setattr(loops, "find_spec", lambda _name: is_there or None)
    with contextlib.closing(loops.new_loop()) as loop:
        found = (loops.parser_of().__name__, type(loop).__module__.partition(".")[0])
    assert found == (("HttptoolsParser", "uvloop") if is_there else ("H11Parser", "asyncio"))


def add(url):
    """Store a memory over HTTP; give the status of the answer."""
    with contextlib.closing(HTTPConnection(urlsplit(url).netloc, timeout=60)) as connection:
        headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
        connection.request("POST", "/api/memory/add", b'{"content": "secret tea"}', headers)
        return connection.getresponse().status


def test_uvicorn_is_what_serves(options, monkeypatch):
    """The sockets and the connections of a served fake are those of a server of uvicorn."""
    seen = []
    startup = uvicorn.Server.startup

    async def watched(self, sockets=None):
        await startup(self, sockets=sockets)
        seen.append(self)

    monkeypatch.setattr(uvicorn.Server, "startup", watched)
    with serve_in_thread(create_app(Fake()), options=options) as running:
        assert add(running.url) == 200
        (server,) = seen
        assert server.started
        assert [each.getsockname()[1] for each in server.servers[0].sockets] == [running.port]


def test_a_server_that_cannot_start_says_why_at_once(monkeypatch):
    """What ends the thread of a server before it serves is raised with its cause, without a wait."""

    def failing(_name):
        raise OSError("no descriptor for an event loop")

    monkeypatch.setattr(uvicorn_server, "new_loop", failing)
    monkeypatch.setattr(server, "START_TIMEOUT", 1e6)  # seconds
    with pytest.raises(RuntimeError, match="did not start: OSError: no descriptor") as raised, serve_in_thread(None):
        pass
    assert isinstance(raised.value.__cause__, OSError)


def test_a_server_that_does_not_start_in_time_is_an_error(monkeypatch):
    """A thread that never comes to serve is waited for no longer than the time-out."""
    monkeypatch.setattr(uvicorn_server.UvicornServer, "run", lambda _self, _sockets: None)
    monkeypatch.setattr(server, "START_TIMEOUT", 0.001)
    with pytest.raises(RuntimeError, match=r"did not start within 0\.001 s"), serve_in_thread(None):
        pass


def state_of_the_process():
    loggers = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")]
    return (
        type(asyncio.get_event_loop_policy()),
        [(each.level, each.propagate, list(each.handlers)) for each in loggers],
        [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
    )


def test_serving_in_a_thread_leaves_the_process_as_it_was(options):
    """No policy of event loops, logger of uvicorn or handler of a signal is another, meanwhile or afterwards."""
    before = state_of_the_process()
    with serve_in_thread(create_app(Fake()), options=options) as running:
        assert add(running.url) == 200
        assert state_of_the_process() == before
    assert state_of_the_process() == before


def test_the_variables_of_uvicorn_are_not_for_this_server(options, monkeypatch):
    """What a machine sets for its own uvicorn neither stops the fake nor changes it."""
    monkeypatch.setenv("WEB_CONCURRENCY", "many")
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "nowhere")
    with serve_in_thread(create_app(Fake()), options=options) as running:
        assert add(running.url) == 200


def test_no_level_of_the_log_shows_a_key_or_a_text(options, caplog):
    """At its level TRACE uvicorn writes down all headers of a request, but not those of ours."""
    with caplog.at_level(1), serve_in_thread(create_app(Fake()), options=options) as running:
        assert add(running.url) == 200
    assert KEY not in caplog.text
    assert "secret tea" not in caplog.text
    assert "Started server process" in caplog.text
