"""What a caller is told of the HTTP answer, and whether making the call again may help."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import weakref
from typing import Any, Dict, List

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sdk_driver import KEY, Driver, VirtualClock

from octamem import HttpInfo, OctaMemError
from octamem._call.classification import http_info
from octamem._redact.redact import _without_echo, redact
from octamem._redact.secret import Secret
from octamem._results.http_info import Headers
from octamem.testing import Answer, Environment, details_call

MEMORY = "Petra keeps the spare key under the third stone"
STEPS: List[Any] = [lambda c: c.add(content=MEMORY), lambda c: c.get(query=MEMORY), lambda c: c.details()]


def in_turn(*answers: Any) -> Any:
    """Give each answer in turn, or raise it; the last again and again."""
    left = list(answers)

    def handler(_request: httpx.Request) -> httpx.Response:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handler


@pytest.mark.parametrize("step", STEPS)
def test_a_result_knows_its_answer(sdk: Driver, clock: VirtualClock, step: Any) -> None:
    """result.http is the answer of the last attempt, its header names in lower case and found in any case."""
    answers = httpx.Response(503), httpx.Response(200, json={}, headers={"X-Request-ID": "r-2", "X-Plan": "free"})
    http = sdk.call(sdk.client(handler=in_turn(*answers), clock=clock), step).http
    assert (http.status, http.request_id, http.headers["x-plan"]) == (200, "r-2", "free")
    assert "X-Request-Id" in http.headers
    assert all(name == name.lower() for name in http.headers)
    assert dict(http.headers)["content-type"] == "application/json"


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", [200, 302, 401, 429, 503])
def test_an_error_knows_its_answer(sdk: Driver, step: Any, status: int) -> None:
    """error.http is there for every status, and for a success that cannot be used."""
    answer = httpx.Response(status, text="<p>", headers={"request-id": "r-1", "x-quota": "0"})
    error = sdk.error(sdk.client(handler=in_turn(answer), max_retries=0), step)
    assert error.http == HttpInfo(status, dict(answer.headers), "r-1")
    assert (error.http.status, error.http.request_id) == (error.status_code, error.request_id)


def test_an_error_without_an_answer_has_none(sdk: Driver, clock: VirtualClock) -> None:
    """error.http tells of the attempt that the error tells of: None if that got no answer, as status_code is."""
    client = sdk.client(handler=in_turn(httpx.Response(503), httpx.ReadError("gone")), clock=clock, max_retries=1)
    error = sdk.error(client, STEPS[2])
    assert (error.http, error.status_code, error.attempts[0].status) == (None, None, 503)
    refused = sdk.error(sdk.client(), lambda c: c.add(content=" "))
    assert refused.http is None


@pytest.mark.parametrize("status", [200, 400])
def test_the_answers_headers_show_neither_key_nor_text(sdk: Driver, status: int) -> None:
    """A header that echoes the key or a text is kept with both blanked; the others are as they came."""
    headers = {
        "x-debug": f"{KEY} wrote {MEMORY}",
        "x-part": MEMORY[10:30],
        "x-" + KEY: "1",
        "set-cookie": "session=1234",
    }
    client = sdk.client(handler=in_turn(httpx.Response(status, json={"success": True}, headers=headers)), max_retries=0)
    step = lambda c: c.add(content=MEMORY)  # noqa: E731
    http = sdk.call(client, step).http if status == 200 else sdk.error(client, step).http
    shown = "\n".join(f"{name}: {value}" for name, value in http.headers.items())
    assert KEY not in shown
    assert MEMORY[10:30] not in shown
    assert http.headers["x-debug"] == "[key] wrote [text]"
    assert http.headers["set-cookie"] == "session=1234"
    assert "1234" not in repr(http) + str(http) + repr(http.headers)
    assert "set-cookie" in repr(http)


def test_headers_are_read_once_when_somebody_looks_at_them() -> None:
    """Headers cost nothing until they are looked at, and are made fit to show once."""
    reads: List[str] = []

    def read() -> Dict[str, str]:
        reads.append("read")
        return {"Retry-After": "7"}

    info = HttpInfo(429, Headers(read))
    assert reads == []
    assert (info.headers["retry-after"], list(info.headers), reads) == ("7", ["retry-after"], ["read"])


@pytest.mark.parametrize("step", STEPS)
def test_headers_that_nobody_looked_at_show_no_secret(sdk: Driver, step: Any) -> None:
    """The pickle, the copy and the attributes of a fresh result hold neither key nor text."""
    answer = httpx.Response(200, json={"success": True}, headers={"x-debug": f"{KEY} wrote {MEMORY}"})
    http: Any = sdk.call(sdk.client(handler=in_turn(answer)), step).http
    slots = [repr(getattr(http.headers, name)) for name in type(http.headers).__slots__]
    saved = pickle.dumps(http)
    shown = repr(slots) + repr(vars(http)) + saved.decode("latin-1")
    assert KEY not in shown
    assert (MEMORY in shown) == (step is STEPS[2])  # there, the text is not one of the call
    assert pickle.loads(saved) == copy.deepcopy(http) == http


def test_a_result_does_not_keep_a_long_text(sdk: Driver) -> None:
    """A result that is kept does not keep a long memory that was stored."""
    content = "".join(["The ferry is full on Fridays. "] * 300)
    client = sdk.client(handler=in_turn(httpx.Response(200, json={"success": True})))
    before = sys.getrefcount(content)
    result = sdk.call(client, lambda c: c.add(content=content))
    gc.collect()
    assert sys.getrefcount(content) == before
    assert result.http.status == 200


def test_what_is_told_of_an_answer_does_not_keep_its_body() -> None:
    """An HttpInfo whose headers nobody has looked at keeps no more of the answer than them."""
    answer = Answer(200, {"x-plan": "free"}, b"a body")
    kept = weakref.ref(answer)
    info = http_info(details_call(), answer, None, Environment(now=lambda: 0.0, random=lambda: 0.0))
    del answer
    gc.collect()
    assert kept() is None
    assert info is not None
    assert info.headers["x-plan"] == "free"


def test_what_is_told_of_an_answer_is_a_value() -> None:
    """HttpInfo is frozen, equal by what it holds, and survives pickling and copying."""
    info = HttpInfo(429, {"Retry-After": "7"}, "r")
    assert info == HttpInfo(429, {"retry-after": "7"}, "r") != HttpInfo(429, {"retry-after": "8"}, "r")
    assert {info: 1}[HttpInfo(429, {"RETRY-AFTER": "7"}, "r")] == 1
    for again in (pickle.loads(pickle.dumps(info)), copy.copy(info), copy.deepcopy(info)):
        assert again == info
        assert again.headers["RETRY-after"] == "7"
    with pytest.raises(AttributeError):
        info.status = 200  # type: ignore[misc]
    with pytest.raises(TypeError):
        info.headers["x"] = "y"  # type: ignore[index]
    assert repr(info) == "HttpInfo(status=429, headers=<1 header: retry-after>, request_id='r')"
    assert HttpInfo(204).headers == {}


LATER = {408, 425, 429, *range(500, 600)}


@pytest.mark.parametrize("status", [301, 302, 400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 415, 418, 422, 425, 429,
                                    451, 500, 501, 502, 503, 504, 507, 529, 599])  # fmt: skip
@pytest.mark.parametrize("retries", [0, 1])
def test_a_status_says_whether_the_call_may_be_made_again(
    sdk: Driver, clock: VirtualClock, status: int, retries: int
) -> None:
    """An error is retryable after exactly what the client retries, and stays so when the attempts are used up."""
    error = sdk.error(sdk.client(handler=in_turn(httpx.Response(status)), clock=clock, max_retries=retries), STEPS[0])
    assert error.retryable == (status in LATER)
    assert len(error.attempts) == (retries + 1 if error.retryable else 1)
    assert ("later" in error.advice or "wait" in error.advice) == error.retryable


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (httpx.ConnectError("refused"), True),
        (httpx.ReadError("reset"), True),
        (httpx.RemoteProtocolError("closed"), True),
        (httpx.ConnectTimeout("slow"), True),
        (httpx.ReadTimeout("slow"), True),
        (httpx.PoolTimeout("slow"), True),
        (TimeoutError("slow"), True),
        (httpx.UnsupportedProtocol("gopher"), False),
        (KeyError("a mistake in a transport"), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_call_without_an_answer_may_be_made_again_unless_it_never_could_be(
    sdk: Driver, failure: Exception, expected: Any
) -> None:
    """A lost connection and a timeout are retryable; what no attempt can pass is not."""
    assert sdk.error(sdk.client(handler=in_turn(failure), max_retries=0), STEPS[0]).retryable is expected


def test_what_kept_the_client_from_retrying_keeps_nobody_else(sdk: Driver, clock: VirtualClock) -> None:
    """Budget, deadline, cap and retry_unknown_writes end the call, and the error is retryable all the same."""
    for options in ({"retry_budget": 0}, {"deadline": 0.1}, {"retry_unknown_writes": False}, {"max_retry_delay": 1}):
        handler = in_turn(httpx.Response(503, headers={"retry-after": "5"}))
        error = sdk.error(sdk.client(handler=handler, clock=clock, **options), STEPS[0])
        assert (error.retryable, len(error.attempts)) == (True, 1), options


def test_a_deadline_that_passed_may_pass_another_time(sdk: Driver, clock: VirtualClock) -> None:
    """A call whose deadline ended an attempt is not repeated by the client, and is retryable."""

    def handler(_request: httpx.Request) -> httpx.Response:
        clock.time += 3
        raise httpx.ReadTimeout("x")

    error = sdk.error(sdk.client(handler=handler, clock=clock, deadline=2), STEPS[1])
    assert (error.retryable, len(error.attempts), error.advice) == (True, 1, "raise deadline=, or try again later")


@pytest.mark.parametrize(
    ("status", "wish", "expected", "says"),
    [(503, "false", False, "sending it again will not help"), (409, "true", True, "try again later")],
)
def test_the_services_wish_counts_more_than_its_status(
    sdk: Driver, clock: VirtualClock, status: int, wish: str, expected: Any, says: str
) -> None:
    """x-should-retry decides whether the call is retryable, and the advice agrees."""
    answer = httpx.Response(status, headers={"x-should-retry": wish})
    error = sdk.error(sdk.client(handler=in_turn(answer), clock=clock, max_retries=1), STEPS[1])
    assert (error.retryable, says in error.advice) == (expected, True)


def test_what_is_wrong_with_the_call_or_the_client_stays_wrong(sdk: Driver) -> None:
    """A bad argument, a missing key, a closed client and an answer that says no are not retryable."""
    closed = sdk.client(handler=in_turn(httpx.Response(200, json={})))
    sdk.call(closed, lambda c: c.close())
    failing = sdk.client(handler=in_turn(httpx.Response(200, json={"success": False})))
    errors: List[OctaMemError] = [
        sdk.error(sdk.client(), lambda c: c.add(content=" ")),
        sdk.error(sdk.client(None), STEPS[0]),
        sdk.error(closed, STEPS[0]),
        sdk.error(failing, STEPS[0]),
        sdk.error(sdk.client(handler=in_turn(httpx.Response(200, text="<p>"))), STEPS[0]),
    ]
    assert [error.retryable for error in errors] == [False] * len(errors)


@given(st.text("ab<>&;=/0", max_size=90), st.text("ab<>&;=/0", max_size=90))
def test_the_quick_look_for_an_echo_misses_none(message: str, text: str) -> None:
    """Whatever shares sixteen characters with a text is blanked, at whatever place it begins."""
    shared = [message[at : at + 16] for at in range(len(message) - 15) if message[at : at + 16] in text]
    assert ("[text]" in _without_echo(message, text)) == bool(shared)
    if shared and len(text) >= 8:
        assert redact(message, Secret("sk-none"), (text,)) != message
