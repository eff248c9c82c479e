"""Which paths are the control API's, and which are files of the page: told without loading either."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Dict, Mapping, Optional

__all__ = ["FILES", "INDEX", "ROOT", "TYPES", "files", "leads_to", "page_path"]

ROOT = "/_fake"
"""The path under which the control API is served."""

FILES = Path(__file__).parent / "dashboard"
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
