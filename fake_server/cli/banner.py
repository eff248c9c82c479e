"""What a server says of itself once it is ready, and the exports that point a program at it."""

from __future__ import annotations

import shlex
from typing import Sequence

__all__ = ["banner", "exports"]


def exports(url: str, key: str) -> str:
    """Return the line of a shell that points a program at a server."""
    return f"export OCTAMEM_BASE_URL={shlex.quote(url)} OCTAMEM_API_KEY={shlex.quote(key)}"


def banner(url: str, key: str, memories: int, *, remote: bool = False, sources: Sequence[str] = ()) -> str:
    """Return what is said at the start: who can reach the server, what to paste, and what it holds."""
    who = "and other machines can read and control it" if remote else "nothing leaves this machine"
    held = f"\n  that key holds {memories} memories" if memories else ""
    given = f"\n  options are from {', '.join(sources)}" if sources else ""
    return (
        f"\n  OctaMem fake: in memory, {who}\n\n    {exports(url, key)}\n{held}{given}\n"
        f"  journal   curl {url}/_fake/requests\n"
        f"""  faults    curl -X POST {url}/_fake/faults -d '{{"script": "add: 503 x2"}}'\n"""
    )
