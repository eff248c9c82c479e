"""Control answers: JSON or a stream, and errors as {"error", "code"}."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Any, AsyncIterable, Iterable, Iterator, List, Mapping, Optional, Union, cast

from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from fake_server.core import Fake
from fake_server.core.json_body import encode
from fake_server.core.wording import alternatives, expected, name_shown, unknown
from fake_server.paths import ROOT

__all__ = ["ROOT", "Answer", "error_answer", "http_error", "response"]


_TURN = Lock()


@dataclass(frozen=True)
class Answer:
    """What an action answers if it is more than JSON with status 200; `content` is JSON, a text, bytes or a stream."""

    content: Union[Mapping[str, Any], str, bytes, Iterable[bytes], AsyncIterable[bytes]]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


def response(given: Union[Answer, Mapping[str, Any]], *, bodiless: bool = False) -> Response:
    """Return an answer in the HTTP library's form; with `bodiless`, as that of a HEAD, nothing of a stream is read."""
    answer = given if isinstance(given, Answer) else Answer(given)
    content = answer.content
    headers = dict(answer.headers)
    if isinstance(content, Mapping):
        return Response(encode(content), answer.status, headers, answer.media_type)
    if isinstance(content, (str, bytes)):
        return Response(content, answer.status, headers, answer.media_type)
    if bodiless:
        return Response(None, answer.status, headers, answer.media_type)
    stream = content if isinstance(content, AsyncIterable) else _in_turn(iter(content))
    return StreamingResponse(stream, answer.status, headers, answer.media_type)


def _in_turn(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield pieces, and have only one of all answers made at a time: a request waits for each thread that computes."""
    while True:
        with _TURN:
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def error_answer(
    fake: Fake, status: int, code: str, message: str, more: Optional[Mapping[str, Any]] = None
) -> Response:
    """Return the answer of an error, with further fields if there are `more`, and every key in it blanked."""
    return response(Answer(fake.blanked({"error": message, "code": code, **(more or {})}), status))


async def http_error(fake: Fake, request: HttpRequest, error: Exception) -> Response:
    """Answer an unknown path or a wrong method, and say which there are."""
    refused = cast("HTTPException", error)
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(refused.status_code, "ERROR")
    what, path = refused.detail, str(request.scope["path"])
    if refused.status_code == 404:
        # Before it is cut: half of a key shows most of it.
        what = unknown(name_shown(fake.blanked(path)), "path", _paths(request), f"{ROOT}/openapi.json")
    elif refused.status_code == 405:
        what = expected(path, alternatives(sorted((refused.headers or {})["Allow"].split(", "))), request.method)
    refusal = error_answer(fake, refused.status_code, code, what)
    refusal.headers.update(refused.headers or {})
    return refusal


def _paths(request: HttpRequest) -> List[str]:
    return [f"{ROOT}{route.name}" for route in request.app.routes if isinstance(route, Route)]
