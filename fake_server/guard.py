"""The guard in front of a served fake: it refuses requests of web pages of another origin."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import Dict, FrozenSet, Iterable, List, Mapping, Optional, Sequence, Tuple

from starlette.types import ASGIApp, Receive, Scope, Send

from .authority import Authority, is_address, is_loopback, is_loopback_address, read_authority
from .control import READING, ROOT
from .core.json_body import encode

__all__ = ["TARGET", "Guard", "Refusal", "RequestHead", "Rules"]

TARGET = "octamem.target"
"""Name of the ASGI extension under which our server hands over the authority of a target in absolute form."""

SERVICE = "platform.octamem.com"  # what a client of the service sends that reaches us through a proxy

_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://(.+)", re.IGNORECASE)
_SHOWN = 80  # characters of a header that a message repeats
_log = logging.getLogger("fake_server")


@dataclass(frozen=True)
class Refusal:
    """Why a request is refused: the status, the code and the message of the answer."""

    status: int
    code: str
    message: str


@dataclass(frozen=True)
class RequestHead:
    """The head of a request: each header as often as it was sent, and the authority of its target."""

    method: str
    path: str
    headers: Mapping[str, Sequence[str]]
    target: Optional[str] = None

    def all(self, name: str) -> Sequence[str]:
        """Return the values of a header, in the order in which they were sent."""
        return self.headers.get(name, ())

    @property
    def controls(self) -> bool:
        """Whether the path belongs to the control API rather than to the service."""
        return self.path == ROOT or self.path.startswith(f"{ROOT}/")


@dataclass(frozen=True)
class Rules:
    """Which hosts a server answers to: `bound` is the address that it listens on, `allowed` has further names."""

    bound: str
    allowed: FrozenSet[str] = frozenset()

    def refusal(self, head: RequestHead) -> Optional[Refusal]:
        """Return why a request is refused, None if it may pass."""
        hosts, refusal = _hosts(head)
        refusal = refusal or self._foreign_host(head, hosts)
        return refusal or _malformed_origin(head) or _foreign_origin(head, hosts) or _foreign_site(head)

    def _foreign_host(self, head: RequestHead, hosts: Iterable[Authority]) -> Optional[Refusal]:
        for each in hosts:
            if not self._answers_to(each.host, head):
                return Refusal(
                    403,
                    "HOST_NOT_ALLOWED",
                    f"Host: expected a loopback address, localhost or an allowed name, got {_shown(str(each))}; "
                    "to allow a name, start the server with --allowed-host NAME",
                )
        return None

    def _answers_to(self, host: str, head: RequestHead) -> bool:
        if is_loopback(host) or host in self.allowed or host == self.bound:
            return True
        if is_loopback_address(self.bound):
            return host == SERVICE and not head.controls
        # A name that a stranger chose can be pointed at this server, an address cannot.
        return not self.allowed or is_address(host)


class Guard:
    """An ASGI app that passes on the requests that its rules allow, and answers the others itself."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refused request without reading its body."""
        refusal = None if scope["type"] == "lifespan" else self._rules.refusal(_read_head(scope))
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            _log.info("refused %s %s: %s", scope["method"], _shown(scope["path"]), refusal.message)
            await _answer(refusal, send)


async def _answer(refusal: Refusal, send: Send) -> None:
    body = encode({"error": refusal.message, "code": refusal.code})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _read_head(scope: Scope) -> RequestHead:
    headers: Dict[str, List[str]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1").strip(" \t"))
    # The handshake of a WebSocket is a GET, but it opens a stream.
    method = str(scope.get("method", "WEBSOCKET"))
    return RequestHead(method, str(scope["path"]), headers, scope.get("extensions", {}).get(TARGET))


def _hosts(head: RequestHead) -> Tuple[Sequence[Authority], Optional[Refusal]]:
    """Return every authority that a request names, or why it names none: a target in absolute form has one too."""
    given = [*head.all("host"), *([] if head.target is None else [head.target])]
    read = [each for each in map(read_authority, given) if each is not None]
    if len(head.all("host")) > 1 or not given or len(read) < len(given):
        got = ", ".join(map(_shown, given)) or "none"
        return (), Refusal(
            400, "MALFORMED_HOST", f"Host: expected one NAME or NAME:PORT, got {got}; correct the header"
        )
    return read, None


def _malformed_origin(head: RequestHead) -> Optional[Refusal]:
    origins = head.all("origin")
    if not origins or (len(origins) == 1 and (origins[0] == "null" or _origin(origins[0]) is not None)):
        return None
    got = ", ".join(map(_shown, origins))
    return Refusal(
        400,
        "MALFORMED_ORIGIN",
        f"Origin: expected one SCHEME://HOST or SCHEME://HOST:PORT, got {got}; correct the header, or leave it out",
    )


def _origin(text: str) -> Optional[Tuple[str, Authority]]:
    matched = _ORIGIN.fullmatch(text)
    authority = None if matched is None else read_authority(matched[2])
    return None if matched is None or authority is None else (matched[1].lower(), _without_default(authority))


def _foreign_origin(head: RequestHead, hosts: Iterable[Authority]) -> Optional[Refusal]:
    for text in head.all("origin"):
        origin = _origin(text)
        if origin is None or any(origin != ("http", each) for each in map(_without_default, hosts)):
            return _foreign(f"Origin: expected the server's own or none, got {_shown(text)}")
    return None


def _without_default(authority: Authority) -> Authority:
    """Return an authority as an origin of http spells it, which leaves the port 80 out."""
    return Authority(authority.host) if authority.port == 80 else authority


def _foreign_site(head: RequestHead) -> Optional[Refusal]:
    sites = head.all("sec-fetch-site")
    if all(each in {"same-origin", "none"} for each in sites) or _only_opens_a_page(head):
        return None
    return _foreign(f"Sec-Fetch-Site: expected same-origin or none, got {', '.join(map(_shown, sites))}")


def _only_opens_a_page(head: RequestHead) -> bool:
    """Return whether a request is a link that somebody followed, in a window and not in a frame, to what only reads."""
    return (
        head.method in {"GET", "HEAD"}
        and head.path in READING
        and list(head.all("sec-fetch-mode")) == ["navigate"]
        and all(each == "document" for each in head.all("sec-fetch-dest"))
    )


def _foreign(what: str) -> Refusal:
    return Refusal(403, "ORIGIN_NOT_ALLOWED", f"{what}; send it from a program, or from a page of this server")


def _shown(text: str) -> str:
    """Return a value from outside in ASCII, cut, and without what may be a password before an @."""
    _, at, host = text.rpartition("@")
    text = f"...@{host}" if at else text
    return ascii(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
