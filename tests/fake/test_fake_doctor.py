"""The command `doctor`: what it finds in an environment and at a server, what to do, and what it never shows."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time

import pytest
from click.testing import CliRunner
from raw_server import drip, serving, then_end

from fake_server import Clock, Fake, cli, create_app
from fake_server.cli.doctor.app import App, check_base_url, check_key, check_proxies
from fake_server.cli.doctor.probe import Probe
from fake_server.cli.doctor.server import check_clock, check_server
from fake_server.server import serve_in_thread

KEY = "sk-om-live-tests-0000000000000001"
TOKEN = "t0ken-of-the-tests"
FAKE = "http://127.0.0.1:8642"


def problems(findings):
    return [f"{each.check}: {each.seen}" for each in findings if each.is_problem]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (None, "OCTAMEM_BASE_URL is not set: the app calls https://platform.octamem.com"),
        ("https://platform.octamem.com", "the real service"),
        ("https://eu.platform.octamem.com/", "the real service"),
        ("https://localhost:8642", "serve speaks http, not https"),
        ("http://localhost:8642/v1", "a client adds /api/memory/... itself"),
        ("http://localhost:8642/api/memory", "a client adds /api/memory/... itself"),
        ("http://localhost:8642/_fake/", "a client adds /api/memory/... itself"),
        ("http://localhost:8642/somewhere", "the fake has no such path"),
        ("http://0.0.0.0:8642", "an address to listen on"),
        ("http://[::]:8642", "an address to listen on"),
        ("http://me:secret@localhost:8642", "expected neither user"),
        ("http://localhost:8642?key=sk-om-1234", "expected neither user"),
        *[(each, "expected http://HOST:PORT") for each in ("ftp://localhost", "http://", "http://[::1", "http://a:x")],
        ("127.0.0.1:8642", "a text of 14 characters without a scheme: expected http://HOST:PORT"),
    ],
)
def test_a_base_url_that_cannot_be_right_is_a_problem(url, why):
    """Each has its reason and what to set in its place, and none shows a password or a key."""
    findings = check_base_url(App(url), FAKE)
    (said,) = problems(findings)
    assert why in said
    assert FAKE in findings[0].then
    assert "secret" not in said
    assert "1234" not in said


@pytest.mark.parametrize("url", [FAKE, f"{FAKE}/", "http://localhost:1", "http://[::1]:8642", "https://fake.test"])
def test_a_base_url_that_may_be_right_is_none(url):
    """A plain URL is no problem as a text; who answers there is another question."""
    assert problems(check_base_url(App(url), FAKE)) == []


@pytest.mark.parametrize(
    ("key", "level", "why"),
    [
        (None, "problem", "is not set"),
        (KEY, "ok", "has 33 characters"),
        ("short-key", "note", "has 9 characters"),
        ("k", "note", "has 1 character"),
        *[(f"{KEY}{each}", "problem", "a space or a line break") for each in (" ", "\n", "\t")],
        (f"'{KEY}'", "problem", "begins or ends with a quotation mark"),
        (f"Bearer{KEY}", "problem", "begins with Bearer"),
        (f"{KEY}é", "problem", "beyond ASCII"),
    ],
)
def test_a_key_is_judged_and_never_shown(key, level, why):
    """A key that no header carries as it stands is a problem, and the finding has its length alone."""
    (finding,) = check_key(App(FAKE, key=key), FAKE)
    assert (finding.level, why in finding.seen) == (level, True)
    assert KEY not in repr((finding, App(FAKE, key=key)))


def test_a_key_in_the_code_needs_no_variable():
    """An app that is given its base URL in its code may have its key there too."""
    assert problems(check_key(App(FAKE, "the base URL"), FAKE)) == []


@pytest.mark.parametrize(
    ("environment", "url", "used"),
    [
        *[({}, FAKE, False), ({"HTTPS_PROXY": "http://proxy:1"}, FAKE, False), ({"http_proxy": ""}, FAKE, False)],
        *[({name: "http://proxy:1"}, FAKE, True) for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")],
        ({"HTTPS_PROXY": "http://proxy:1"}, "https://fake.test", True),
        ({"HTTP_PROXY": "http://proxy:1", "http_proxy": ""}, FAKE, False),
        ({"HTTP_PROXY": "http://proxy:1", "NO_PROXY": "localhost, 127.0.0.1"}, FAKE, False),
        ({"HTTP_PROXY": "http://proxy:1", "NO_PROXY": "localhost"}, FAKE, True),
        ({"HTTP_PROXY": "http://proxy:1", "no_proxy": "127.0.0.0/8"}, FAKE, False),
        ({"HTTP_PROXY": "http://proxy:1", "no_proxy": "*"}, FAKE, False),
        ({"HTTP_PROXY": "http://proxy:1", "no_proxy": ".test"}, "http://fake.test:1", False),
        ({"HTTP_PROXY": "http://proxy:1", "no_proxy": "ake.test"}, "http://fake.test:1", True),
        ({"HTTP_PROXY": "http://proxy:1", "no_proxy": "::1"}, "http://[::1]:1", False),
        ({"HTTP_PROXY": "http://proxy:1", "no_proxy": "[::1]"}, "http://[::1]:1", False),
        ({"HTTP_PROXY": "http://proxy:1", "no_proxy": "[::1]:1"}, "http://[::1]:1", False),
        ({"HTTP_PROXY": "http://proxy:1", "no_proxy": "127.0.0.1:8642"}, FAKE, False),
        ({"HTTP_PROXY": "http://proxy:1", "no_proxy": "127.0.0.1:8643"}, FAKE, True),
        ({"HTTP_PROXY": "http://proxy:1", "no_proxy": ".test:80"}, "http://fake.test", False),
    ],
)
def test_a_proxy_between_the_app_and_the_fake_is_a_problem(environment, url, used):
    """A proxy of the scheme counts, unless an exception names the host, a parent or its network, and no other port."""
    findings = check_proxies(App(url), environment)
    assert bool(problems(findings)) is used


def test_a_proxy_is_shown_without_its_password():
    """The finding has its host and port."""
    (finding,) = check_proxies(App(FAKE), {"HTTP_PROXY": "http://me:secret@proxy:3128"})
    assert "proxy:3128" in finding.seen
    assert "secret" not in finding.seen


NOW = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("date", "now", "said"),
    [
        ("Thu, 01 Jan 2026 12:00:01 GMT", "2026-01-01T12:00:01Z", ["the same time"]),
        ("Thu, 01 Jan 2026 12:01:00 GMT", "2026-01-01T12:01:00Z", ["machine is 60 s ahead of this one"]),
        ("Thu, 01 Jan 2026 12:00:00 GMT", "2026-01-01T12:00:30Z", ["30 s ahead of its machine's clock: somebody"]),
        ("Thu, 01 Jan 2026 11:59:00 GMT", "2026-01-01T11:00:00Z", ["60 s behind this one", "has a time of its own"]),
        (None, "2026-01-01T12:00:00Z", ["the same time"]),
    ],
)
def test_clocks_that_differ_are_noted(date, now, said):
    """A machine whose clock is off is told from a fake whose time was advanced."""
    findings = check_clock(Probe("127.0.0.1", answered=True, version="1", now=now, date=date), NOW + timedelta())
    assert [part for part, each in zip(said, findings) if part in each.seen] == said


@pytest.fixture
def doctor(monkeypatch):
    """Run the command in a clean environment; give its exit status and what it says."""

    def run(*arguments, **environment):
        for name in os.environ:
            if name.startswith("OCTAMEM_") or name.lower().endswith("_proxy"):
                monkeypatch.delenv(name)
        done = CliRunner(env=environment).invoke(cli.main, ["doctor", *arguments], prog_name="octamem-fake")
        return done.exit_code, done.output

    return run


@pytest.fixture(scope="module")
def follows():
    """A server whose fake has the machine's time, as that of `serve` has; give the fake, its port and its URL."""
    fake = Fake(clock=Clock(follow=time))
    with serve_in_thread(create_app(fake)) as running:
        yield fake, str(running.port), running.url


@pytest.fixture
def free_port():
    """Give ports on which nobody listens; each is held, so that no other process comes to listen there meanwhile."""
    with contextlib.ExitStack() as stack:

        def held():
            port = stack.enter_context(socket.socket())
            port.bind(("127.0.0.1", 0))
            return port.getsockname()[1]

        yield held


def test_an_app_that_reaches_the_fake_has_no_problem(doctor, follows, build_over_http):
    """With both variables right it exits with 0, and names the newest call of this key."""
    fake, port, url = follows
    fake.reset()
    shell = {"OCTAMEM_BASE_URL": url, "OCTAMEM_API_KEY": KEY}
    status, said = doctor("--port", port, **shell)
    assert (status, "the server has seen no call" in said, "has another base URL in its code" in said) == (
        0,
        True,
        True,
    )
    assert fake.requests() == []
    build_over_http(fake, url).add("secret tea")
    status, said = doctor("--port", port, **shell)
    assert (status, "1 call; the newest under this key: " in said) == (0, True)
    assert "no problem found: what this shell starts reaches the fake" in said
    shown_alike = f"{KEY[:4]}-another-key-{KEY[-4:]}"
    for other in ("sk-another-key-of-mine-000", shown_alike):
        status, said = doctor("--port", port, **{**shell, "OCTAMEM_API_KEY": other})
        assert (status, "none under this key" in said, "under k1" in said) == (0, True, True)
    assert fake.known_id(shown_alike) is None
    assert len(fake.requests()) == 1
    assert KEY not in said
    assert "secret" not in said


@pytest.mark.parametrize("named", [None, "http://127.0.0.1:1", "sk-om-no-url-but-a-key"])
def test_a_url_in_code_says_nothing_of_what_the_shell_starts(doctor, follows, named):
    """Asked about a URL, it speaks of an app with that one, and notes a variable that names another, without keys."""
    _, port, url = follows
    shell = {"OCTAMEM_API_KEY": KEY, **({} if named is None else {"OCTAMEM_BASE_URL": named})}
    status, said = doctor(f"{url}/", "--port", port, **shell)
    assert status == 0
    assert "no problem found: an app with this base URL reaches the fake" in said
    assert ("where a client goes that is given no base_url" in said) == (named is not None)
    assert "sk-om-no-url" not in said
    _, said = doctor(url, "--port", port, **{**shell, "OCTAMEM_BASE_URL": f"{url}/"})
    assert "where a client goes" not in said


@pytest.mark.parametrize("form", ["{place}", "'http://{place}'", " http://{place}/v1", "HTTP://{place}?a=b"])
def test_a_base_url_is_put_right_at_the_server_that_it_means(doctor, follows, form, free_port):
    """A base URL without a scheme, in quotation marks or with too much leads to the server at its host and port."""
    place = follows[2].partition("://")[2]
    status, said = doctor("--port", free_port(), OCTAMEM_BASE_URL=form.format(place=place), OCTAMEM_API_KEY=KEY)
    assert (status, f"export OCTAMEM_BASE_URL=http://{place}\n" in said) == (1, True)


def test_an_app_with_a_wrong_base_url_is_told_the_right_one(doctor, follows, free_port):
    """If the base URL leads nowhere, the fake is looked for where serve listens, and its URL is what to set."""
    _, port, url = follows
    nowhere = f"http://127.0.0.1:{free_port()}"
    for arguments, environment in (((), {"OCTAMEM_BASE_URL": nowhere}), ((nowhere,), {"OCTAMEM_BASE_URL": url})):
        status, said = doctor(*arguments, "--port", port, OCTAMEM_API_KEY=KEY, **environment)
        assert (status, "1 problem found" in said) == (1, True)
        assert f"problem  base URL  no server answers at {nowhere}: " in said
        assert f"-> a fake answers at {url}: export OCTAMEM_BASE_URL={url}" in said
    for wrong in (f"{url}/v1", url.replace("http", "https")):  # found by the base URL itself, as it was meant
        status, said = doctor("--port", str(free_port()), OCTAMEM_API_KEY=KEY, OCTAMEM_BASE_URL=wrong)
        assert (status, "1 problem found" in said) == (1, True)
        assert f"-> export OCTAMEM_BASE_URL={url}" in said


def test_without_a_server_it_says_how_to_start_one(doctor, free_port):
    """If nothing answers anywhere, each place that was asked is named."""
    first, second = free_port(), free_port()
    status, said = doctor("--port", str(first), OCTAMEM_BASE_URL=f"http://127.0.0.1:{second}", OCTAMEM_API_KEY=KEY)
    assert status == 1
    assert f"no server answers at http://127.0.0.1:{first}" in said
    assert f"no server answers at http://127.0.0.1:{second}" in said
    assert "start one with octamem-fake serve" in said


@pytest.mark.parametrize(("place", "options"), [("127.0.0.1:8642", ""), ("[::1]:9", " --host ::1 --port 9")])
def test_the_lines_to_paste_name_the_server_that_is_meant(place, options):
    """The exports and the start of a server have the options of that server, and none at the usual address."""
    app = App(None)
    found = [*check_base_url(app, f"http://{place}"), *check_key(app, f"http://{place}")]
    assert [each.then.partition(", or")[0] for each in found] == [f'eval "$(octamem-fake env{options})"'] * 2


def test_a_server_that_is_named_and_not_there_is_started_at_its_port(doctor, free_port):
    """With --port, what to paste has that port, where without it another server would be meant."""
    port = free_port()
    _, said = doctor("--port", str(port))
    assert f'-> eval "$(octamem-fake env --port {port})", or pass base_url=' in said
    assert f"-> start one with octamem-fake serve --port {port}, or name its URL" in said


def test_a_named_server_that_the_app_does_not_call_is_noted(doctor, follows, free_port):
    """If the base URL leads to another fake than --port, the one that the app calls is examined, and a note says so."""
    url, other = follows[2], free_port()
    shell = {"OCTAMEM_BASE_URL": url, "OCTAMEM_API_KEY": KEY}
    status, said = doctor("--port", str(other), **shell)
    assert status == 0
    assert f"the app calls {url}, and not http://127.0.0.1:{other}, which is given by --port" in said
    assert f"run octamem-fake doctor http://127.0.0.1:{other}" in said
    for same in (url, url.replace("127.0.0.1", "localhost")):
        assert "given by" not in doctor("--port", follows[1], **{**shell, "OCTAMEM_BASE_URL": same})[1]


class Other(BaseHTTPRequestHandler):
    """A server that is no fake."""

    def do_GET(self):
        self.send_error(404)

    def log_message(self, *_):
        """Say nothing."""


def test_another_server_at_the_base_url_is_told_from_none(doctor, free_port):
    """A server that is no fake is a problem of its own, and is asked for its health alone."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        status, said = doctor("--port", str(free_port()), OCTAMEM_BASE_URL=url, OCTAMEM_API_KEY=KEY)
        server.shutdown()
        thread.join()
    assert status == 1
    assert f"another server answers at {url}, with 404: no fake" in said


def of_json(text, date="Sat, 28 Nov 2026 22:12:56 GMT"):
    return f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"SSH-2.0-OpenSSH\r\n", "another server answers at {}, with something that is no HTTP: no fake"),
        (b"", "no server answers at {}: the connection was closed without an answer"),
        (of_json('{"status":"ready","version":"1","now":5}'), "another server answers at {}, with 200: no fake"),
        (of_json('{"status":"ready","version":"1","now":"x"}'), "another server answers at {}, with 200: no fake"),
        (
            of_json('{"status":"ready","version":"1","now":"2026-11-28T22:12:56Z"}', date="today"),
            "another server answers at {}, with 200: no fake",
        ),
        (of_json("[" * 60_000), "another server answers at {}, with 200: no fake"),
    ],
    ids=["no HTTP", "nothing", "number", "no time", "no date", "deep"],
)
def test_whatever_answers_is_told_in_words(answer, said):
    """What is no HTTP, says nothing or only looks like a fake is a problem in plain words, and no traceback."""
    with serving(at_once=then_end(answer)) as server:
        url = server.url
        findings, found = check_server("base URL", url)
    assert problems(findings) == [f"base URL: {said.format(url)}"]
    assert found is None


def test_an_answer_that_drips_is_not_waited_for(monkeypatch):
    """The patience is for the whole answer, and does not begin anew with each byte."""
    monkeypatch.setattr("fake_server.cli.doctor.probe.PATIENCE", 0.2)

    with serving(at_once=drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, 0.01)) as server:
        url = server.url
        findings, _ = check_server("base URL", url)
    assert problems(findings) == [f"base URL: no server answers at {url}: no answer in time"]


def test_a_key_that_the_server_does_not_take_is_a_problem(doctor, follows):
    """A server with keys of its own is asked whether this is one of them, and whether it is active."""
    fake, port, url = follows
    fake.reset()
    shell = {"OCTAMEM_BASE_URL": url, "OCTAMEM_API_KEY": KEY}
    fake.change({"keys": ["sk-another-key-000000001"]})
    status, said = doctor("--port", port, **shell)
    assert (status, "the server does not know this key" in said) == (1, True)
    fake.remember(["tea"], key="sk-another-key-000000001")
    for malformed in (f"{KEY} ", "sk-om-clé-00000000001", "x" * 600):
        status, said = doctor("--port", port, **{**shell, "OCTAMEM_API_KEY": malformed})
        assert (status, "1 problem found" in said, "has seen no call" in said) == (1, True, True)
    fake.change({"keys": [{"key": KEY, "state": "revoked"}]})
    status, said = doctor("--port", port, **shell)
    assert (status, "the server knows this key as revoked" in said) == (1, True)
    fake.change({"keys": [KEY]})
    fake.faults("add: 503 x2")
    status, said = doctor("--port", port, **shell)
    assert (status, "the server knows this key" in said, "1 fault script armed, such as add: 503 x2" in said) == (
        0,
        True,
        True,
    )


def test_a_locked_server_is_looked_into_with_its_token(doctor):
    """Without the token the calls are not seen, which is no problem of the app; no token is shown."""
    with serve_in_thread(create_app(Fake()), control_token=TOKEN) as running:
        shell = {"OCTAMEM_BASE_URL": running.url, "OCTAMEM_API_KEY": KEY}
        status, said = doctor(**shell)
        assert (status, "only to who has its control token" in said) == (0, True)
        assert "the one given is another" not in said
        status, said = doctor(**shell, OCTAMEM_FAKE_CONTROL_TOKEN=f"{TOKEN}-of-yesterday")
        assert (status, "control token, and the one given is another" in said, TOKEN in said) == (0, True, False)
        status, said = doctor(**shell, OCTAMEM_FAKE_CONTROL_TOKEN=TOKEN)
        assert (status, "the server has seen no call" in said, TOKEN in said) == (0, True, False)


def test_a_name_that_the_server_does_not_answer_to_is_a_problem(follows, monkeypatch):
    """A fake that refuses the Host is told as one, with the option that allows it."""
    _, port, _ = follows
    monkeypatch.setattr("fake_server.cli.doctor.server.resolved", lambda *_: ["127.0.0.1"])
    findings, found = check_server("base URL", f"http://fake.test:{port}")
    assert found is None
    assert problems(findings) == [
        f"base URL: the fake at http://fake.test:{port} does not answer to the name fake.test"
    ]
    assert "--allowed-host fake.test" in findings[0].then


@pytest.mark.parametrize(("answered", "level"), [(False, "note"), (True, "problem")])
def test_a_name_whose_first_address_is_not_the_fakes_is_told(monkeypatch, answered, level):
    """If nothing answers at the first address of localhost, some clients fail; if another server does, all do."""
    probes = {"::1": Probe("::1", answered=answered), "127.0.0.1": Probe("127.0.0.1", answered=True, version="1")}
    monkeypatch.setattr("fake_server.cli.doctor.server.resolved", lambda *_: list(probes))
    monkeypatch.setattr("fake_server.cli.doctor.server.probe", lambda _, address: probes[address])
    findings, found = check_server("base URL", "http://localhost:8642")
    assert found is probes["127.0.0.1"]
    assert [each.level for each in findings] == ["ok", level]
    assert "localhost stands for ::1 first" in findings[1].seen


def test_json_has_the_findings_and_their_number(doctor, free_port):
    """For scripts, each finding is an object, and the exit status is the same."""
    status, said = doctor("--json", "--port", str(free_port()))
    answer = json.loads(said)
    assert (status, answer["problems"]) == (1, 3)
    assert set(answer["findings"][0]) == {"level", "check", "seen", "then"}


def test_its_help_has_examples_and_says_what_an_exit_status_means(doctor):
    """The help has examples and each exit status, and a wrong option is 2."""
    status, said = doctor("--help")
    assert (status, "Examples:" in said, "1  a problem was found" in said) == (0, True, True)
    assert doctor("--port", "x")[0] == 2
