"""`octamem-fake serve` as a process: what it prints, what it is started with, how it ends, and what it holds."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from both_parsers import LOOPS, with_both_parsers

pytestmark = pytest.mark.slow

KEY = "sk-om-live-tests-0000000000000001"
MIB = 1 << 20


def connect(url):
    address = urlsplit(url)
    return socket.create_connection((address.hostname, address.port), timeout=300)


def test_one_ready_line_alone_stands_on_standard_output(process, build_over_http, control_of):
    """Standard output holds the ready line and nothing else; banner and log go to standard error, keys blanked."""
    server = process("--api-key", KEY)
    service = build_over_http(None, server.url)
    assert service.add("secret tea").status == 200
    assert service.add("secret tea", key="sk-om-live-unlisted-00000001").status == 401
    assert control_of(server.url, "GET", "health")[1]["status"] == "ready"
    assert server.end() == 0
    err = server.finish()
    assert server.stdout == f"octamem-fake ready on {server.url}\n"
    assert server.url.startswith("http://127.0.0.1:")
    assert f"export OCTAMEM_BASE_URL={server.url} OCTAMEM_API_KEY={KEY}" in err
    log = err.split("\n#1 ", 1)[1]
    assert " add call " in log
    assert "-> 200" in log
    assert "-> 401" in log
    assert KEY not in log
    assert "secret" not in err
    assert "Traceback" not in err


def test_the_installed_command_is_the_module(process):
    """`octamem-fake` and `python -m fake_server` are one command."""
    installed = str(Path(sys.executable).parent / "octamem-fake")
    for command in ([installed], [sys.executable, "-m", "fake_server"]):
        done = subprocess.run([*command, "env"], capture_output=True, text=True, check=True)
        assert done.stdout.startswith("export OCTAMEM_BASE_URL=http://127.0.0.1:8642 OCTAMEM_API_KEY=")


def test_a_server_is_started_with_settings_faults_keys_and_memories(process, build_over_http, control_of, tmp_path):
    """The options of one command line are all in force: settings, scripts, keys and a seed file."""
    seeds = tmp_path / "seeds.jsonl"
    seeds.write_text('"green tea"\n{"content": "black tea", "previousContext": "Kitchen"}\n')
    server = process(
        *["--api-key", KEY, "--api-key", "second", "--seed-file", str(seeds), "--fault", "search: 503"],
        *["--wire", "envelope", "--limit", "2", "--over-limit-status", "402"],
    )
    service = build_over_http(None, server.url)
    assert service.search().status == 503
    assert sorted(service.contents("tea")) == ["black tea", "green tea"]
    assert service.contents("tea", "Kitchen") == ["black tea"]
    assert service.add().status == 402
    assert service.details().json["data"]["balance"] == 0
    assert service.details(key="second").json["data"]["usage"] == 0
    assert service.details(key="third").status == 401
    assert control_of(server.url, "GET", "faults")[1]["faults"][0]["script"] == "search: 503"
    assert server.end(signal.SIGINT) == 0
    assert "that key is k1, and holds 2 memories" in server.finish()


def test_a_port_that_is_taken_is_said_with_status_1():
    """Where the port cannot be had the command says which, why and what to do, and prints no ready line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "fake_server", "serve", "--port", port],
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in done.stderr
    assert "; choose a port with --port, or --port 0" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_host_that_does_not_exist_is_said_with_status_1():
    """A host that cannot be listened on is said as a port is."""
    done = subprocess.run(
        [sys.executable, "-m", "fake_server", "serve", "--port", "0", "--host", "nowhere.invalid"],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot listen on nowhere.invalid:0: " in done.stderr


def test_the_options_about_hosts_reach_the_server(process, raw):
    """A name that is allowed is answered, another is not; an address beyond loopback answers to both."""
    sent = "GET /_fake/health HTTP/1.1\r\nhost: {}\r\n\r\n"
    near = process("--allowed-host", "fake.test", "--allowed-host", "other.test")
    far = process("--host", "0.0.0.0", "--allow-remote")
    statuses = {
        host: [raw(server.url, sent.format(host).encode())[0] for server in (near, far)]
        for host in ("fake.test", "other.test:1", "evil.example")
    }
    assert statuses == {"fake.test": [200, 200], "other.test:1": [200, 200], "evil.example": [403, 200]}
    assert near.end() == 0  # which writes down what the log still gathers
    assert "nothing leaves this machine" in near.finish()
    assert "refused GET '/_fake/health': Host: expected" in near.stderr
    assert far.url.startswith("http://127.0.0.1:")
    assert "machines that reach this one over IPv4 can use it" in far.finish()


def test_a_server_that_other_machines_may_reach_asks_for_the_token_of_its_banner(process, raw):
    """With --allow-remote the control API is closed until the token is sent, and no log has the token."""
    server = process("--allow-remote")
    ask = "GET /_fake/settings HTTP/1.1\r\nhost: localhost\r\n{}\r\n"
    assert raw(server.url, ask.format("").encode())[0] == 401
    assert raw(server.url, ask.format("authorization: Bearer guess\r\n").encode())[0] == 401
    quiet = process("--allow-remote", "--quiet")
    given = process("--quiet", env={"OCTAMEM_FAKE_CONTROL_TOKEN": "of-the-variable"})
    assert raw(given.url, ask.format("authorization: Bearer of-the-variable\r\n").encode())[0] == 200
    assert raw(quiet.url, ask.format("").encode())[0] == 401
    assert "the control API asks for a new token, which --quiet does not show" in quiet.finish()
    assert given.finish() == ""
    server.end()
    (token,) = re.findall(r"export OCTAMEM_FAKE_CONTROL_TOKEN=(\S{32})\n", server.finish())
    assert server.stderr.count(token) == 1
    assert server.stderr.count("refused GET '/_fake/settings': Authorization: ") == 2


def test_a_server_reads_its_environment_and_the_file_of_its_folder(process, build_over_http, tmp_path):
    """Variables and TOML are in force, the banner names those, and a variable that no option has is a warning."""
    (tmp_path / "octamem-fake.toml").write_text(
        f'api-key = "{KEY}"\nwire = "envelope"\ntop-k = 1\nseed-file = "m.jsonl"\n'
    )
    (tmp_path / "m.jsonl").write_text('"green tea"\n"black tea"\n')
    root = str(Path(__file__).parents[2])
    variables = {"OCTAMEM_FAKE_TOP_K": "2", "OCTAMEM_FAKE_PORT": "1", "OCTAMEM_FAKE_PROT": "0", "PYTHONPATH": root}
    server = process(cwd=tmp_path, env=variables)
    service = build_over_http(None, server.url)
    answer = service.search("tea").json
    assert len(answer["data"]["results"]) == 2
    assert server.end() == 0
    err = server.finish()
    assert "options are from OCTAMEM_FAKE_TOP_K, octamem-fake.toml" in err
    assert "OCTAMEM_FAKE_PROT: unknown variable; did you mean OCTAMEM_FAKE_PORT?" in err


def test_a_server_speaks_ipv6_too(process, build_over_http, loopback_addresses):
    """With --host ::1 the ready line has a URL that works; a machine without that address is told so."""
    if "[::1]" not in loopback_addresses:
        with pytest.raises(AssertionError, match=r"cannot listen on \[::1\]:0: .*; choose another --host"):
            process("--host", "::1")
        return
    server = process("--host", "::1")
    assert server.url.startswith("http://[::1]:")
    assert build_over_http(None, server.url).add().status == 200


HEAD = b"POST /api/memory/add HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer k\r\n"


ADD = HEAD + b'content-length: 15\r\n\r\n{"content":"x"}'
GET = b"GET /_fake/%s HTTP/1.1\r\nhost: localhost\r\n\r\n"
STATES = {
    # what was sent, and the beginning of what comes back, if anything does
    "idle": (b"", b""),
    "kept alive": (GET % b"health", b"HTTP/1.1 200 OK"),
    "half a head": (HEAD, b""),
    "half a body": (HEAD + b'content-length: 99\r\n\r\n{"content"', b""),
    "half a chunk": (HEAD + b"transfer-encoding: chunked\r\n\r\n9\r\n{", b""),
    "half a control body": (HEAD.replace(b"api/memory/add", b"_fake/faults") + b"content-length: 99\r\n\r\n{", b""),
    "pipelined": (ADD * 3, b""),
    "a FIN whose rest is unread": (HEAD + b"connection: close\r\ncontent-length: 9000000\r\n\r\n", b"HTTP/1.1 413 "),
    "hanging": (ADD, b""),
    "hanging midway": (ADD[:-3], b""),
    "slow": (ADD, b""),
    "slow before": (ADD, b""),
    "dripping": (ADD, b"HTTP/1.1 200 OK"),
    "a reader who reads nothing": (GET % b"memories?key=big", b"HTTP/1.1 200 OK"),
    "a stream of events": (GET % b"events", b"HTTP/1.1 200 OK"),
}
SCRIPTS = {
    "pipelined": "hang x1", "hanging": "hang x1", "hanging midway": "hang @mid x1", "slow": "slow(60s) x1",
    "slow before": "slow(60s) @before x1", "dripping": "drip(60s) x1",
}  # fmt: skip


@with_both_parsers
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_ends_it_with_0_in_time(process, control_of, number, http):
    """With connections in the middle of everything at once, a signal ends the server cleanly within 1.25 s."""
    # The best of three counts: load makes an end late, and none early.
    assert any(seconds_to_end(process, control_of, number, http) < 1.25 for _ in range(3))


def seconds_to_end(process, control_of, number, http):
    """End a new server by a signal while it has a connection in each state; give the seconds it took."""
    server = process("--http", http, "--loop", LOOPS[http])
    big = {"memories": ["x" * 1_000_000] * 8}
    assert control_of(server.url, "POST", "memories?key=big", big)[0] in {200, 201}
    with contextlib.ExitStack() as stack:
        for state, (sent, answer) in STATES.items():
            if state in SCRIPTS:
                control_of(server.url, "PUT", "faults", {"script": f"add: {SCRIPTS[state]}"})
            connection = stack.enter_context(connect(server.url))
            connection.sendall(sent)
            if answer:
                assert connection.recv(len(answer)) == answer, state
            # Another request, answered, shows that the server has taken up the one before it.
            assert control_of(server.url, "GET", "health")[0] == 200
        assert server.end(number) == 0
    err = server.finish()
    assert server.stdout == f"octamem-fake ready on {server.url}\n"
    assert "Traceback" not in err
    return server.seconds


def send_large(url, head, pieces):
    """Send pieces of a body until it is over or the server will have no more; give all that comes back."""
    with connect(url) as connection:
        try:
            connection.sendall(head)
            for piece in pieces:
                connection.sendall(piece)
        except ConnectionError:
            pass
        got = b""
        while b"\r\n\r\n" not in got or not got.endswith(b"}"):
            try:
                more = connection.recv(65536)
            except ConnectionError:
                break
            if not more:
                break
            got += more
        return got


@pytest.mark.parametrize("target", ["/api/memory/add", "/_fake/memories?key=k"])
def test_a_body_of_300_mb_is_413_and_never_held(process, build_over_http, target):
    """300 MB, declared or in chunks, is refused by size while the server's memory stays small, and it goes on."""
    server = process()
    begin = HEAD.replace(b"/api/memory/add", target.encode())
    mib = b" " * MIB
    for declared, piece in (
        (b"content-length: 300000000", mib),
        (b"transfer-encoding: chunked", b"%x\r\n%s\r\n" % (MIB, mib)),
    ):
        got = send_large(server.url, begin + declared + b"\r\n\r\n", (piece for _ in range(286)))
        assert got.startswith(b"HTTP/1.1 413 ")
        assert json.loads(got.partition(b"\r\n\r\n")[2])["code"] == "PAYLOAD_TOO_LARGE"
        service = build_over_http(None, server.url)
        assert service.search("x").data["results"] == []
    assert server.end() == 0
    # The control API may hold 64 MiB; the service's own bound is 2 MiB.
    assert 10 * MIB < server.peak < (300 if target.startswith("/_fake") else 120) * MIB
    assert "Traceback" not in server.finish()
