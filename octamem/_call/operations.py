"""The three operations: arguments in, a `Call` out, or a ValidationError that names the argument."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Generic, Mapping, Optional, Tuple, Type, TypeVar

from octamem._errors import ValidationError
from octamem._models import AddParams, AddResult, GetParams, MemoryDetails, Result, SearchResult
from octamem._redact.show import show

ResultT = TypeVar("ResultT", bound=Result)

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class Call(Generic[ResultT]):
    """One operation as it goes over the wire; its texts are in no repr.

    `writes` says that repeating it may store twice, `needs_body` that an empty answer is no answer.
    """

    operation: str
    path: str
    answer: Type[ResultT]
    writes: bool = False
    needs_body: bool = True
    body: bytes = field(default=b"{}", repr=False)
    texts: Tuple[str, ...] = field(default=(), repr=False)


def get(params: Optional[GetParams], query: Optional[str], previous_context: str) -> Call[SearchResult]:
    """Return the call of a search."""
    query, context = _arguments("get", "query", params, query, previous_context)
    body = _encode("query", query, context)
    return Call("search", "/api/memory/search", SearchResult, body=body, texts=(query, context))


def add(params: Optional[AddParams], content: Optional[str], previous_context: str) -> Call[AddResult]:
    """Return the call that stores a memory."""
    content, context = _arguments("add", "content", params, content, previous_context)
    body = _encode("content", content, context)
    return Call("add", "/api/memory/add", AddResult, True, False, body, (content, context))


def details() -> Call[MemoryDetails]:
    """Return the call that asks for usage and limits."""
    return Call("details", "/api/memory/details", MemoryDetails)


def _arguments(
    method: str, name: str, params: Optional[Mapping[str, object]], text: object, context: object
) -> Tuple[str, str]:
    if params is not None:
        if text is not None or context not in ("", None):
            raise ValidationError(f"{method}() was given params and keyword arguments: pass one or the other")
        text, context = _unpack(method, name, params)
    if not isinstance(text, str) or not text or text.isspace():
        seen = "nothing" if text is None else "a blank text" if isinstance(text, str) else f"a {type(text).__name__}"
        raise ValidationError(
            f"{method}() needs {name} as a text that is not blank and was given {seen}: pass {name}=..."
        )
    # None as well, for callers whose context is optional.
    context = "" if context is None else context
    if not isinstance(context, str):
        raise ValidationError(
            f"{method}() needs previous_context (previousContext in params) as a text and was given a "
            f'{type(context).__name__}: leave it out, or pass "", for none'
        )
    return text, context


def _unpack(method: str, name: str, params: object) -> Tuple[object, object]:
    if not isinstance(params, Mapping):
        raise ValidationError(
            f"{method}() takes a params dict as its only positional argument and was given a "
            f"{type(params).__name__}: pass {name}=..."
        )
    for key in params:
        if key not in (name, "previousContext"):
            advice = "write previousContext" if key == "previous_context" else f"{name} and previousContext are known"
            raise ValidationError(f"{method}() was given params with an unknown key, {show(key)}: {advice}")
    return params.get(name), params.get("previousContext", "")


def _encode(name: str, text: str, context: str) -> bytes:
    try:
        return _ENCODER.encode({name: text, "previousContext": context}).encode()
    except UnicodeEncodeError:
        culprit = name if _has_surrogates(text) else "previous_context"
    raise ValidationError(
        f"{culprit} holds a lone surrogate, half of a character, which no encoding can carry: "
        'decode the text anew, or drop it with text.encode("utf-8", "ignore").decode()'
    )


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
