"""Leaving: a request, a connection or a question for a name on its way to another host than OctaMem's."""

from __future__ import annotations

from typing import Iterable, Optional

from .blocks import BLOCKS
from .outside import MakeError, Outside
from .refusals import sending_now
from .urls import OWN_SERVERS, Url, is_loopback

__all__ = ["leave", "note_addresses", "open_connection", "require_allowed"]


def _outside(url: Url) -> Optional[Outside]:
    """Return what counts a call to a host, None outside of chaos and for a server of the kit."""
    if url.origin in OWN_SERVERS:
        return None
    return next((block.outside for block in reversed(BLOCKS.open) if block.outside is not None), None)


def leave(url: Url, method: str, error: MakeError) -> None:
    """Count a request that is sent on an open connection; raises as `require_allowed` does."""
    require_allowed(url, method, error)
    outside = _outside(url)
    if outside is not None:
        outside.count(url)


def require_allowed(url: Url, method: str, error: MakeError) -> None:
    """Raise what `error` makes of a text if a request may not be sent."""
    outside = _outside(url)
    if outside is not None and not outside.allows(url):
        raise outside.refuse(url, method, error)


def open_connection(url: Url, error: MakeError, *, counts: bool = False) -> None:
    """Let a connection be opened, for the request that is being sent if there is one; raises as `require_allowed` does.

    A connection that `counts` stands for a call, unless it is for such a request.
    """
    sending = sending_now()
    target, method = sending or (url, "")
    outside = _outside(target)
    if outside is None:
        return
    if not outside.allows(target):
        raise outside.refuse(target, method, error)
    if counts and sending is None and not is_loopback(target.host):
        outside.count(target)


def note_addresses(url: Url, addresses: Iterable[str]) -> None:
    """Note what the name of a host stands for, because some libraries connect to its addresses."""
    outside = _outside(url)
    if outside is not None and not is_loopback(url.host) and outside.allows(url):
        outside.note(addresses)
