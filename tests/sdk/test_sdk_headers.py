"""`default_headers=`: headers for every request, as secret as the key."""

from __future__ import annotations

import traceback
from typing import Any, Dict, List

import httpx
import pytest
from sdk_driver import KEY, Driver, VirtualClock
from test_sdk_secrets import walk

import octamem

TOKEN = "tenant-7f3a9c-token"
HEADERS = {"X-Tenant": TOKEN, "X-Route": "Bearer zz-secret-99", "X-Version": "2"}


def test_they_are_in_every_attempt(sdk: Driver, clock: VirtualClock) -> None:
    """Each request has the extra headers beside our own, and a User-Agent of the caller's replaces ours."""
    sent: List[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(503 if len(sent) == 1 else 200, json={})

    given = {**HEADERS, "user-agent": "app/1"}
    sdk.call(sdk.client(handler=handler, clock=clock, default_headers=given), lambda c: c.details())
    assert len(sent) == 2
    for request in sent:
        assert {name: request.headers[name] for name in given} == given
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert len(request.headers.get_list("user-agent")) == 1


def test_a_derived_client_has_its_own(sdk: Driver) -> None:
    """with_options keeps the headers, replaces them, or drops them with None."""
    sent: List[httpx.Request] = []
    client = sdk.client(
        handler=lambda request: sent.append(request) or httpx.Response(200, json={}), default_headers={"X-A": "one"}
    )
    for options in ({"timeout": 3}, {"default_headers": {"X-B": "two"}}, {"default_headers": None}):
        sdk.call(client.with_options(**options), lambda c: c.details())
    assert [(it.headers.get("x-a"), it.headers.get("x-b")) for it in sent] == [
        ("one", None),
        (None, "two"),
        (None, None),
    ]


def test_a_value_is_shown_to_nobody(sdk: Driver, clock: VirtualClock, caplog: pytest.LogCaptureFixture) -> None:
    """No repr, log, error or captured variable of ours holds a value, not even if the service echoes it."""

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            400, json={"error": f"bad {TOKEN} zz-secret-99", "code": TOKEN}, headers={"x-request-id": TOKEN}
        )

    client = sdk.client(handler=handler, clock=clock, default_headers=HEADERS)
    with caplog.at_level(1):
        error = sdk.error(client, lambda c: c.details())
    assert "bad [header] [header]" in str(error)
    shown = "\n".join(walk(client, {})) + caplog.text + repr(vars(error)) + str(error)
    trace = traceback.TracebackException(type(error), error, error.__traceback__, capture_locals=True)
    shown += "".join(trace.format())
    assert TOKEN not in shown
    assert "zz-secret-99" not in shown


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([("X-A", "one")], "default_headers must be a mapping of header names to values, got list"),
        ({"X-A": 5}, "default_headers['X-A'] must be a str, got 5"),
        ({"X-A": None}, "default_headers['X-A'] must be a str, got None"),
        ({5: "x"}, "default_headers must have header names of letters, digits and dashes, got 5"),
        ({"": "x"}, "header names of letters, digits and dashes, got an empty str"),
        ({"X A": "x"}, "header names of letters, digits and dashes, got a str of 3 characters"),
        ({f"{TOKEN}\r\nA": "x"}, "got a str of 22 characters"),
        ({"X-A": f"{TOKEN}\r\nX-B: 1"}, "default_headers['X-A'] must be printable ASCII"),
        ({"X-A": " x"}, "default_headers['X-A'] must be printable ASCII without spaces at its ends"),
        ({"X-A": "é"}, "default_headers['X-A'] must be printable ASCII"),
        ({"X-A": "x", "x-a": "y"}, "default_headers must name each header once, got 'x-a' in two spellings"),
        ({"AUTHORIZATION": "x"}, "default_headers must not name authorization; the client sets that header itself"),
        ({"Content-Length": "3"}, "must not name content-length"),
        ({"Idempotency-Key": "x"}, "must not name idempotency-key"),
        ({TOKEN: 5}, "default_headers[a str of 19 characters] must be a str, got 5"),
    ],
    ids=lambda it: None if isinstance(it, str) else repr(it)[:24],
)
def test_an_invalid_header_is_refused(sdk: Driver, given: Any, says: str) -> None:
    """A header that cannot be sent, or that is ours, is refused at construction without its value."""
    with pytest.raises(octamem.ValidationError) as caught:
        sdk.client(default_headers=given)
    assert says in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_value_in_the_wrong_place_is_blanked(sdk: Driver) -> None:
    """A value that is also given as another option is blanked there, as the key is."""
    options: Dict[str, Any] = {"default_headers": {"X-A": "abcdefgh"}}
    with pytest.raises(octamem.ValidationError) as caught:
        sdk.client(**options, max_retries="abcdefgh")
    assert "abcdefgh" not in str(caught.value)
