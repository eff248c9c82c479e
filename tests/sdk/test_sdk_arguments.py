"""What a caller may pass: everything else is refused before anything is sent."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any, List
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sdk_driver import Driver

from octamem import ValidationError
from octamem._call.operations import add, get

REFUSED = [
    (lambda c: c.get(), "query"),
    (lambda c: c.get(query=None), "query"),
    (lambda c: c.get(query=""), "query"),
    (lambda c: c.get(query=" \n\t"), "query"),
    (lambda c: c.get(query=b"bytes"), "query"),
    (lambda c: c.get(query=3), "query"),
    (lambda c: c.get(query="half \ud800"), "query"),
    (lambda c: c.get("a question"), "query="),
    (lambda c: c.get(["query"]), "query="),
    (lambda c: c.get({}), "query"),
    (lambda c: c.get({"query": None}), "query"),
    (lambda c: c.get({"query": "q", "previous_context": "x"}), "previousContext"),
    (lambda c: c.get({"query": "q", "colour": "x"}), "'colour'"),
    (lambda c: c.get({"query": "q", 3: "x"}), "3"),
    (lambda c: c.get({"query": "q"}, query="q"), "got both params and keyword arguments"),
    (lambda c: c.get({"query": "q"}, previous_context="x"), "got both params and keyword arguments"),
    (lambda c: c.get(query="q", previous_context=["x"]), "previous_context"),
    (lambda c: c.get(query="q", previous_context=3), "previous_context"),
    (lambda c: c.get(query="q", previous_context="\udc00"), "previous_context"),
    (lambda c: c.get({"query": "q", "previousContext": 3}), "previousContext"),
    (lambda c: c.add(), "content"),
    (lambda c: c.add(content="  "), "content"),
    (lambda c: c.add(content=["a"]), "content"),
    (lambda c: c.add(content="\udfff"), "content"),
    (lambda c: c.add("a memory"), "content="),
    (lambda c: c.add({"query": "q"}), "'query'"),
    *[
        (lambda c, key=key: c.add(content="x", idempotency_key=key), f"idempotency_key must be {rule}")
        for key, rule in [
            ("", "a str of 1 to 255 characters, got an empty str"),
            ("k" * 256, "a str of 1 to 255 characters, got a str of 256 characters"),
            (b"key", "a str of 1 to 255 characters, got bytes"),
            (UUID(int=7), "a str of 1 to 255 characters, got UUID; pass str(...)"),
            (7, "a str of 1 to 255 characters, got int"),
            (False, "a str of 1 to 255 characters, got bool"),
            *[
                (text, "printable ASCII without a space at its beginning or end")
                for text in [
                    " key",
                    "key ",
                    " ",
                    "\tkey",
                    "key\n",
                    "a\r\nX-Evil: 1",
                    "nul\0",
                    "ключ",
                    "é",
                    "\x7f",
                    "\ud800",
                ]
            ],
        ]
    ],
    (lambda c: c.add({"content": "x"}, idempotency_key=" key"), "idempotency_key"),
]


@pytest.mark.parametrize(("step", "names"), REFUSED)
def test_an_invalid_argument_is_refused_before_anything_is_sent(sdk: Driver, step: Any, names: str) -> None:
    """A bad argument raises a ValidationError that names it, and no request leaves."""
    sent: List[httpx.Request] = []
    client = sdk.client(handler=lambda request: sent.append(request) or httpx.Response(200, json={}))
    error = sdk.error(client, step)
    assert isinstance(error, ValidationError)
    assert names in error.message
    assert (error.status_code, error.outcome, error.attempts, sent) == (None, "not_sent", (), [])


@pytest.mark.parametrize("text", ["the vault code", "code-4711", "Zürich", "x" * 33, "4711"])
def test_an_unknown_key_of_params_is_not_shown_unless_it_is_a_plain_name(sdk: Driver, text: str) -> None:
    """The error of a memory in the place of a key of params shows only its length."""
    client = sdk.client(handler=lambda _request: httpx.Response(200, json={}))
    error = sdk.error(client, lambda c: c.add({text: 1}))
    assert (
        f"params must only have the keys content and previousContext, got a str of {len(text)} characters"
        in error.message
    )
    assert text not in str(error)


@pytest.mark.parametrize(
    "content", ["nul \0 nul", "日本語 العربية עברית ไทย", "👩‍👩‍👧 \U0001f600", "a" * 5_000_000, '"\\/\b']
)
def test_any_text_goes_through_byte_for_byte(sdk: Driver, content: str) -> None:
    """What the service gets is the text that was passed, UTF-8, whatever is in it."""
    bodies: List[bytes] = []
    client = sdk.client(handler=lambda request: bodies.append(request.read()) or httpx.Response(200, json={}))
    sdk.call(client, lambda c: c.add(content=content))
    assert json.loads(bodies[0].decode("utf-8"))["content"] == content


@given(st.text(min_size=1).filter(lambda text: not text.isspace()), st.text())
def test_every_text_becomes_json_and_is_in_no_repr(text: str, context: str) -> None:
    """The body decodes to what was passed, and the call does not show it."""
    call = add(None, text, context)
    assert json.loads(call.body) == {"content": text, "previousContext": context}
    assert repr(call) == repr(add(None, "another text", ""))


def test_no_context_may_be_said_in_three_ways() -> None:
    """Left out, empty and None are the same: the empty text is sent."""
    params: Any = {"query": "q", "previousContext": None}
    none: Any = None
    assert get(None, "q", "").body == get(None, "q", none).body == get(params, None, none).body


def test_params_may_be_any_mapping() -> None:
    """A mapping that is no dict is as good as a dict."""
    params: Any = MappingProxyType({"query": "q"})
    assert get(params, None, "").texts == ("q", "")
