"""What a control request asks: its key, its path, its query and its body, read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, AsyncIterator, Dict, Mapping, Optional, Sequence
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest

from fake_server.core import Fake, UnknownKeyError
from fake_server.core.json_body import BadBody, is_text, read_object
from fake_server.core.key_text import is_key, not_a_key
from fake_server.core.wording import expected, name_shown, required, shown, unknown

from .desk import Desk

__all__ = [
    "KEY_FIELDS",
    "Asked",
    "Fields",
    "RefusedError",
    "flag",
    "known",
    "needed",
    "one_key",
    "only",
    "read_body",
    "read_key",
    "read_query",
    "whole_number",
    "without_key",
]

MAX_BODY = 64 << 20  # bytes of a control request: a seed file of 10,000 memories is a few MiB

LARGE = 64 << 10  # bytes of a body from which others would notice that it is read

KEY_FIELDS = ("key", "key_id")

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """One control request: of which key, and what.

    `fields` are those of the body, or of the query if the method has no body, without those that name the key; none if
    the operation reads the body itself, by `chunks`. `path` has the parameters of the path; `headers` have their names
    in lower case.
    """

    desk: Desk
    key: Optional[str]
    fields: Fields
    query: Mapping[str, str]
    path: Mapping[str, str]
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]

    @property
    def fake(self) -> Fake:
        """The fake that is controlled."""
        return self.desk.fake


class RefusedError(Exception):
    """A control request that is refused: the status, the code and the message of its answer, and further fields."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.more = more


async def read_body(stream: AsyncIterator[bytes]) -> Fields:
    """Return the fields of a body, none of an empty one; raises BadBody, and RefusedError for one that is too large."""
    chunks = []
    size = 0
    async for chunk in stream:
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY:
            raise RefusedError(413, "PAYLOAD_TOO_LARGE", expected("body", f"at most {MAX_BODY} bytes", "more"))
    body = b"".join(chunks)
    if size > LARGE:
        return await run_in_threadpool(read_object, body)
    return read_object(body) if size else {}


def read_key(fake: Fake, query: Mapping[str, str]) -> Optional[str]:
    """Return the key that the query names, in full or by its short id, None if it names none.

    Raises RefusedError for an empty key or for both, UnknownKeyError for what can be no key and an id that none has.
    """
    key, identity = query.get("key"), query.get("key_id")
    if key == "":
        raise RefusedError(
            404, "NOT_FOUND", "key must not be empty; name a key, or leave out ?key= for the whole server"
        )
    if key is not None and not is_key(key):
        raise UnknownKeyError(not_a_key("key", key))
    if identity is None:
        return key
    if key is not None:
        raise RefusedError(400, "VALIDATION_ERROR", expected("key_id", "no key beside it", "both", "leave out one"))
    return fake.key_of(identity)


def without_key(query: Mapping[str, str]) -> Dict[str, str]:
    """Return the fields of a query except those that name a key."""
    return {name: value for name, value in query.items() if name not in KEY_FIELDS}


def read_query(request: HttpRequest) -> Dict[str, str]:
    """Return the fields of the query; raises BadBody for one that comes twice or is no UTF-8."""
    query: Dict[str, str] = {}
    # Not Starlette's reading of it: that replaces bytes which are not UTF-8.
    raw = request.scope["query_string"].decode("utf-8", "surrogateescape")
    for name, value in parse_qsl(raw, keep_blank_values=True, errors="surrogateescape"):
        if not (is_text(name) and is_text(value)):
            raise BadBody(expected(name_shown(name), "UTF-8", "another byte"))
        if name in query:
            raise BadBody(expected(name_shown(name), "one value", "several"))
        query[name] = value
    return query


def one_key(asked: Asked, what: str) -> str:
    """Return the key of an action that needs one; raises RefusedError if none is named."""
    if asked.key is None:
        raise RefusedError(400, "VALIDATION_ERROR", f"key is required for {what}; add ?key=KEY or ?key_id=ID")
    return asked.key


def known(fields: Fields, names: Sequence[str]) -> None:
    """Raise BadBody if a field is unknown."""
    for name in fields:
        if name not in names:
            raise BadBody(unknown(name_shown(name), "field", names))


def only(fields: Fields, names: Sequence[str], name: str) -> Any:
    """Return a required field; raises BadBody if it is missing or another field is unknown."""
    known(fields, names)
    return needed(fields, name)


def needed(fields: Fields, name: str) -> Any:
    """Return a required field; raises BadBody if it is missing."""
    if name not in fields:
        raise BadBody(required(name))
    return fields[name]


def flag(asked: Asked, name: str) -> bool:
    """Return whether the query says that something is true, False without it; raises ValueError, which names it."""
    text = asked.query.get(name, "false")
    if text not in {"true", "false"}:
        raise ValueError(expected(name, "true or false", shown(text)))
    return text == "true"


def whole_number(fields: Mapping[str, Any], name: str, *, most: int, least: int = 0) -> Optional[int]:
    """Return a whole number of the query, None if it is absent; raises ValueError, which names the field."""
    text = fields.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
        raise ValueError(expected(name, f"a whole number from {least} to {most}", shown(text)))
    return int(text)
