"""The caller's own idempotency key: kept on every attempt and every repeat of the call, and shown nowhere."""

from __future__ import annotations

import logging
import traceback
from typing import Any, List

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sdk_driver import Driver, VirtualClock

from octamem._call.operations import add
from octamem.testing import add_call

OWN = "import 7 line 12: Petra's spare key"
TEXT = "Petra keeps the spare key under the third stone"


def sent(keys: List[str], *statuses: int) -> Any:
    """Answer with the statuses in turn, then 200, and keep each attempt's key."""

    def handler(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        status = statuses[len(keys) - 1] if len(keys) <= len(statuses) else 200
        return httpx.Response(status, json={"success": status == 200})

    return handler


@pytest.mark.parametrize(
    "step",
    [
        lambda c: c.add(content="x", idempotency_key=OWN),
        lambda c: c.add({"content": "x"}, idempotency_key=OWN),
        lambda c: c.add(content="x", previous_context=None, idempotency_key=OWN),
    ],
)
def test_each_attempt_carries_the_callers_key(sdk: Driver, clock: VirtualClock, step: Any) -> None:
    """Every attempt of a call, and of the call made again, has the key that was passed."""
    keys: List[str] = []
    sdk.run(sdk.client(handler=sent(keys, 503, 503), clock=clock), step, step)
    assert keys == [OWN] * 4


def test_without_one_each_call_makes_its_own(sdk: Driver) -> None:
    """None means a key of the client's making, which no other call has."""
    keys: List[str] = []
    client = sdk.client(handler=sent(keys))
    sdk.run(client, *[lambda c: c.add(content="x", idempotency_key=None)] * 2, lambda c: c.add(content="x"))
    assert len(set(keys)) == 3
    assert all(len(key) == 32 for key in keys)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=255))
def test_any_printable_ascii_is_a_key_unless_a_space_ends_it(key: str) -> None:
    """A key is accepted exactly if a header delivers it unchanged."""
    if key == key.strip():
        assert add(None, "x", "", key).idempotency_key == key
    else:
        with pytest.raises(ValueError, match="idempotency_key must be printable ASCII"):
            add(None, "x", "", key)


@pytest.mark.parametrize("failing", ["status", "exception", "body"])
def test_the_key_is_in_no_log_and_no_error(sdk: Driver, clock: VirtualClock, caplog: Any, failing: str) -> None:
    """A key may say what is stored, so it is treated as a text: an echo of it is blanked, and only add() has it."""

    def handler(request: httpx.Request) -> httpx.Response:
        if failing == "exception":
            raise httpx.ReadError(f"lost {OWN}", request=request)
        return httpx.Response(409 if failing == "status" else 200, json={"success": False, "error": f"seen {OWN}"})

    client = sdk.client(handler=handler, clock=clock, max_retries=1)
    with caplog.at_level(logging.DEBUG, "octamem"):
        error = sdk.error(client, lambda c: c.add(content=TEXT, idempotency_key=OWN))
    assert "[text]" in str(error)
    assert OWN not in caplog.text + str(error) + repr(error) + repr(vars(error)) + repr(error.__cause__)
    stack = traceback.TracebackException(type(error), error, error.__traceback__, capture_locals=True).stack
    frames = [frame for frame in stack if "octamem/_" in frame.filename and frame.name != "add"]
    assert frames
    assert not any(OWN in value for frame in frames for value in (frame.locals or {}).values())
    assert OWN not in repr(add_call(content="x", idempotency_key=OWN))


def test_a_refused_key_is_not_shown(sdk: Driver) -> None:
    """The error of an invalid key says its length, and none of its characters."""
    error = sdk.error(sdk.client(), lambda c: c.add(content="x", idempotency_key=TEXT + " "))
    assert f"got a str of {len(TEXT) + 1} characters" in error.message
    assert "Petra" not in str(error)
