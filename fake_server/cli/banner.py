"""What a server says of itself once it is ready, and the exports that point a program at it."""

from __future__ import annotations

import dataclasses
import shlex
from dataclasses import dataclass
from typing import Any, Dict, Optional, Sequence

from fake_server.authority import is_loopback_address, is_unspecified
from fake_server.core.wording import plural

__all__ = ["API_KEY", "BASE_URL", "TOKEN_VARIABLE", "UNSHOWN", "Access", "banner", "exports"]

BASE_URL, API_KEY = "OCTAMEM_BASE_URL", "OCTAMEM_API_KEY"
TOKEN_VARIABLE = "OCTAMEM_FAKE_CONTROL_TOKEN"  # noqa: S105 - the name of the variable
UNSHOWN = "the control API asks for a new token, which --quiet does not show; to know it, set --control-token"


@dataclass(frozen=True)
class Access:
    """Who reaches a server that listens on `bound`, and what its control API asks for, a new token if `is_new`."""

    url: str
    bound: str
    token: Optional[str] = dataclasses.field(default=None, repr=False)
    is_new: bool = False

    @property
    def remote(self) -> bool:
        """Whether other machines can reach it."""
        return not is_loopback_address(self.bound)

    @property
    def new_token(self) -> Optional[str]:
        """The token, if nobody knows it yet."""
        return self.token if self.is_new else None

    def facts(self) -> Dict[str, Any]:
        """Return the fields of the object that has the place of the banner in JSON."""
        shown = {} if self.new_token is None else {"control_token": self.new_token}
        return {"url": self.url, "remote": self.remote, **shown}

    def __str__(self) -> str:
        who = f"machines that reach {_reached(self.bound)}" if self.remote else "only programs on this machine"
        control = "read and control it too" if self.token is None else "read and control it with the control token"
        return f"{who} can use it, and {control}"


def _reached(bound: str) -> str:
    if not is_unspecified(bound):
        return bound
    return "this one, over IPv6 or IPv4," if ":" in bound else "this one over IPv4"


def exports(url: str, key: str) -> str:
    """Return the line of a shell that points a program at a server."""
    return f"export {BASE_URL}={shlex.quote(url)} {API_KEY}={shlex.quote(key)}"


def banner(
    access: Access, key: str, key_id: str, memories: int, *, sources: Sequence[str] = (), kept: Sequence[str] = ()
) -> str:
    """Return what is said at the start: who can reach the server, what to paste, and what it holds."""
    holds = f", and holds {plural(memories, 'memory', 'memories')}" if memories else ""
    held = f"\n  that key is {key_id}{holds}"
    given = f"\n  options are from {', '.join(sources)}" if sources else ""
    token = access.new_token
    shown = "" if token is None else f"    export {TOKEN_VARIABLE}={shlex.quote(token)}\n"
    sent = "" if access.token is None else f'-H "Authorization: Bearer ${TOKEN_VARIABLE}" '
    place = "in a file" if kept else "in memory"
    place = place if access.remote else f"{place}, nothing leaves this machine"
    persisted = "".join(f"\n  {each}" for each in kept)
    return (
        f"\n  OctaMem fake: {place}\n  {access}\n\n    {exports(access.url, key)}\n{shown}"
        f"{held}{persisted}{given}\n"
        f"  page      {access.url}/_fake/\n"
        f"  journal   curl {sent}{access.url}/_fake/requests\n"
        f"""  faults    curl {sent}-X POST {access.url}/_fake/faults -d '{{"script": "add: 503 x2"}}'\n"""
    )
