"""The three operations: they check the arguments and return a `Call`, or raise a ValidationError."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Generic, Mapping, Optional, Tuple, Type

from octamem._models import AddParams, AddResult, GetParams, MemoryDetails, ResultT, SearchResult
from octamem._redact.show import invalid, show, size_of

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

_LONGEST_KEY = 255
"""The most characters of an idempotency key that services which honour one commonly accept."""

_VISIBLE_ENDS = re.compile(r"[!-~]([ -~]*[!-~])?")
"""Printable ASCII; HTTP removes white space at both ends of a header, so that another key would arrive."""


@dataclass(frozen=True)
class Call(Generic[ResultT]):
    """One operation as it is sent; its repr shows no text.

    `writes`: sending it twice may store twice. `needs_body`: an empty answer is not valid. `idempotency_key` is the
    caller's own; if it is None, the client makes one.
    """

    operation: str
    path: str
    answer: Type[ResultT]
    writes: bool = False
    needs_body: bool = True
    body: bytes = field(default=b"{}", repr=False)
    texts: Tuple[str, ...] = field(default=(), repr=False)
    idempotency_key: Optional[str] = field(default=None, repr=False)


def get(
    params: Optional[GetParams] = None, query: Optional[str] = None, previous_context: Optional[str] = ""
) -> Call[SearchResult]:
    """Return the call of a search."""
    query, context = _arguments("get", "query", params, query, previous_context)
    body = _encode("query", query, context)
    return Call("search", "/api/memory/search", SearchResult, body=body, texts=(query, context))


def add(
    params: Optional[AddParams] = None,
    content: Optional[str] = None,
    previous_context: Optional[str] = "",
    idempotency_key: Optional[str] = None,
) -> Call[AddResult]:
    """Return the call that stores a memory."""
    content, context = _arguments("add", "content", params, content, previous_context)
    _check_idempotency_key(idempotency_key)
    body = _encode("content", content, context)
    # The key is blanked like a text: callers derive it from what they store.
    texts = (content, context, idempotency_key or "")
    return Call("add", "/api/memory/add", AddResult, True, False, body, texts, idempotency_key)


def details() -> Call[MemoryDetails]:
    """Return the call that asks for usage and limits."""
    return Call("details", "/api/memory/details", MemoryDetails)


def _arguments(
    method: str, name: str, params: Optional[Mapping[str, object]], text: object, context: object
) -> Tuple[str, str]:
    if params is not None:
        if text is not None or context not in ("", None):
            raise invalid(f"{method}()", "got both params and keyword arguments", advice="pass one of them")
        text, context = _unpack(method, name, params)
    if text is None:
        raise invalid(f"{method}()", f"is missing {name}", advice=f"pass {name}=...")
    if not isinstance(text, str):
        raise invalid(name, "must be a str", type(text).__name__)
    if not text or text.isspace():
        raise invalid(name, "must not be blank")
    context = "" if context is None else context
    if not isinstance(context, str):
        option = "previous_context" if params is None else "params['previousContext']"
        raise invalid(option, "must be a str", type(context).__name__, "leave it out if there is none")
    return text, context


def _unpack(method: str, name: str, params: object) -> Tuple[object, object]:
    if not isinstance(params, Mapping):
        rule = "takes one positional argument, a dict of params"
        raise invalid(f"{method}()", rule, type(params).__name__, f"pass {name}=...")
    for key in params:
        if key not in (name, "previousContext"):
            advice = "did you mean previousContext?" if key == "previous_context" else ""
            raise invalid("params", f"must only have the keys {name} and previousContext", show(key), advice)
    return params.get(name), params.get("previousContext", "")


def _check_idempotency_key(key: object) -> None:
    if key is None:
        return
    rule = f"must be a str of 1 to {_LONGEST_KEY} characters"
    if not isinstance(key, str):
        raise invalid("idempotency_key", rule, type(key).__name__, "pass str(...) of it")
    if not 1 <= len(key) <= _LONGEST_KEY:
        raise invalid("idempotency_key", rule, size_of(key))
    if not _VISIBLE_ENDS.fullmatch(key):
        rule = "must be printable ASCII without a space at its beginning or end"
        raise invalid("idempotency_key", rule, size_of(key), "use a UUID, or a hash of what names the write")


def _encode(name: str, text: str, context: str) -> bytes:
    try:
        return _ENCODER.encode({name: text, "previousContext": context}).encode()
    except UnicodeEncodeError:
        option = name if _has_surrogates(text) else "previous_context"
    advice = 'decode the text again, or drop it with text.encode("utf-8", "ignore").decode()'
    raise invalid(option, "must be valid Unicode", "a lone surrogate (half of a character)", advice)


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
