"""The files of the page at /_fake/: each is served as what it is, and asked for again only if it changed."""

from __future__ import annotations

from typing import Optional
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from fake_server.paths import TYPES, files

from .etags import is_named, tag_of

__all__ = ["Page"]


class Page:
    """An ASGI app that answers with a file of the page, and passes every other path on as unknown.

    Except that a slash too many leads back to the path without it.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD; raises HTTPException, which the control API answers, for what is not there."""
        request = HttpRequest(scope, receive)
        name = str(scope["path"]).removeprefix(str(scope.get("root_path", ""))).removeprefix("/")
        path = files().get(name)
        reads = request.method in {"GET", "HEAD"}
        if path is None and reads and name.endswith("/"):
            _lead_back(request)
        if path is None:
            raise HTTPException(404)
        if not reads:
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        content = await run_in_threadpool(path.read_bytes)
        answer = _answer(content, TYPES[path.suffix], request.headers.get("if-none-match"))
        await answer(scope, receive, send)


def _lead_back(request: HttpRequest) -> None:
    """Raise the HTTPException that leads to the same path without its last slash, if there is one.

    Only for what reads: a DELETE of an id that was left out would become one of all.
    """
    bare = str(request.scope["path"]).rstrip("/")
    if any(route.matches({**request.scope, "path": bare})[0] is not Match.NONE for route in request.app.routes):
        raise HTTPException(307, headers={"Location": quote(bare)})


def _answer(content: bytes, media_type: str, known: Optional[str]) -> Response:
    tag = tag_of(content)
    # A browser asks each time, and mostly learns that nothing changed: after an update no old file stays.
    headers = {"etag": tag, "cache-control": "no-cache"}
    if known is not None and is_named(tag, known, weak=True):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)
