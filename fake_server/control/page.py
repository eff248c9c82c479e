"""The files of the page at /_fake/: each is served as what it is, and asked for again only if it changed."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Dict, Mapping, Optional

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

__all__ = ["FILES", "INDEX", "Page", "leads_to", "page_path"]

FILES = Path(__file__).parents[1] / "dashboard"
"""The folder whose files are served."""

INDEX = "index.html"

TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}

_LEADS = {"/": (re.compile("text/html"), ""), "/favicon.ico": (re.compile("image/.*"), "icon.svg")}


@cache
def files() -> Mapping[str, Path]:
    """Return the files of the page by the path that a browser asks for; what is not listed cannot be reached."""
    found: Dict[str, Path] = {}
    for path in FILES.rglob("*"):
        name = path.relative_to(FILES)
        if path.is_file() and path.suffix in TYPES and not any(part.startswith(".") for part in name.parts):
            found[name.as_posix()] = path
    return {"": found[INDEX], **found}


def page_path(path: str, root: str) -> bool:
    """Return whether a path under `root` is that of the page or of one of its files."""
    return path == root or (path.startswith(f"{root}/") and path[len(root) + 1 :] in files())


def leads_to(method: str, path: str, accept: str) -> Optional[str]:
    """Return the file of the page to which a browser is led that asks the service for what only browsers ask for."""
    if path not in _LEADS or method not in {"GET", "HEAD"}:
        return None
    kind, file = _LEADS[path]
    named = [each.partition(";") for each in accept.lower().split(",")]
    return file if any(kind.fullmatch(name.strip()) and not _refused(more) for name, _, more in named) else None


def _refused(parameters: str) -> bool:
    return re.search(r"(?:^|;)\s*q\s*=\s*0(?:\.0*)?\s*(?:;|$)", parameters) is not None


class Page:
    """An ASGI app that answers with a file of the page, and passes every other path on as unknown."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD; raises HTTPException, which the control API answers, for what is not there."""
        request = HttpRequest(scope, receive)
        name = str(scope["path"]).removeprefix(str(scope.get("root_path", ""))).removeprefix("/")
        path = files().get(name)
        if path is None:
            raise HTTPException(404)
        if request.method not in {"GET", "HEAD"}:
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        content = await run_in_threadpool(path.read_bytes)
        answer = _answer(content, TYPES[path.suffix], request.headers.get("if-none-match"))
        await answer(scope, receive, send)


def _answer(content: bytes, media_type: str, known: Optional[str]) -> Response:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    # A browser asks each time, and mostly learns that nothing changed: after an update no old file stays.
    headers = {"etag": tag, "cache-control": "no-cache"}
    if known is not None and _matches(known, tag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)


def _matches(known: str, tag: str) -> bool:
    tags = [each.strip().removeprefix("W/") for each in known.split(",")]
    return "*" in tags or tag in tags
