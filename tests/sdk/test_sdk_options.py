"""The options of a client: checked when it is built, and looked up in the environment where they are not given."""

from __future__ import annotations

import math
import traceback
from fractions import Fraction
from typing import Any, List

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sdk_driver import KEY, Driver, VirtualClock

from octamem import AsyncOctaMem, AuthenticationError, OctaMem, ValidationError
from octamem._base_url import check_url
from octamem._settings import Timeouts
from octamem.testing import base_urls


class Unprintable:
    """A value whose repr fails."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


async def async_hook(_record: object) -> None:
    """Be what a hook must not be."""


class AsyncHook:
    """Be it in another way."""

    async def __call__(self, _record: object) -> None:
        """Do nothing."""


NUMBERS: List[Any] = [
    -1,
    math.nan,
    math.inf,
    -math.inf,
    "3",
    None,
    True,
    [],
    1e300,
    10**400,
    Fraction(1, 2),
    Unprintable(),
]
INVALID = [
    *[
        ("timeout", value)
        for value in [*NUMBERS, 0, {"read": 0}, {"read": "1"}, {"total": 1}, {3: 1}]
        if value is not None
    ],
    *[("retry_delay", value) for value in NUMBERS],
    *[("max_retry_delay", value) for value in NUMBERS],
    *[("deadline", value) for value in [*NUMBERS, 0] if value is not None],
    *[("max_retries", value) for value in [-1, 1.0, True, "3", None, math.inf]],
    *[("max_response_bytes", value) for value in [0, -1, 1.5, True, None]],
    *[("retry_budget", value) for value in [-1, math.nan, math.inf, "1", True, 10**400]],
    *[("retry_unknown_writes", value) for value in [0, 1, None, "no"]],
    *[("on_attempt", value) for value in [3, "print", async_hook, AsyncHook()]],
    *[("clock", value) for value in [3, object()]],
    *[("transport", value) for value in [3, object()]],
    *[
        ("base_url", value)
        for value in [
            "",
            " ",
            3,
            b"http://x",
            Unprintable(),
            "platform.octamem.com",
            "ftp://host",
            "http://",
            "http:///path",
            "http://ho st",
            "http://host:port",
            "http://host:0",
            "http://host:99999",
            "http://host?x=1",
            "http://host#x",
            "http://host/?",
            "http://user:pass@host",
            "http://hö.st",
            "http://host\\path",
            "http://host\n.evil",
            "http://[::1",
            "http://[1:2]",
            "http://999.1.1.1",
            "http://.host",
            "http://a*b",
            "http://h/" + "p" * 3000,
        ]
    ],
]


@pytest.mark.parametrize(("option", "value"), INVALID)
def test_an_invalid_option_is_refused_when_the_client_is_built(sdk: Driver, option: str, value: Any) -> None:
    """An invalid option raises a ValidationError that names it, at construction."""
    with pytest.raises(ValidationError) as caught:
        sdk.client(**{option: value})
    assert caught.value.message.startswith(option)
    assert "user:pass" not in caught.value.message


@pytest.mark.parametrize(
    ("option", "value"), [("timeout", -1), ("max_retries", 1.5), ("base_url", "ftp://x"), ("api_key", 3)]
)
def test_with_options_checks_as_the_constructor_does(option: str, value: Any) -> None:
    """with_options refuses what the constructor refuses."""
    with OctaMem(KEY) as client, pytest.raises(ValidationError, match=option):
        client.with_options(**{option: value})


@pytest.mark.parametrize("key", ["a\nb", "a\tb", "a b", "a\x00b", "a\x7fb", "schlüssel", b"bytes-key", 3, ["k"]])
def test_a_key_that_no_header_can_carry_is_refused_and_not_echoed(sdk: Driver, key: Any) -> None:
    """A key with white space, a control or a foreign character, or that is no text, is refused unseen."""
    with pytest.raises(ValidationError, match="api_key") as caught:
        sdk.client(key)
    assert str(key) not in str(caught.value)


@pytest.mark.parametrize("url", ["", " \n"])
def test_a_blank_base_url_is_called_blank(sdk: Driver, url: str) -> None:
    """The error of an empty or blank base URL says so, and speaks of no wrong characters."""
    with pytest.raises(ValidationError, match="base_url must not be blank: expected a URL such as"):
        sdk.client(base_url=url)


REFUSALS = [
    ("api_key", 3, "api_key must be a str, got int"),
    ("base_url", 8642, "base_url must be a str such as 'https://platform.octamem.com', got int"),
    (
        "base_url",
        "platform.octamem.com",
        "base_url has no scheme: expected http:// or https://, got 'platform.octamem.com'",
    ),
    ("base_url", "http://h:0", "base_url has an invalid port: expected a number from 1 to 65535, got 'http://h:0'"),
    ("base_url", "http://h?x", "base_url must not have a query (?) or a fragment (#), got 'http://h…'"),
    ("base_url", "ftp://h", "base_url has the wrong scheme: expected http:// or https://, got 'ftp://h'"),
    (
        "base_url",
        "http://u:p@h",
        "base_url must not have a user or a password (it is not shown); pass the key as api_key",
    ),
    (
        "base_url",
        "http://u:p/p@h?",
        "base_url must not have a query (?) or a fragment (#), got a URL with credentials (they are not shown)",
    ),
    ("base_url", "half-a-key", "base_url has no scheme: expected http:// or https://, got a str of 10 characters"),
    ("timeout", {"total": 1}, "timeout must only have the keys connect, read, write and pool, got 'total'"),
    *[
        ("base_url", url, f"base_url has {problem}: expected http:// or https://, got {shown}")
        for url, problem, shown in [
            ("localhost:8642/api", "no scheme", "'localhost:8642…'"),
            ("[::1]:8642", "no scheme", "'[::1]:8642'"),
            ("//host", "no scheme", "a str of 6 characters (a value that could be a key is not shown)"),
            ("http:host", "a scheme without ://", "a str of 9 characters"),
            ("https:/host", "a scheme without ://", "a str of 11 characters"),
            ("HTTP//host", "a scheme without ://", "a str of 10 characters"),
        ]
    ],
    ("timeout", 0, "timeout must be a number of seconds above 0 and at most 1,000,000, or None for no limit, got 0"),
    ("timeout", {"read": 0}, "timeout['read'] must be a number of seconds above 0 and at most 1,000,000, or None"),
    ("max_retries", -1, "max_retries must be an int of at least 0, got -1"),
    ("on_attempt", async_hook, "on_attempt must be a plain function or None, got an async function; it is called and"),
    ("clock", 3, "clock must be an object with now() and sleep(), got 3; it has no now() and no sleep()"),
    (
        "transport",
        httpx.AsyncHTTPTransport(),
        "transport must be an httpx.BaseTransport for OctaMem, got AsyncHTTPTransport; it has no handle_request()",
    ),
]


@pytest.mark.parametrize(("option", "value", "says"), REFUSALS, ids=range(len(REFUSALS)))
def test_an_error_names_the_option_what_is_expected_and_what_came(option: str, value: Any, says: str) -> None:
    """The message is the option, the rule, the value or its type, and what to do."""
    options: Any = {option: value}
    with pytest.raises(ValidationError) as caught:
        OctaMem(**options)
    assert str(caught.value).startswith(says)


@pytest.mark.parametrize(
    ("arguments", "options", "says"),
    [
        ((), {"max_retry": 1}, "() got an unexpected keyword argument 'max_retry'; did you mean max_retries?"),
        ((), {"colour": 1}, "() got an unexpected keyword argument 'colour'"),
        (("key", "http://h"), {}, "() got too many positional arguments"),
        (("key",), {"api_key": "key"}, "() got multiple values for argument 'api_key'"),
    ],
)
def test_an_unknown_option_is_reported_for_the_public_class(
    sdk: Driver, arguments: Any, options: Any, says: str
) -> None:
    """The TypeError names the class that the caller used, and the option that it may have meant."""
    kind: Any = AsyncOctaMem if sdk.is_async else OctaMem
    with pytest.raises(TypeError) as caught:
        kind(*arguments, **options)
    assert str(caught.value) == kind.__name__ + says


def test_an_unknown_option_of_a_copy_is_reported_for_the_public_class(sdk: Driver) -> None:
    """with_options names itself and the option that may be meant, and never a private class."""
    unknown: Any = {"dead_line": 3}
    client = sdk.client()
    with pytest.raises(TypeError) as caught:
        client.with_options(**unknown)
    says = ".with_options() got an unexpected keyword argument 'dead_line'; did you mean deadline?"
    assert str(caught.value) == type(client).__name__ + says


@pytest.mark.parametrize("before", ["Bearer ", "bearer\t", "Authorization: Bearer "])
def test_a_key_pasted_with_its_header_is_refused_with_advice(sdk: Driver, before: str) -> None:
    """A key that begins with Bearer is refused for that, and is not shown."""
    with pytest.raises(ValidationError, match=r'begins with "Bearer"; remove that word') as caught:
        sdk.client(before + KEY)
    assert KEY not in str(caught.value)


def test_white_space_around_a_key_is_trimmed(sdk: Driver) -> None:
    """A key read from a file with its line break works."""
    seen: List[str] = []
    client = sdk.client(
        f" {KEY}\n", handler=lambda it: seen.append(it.headers["authorization"]) or httpx.Response(200, json={})
    )
    sdk.call(client, lambda c: c.details())
    assert seen == [f"Bearer {KEY}"]


@pytest.mark.parametrize("key", [None, "", "  "])
def test_without_a_key_a_client_can_be_built_and_its_calls_say_so(sdk: Driver, key: Any) -> None:
    """A call without a key raises AuthenticationError naming OCTAMEM_API_KEY, and sends nothing."""
    sent: List[httpx.Request] = []
    client = sdk.client(key, handler=lambda request: sent.append(request) or httpx.Response(200, json={}))
    error = sdk.error(client, lambda c: c.get(query="q"))
    assert isinstance(error, AuthenticationError)
    assert "OCTAMEM_API_KEY" in error.message
    assert (sent, error.outcome, error.status_code) == ([], "not_sent", None)


def test_the_environment_is_read_at_construction_and_again_at_the_call(sdk: Driver, monkeypatch: Any) -> None:
    """What is unset when the client is built is looked up at each call; what is set then is kept."""
    seen: List[Any] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append((str(request.url.host), request.headers["authorization"]))
        return httpx.Response(200, json={})

    late = sdk.client(None, handler=handler)
    monkeypatch.setenv("OCTAMEM_API_KEY", "key-1")
    sdk.call(late, lambda c: c.details())
    monkeypatch.setenv("OCTAMEM_BASE_URL", "http://two.example/")
    early = sdk.client(None, handler=handler)
    monkeypatch.setenv("OCTAMEM_API_KEY", "key-2")
    monkeypatch.setenv("OCTAMEM_BASE_URL", " http://three.example ")
    for client in (late, early, late):
        sdk.call(client, lambda c: c.details())
    assert seen == [
        ("platform.octamem.com", "Bearer key-1"),
        ("three.example", "Bearer key-2"),
        ("two.example", "Bearer key-1"),
        ("three.example", "Bearer key-2"),
    ]


@pytest.mark.parametrize("key", ["", "given"])
def test_a_key_that_was_given_is_never_replaced_by_the_environment(sdk: Driver, monkeypatch: Any, key: str) -> None:
    """A blank key stands for a tenant without one, and must not reach for another tenant's."""
    monkeypatch.setenv("OCTAMEM_API_KEY", "of-the-environment")
    seen: List[str] = []
    client = sdk.client(
        key, handler=lambda it: seen.append(it.headers["authorization"]) or httpx.Response(200, json={})
    )
    if key:
        sdk.call(client, lambda c: c.details())
    else:
        sdk.error(client, lambda c: c.details())
    assert seen == ([f"Bearer {key}"] if key else [])


def test_an_invalid_value_in_the_environment_names_the_variable(sdk: Driver, monkeypatch: Any) -> None:
    """A bad OCTAMEM_BASE_URL or OCTAMEM_API_KEY is refused by its own name, at construction and at the call."""
    late = sdk.client(None)
    monkeypatch.setenv("OCTAMEM_BASE_URL", "nonsense")
    with pytest.raises(ValidationError, match="OCTAMEM_BASE_URL"):
        sdk.client()
    assert base_urls() >= set()
    monkeypatch.delenv("OCTAMEM_BASE_URL")
    monkeypatch.setenv("OCTAMEM_API_KEY", "two words")
    assert "OCTAMEM_API_KEY" in sdk.error(late, lambda c: c.details()).message


def test_a_kit_sees_the_base_urls_of_living_clients(monkeypatch: Any) -> None:
    """base_urls() lists where the clients of this process would call now, without invalid URLs."""
    clients = [OctaMem(KEY, base_url="http://one.example/api/"), OctaMem(KEY)]
    assert {"http://one.example/api", "https://platform.octamem.com"} <= base_urls()
    monkeypatch.setenv("OCTAMEM_BASE_URL", "nonsense")
    assert "http://one.example/api" in base_urls()
    for client in clients:
        client.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://h",
        "HTTPS://Host:8443/prefix/",
        "http://127.0.0.1:80",
        "http://[::1]:9",
        "http://xn--bcher-kva.example",
        "http://my_fake:1",
    ],
)
def test_a_base_url_may_have_a_port_and_a_prefix(sdk: Driver, url: str) -> None:
    """Paths are appended to whatever the base URL is, with one slash between."""
    seen: List[httpx.URL] = []
    client = sdk.client(base_url=url, handler=lambda it: seen.append(it.url) or httpx.Response(200, json={}))
    sdk.call(client, lambda c: c.details())
    assert seen == [httpx.URL(url.rstrip("/") + "/api/memory/details")]


@given(st.from_regex(r"https?://[][a-zA-Z0-9.:_@-]{1,14}(/[!-~]{0,6})?", fullmatch=True))
def test_a_base_url_that_is_taken_is_one_for_httpx_too(url: str) -> None:
    """No URL passes the check of the options and fails at the call."""
    try:
        taken = check_url(url)
    except ValidationError:
        return
    assert httpx.URL(f"{taken}/api/memory/add").host


def test_timeouts_reach_the_transport_one_by_one(sdk: Driver) -> None:
    """A float bounds all four steps; a mapping bounds those it names, and leaves 30 s for the others."""
    seen: List[Any] = []
    handler = lambda request: seen.append(request.extensions["timeout"]) or httpx.Response(200, json={})  # noqa: E731 - one line
    for timeout in (5, {"read": 2.5}):
        sdk.call(sdk.client(handler=handler, timeout=timeout), lambda c: c.details())
    assert seen[0] == {"connect": 5.0, "read": 5.0, "write": 5.0, "pool": 5.0}
    assert seen[1] == {"connect": 30.0, "read": 2.5, "write": 30.0, "pool": 30.0}


def test_no_step_may_take_longer_than_the_deadline(sdk: Driver, clock: VirtualClock) -> None:
    """Each limit of an attempt is cut to what is left of the deadline when it is sent."""
    seen: List[Any] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"]["read"])
        return httpx.Response(503, headers={"retry-after": "4"})

    client = sdk.client(handler=handler, deadline=10, clock=clock)
    sdk.error(client, lambda c: c.details())
    assert seen == [10.0, 6.0, 2.0]
    assert Timeouts().within(None)["pool"] == 30.0


def test_with_options_changes_only_what_it_is_given(sdk: Driver) -> None:
    """The new client keeps the key, the URL and the transport, and the old one keeps its options."""
    seen: List[Any] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append((request.headers["authorization"], request.extensions["timeout"]["read"]))
        return httpx.Response(200, json={})

    old = sdk.client(handler=handler, timeout=9)
    new = old.with_options(timeout=3)
    other = new.with_options(api_key="other")
    for client in (old, new, other):
        sdk.call(client, lambda c: c.details())
    assert seen == [(f"Bearer {KEY}", 9.0), (f"Bearer {KEY}", 3.0), ("Bearer other", 3.0)]
    assert type(new) is type(old)


def test_no_timeout_may_be_said_as_in_httpx(sdk: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """timeout=None, or None for one step, sends the request without that limit, and changes nothing else."""
    seen: List[Any] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        return httpx.Response(200, json={})

    monkeypatch.setenv("OCTAMEM_BASE_URL", "http://one.example")
    client = sdk.client(handler=handler, timeout=None)
    others = [client.with_options(timeout=2), client.with_options(timeout={"read": None}).with_options(max_retries=1)]
    for each in [client, *others]:
        sdk.call(each, lambda c: c.details())
    steps = ("connect", "read", "write", "pool")
    assert seen == [dict.fromkeys(steps), dict.fromkeys(steps, 2.0), {**dict.fromkeys(steps, 30.0), "read": None}]
    assert repr(client) == f"<{type(client).__name__} http://one.example>"


@pytest.mark.parametrize("kind", [OctaMem, AsyncOctaMem])
def test_a_client_that_was_refused_has_a_repr(kind: Any) -> None:
    """A client whose options were refused, or whose constructor never came to ours, can be shown."""

    class Own(kind):  # type: ignore[misc]
        """A client of a user's own, whose constructor fails before ours ran."""

        def __init__(self) -> None:
            raise ValueError(repr(self))

    assert repr(kind.__new__(kind)) == f"<{kind.__name__} not built>"
    with pytest.raises(ValueError, match="<Own not built>"):
        Own()


@pytest.mark.parametrize(
    "refused",
    [
        lambda kind: kind(KEY + " and more"),
        lambda kind: kind(base_url=KEY),
        lambda kind: kind(KEY, timeout=0),
        lambda kind: kind(KEY, max_retry=1),
        lambda kind: kind(KEY).with_options(api_key=KEY + "\0"),
        lambda kind: kind(KEY).with_options(base_url=KEY),
    ],
)
@pytest.mark.parametrize("kind", [OctaMem, AsyncOctaMem])
def test_no_frame_of_ours_shows_a_key_that_was_refused(kind: Any, refused: Any) -> None:
    """A traceback with local variables holds the key of a refused option in the caller's frames alone."""
    with pytest.raises((ValidationError, TypeError)) as caught:
        refused(kind)
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frames = [frame for frame in told.stack if "octamem/_" in frame.filename]
    assert frames
    assert not any(KEY in str(frame.locals) for frame in frames)
    assert caught.value.__context__ is None
