"""The client of the control API: which server it asks, and what it says if that cannot be done."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click import ClickException
from raw_server import drip, serving, then_end

from fake_server import Fake, create_app
from fake_server.__main__ import main as command_line
from fake_server.cli.remote.client import Address, Control, read_url
from fake_server.server import serve_in_thread

KEY = "sk-om-live-client-0000000000000001"


@contextmanager
def answering(status, body=b"{}", seen=None, port=0):
    """Serve one answer to everything, on a free port by default."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if seen is not None:
                seen.append((self.path, dict(self.headers)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


READY = b'HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{"status":"ready"}'


@pytest.fixture
def closed_port():
    """Hold a port of this machine on which nobody listens, so that no other process comes to listen there meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_a_server_that_is_not_there_is_said_with_what_to_do(command, closed_port):
    """The message has what was asked, what came, and how to start a server or name another."""
    ran = command("faults", "--port", str(closed_port), "--api-key", KEY)
    assert (ran.status, ran.out) == (1, "")
    assert f"GET http://127.0.0.1:{closed_port}/_fake/health: no server answers: Connection refused" in ran.err
    assert "start one with octamem-fake serve, or name another with --url" in ran.err
    assert KEY not in ran.err


@pytest.mark.parametrize(("status", "body"), [(404, b"{}"), (200, b"<html>"), (200, b"[]"), (302, b""), (401, b"{}")])
def test_a_key_reaches_no_server_but_a_fake(command, status, body):
    """What is no fake is asked for its health alone, without key and token, and is told apart from one."""
    seen = []
    with answering(status, body, seen) as url:
        ran = command("calls", "--url", url, "--api-key", KEY, "--control-token", "a-token")
    assert ran.status == 1
    assert f"the answer is {status}, so no fake is served there" in ran.err
    assert [path for path, _ in seen] == ["/_fake/health"]
    assert KEY not in str(seen)
    assert "a-token" not in str(seen)


def told_of(talk, **options):
    """Return what a command says that asks a strange server for its faults."""
    with serving(at_once=talk) as server, closing(Control(Address(server.url), **options)) as control:
        try:
            control.ask("GET", "/faults")
        except ClickException as error:
            return error.message
    return None


def test_a_server_that_closes_after_its_health_is_asked_twice_at_most():
    """A request is sent once more, since a kept connection may be closed just then, and not without an end."""
    assert "/faults: no server answers: the connection was closed without an answer" in told_of(then_end(READY))


@pytest.mark.parametrize("body", [b'{"status":"ready",' + b" " * 100_000, b"[" * 60_000], ids=["long", "deep"])
def test_of_an_answer_for_its_health_only_the_beginning_is_read(body):
    """An answer that is longer or deeper than that of a fake is none, and is not gathered in memory."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    assert "no fake is served there" in told_of(then_end(answer))


def test_an_answer_that_never_ends_is_not_waited_for():
    """The time is that of the whole answer; it does not begin anew with each byte."""
    assert "no answer in time" in told_of(drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, 0.01), timeout=0.2)


def test_what_is_no_http_is_told_without_its_words():
    """A server of another protocol is told as one; none of its bytes reach the terminal."""
    told = told_of(then_end(b"SSH-2.0-\x1b[31mred\r\n"))
    assert "another server answers, with something that is no HTTP" in told
    assert "SSH" not in told


def test_a_server_in_the_place_of_a_fake_is_asked_for_its_health_first():
    """Once a connection or a stream has ended, whoever answers next must be a fake, too."""
    seen = []
    with serve_in_thread(create_app(Fake()), control_token="a-token") as running:
        control, stream = (Control(Address(running.url, "a-token")) for _ in range(2))
        assert control.ask("GET", "/faults") == {"faults": []}
        assert list(stream.lines("/memories.jsonl", key=KEY)) == []
    with answering(404, b"{}", seen, running.port):
        for ask in (
            lambda: control.ask("GET", "/faults", key=KEY),
            lambda: list(stream.lines("/memories.jsonl", key=KEY)),
        ):
            with pytest.raises(ClickException, match="no fake is served there"):
                ask()
    control.close()
    stream.close()
    assert [path for path, _ in seen] == ["/_fake/health"] * 2
    assert "a-token" not in str(seen)


def test_a_server_that_asks_for_its_token_gets_it(command, monkeypatch):
    """Without the token the message says how to give it; the variable and the option do."""
    with serve_in_thread(create_app(Fake()), control_token="a-token") as running:
        monkeypatch.setenv("OCTAMEM_BASE_URL", running.url)
        ran = command("faults")
        assert ran.status == 1
        assert "the control token is required" in ran.err
        assert "give the token that octamem-fake serve printed as --control-token" in ran.err
        assert command("faults", "--control-token", "a-token").status == 0
        monkeypatch.setenv("OCTAMEM_FAKE_CONTROL_TOKEN", "a-token")
        assert command("faults").status == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.0.0.1:8642",
        "ftp://h",
        "http://",
        "http://h:99999",
        "http://u:p@h",
        "http://h?a",
        "http://h#a",
        "http://a b",
        "http://h/\xe9",
    ],
)
def test_what_is_no_base_url_is_refused_with_status_2(command, monkeypatch, text):
    """A text that names no server ends the command, and the message names the option or the variable."""
    ran = command("faults", "--url", text)
    assert (ran.status, ran.out) == (2, "")
    assert "Invalid value for --url: expected a URL such as http://127.0.0.1:8642" in ran.err
    monkeypatch.setenv("OCTAMEM_BASE_URL", text or "x")
    assert "Invalid value for OCTAMEM_BASE_URL: expected a URL" in command("faults").err


def test_the_server_is_that_of_the_option_else_of_the_environment_else_of_the_folder(command, tmp_path, monkeypatch):
    """An address on the command line goes before OCTAMEM_BASE_URL, and that before the options of serve."""

    def asked(*options):
        return command("faults", *options).err.partition("GET ")[2].partition("/_fake")[0]

    (tmp_path / "octamem-fake.toml").write_text('port = 1\nhost = "0.0.0.0"\n', encoding="utf-8")
    assert asked() == "http://127.0.0.1:1"
    assert asked("--host", "::1") == "http://[::1]:1"
    monkeypatch.setenv("OCTAMEM_BASE_URL", "http://127.0.0.1:2/")
    assert asked() == "http://127.0.0.1:2"
    assert asked("--url", "http://127.0.0.1:3/under/") == "http://127.0.0.1:3/under"
    assert asked("--port", "4") == "http://127.0.0.1:4"
    assert "0 is any free one; give the URL" in command("faults", "--port", "0").err
    assert "leave out --port" in command("faults", "--url", "http://h", "--port", "4").err


def test_no_proxy_stands_between(command, fake, monkeypatch, closed_port):
    """The variables that name a proxy change nothing."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port}")
    assert command("faults").out == "no faults are armed\n"


@pytest.mark.parametrize("asked", [("GET", "/faults"), ("POST", "/reset")])
def test_a_connection_that_was_closed_meanwhile_is_opened_again(served, asked):
    """A request goes out on a new connection if the kept one was closed, as that of a slow `seed -` may be."""
    with closing(Control(Address(served.url))) as control:
        before = control.ask("GET", "/faults")
        control._connection.sock.shutdown(socket.SHUT_RDWR)
        assert control.ask(*asked)
        assert control.ask("GET", "/faults") == before


def test_what_the_server_refuses_is_told_in_its_words(command, fake):
    """The message has the method and the path, never the query, and the sentence of the server."""
    ran = command("faults", "--api-key", "")
    assert ran.status == 1
    said = "key must not be empty; name a key, or leave out ?key= for the whole server"
    assert ran.err == f"Error: GET {fake.url}/_fake/faults: {said}\n"


def test_a_url_has_no_slash_at_its_end():
    """The path of a server below another is kept."""
    assert read_url("https://host.test:9/fake/") == "https://host.test:9/fake"


def test_ctrl_c_ends_every_command_with_130(command, monkeypatch):
    """Whether the command runs or is still being loaded, it ends with 130 and without a traceback."""

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Control, "ask", interrupt)
    ran = command("faults")
    assert (ran.status, ran.out, ran.err) == (130, "", "")
    monkeypatch.setattr("fake_server.cli.main", interrupt)
    with pytest.raises(SystemExit) as ended:
        command_line()
    assert ended.value.code == 130


@pytest.mark.slow
def test_a_terminal_that_cannot_show_a_character_shows_its_code(served):
    """In an encoding that lacks a character of a memory, the command prints its code and does not fail."""
    served.add("tea \u2615", key=KEY)
    env = {**os.environ, "OCTAMEM_BASE_URL": served.url, "PYTHONIOENCODING": "latin-1"}
    ran = subprocess.run([sys.executable, "-m", "fake_server", "calls"], env=env, capture_output=True, check=True)
    assert b"tea \\u2615" in ran.stdout


@pytest.mark.parametrize("line", [["faults"], ["calls"], ["doctor"]])
def test_a_port_that_is_none_is_refused_as_serve_refuses_it(command, line):
    """The message has the range and what came."""
    for given in ("70000", "x"):
        ran = command(*line, "--port", given)
        assert (ran.status, f"expected an int from 0 to 65535, got '{given}'" in ran.err) == (2, True)
