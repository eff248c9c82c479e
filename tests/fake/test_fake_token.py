"""The control token: which routes ask for it, how it is sent, and what a request without it leaves behind."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from fake_server import Fake, create_app
from fake_server.doors import RequestHead, Rules
from fake_server.server import Running, serve_in_thread

TOKEN = "t0ken-of-the-tests"
LOCKED = Rules("127.0.0.1", token=TOKEN)
REQUIRED = (401, "CONTROL_TOKEN_REQUIRED")


def refusal(path="/_fake/settings", method="GET", rules=LOCKED, **headers):
    given = {name.replace("_", "-"): [value] if isinstance(value, str) else value for name, value in headers.items()}
    refused = rules.refusal(RequestHead(method, path, {"host": ["localhost"], **given}))
    return refused and (refused.status, refused.code)


@pytest.mark.parametrize(
    "path", ["/_fake/settings", "/_fake/requests", "/_fake/nosuch", "/_fake/health/", "/_fake//health", "/_fake/heal"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "WEBSOCKET"])
def test_every_control_route_asks_for_the_token(path, method):
    """Without the token each path of the control API is 401, those that do not exist included."""
    assert refusal(path, method) == REQUIRED
    assert refusal(path, method, authorization=f"Bearer {TOKEN}") is None


@pytest.mark.parametrize(
    "path", ["/_fake/health", "/api/memory/add", "/", "/_fakes", "/api/memory/_fake/settings", "//_fake/settings"]
)
def test_the_service_and_its_health_ask_for_no_token(path):
    """Whoever waits for the server, or calls the service with a key of its own, needs no token."""
    assert refusal(path) is None
    assert refusal(path, "POST", authorization="Bearer sk-om-live-tests-0000000000000001") is None


@pytest.mark.parametrize(
    "authorization",
    [
        *["", TOKEN, "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer x{TOKEN}", f"Bearer {TOKEN[:-1]}"],
        *[f"Bearer {TOKEN.upper()}", f"Basic {TOKEN}", f"Bearer\t{TOKEN}", f"Bearer {TOKEN}, Bearer {TOKEN}"],
        *[f"Bearer {TOKEN} {TOKEN}", "Bearer \xe9\xff", f'Bearer "{TOKEN}"', [f"Bearer {TOKEN}"] * 2],
        [f"Bearer {TOKEN}", "Bearer guess"],
    ],
    ids=ascii,
)
def test_what_is_not_the_token_is_refused(authorization):
    """One Authorization header with the scheme Bearer and the whole token is accepted, and nothing else."""
    assert refusal(authorization=authorization) == REQUIRED


def test_the_scheme_is_read_in_any_case():
    """The scheme is no part of the secret, and RFC 9110 has it in any case."""
    assert refusal(authorization=f"bearer {TOKEN}") is None
    assert refusal(authorization=f"BEARER  {TOKEN}") is None


def test_the_token_does_not_open_what_is_refused_before():
    """A page of another origin and a foreign host are refused with the token too."""
    sent = {"authorization": f"Bearer {TOKEN}"}
    assert refusal(origin="http://evil.example", **sent) == (403, "ORIGIN_NOT_ALLOWED")
    assert refusal(host="evil.example", **sent) == (403, "HOST_NOT_ALLOWED")


def test_neither_a_repr_nor_a_message_shows_a_token():
    """The token of the server, and what was sent in its place, stand in no repr and in no refusal."""
    refused = LOCKED.refusal(RequestHead("GET", "/_fake", {"host": ["localhost"], "authorization": ["Bearer guess"]}))
    shown = f"{LOCKED!r} {refused!r} {Running('127.0.0.1', 1, TOKEN)!r}"
    assert TOKEN not in shown
    assert "guess" not in shown


def ask(running, method, path, **headers):
    address = urlsplit(running.url)
    connection = HTTPConnection(address.hostname, address.port, timeout=20)
    try:
        connection.request(method, path, b'{"script": "add: 503"}' if method == "POST" else None, headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), json.loads(answer.read() or b"null")
    finally:
        connection.close()


def test_a_refused_request_names_the_scheme_and_changes_nothing():
    """The 401 has a challenge, says where the token is from, and arms nothing; with the token it is armed."""
    fake = Fake()
    with serve_in_thread(create_app(fake), control_token=TOKEN) as running:
        assert running.control_token == TOKEN
        status, headers, body = ask(running, "POST", "/_fake/faults")
        assert (status, body["code"]) == REQUIRED
        assert headers["www-authenticate"].startswith("Bearer ")
        assert "send Authorization: Bearer TOKEN" in body["error"]
        assert fake.armed() == []
        assert ask(running, "GET", "/_fake/health")[0] == 200
        assert ask(running, "POST", "/_fake/faults", Authorization=f"Bearer {TOKEN}")[0] == 200
        assert len(fake.armed()) == 1


def test_a_server_that_other_machines_reach_has_a_token_of_its_own():
    """An address beyond loopback gets a new token if none is given, and a loopback address gets none."""
    for host, remote in (("127.0.0.1", False), ("127.0.0.1", True)):
        with serve_in_thread(create_app(Fake()), host=host, allow_remote=remote) as running:
            assert running.control_token is None
    tokens = set()
    for _ in range(2):
        with serve_in_thread(create_app(Fake()), host="0.0.0.0", allow_remote=True) as running:
            tokens.add(running.control_token)
            assert ask(running, "GET", "/_fake/settings")[0] == 401
            assert ask(running, "GET", "/_fake/settings", Authorization=f"Bearer {running.control_token}")[0] == 200
    assert len(tokens) == 2
    assert min(map(len, tokens)) >= 32
