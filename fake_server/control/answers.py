"""Control answers: JSON, and errors as {"error", "code"}."""

from __future__ import annotations

from typing import Any, List, Mapping, cast

from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from fake_server.core.json_body import encode
from fake_server.core.wording import alternatives, expected, name_shown, unknown

__all__ = ["ROOT", "answer", "error_answer", "http_error"]

ROOT = "/_fake"
"""The path under which the control API is served."""


def answer(status: int, value: Mapping[str, Any]) -> Response:
    """Return a JSON answer."""
    return Response(encode(value), status, media_type="application/json")


def error_answer(status: int, code: str, message: str) -> Response:
    """Return the answer of an error."""
    return answer(status, {"error": message, "code": code})


async def http_error(request: HttpRequest, error: Exception) -> Response:
    """Answer an unknown path or a wrong method, and say which there are."""
    refused = cast("HTTPException", error)
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(refused.status_code, "ERROR")
    what = refused.detail
    if refused.status_code == 404:
        what = unknown(name_shown(request.url.path), "path", _paths(request))
    elif refused.status_code == 405:
        what = expected(
            request.url.path, alternatives(sorted((refused.headers or {})["Allow"].split(", "))), request.method
        )
    response = error_answer(refused.status_code, code, what)
    response.headers.update(refused.headers or {})
    return response


def _paths(request: HttpRequest) -> List[str]:
    return [f"{ROOT}{route.path}" for route in request.app.routes if isinstance(route, Route)]
