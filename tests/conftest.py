"""What the tests of every layer share: a fake on a real port, one way to ask it anywhere, a wait for other threads."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import threading
import warnings
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Mapping, Optional, Tuple
from urllib.parse import quote, urlsplit

import hypothesis
import pytest
from both_parsers import LOOPS
from kit_project import ini

from fake_server import Drop, Fake, Request, create_app
from fake_server.server import Options, Running, serve_in_thread

# Without a deadline: a loaded machine is no finding. The same examples in every run, so that a change is judged by what
# it changes; new ones are looked for with HYPOTHESIS=explore.
hypothesis.settings.register_profile("octamem", deadline=None, derandomize=True)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS", "octamem"))

# The machine's own settings are no test's: a proxy, a key, the server that somebody works with, a width, a colour.
SHOWN = {"COLUMNS", "FORCE_COLOR", "NO_COLOR", "PY_COLORS"}
for _name in list(os.environ):
    if _name.lower().endswith("_proxy") or _name.startswith("OCTAMEM_") or _name in SHOWN:
        del os.environ[_name]

KEY = "sk-om-live-tests-0000000000000001"
TESTS = str(Path(__file__).parent) + os.sep
PATIENCE = 30.0  # seconds that a test gives another thread before it calls it stuck


@pytest.fixture(scope="module", autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Fail if tests of a module leave a thread: a hunt of any later test would name it as what it cannot move."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        code = getattr(getattr(thread, "_target", None), "__code__", None)
        if code is not None and code.co_filename.startswith(TESTS):
            thread.join(PATIENCE)
            assert not thread.is_alive(), f"a thread is left that runs {code.co_name}"


@dataclass(frozen=True)
class Answer:
    """An answer as a client reads it: header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        """What was answered, in either of the two published shapes."""
        return self.json.get("data", self.json)


Sender = Callable[[Request], Answer]


class Service:
    """A fake and a way to it, with one verb for each endpoint."""

    def __init__(self, fake: Fake, send: Sender, url: Optional[str] = None) -> None:
        self.fake = fake
        self.url = url
        self.send = send

    def call(
        self,
        endpoint: str,
        body: Any = None,
        *,
        key: Optional[str] = KEY,
        method: str = "POST",
        path: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """Send a request; a body that is no bytes is written as JSON."""
        sent: Dict[str, str] = {"content-type": "application/json"}
        if key is not None:
            sent["authorization"] = f"Bearer {key}"
        sent.update(headers or {})
        raw = body if isinstance(body, bytes) else json.dumps({} if body is None else body, ensure_ascii=False).encode()
        path = f"/api/memory/{endpoint}" if path is None else path
        return self.send(Request(method, path, {k: v for k, v in sent.items() if v is not None}, raw))

    def add(self, content: Any = "Tea at four", context: Any = "", **more: Any) -> Answer:
        return self.call("add", {"content": content, "previousContext": context}, **more)

    def search(self, query: Any = "tea", context: Any = "", **more: Any) -> Answer:
        return self.call("search", {"query": query, "previousContext": context}, **more)

    def details(self, **more: Any) -> Answer:
        return self.call("details", {}, **more)

    def control(self, method: str, route: str, body: Any = None) -> Tuple[int, Any]:
        """Ask the control API of the server; give the status and the JSON."""
        return control(self.url or "", method, route, body)

    def contents(self, query: str = "tea", context: str = "", **more: Any) -> list[str]:
        """Search, and give the contents found."""
        return [each["content"] for each in self.search(query, context, **more).data["results"]]


def control(url: str, method: str, route: str, body: Any = None) -> Tuple[int, Any]:
    """Ask the control API; give the status and the JSON."""
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=20)
    raw = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    try:
        connection.request(method, f"/_fake/{route}", raw)
        got = connection.getresponse()
        text = got.read()
        return got.status, json.loads(text) if text else None
    finally:
        connection.close()


def in_process(fake: Fake) -> Service:
    def send(request: Request) -> Answer:
        outcome = fake.decide(request)
        if isinstance(outcome, Drop):
            raise ConnectionError(outcome.how)
        assert outcome.cut is None
        return Answer(outcome.status, dict(outcome.headers), outcome.body)

    return Service(fake, send)


def over_http(fake: Fake, url: str) -> Service:
    address = urlsplit(url)

    def send(request: Request) -> Answer:
        connection = HTTPConnection(address.hostname or "", address.port, timeout=20)
        try:
            connection.request(request.method, quote(request.path), request.body, dict(request.headers))
            got = connection.getresponse()
            return Answer(got.status, {name.lower(): value for name, value in got.getheaders()}, got.read())
        finally:
            connection.close()

    return Service(fake, send, url)


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Callable[[str], Tuple[Fake, Running]]]:
    """One fake on one free port for each parser and the whole run: starting one costs more than most tests."""
    running: Dict[str, Tuple[Fake, Running]] = {}
    with contextlib.ExitStack() as stack:

        def share(http: str) -> Tuple[Fake, Running]:
            if http not in running:
                fake = Fake()
                options = Options(http=http, loop=LOOPS.get(http, "auto"))
                running[http] = fake, stack.enter_context(serve_in_thread(create_app(fake), options=options))
            return running[http]

        yield share


@pytest.fixture
def http() -> str:
    """The parser of the shared server; a module whose tests are about sockets runs each with both."""
    return "auto"


@pytest.fixture
def served(shared_server: Callable[[str], Tuple[Fake, Running]], http: str) -> Service:
    """The shared fake, as good as new, over HTTP."""
    fake, running = shared_server(http)
    service = over_http(fake, running.url)
    # What a client of the test before sent, and did not wait for, is to meet that test's faults and not this one's:
    # requests are taken up in their order, so once this one is answered none is left.
    service.send(Request("GET", "/_fake/health", {}, b""))
    fake.reset()
    return service


@pytest.fixture
def local() -> Service:
    """A new fake in process."""
    return in_process(Fake())


@pytest.fixture(params=["in process", "http"])
def service(request: pytest.FixtureRequest) -> Service:
    """A new fake, in process and over HTTP."""
    return request.getfixturevalue("local" if request.param == "in process" else "served")


@pytest.fixture
def build() -> Callable[..., Service]:
    """Make a fake of one's own settings, in process: `build(top_k=3)`."""
    return lambda **settings: in_process(Fake(**settings))


@pytest.fixture
def build_over_http() -> Callable[[Fake, str], Service]:
    """Ask a server at a URL; its fake is not at hand where it runs in another process."""
    return over_http


@pytest.fixture
def build_around() -> Callable[[Fake], Service]:
    """Ask, in process, a fake that stands already."""
    return in_process


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Give a function that returns once a condition holds, and fails where it never does."""

    def until(condition: Callable[[], object]) -> None:
        pause = threading.Event()
        for _ in range(int(PATIENCE / 0.001)):
            if condition():
                return
            pause.wait(0.001)
        pytest.fail("the condition never held")

    return until


@pytest.fixture
def key() -> str:
    """The key that a service calls with where none is named."""
    return KEY


@pytest.fixture
def control_of() -> Callable[..., Tuple[int, Any]]:
    """Ask the control API of any server: `control_of(url, method, route, body)`."""
    return control


@pytest.fixture
def pytester(pytester: pytest.Pytester) -> Iterator[pytest.Pytester]:
    """Run pytest in this process, and close the event loop that such a run leaves behind.

    Up to 0.26, pytest-asyncio leaves a new one after its last test. As garbage it would fail whichever test runs then.
    """
    yield pytester
    with warnings.catch_warnings(), contextlib.suppress(RuntimeError):
        warnings.simplefilter("ignore", DeprecationWarning)
        asyncio.get_event_loop_policy().get_event_loop().close()
        asyncio.set_event_loop(None)


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Give a project whose pytest runs as ours does."""
    pytester.makeini(ini())
    return pytester
