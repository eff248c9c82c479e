"""CORS: pages of an allowed origin call the service and read its answers, and nobody's page asks the control API."""

from __future__ import annotations

import contextlib
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from fake_server import Fake, create_app
from fake_server.authority import read_allowed_origin
from fake_server.doors import RequestHead, Rules, read_cors
from fake_server.doors.cors import EXPOSED
from fake_server.server import serve_in_thread

KEY = "sk-om-live-tests-0000000000000001"
PAGE = "http://localhost:3000"
RULES = Rules("127.0.0.1", cors=read_cors([PAGE, "https://App.test:443"]))
ANYONE = Rules("127.0.0.1", token="t0ken", cors=read_cors(["*"]))
SAFE = {"cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"}
SENT_BY_SERVERS = {"date", "connection", "vary", "x-content-type-options", "access-control-allow-origin"}


def refusal(rules=RULES, path="/api/memory/add", method="POST", **headers):
    given = {name.replace("_", "-"): [value] if isinstance(value, str) else value for name, value in headers.items()}
    refused = rules.refusal(RequestHead(method, path, {"host": ["localhost:8642"], **given}))
    return refused and refused.code


@pytest.mark.parametrize("path", ["/api/memory/add", "/api/memory/search", "/api/memory/details", "/nosuch", "/"])
def test_an_allowed_page_calls_the_service(path):
    """Each path of the service is open to a page of an allowed origin, in any spelling of it."""
    for origin in (PAGE, "HTTP://LOCALHOST:3000", "https://app.test", "https://app.test:443"):
        assert refusal(path=path, origin=origin, sec_fetch_site="cross-site") is None
        assert refusal(path=path, method="OPTIONS", origin=origin, sec_fetch_site="same-site") is None


@pytest.mark.parametrize(
    "origin",
    [
        *["http://localhost:3001", "https://localhost:3000", "http://localhost", "http://app.test", "null"],
        *["https://app.test:80", "https://app.test:3000", "https://evil.app.test", "http://127.0.0.1:3000"],
    ],
)
def test_a_page_of_another_origin_is_still_refused(origin):
    """Scheme, host and port must be those of an allowed origin."""
    assert refusal(origin=origin) == "ORIGIN_NOT_ALLOWED"
    assert refusal(ANYONE, origin=origin) is None


@pytest.mark.parametrize("path", ["/_fake/settings", "/_fake/", "/_fake", "/_fake/health", "/_fake/nosuch"])
@pytest.mark.parametrize("rules", [RULES, ANYONE], ids=["some", "all"])
def test_no_page_of_another_origin_asks_the_control_api(rules, path):
    """Neither an allowed origin nor * opens a path under /_fake/, preflights included."""
    for method in ("GET", "POST", "OPTIONS"):
        assert refusal(rules, path, method, origin=PAGE, authorization="Bearer t0ken") == "ORIGIN_NOT_ALLOWED"


def test_what_is_refused_beside_the_origin_stays_refused():
    """A foreign host, a malformed or second Origin, and a page that sends none are refused as ever."""
    assert refusal(ANYONE, host="evil.example", origin=PAGE) == "HOST_NOT_ALLOWED"
    assert refusal(ANYONE, origin=f"{PAGE}/") == "MALFORMED_ORIGIN"
    assert refusal(ANYONE, origin=[PAGE, PAGE]) == "MALFORMED_ORIGIN"
    assert refusal(ANYONE, sec_fetch_site="cross-site") == "ORIGIN_NOT_ALLOWED"


def test_an_origin_is_read_in_its_canonical_spelling():
    """Scheme and host in lower case and no default port; a path, a pattern or a bare host is none."""
    taken = {
        "HTTP://Localhost:80": "http://localhost", "https://a.test:443": "https://a.test", "null": "null", "*": "*",
        "https://a.test:80": "https://a.test:80", "http://[::0001]:3": "http://[::1]:3", "x-app://a": "x-app://a",
    }  # fmt: skip
    assert {each: read_allowed_origin(each) for each in taken} == taken
    for each in ("", "localhost:3000", "http://a/", "http://*", "http://*.a.test", "http://a b", "**", "http://a:0"):
        assert read_allowed_origin(each) is None


@pytest.fixture(scope="module")
def served_to_pages():
    fake = Fake()
    with serve_in_thread(create_app(fake), cors=[PAGE]) as running:
        yield fake, running


@pytest.fixture
def fetch(served_to_pages):
    """Send a request as a browser does; give status and headers."""
    fake, running = served_to_pages
    fake.reset()
    address = urlsplit(running.url)

    def send(method, path, body=None, **headers):
        with contextlib.closing(HTTPConnection(address.hostname, address.port, timeout=20)) as connection:
            connection.request(method, path, body, {name.replace("_", "-"): each for name, each in headers.items()})
            answer = connection.getresponse()
            answer.read()
            return answer.status, {name.lower(): each for name, each in answer.getheaders()}

    send.fake = fake
    return send


CALL = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", "Sec_Fetch_Site": "cross-site"}


def test_a_preflight_is_answered_and_leaves_no_trace(fetch):
    """It allows POST with the headers that were asked for, takes no fault, and is in no journal."""
    fetch.fake.faults("*: 503")
    asked = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "authorization,x-octamem-fault"}
    status, headers = fetch("OPTIONS", "/api/memory/add", Origin=PAGE, **asked)
    assert status == 204
    assert headers["access-control-allow-origin"] == PAGE
    assert headers["access-control-allow-methods"] == "POST"
    assert headers["access-control-allow-headers"] == "authorization,x-octamem-fault"
    assert headers["vary"] == "Origin"
    assert "access-control-allow-private-network" not in headers
    local = fetch("OPTIONS", "/", Origin=PAGE, Access_Control_Request_Private_Network="true", **asked)[1]
    assert local["access-control-allow-private-network"] == "true"
    odd = fetch("OPTIONS", "/", Origin=PAGE, Access_Control_Request_Method="POST", Access_Control_Request_Headers="a;b")
    assert "access-control-allow-headers" not in odd[1]
    assert fetch.fake.requests() == []
    assert [each.left for each in fetch.fake.armed()] == [1]


def test_an_allowed_page_reads_every_answer(fetch):
    """Successes, refusals of the service and faults let the page read them, with the headers that a client needs."""
    fetch.fake.change({"rate": "2/60"})
    fetch.fake.faults("search: 503(retry-after=2)")
    seen = set()
    for path, body in (("add", b'{"content": "tea"}'), ("search", b"{}"), ("details", b"{}"), ("details", b"{}")):
        status, headers = fetch("POST", f"/api/memory/{path}", body, Origin=PAGE, **CALL)
        assert headers["access-control-allow-origin"] == PAGE
        assert headers["access-control-expose-headers"] == ", ".join(EXPOSED)
        seen |= set(headers)
    status, headers = fetch("OPTIONS", "/api/memory/add", Origin=PAGE)
    assert (status, headers["access-control-allow-origin"]) == (405, PAGE)
    seen |= set(headers)
    assert {"x-request-id", "retry-after", "x-ratelimit-reset", "allow"} < seen
    assert seen - SAFE - SENT_BY_SERVERS - {each.lower() for each in EXPOSED} == {"access-control-expose-headers"}
    assert len(fetch.fake.memories(key=KEY)) == 1


def test_nobody_else_is_let_in(fetch):
    """A program gets no CORS headers, another page is refused without them, and the control API has none."""
    program = {name: each for name, each in CALL.items() if name != "Sec_Fetch_Site"}
    status, headers = fetch("POST", "/api/memory/details", b"{}", **program)
    assert (status, any("access-control" in name for name in headers)) == (200, False)
    status, headers = fetch("POST", "/api/memory/add", b"{}", Origin="http://evil.example")
    assert (status, any("access-control" in name for name in headers)) == (403, False)
    preflight = {"Origin": PAGE, "Access_Control_Request_Method": "POST"}
    status, headers = fetch("OPTIONS", "/_fake/faults", **preflight)
    assert (status, any("access-control" in name for name in headers)) == (403, False)


def test_all_pages_may_be_let_in():
    """With * the answer names no origin, and is the same for every page."""
    with serve_in_thread(create_app(Fake()), cors=["*"]) as running:
        address = urlsplit(running.url)
        for origin in ("http://evil.example", "null"):
            with contextlib.closing(HTTPConnection(address.hostname, address.port, timeout=20)) as connection:
                connection.request("POST", "/api/memory/details", b"{}", {**CALL, "Origin": origin})
                headers = dict(connection.getresponse().getheaders())
            assert (headers["access-control-allow-origin"], "vary" in headers) == ("*", False)
