"""The guard: which Host, Origin and Sec-Fetch-Site a served fake answers, and what a refused request leaves behind."""

from __future__ import annotations

import contextlib
import json
import socket
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from both_parsers import http

from fake_server import Fake, create_app
from fake_server.authority import host_name
from fake_server.doors import Guard, RequestHead, Rules
from fake_server.server import RemoteAddressError, Running, listen, serve_in_thread

__all__ = ["http"]

KEY = "sk-om-live-tests-0000000000000001"
HERE = Rules("127.0.0.1")
SCRIPT = b'{"script": "add: 503"}'
LONG = "a" * 63


def refusal(rules=HERE, method="GET", path="/_fake/memories", target=None, **headers):
    """Give status and code of the refusal, None if there is none; a header of several values is a list."""
    given = {name.replace("_", "-"): [value] if isinstance(value, str) else value for name, value in headers.items()}
    refused = rules.refusal(RequestHead(method, path, {"host": ["localhost:8642"], **given}, target))
    return refused and (refused.status, refused.code)


OWN_HOSTS = (
    *["localhost", "localhost:8642", "LOCALHOST:1", "localhost.", "a.localhost", "A.b.localhost:80", "127.0.0.1"],
    *["127.0.0.1:65535", "127.0.0.2", "127.255.255.254", "[::1]", "[::1]:8642", "[0:0:0:0:0:0:0:1]"],
    *["[::ffff:127.0.0.1]:8642", "[::FFFF:7f00:1]"],
)
FOREIGN_HOSTS = (
    *["evil.example", "evil.example:8642", "evil.example.", "localhost.evil.example", "127.0.0.1.evil.example"],
    *["localhostevil", "evillocalhost", "0.0.0.0:8642", "[::]", "10.0.0.1", "128.0.0.1", "[::2]", "[::ffff:10.0.0.1]"],
    *["[fe80::1]", "platform.octamem.com", "octamem.com", "localhost.localdomain", "1e100.net", "xn--lcalhost-55a"],
)
MALFORMED_HOSTS = (
    *["", " ", ".", "..", "localhost..", ".localhost", "a..localhost", "127.1", "0x7f.1", "2130706433", "0177.0.0.1"],
    *["127.0.0.01", "127.000.000.001", "127.0.0.1.", "127.0.0.256", "127.0.0.1.1", "evil.127", "evil.0x7f", "0x"],
    *["::1", "[::1", "::1]", "[::1]evil", "[::1%lo]", "[::1%25lo]", "[127.0.0.1]", "[]", "[localhost]", "[:::]"],
    *["localhost:", "localhost:0", "localhost:65536", "localhost:99999999999", "localhost:+80", "localhost:8 0"],
    *["localhost:a", "localhost:80:80", "localhost:٨٠", "localhost\t", "localhost evil.example", "localhost,evil"],
    *[
        "user@localhost",
        "localhost@evil.example",
        "localhost#@evil",
        "localhost/",
        "localhost\\evil",
        "http://localhost",
    ],
    *["localhost?", "loc%61lhost", "ⓛocalhost", "localhost\xa0", "\xe9vil.localhost", "localhost\x00", "-.localhost"],
    *["*", "*.localhost", f"{LONG}a.localhost", ".".join([LONG] * 5), "localhost; x", "localhost\n"],
)


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_a_loopback_host_is_answered(host):
    """A loopback address, localhost and each name under it are the server's own, with any port and in any case."""
    assert refusal(host=host) is None
    assert refusal(method="POST", path="/_fake/reset", host=host) is None
    assert refusal(target=host) is None


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_foreign_host_is_refused(host):
    """Any other well-formed host is 403, as a header and as the authority of the target, for reading too."""
    assert refusal(host=host) == (403, "HOST_NOT_ALLOWED")
    assert refusal(target=host) == (403, "HOST_NOT_ALLOWED")
    assert refusal(method="POST", path="/_fake/reset", host=host) == (403, "HOST_NOT_ALLOWED")


@pytest.mark.parametrize("host", MALFORMED_HOSTS, ids=ascii)
def test_a_malformed_host_is_refused(host):
    """What is no HOST or HOST:PORT is 400, and so is a spelling of an address that a browser would not send."""
    assert refusal(host=host) == (400, "MALFORMED_HOST")
    assert refusal(target=host) == (400, "MALFORMED_HOST")


def test_one_host_is_wanted():
    """No host and several hosts are 400, unless the target itself has the authority."""
    assert refusal(host=[]) == (400, "MALFORMED_HOST")
    assert refusal(host=["localhost", "localhost"]) == (400, "MALFORMED_HOST")
    assert refusal(host=["localhost", "evil.example"]) == (400, "MALFORMED_HOST")
    assert refusal(host=[], target="localhost") is None


@pytest.mark.parametrize(
    "path", ["/api/memory/add", "/api/memory/details", "/api/memory/ad", "/_fakes", "//_fake/reset"]
)
def test_the_host_of_the_service_is_answered_for_the_service(path):
    """`platform.octamem.com` reaches what the service answers, its 404 included."""
    assert refusal(method="POST", path=path, host="platform.octamem.com") is None
    assert refusal(method="POST", path=path, host="Platform.OctaMem.com:443", target="platform.octamem.com") is None


@pytest.mark.parametrize("path", ["/_fake", "/_fake/", "/_fake/health", "/_fake/nosuch", "/_fake//reset"])
def test_the_host_of_the_service_does_not_reach_the_control_api(path):
    """`platform.octamem.com` is a foreign host under /_fake."""
    assert refusal(path=path, host="platform.octamem.com") == (403, "HOST_NOT_ALLOWED")


def test_an_allowed_host_is_answered():
    """A name that was allowed is the server's own, and the names under it are not."""
    rules = Rules("127.0.0.1", frozenset({"fake.test"}))
    assert refusal(rules, host="FAKE.test.:8642") is None
    assert refusal(rules, host="evil.fake.test") == (403, "HOST_NOT_ALLOWED")
    assert refusal(rules, method="POST", path="/_fake/reset", host="fake.test", origin="http://fake.test") is None


def test_an_address_beyond_loopback_answers_to_any_host():
    """Bound to another address any host is answered; with allowed names these, and any address."""
    anywhere = Rules("0.0.0.0")
    assert refusal(anywhere, host="evil.example") is None
    assert refusal(anywhere, host="127.1") == (400, "MALFORMED_HOST")
    assert refusal(anywhere, method="POST", path="/_fake/reset", origin="http://evil.example") is not None
    named = Rules("0.0.0.0", frozenset({"box.lan"}))
    for host in ("box.lan", "192.168.1.5:8642", "[fe80::1]", "0.0.0.0", "localhost"):
        assert refusal(named, host=host) is None
    assert refusal(named, host="evil.example") == (403, "HOST_NOT_ALLOWED")


CHANGING = [
    ("POST", "/_fake/faults"),
    ("PUT", "/_fake/settings"),
    ("DELETE", "/_fake/memories"),
    ("POST", "/_fake/reset"),
    ("OPTIONS", "/_fake/faults"),
    ("POST", "/api/memory/add"),
    ("GET", "/api/memory/details"),
    ("OPTIONS", "/api/memory/add"),
    ("GET", "/_fake/nosuch"),
    ("get", "/_fake/health"),
    ("WEBSOCKET", "/_fake/health"),
]
FOREIGN_ORIGINS = (
    *["null", "http://evil.example", "http://evil.example:8642", "http://localhost", "http://localhost:3000"],
    *["https://localhost:8642", "http://127.0.0.1:8642", "http://[::1]:8642", "http://a.localhost:8642"],
    *["chrome-extension://abcdefghijklmnop", "ws://localhost:8642", "http://localhost:80", "http://8642.localhost"],
)
MALFORMED_ORIGINS = (
    *["", "Null", "localhost:8642", "//localhost:8642", "http://", "http:/localhost:8642", "http://localhost:8642/"],
    *["http://localhost:8642/x", "http://localhost:8642 http://evil.example", "http://localhost:8642,null", "file://"],
    *[
        "http://user@localhost:8642",
        "http://localhost:8642@evil.example",
        "http://localhost:8642#",
        "http://localhost:",
    ],
    *["http://localhost:99999", "http://127.1:8642", "http://\xe9vil.example", "1http://localhost:8642", "http://[::1"],
)


@pytest.mark.parametrize(("method", "path"), CHANGING)
def test_the_servers_own_page_may_change_it(method, path):
    """What a page of the same scheme, host and port sends is let through, and so is what no page sends."""
    assert refusal(method=method, path=path) is None
    assert refusal(method=method, path=path, origin="http://localhost:8642") is None
    assert refusal(method=method, path=path, origin="HTTP://LOCALHOST:8642", sec_fetch_site="same-origin") is None
    assert refusal(method=method, path=path, sec_fetch_site="none") is None
    assert refusal(method=method, path=path, host="[::1]", origin="http://[0::1]:80") is None


@pytest.mark.parametrize(("method", "path"), CHANGING)
def test_a_page_of_another_origin_changes_nothing(method, path):
    """A foreign Origin, and a Sec-Fetch-Site other than same-origin or none, is 403 whatever else is sent."""
    for origin in FOREIGN_ORIGINS:
        assert refusal(method=method, path=path, origin=origin) == (403, "ORIGIN_NOT_ALLOWED")
        assert refusal(method=method, path=path, origin=origin, sec_fetch_site="none") == (403, "ORIGIN_NOT_ALLOWED")
    for site in ("cross-site", "same-site", "", "Same-Origin", "none, none", "sibling", ["none", "cross-site"]):
        got = refusal(method=method, path=path, origin="http://localhost:8642", sec_fetch_site=site)
        assert got == (403, "ORIGIN_NOT_ALLOWED")
        assert refusal(method=method, path=path, sec_fetch_site=site, sec_fetch_mode="navigate") is not None


@pytest.mark.parametrize("origin", MALFORMED_ORIGINS, ids=ascii)
def test_a_malformed_origin_is_refused(origin):
    """What is neither null nor one SCHEME://HOST[:PORT] is 400, for reading too."""
    assert refusal(origin=origin) == (400, "MALFORMED_ORIGIN")
    assert refusal(method="POST", path="/_fake/reset", origin=origin) == (400, "MALFORMED_ORIGIN")


def test_one_origin_at_most_is_wanted():
    """Two Origin headers are 400 even if each alone would pass."""
    assert refusal(origin=["http://localhost:8642"] * 2) == (400, "MALFORMED_ORIGIN")


def test_an_origin_is_that_of_the_target_and_of_the_host():
    """A target in absolute form has an authority of its own, and the page must be of both."""
    own = {"target": "localhost:8642", "method": "POST", "path": "/_fake/reset"}
    assert refusal(**own, origin="http://localhost:8642") is None
    assert refusal(**own, origin="http://localhost", host="localhost") == (403, "ORIGIN_NOT_ALLOWED")


def test_a_link_from_another_page_opens_what_only_reads():
    """A cross-site GET is answered if it opens a reading route in a window; fetched or framed it is refused."""
    link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    assert refusal(path="/_fake/requests", **link) is None
    assert refusal(path="/_fake/requests", **{**link, "sec_fetch_dest": "iframe"}) == (403, "ORIGIN_NOT_ALLOWED")
    assert refusal(path="/_fake/requests", **{**link, "sec_fetch_mode": "no-cors"}) == (403, "ORIGIN_NOT_ALLOWED")
    assert refusal(path="/_fake/requests", sec_fetch_site="cross-site") == (403, "ORIGIN_NOT_ALLOWED")
    assert refusal(path="/_fake/reset", **link) == (403, "ORIGIN_NOT_ALLOWED")
    assert refusal(path="/api/memory/details", **link) == (403, "ORIGIN_NOT_ALLOWED")
    assert refusal(path="/_fake/requests", origin="null", **link) == (403, "ORIGIN_NOT_ALLOWED")


def test_what_was_seen_is_told_in_ascii_and_cut():
    """A message repeats a header escaped, cut and without what stands before an @, and says what to do."""
    for host in ("\xe9\r\n\x00" + "x" * 100_000, f"{KEY}@localhost", "evil.example"):
        refused = HERE.refusal(RequestHead("GET", "/", {"host": [host]}))
        assert refused.message.isascii()
        assert refused.message.isprintable()
        assert len(refused.message) < 600
        assert KEY not in refused.message
    assert "got 'evil.example'" in refused.message
    assert "--allowed-host NAME" in refused.message


PAGE_OF_ANOTHER_ORIGIN = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}


def request(target="/_fake/faults", *lines, method="POST", body=SCRIPT, version="1.1", host="localhost"):
    head = [f"{method} {target} HTTP/{version}", *([f"host: {host}"] if host else []), *lines]
    head += [f"authorization: Bearer {KEY}", f"content-length: {len(body)}", "", ""]
    return "\r\n".join(head).encode("latin-1") + body


MEMORIES, ESCAPED = "/_fake/memories", "/%5ffake/faults"
REFUSED = {
    "foreign host": (request(host="evil.example"), 403, "HOST_NOT_ALLOWED"),
    "foreign host, read": (request(MEMORIES, method="GET", body=b"", host="evil.example"), 403, "HOST_NOT_ALLOWED"),
    "foreign target": (request("http://evil.example/_fake/faults"), 403, "HOST_NOT_ALLOWED"),
    "foreign target in capitals": (request("HTTPS://EVIL.example:80/api/memory/add"), 403, "HOST_NOT_ALLOWED"),
    "foreign target without a path": (request("http://evil.example?x"), 403, "HOST_NOT_ALLOWED"),
    "foreign target beside an empty host": (request("http://evil.example/", "host:", host=None), 400, "MALFORMED_HOST"),
    "user in the target": (request("http://localhost@evil.example/_fake/faults"), 400, "MALFORMED_HOST"),
    "empty target authority": (request("http:///_fake/faults"), 400, "MALFORMED_HOST"),
    "host of the service": (request(host="platform.octamem.com"), 403, "HOST_NOT_ALLOWED"),
    "host of the service, escaped path": (request(ESCAPED, host="platform.octamem.com"), 403, "HOST_NOT_ALLOWED"),
    "no host": (request(version="1.0", host=None), 400, "MALFORMED_HOST"),
    "empty host": (request("/_fake/faults", "host:", host=None), 400, "MALFORMED_HOST"),
    "bytes in the host": (request(host="\xe9\xff.localhost"), 400, "MALFORMED_HOST"),
    "folded host": (request(host="localhost\r\n evil.example"), 400, "MALFORMED_HOST"),
    "cross-site post": (request("/_fake/faults", "origin: http://evil.example"), 403, "ORIGIN_NOT_ALLOWED"),
    "opaque origin": (request("/_fake/faults", "origin: null"), 403, "ORIGIN_NOT_ALLOWED"),
    "another port": (request("/_fake/faults", "origin: http://localhost:3000"), 403, "ORIGIN_NOT_ALLOWED"),
    "two origins": (request("/_fake/faults", "origin: null", "origin: null"), 400, "MALFORMED_ORIGIN"),
    "cross-site add": (request("/api/memory/add", "sec-fetch-site: cross-site"), 403, "ORIGIN_NOT_ALLOWED"),
    "same-site reset": (request("/_fake/reset", "sec-fetch-site: same-site"), 403, "ORIGIN_NOT_ALLOWED"),
    "an image": (request("/api/memory/details", "sec-fetch-site: cross-site", method="GET"), 403, "ORIGIN_NOT_ALLOWED"),
    "a preflight": (request("/api/memory/add", "origin: null", method="OPTIONS"), 403, "ORIGIN_NOT_ALLOWED"),
    "a handshake": (
        request("/api/memory/add", "upgrade: websocket", "connection: upgrade", "origin: null", method="GET", body=b""),
        403,
        "ORIGIN_NOT_ALLOWED",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_request_leaves_no_trace(served, raw, name):
    """It is answered with an error as JSON, takes no fault, changes nothing and is in no journal."""
    sent, status, code = REFUSED[name]
    served.fake.remember(["tea"], key=KEY)
    served.fake.faults("*: 503")
    got, answer = raw(served.url, sent)
    assert (got, answer["code"]) == (status, code)
    assert [(each.script.text, each.left) for each in served.fake.armed()] == [("*: 503", 1)]
    assert [each.content for each in served.fake.memories(key=KEY)] == ["tea"]
    assert served.fake.requests() == []


@pytest.mark.parametrize("whose", ["own", "known"])
@pytest.mark.parametrize(
    "line", ["host: {}", "origin: http://{}", "origin: {}", "sec-fetch-site: {}", "sec-fetch-site: x {} y"]
)
def test_a_refusal_shows_no_key_that_a_header_has(served, raw, caplog, whose, line):
    """The sender's key and one that the fake knows are blanked in the answer and in the log, whatever their form."""
    key = "a-plain-key-of-0000001"
    if whose == "known":
        served.fake.remember(["tea"], key=key)
    sent = request("/api/memory/add", f"authorization: Bearer {key if whose == 'own' else KEY}", line.format(key))
    with caplog.at_level("INFO"):
        status, answer = raw(served.url, sent)
    assert status in {400, 403}
    assert key not in answer["error"]
    assert key not in caplog.text


@pytest.mark.parametrize("host", ["localhost", "[::1]:1", "a.localhost", "127.0.0.2:80", "platform.octamem.com"])
def test_what_is_let_through_reaches_the_fake(served, raw, host):
    """An own host, and the service's on its routes, is answered by the fake over a socket."""
    sent = request("/api/memory/add", "content-type: application/json", body=b'{"content": "tea"}', host=host)
    assert raw(served.url, sent)[0] == 200
    target = request(f"http://{host}/api/memory/add", body=b'{"content": "tea"}', host=host)
    assert raw(served.url, target)[0] == 200
    assert len(served.fake.memories(key=KEY)) == 2


def test_a_host_that_passed_once_opens_nothing_else(served, raw):
    """After many requests of a program, a page with the same Host, and any other Host, are refused as before."""
    sent = [request("/api/memory/add", "content-type: application/json", body=b'{"content": "tea"}')]
    sent += [request("/api/memory/add", f"{each}: {value}") for each, value in PAGE_OF_ANOTHER_ORIGIN.items()]
    sent += [request("/api/memory/add", "host: localhost"), request("http://evil.example/api/memory/add")]
    sent += [request("/api/memory/add", host="platform.octamem.com"), request(host="platform.octamem.com")]
    for _ in range(2):
        assert [raw(served.url, each)[0] for each in sent] == [200, 403, 403, 400, 403, 400, 403]


def test_two_host_headers_are_refused(served, raw):
    """Two Host headers are 400, whichever of the two comes first."""
    for first, second in (("localhost", "evil.example"), ("evil.example", "localhost")):
        assert raw(served.url, request("/_fake/faults", f"host: {second}", host=first))[0] == 400
    assert served.fake.armed() == []


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_refusal_is_read_by_who_sends_a_large_body_on(served, raw, version):
    """A client that sends its whole body after it was refused gets the answer and no RST."""
    sent = request("/_fake/memories", "connection: close", body=b" " * (8 << 20), version=version, host="evil.example")
    assert raw(served.url, sent)[0] == 403


def test_a_connection_goes_on_after_a_refusal(served):
    """The body of a refused request is read off its connection, and the next request on it is answered."""
    address = urlsplit(served.url)
    with contextlib.closing(HTTPConnection(address.hostname, address.port, timeout=20)) as connection:
        connection.connect()
        kept = connection.sock
        for headers, status in (({"Host": "evil.example"}, 403), ({}, 200)):
            connection.request("POST", "/_fake/faults", SCRIPT, headers)
            answer = connection.getresponse()
            assert (answer.status, "faults" in json.loads(answer.read())) == (status, status == 200)
        assert connection.sock is kept


def test_a_mounted_app_is_not_guarded():
    """`create_app` answers to any host and origin: whoever mounts it has rules of their own."""
    import anyio
    import httpx

    async def ask():
        transport = httpx.ASGITransport(app=create_app(Fake()))
        async with httpx.AsyncClient(transport=transport, base_url="http://any.example") as client:
            return await client.post("/_fake/faults", content=SCRIPT, headers={"origin": "http://evil.example"})

    assert anyio.run(ask).status_code == 200


def test_a_websocket_of_another_origin_is_closed_before_it_is_accepted():
    """The handshake of a foreign page is refused, and that of the server's own page is handed on."""
    import anyio

    async def inner(scope, receive, send):
        await send({"type": "inner"})

    async def ask(origin):
        sent = []

        async def send(message):
            sent.append(message["type"])

        headers = [(b"host", b"localhost"), (b"origin", origin)]
        await Guard(inner, HERE)({"type": "websocket", "path": "/_fake/health", "headers": headers}, None, send)
        return sent

    assert anyio.run(ask, b"http://localhost:3000") == ["websocket.close"]
    assert anyio.run(ask, b"http://localhost") == ["inner"]


def test_a_server_in_a_thread_takes_the_same_options(control_of, raw):
    """`serve_in_thread` guards by itself, and takes further names."""
    with serve_in_thread(create_app(Fake()), allowed_hosts=["Fake.test"]) as running:
        assert raw(running.url, request(host="fake.test"))[0] == 200
        assert raw(running.url, request(host="evil.example"))[0] == 403
        assert len(control_of(running.url, "GET", "faults")[1]["faults"]) == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.0.2.1", "0"])
def test_an_address_beyond_loopback_is_opened_only_if_told(host):
    """`listen` refuses an address that other machines can reach, before it opens anything."""
    with pytest.raises(RemoteAddressError, match="expected a loopback address or localhost, got"):
        listen(host, 0)


def test_an_allowed_remote_address_is_opened():
    """With `allow_remote` every address of this machine is listened on."""
    with listen("0.0.0.0", 0, allow_remote=True) as listening:
        assert listening.getsockname()[0] == "0.0.0.0"
    with pytest.raises(OSError, match="assign"):
        listen("192.0.2.1", 0, allow_remote=True)


@pytest.mark.parametrize("host", ["::", "0::0", "::ffff:127.0.0.1"])
def test_an_ipv6_address_that_stands_for_ipv4_too_serves_both(host, raw, loopback_addresses):
    """`::` is reached over either family, and a mapped address over IPv4; the URL is one to connect to."""
    with serve_in_thread(create_app(Fake()), host=host, allow_remote=True) as running:
        sent = b"GET /_fake/health HTTP/1.1\r\nhost: [::ffff:127.0.0.1]\r\n\r\n"
        families = ["127.0.0.1"] if host == "::ffff:127.0.0.1" else loopback_addresses
        assert [raw(f"http://{each}:{running.port}", sent)[0] for each in families] == [200] * len(families)
        assert raw(running.url, sent)[0] == 200


@pytest.mark.parametrize(
    ("bound", "url"),
    [
        *[("127.0.0.1", "http://127.0.0.1:8"), ("0.0.0.0", "http://127.0.0.1:8"), ("::1", "http://[::1]:8")],
        *[("192.0.2.1", "http://192.0.2.1:8"), ("2001:db8::1", "http://[2001:db8::1]:8")],
    ],
)
def test_the_url_of_a_server_is_one_to_connect_to(bound, url):
    """An address that stands for all others is none to connect to; each other address is its own."""
    assert Running(bound, 8).url == url


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "127.1"])
def test_a_loopback_address_needs_no_leave(host):
    """Every spelling that stands for a loopback address is listened on."""
    with listen(host, 0) as listening:
        assert isinstance(listening, socket.socket)
        assert listening.getsockname()[0].startswith("127.")


def test_an_allowed_host_is_a_name_or_an_address():
    """A name and an address are taken in their canonical spelling, and what has more or less is none."""
    taken = {
        "Fake.Test.": "fake.test",
        "10.0.0.1": "10.0.0.1",
        "FE80::1": "fe80::1",
        "[fe80::1]": "fe80::1",
        "x_1": "x_1",
    }
    assert {each: host_name(each) for each in taken} == taken
    for each in ("", "http://fake.test", "fake.test:80", "[::1]:80", "*.test", "fake test", "127.1", "b\xfccher.test"):
        assert host_name(each) is None
    with pytest.raises(ValueError, match="expected a host name or an address without scheme and port, got 'a:1'"):
        serve_in_thread(create_app(Fake()), allowed_hosts=["a:1"]).__enter__()
