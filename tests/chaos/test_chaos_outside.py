"""The outside world: calls of a scenario to other hosts are counted, and refused unless they are allowed."""

from __future__ import annotations

import asyncio
import http.client
import smtplib
import socket
import threading
import urllib.request
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from click.testing import CliRunner

from octamem import AsyncOctaMem, OctaMem, OctaMemError
from octamem_testing import chaos
from octamem_testing.chaos.command import chaos as command

NOTE = "Tea is at four."
URL = "https://hooks.example.com/saved"


class Hooks(BaseHTTPRequestHandler):
    """A service of somebody else."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", "0")))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Print nothing."""


@pytest.fixture(scope="module")
def port():
    """Serve on this machine, and give the port."""
    with HTTPServer(("127.0.0.1", 0), Hooks) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def names(monkeypatch):
    """Let each name of a host be this machine's, and list those that were asked for."""
    asked, real = [], socket.getaddrinfo

    def look_up(host, *arguments, **options):
        asked.append(host)
        return real("127.0.0.1", *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def save(client: OctaMem) -> str:
    """Save the note, and never twice."""
    client.with_options(retry_unknown_writes=False).add(content=NOTE)
    return NOTE


def tells_with_httpx(client):
    """Tell somebody by httpx."""
    save(client)
    with suppress(httpx.ConnectError):
        httpx.post(URL)
    return NOTE


def tells_with_a_kept_client(client):
    """Tell somebody twice on one connection."""
    save(client)
    with httpx.Client() as web, suppress(httpx.ConnectError):
        web.post(URL)
    with httpx.Client() as web, suppress(httpx.ConnectError):
        web.post(URL)
    return NOTE


async def tells_async(client: AsyncOctaMem):
    """Tell somebody from the event loop."""
    await client.with_options(retry_unknown_writes=False).add(content=NOTE)
    async with httpx.AsyncClient() as web:
        with suppress(httpx.ConnectError):
            await web.post(URL)
    return NOTE


async def tells_from_a_thread(client: AsyncOctaMem):
    """Tell somebody from a thread of the loop."""
    await client.with_options(retry_unknown_writes=False).add(content=NOTE)
    with suppress(httpx.ConnectError):
        await asyncio.get_running_loop().run_in_executor(None, httpx.post, URL)
    return NOTE


def tells_with_urllib(client):
    """Tell somebody by urllib."""
    save(client)
    with suppress(OSError):
        urllib.request.urlopen(URL, data=b"{}")
    return NOTE


def tells_through_a_proxy(client):
    """Tell somebody through a proxy on this machine."""
    save(client)
    with httpx.Client(proxy="http://127.0.0.1:9") as web, suppress(httpx.ConnectError):
        web.post(URL)
    return NOTE


@pytest.mark.parametrize(
    ("scenario", "often"),
    [
        (tells_with_httpx, "once"),
        (tells_with_a_kept_client, "2 times"),
        (tells_async, "once"),
        (tells_from_a_thread, "once"),
        (tells_with_urllib, "once"),
        (tells_through_a_proxy, "once"),
    ],
)
def test_a_call_to_another_host_is_refused_and_named(scenario, often, names):
    """Nothing is sent, not even the question for the name; a program that swallows the error is told all the same."""
    with pytest.raises(chaos.ScenarioError, match="other than OctaMem") as caught:
        chaos.hunt(scenario, rounds=5)
    assert f"POST hooks.example.com ({often}) without a fault" in str(caught.value)
    assert "allow_hosts=['hooks.example.com'] (from a shell: --allow-host hooks.example.com)" in str(caught.value)
    assert names == []


@pytest.mark.parametrize(
    "connect",
    [
        lambda: smtplib.SMTP("mail.example.com", 25),
        lambda: socket.create_connection(("192.0.2.1", 5432), 1),
        lambda: http.client.HTTPSConnection("mail.example.com").connect(),
    ],
)
def test_a_connection_of_another_kind_is_refused(connect, names):
    """What is no HTTP is refused at its socket, as an OSError."""

    def scenario(client):
        save(client)
        with suppress(OSError):
            connect()

    with pytest.raises(chaos.ScenarioError, match=r"a connection to (mail\.example\.com|192\.0\.2\.1) \(once\)"):
        chaos.hunt(scenario, rounds=5)
    assert names == []


def test_a_call_under_a_fault_names_the_schedule():
    """A call that is made only after a fault is refused as well."""

    def scenario(client):
        try:
            return save(client)
        except OctaMemError:
            with suppress(httpx.HTTPError):
                httpx.post(URL)

    with pytest.raises(chaos.ScenarioError, match=r"POST hooks\.example\.com \(once\) under the schedule 'add: "):
        chaos.hunt(scenario)


@pytest.mark.parametrize("allowed", ["api.internal", "*.internal", "API.Internal"])
def test_an_allowed_host_is_called_and_counted(allowed, names, port):
    """Each call is counted under the name of its host, and the report says so."""

    def scenario(client):
        save(client)
        with httpx.Client() as web:
            for _ in range(2):
                web.post(f"http://api.internal:{port}/saved").raise_for_status()
        connection = http.client.HTTPConnection("api.internal", port)
        connection.request("POST", "/saved")
        assert connection.getresponse().status == 200
        connection.close()
        return NOTE

    report = chaos.hunt(scenario, rounds=5, allow_hosts=[allowed])
    assert set(names) == {"api.internal"}
    often = report.outside["api.internal"]
    assert report.outside == {"api.internal": often}
    assert often % 3 == 0
    assert often >= 6
    assert f"other hosts: api.internal ({often} calls)" in str(report)


def by_httpx(url):
    httpx.post(url)


def by_urllib(url):
    urllib.request.urlopen(url, data=b"{}")


def by_http_client(url):
    scheme, _, host, _ = url.split("/")
    kind = http.client.HTTPConnection if scheme == "http:" else http.client.HTTPSConnection
    kind(host).request("POST", "/saved")


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("way", [by_httpx, by_urllib, by_http_client])
def test_a_call_whose_connection_fails_is_not_counted(way, scheme, names):
    """Nothing was sent, so the report counts nothing, whichever library failed to connect."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # and nobody listens
        port = unused.getsockname()[1]

        def scenario(client):
            save(client)
            with suppress(OSError, httpx.ConnectError):
                way(f"{scheme}://api.internal:{port}/saved")

        assert chaos.hunt(scenario, rounds=5, allow_hosts=["api.internal"]).outside == {}
    assert names


def test_a_call_whose_handshake_fails_is_not_counted(names, port):
    """A connection on which no TLS could be agreed upon carried no request."""

    def scenario(client):
        save(client)
        with suppress(OSError):
            by_urllib(f"https://api.internal:{port}/saved")

    assert chaos.hunt(scenario, rounds=5, allow_hosts=["api.internal"]).outside == {}


def test_an_allowed_name_may_be_called_by_its_address(monkeypatch):
    """A library that looks a name up and connects to the address does what was allowed."""
    opened = []
    address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 5432))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [address])
    monkeypatch.setattr(socket.socket, "connect", lambda _, to: opened.append(to))

    def scenario(client):
        save(client)
        socket.create_connection(("db.internal", 5432)).close()
        return NOTE

    report = chaos.hunt(scenario, rounds=5, allow_hosts=["db.internal"])
    # Of the whole process come here what other tests left alive, too. The control round at the end does not count.
    assert sum(report.outside.values()) == opened.count(address[-1]) - 1 > 0


def test_this_machine_may_be_called(port):
    """Loopback addresses pass without leave, by name and by number, and are counted."""

    def scenario(client):
        save(client)
        httpx.post(f"http://127.0.0.1:{port}/saved").raise_for_status()
        return NOTE

    assert set(chaos.hunt(scenario, rounds=5).outside) == {"127.0.0.1"}


def test_a_transport_of_the_program_is_no_call():
    """A mock that the program passes to its client keeps answering, and is not counted."""

    def scenario(client):
        save(client)
        with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(204))) as web:
            assert web.post(URL).status_code == 204
        return NOTE

    assert chaos.hunt(scenario, rounds=20).outside == {}


def test_a_redirect_of_the_fake_is_no_call_of_the_program():
    """The fault `redirect` leads to a host that exists nowhere, and whoever follows it is not accused."""

    def scenario():
        with OctaMem() as client, suppress(OctaMemError):
            client.details()
        headers = {"authorization": "Bearer x"}
        with suppress(httpx.HTTPError):
            httpx.get("https://platform.octamem.com/api/memory/details", headers=headers, follow_redirects=True)

    assert chaos.hunt(scenario, faults="redirect", invariants=(), rounds=10).finding is None


def test_the_pasted_test_allows_the_same_hosts(port):
    """A finding carries what it was allowed into the test to paste, and into the command."""

    def scenario(client):
        client.add(content=NOTE)
        httpx.post(f"http://127.0.0.1:{port}/saved")
        return NOTE

    finding = chaos.hunt(scenario, rounds=20, allow_hosts=("*.internal",)).finding
    assert "allow_hosts=['*.internal'])" in finding.regression_test
    over = chaos.replay(scenario, "", allow_hosts=("*.internal",))
    assert over.outside == {"127.0.0.1": 1}


def test_the_command_allows_hosts(tmp_path, monkeypatch, names, port):
    """--allow-host lets the program call a host; without it, the command says which and ends with 2."""
    source = f"import httpx\ndef run(client):\n    client.details()\n    httpx.post('http://api.internal:{port}/')\n"
    (tmp_path / "chaos_outside_app.py").write_text(source, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    arguments = ["chaos_outside_app:run", "--rounds", "4", "--faults", "429"]
    refused = CliRunner().invoke(command, arguments)
    assert (refused.exit_code, "POST api.internal (once)" in refused.output) == (2, True), refused.output
    allowed = CliRunner().invoke(command, [*arguments, "--allow-host", "*.internal"])
    assert (allowed.exit_code, "other hosts: api.internal" in allowed.output) == (0, True), allowed.output
    assert names
