"""Which web pages a server answers: those of its own origin, and no page of another."""

from __future__ import annotations

from typing import Iterable, Optional

from fake_server.authority import Authority, origin_of, read_origin
from fake_server.paths import ROOT

from .head import Refusal, RequestHead, value_shown

__all__ = ["foreign_origin", "foreign_site", "malformed_origin"]

_DOORSTEPS = frozenset({"/", ROOT, f"{ROOT}/"})  # each leads to the page


def malformed_origin(head: RequestHead) -> Optional[Refusal]:
    """Return why the Origin is none, None if it is one or was not sent."""
    origins = head.all("origin")
    if not origins or (len(origins) == 1 and (origins[0] == "null" or read_origin(origins[0]) is not None)):
        return None
    got = ", ".join(map(value_shown, origins))
    return Refusal(
        400,
        "MALFORMED_ORIGIN",
        f"Origin: expected one SCHEME://HOST or SCHEME://HOST:PORT, got {got}; correct the header, or leave it out",
    )


def foreign_origin(head: RequestHead, hosts: Iterable[Authority]) -> Optional[Refusal]:
    """Return why a page of this Origin is refused, None if it is the server's own or was not sent."""
    for text in head.all("origin"):
        origin = read_origin(text)
        if any(origin != origin_of("http", each) for each in hosts):
            return _foreign(f"Origin: expected the server's own or none, got {value_shown(text)}")
    return None


def foreign_site(head: RequestHead) -> Optional[Refusal]:
    """Return why a request that a page of another site made is refused, None if no such page made it."""
    sites = head.all("sec-fetch-site")
    if all(each in {"same-origin", "none"} for each in sites) or _only_opens_a_page(head):
        return None
    return _foreign(f"Sec-Fetch-Site: expected same-origin or none, got {', '.join(map(value_shown, sites))}")


def _only_opens_a_page(head: RequestHead) -> bool:
    """Return whether a request is a link that somebody followed, in a window and not in a frame, to what only reads."""
    from fake_server.control.routes import READING  # loads the whole control API, which only a browser asks for

    return (
        head.only_reads
        and (head.path in READING or head.path in _DOORSTEPS)
        and list(head.all("sec-fetch-mode")) == ["navigate"]
        and all(each == "document" for each in head.all("sec-fetch-dest"))
    )


def _foreign(what: str) -> Refusal:
    return Refusal(403, "ORIGIN_NOT_ALLOWED", f"{what}; send it from a program, or from a page of this server")
