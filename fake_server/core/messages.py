"""What goes into the fake and what comes out of it, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Mapping, Optional, Tuple, Union

__all__ = ["DRIP_PIECES", "NO_BODY", "Drop", "Outcome", "Reply", "Request"]

DRIP_PIECES = 8
"""Pieces that a dripped body is sent in (our own choice: enough to see pacing, few enough that a test stays short)."""

NO_BODY = (204, 304)
"""Statuses whose answers have no body and declare no length (RFC 9110)."""


@dataclass(frozen=True)
class Request:
    """One HTTP request as the service sees it.

    Header names are taken in any case and kept in lower case. `path` is decoded and carries no query string. A header
    sent more than once is one value joined by ", ". The repr leaves the headers out, since they hold the key.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = b""

    def __post_init__(self) -> None:
        """Lower the header names, so that whoever looks one up need not."""
        object.__setattr__(self, "headers", {name.lower(): value for name, value in self.headers.items()})

    @classmethod
    def trusted(cls, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Request:
        """Build a request from headers whose names are lower case already, which are kept as they are, uncopied."""
        made = cls.__new__(cls)
        fields = made.__dict__
        fields["method"] = method
        fields["path"] = path
        fields["headers"] = headers
        fields["body"] = body
        return made


@dataclass(frozen=True)
class Reply:
    """One HTTP answer: `body` after `delay` seconds.

    `cut` is how many bytes of the body are sent before the connection is closed (None: all of them; Content-Length
    still counts the whole). `drip` spreads the body over so many seconds. `chunked` is for a body without a
    Content-Length, sent in chunks: one that is cut lacks the last.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    delay: float = 0.0
    cut: Optional[int] = None
    drip: float = 0.0
    chunked: bool = False

    @classmethod
    def whole(cls, status: int, headers: Mapping[str, str], body: bytes) -> Reply:
        """Build an answer that goes out whole and at once: a frozen dataclass takes three times as long to fill."""
        made = cls.__new__(cls)
        fields = made.__dict__
        fields["status"] = status
        fields["headers"] = headers
        fields["body"] = body
        return made

    def with_headers(self, more: Mapping[str, str]) -> Reply:
        """Return the answer with more headers: by itself, since `replace` takes as long as all else of a search."""
        made = Reply.__new__(Reply)
        made.__dict__.update(self.__dict__, headers={**self.headers, **more})
        return made

    def dripped(self) -> List[Tuple[float, bytes]]:
        """Cut the body into the pieces of a drip, each with the seconds that pass before it is sent."""
        size = max(1, -(-len(self.body) // DRIP_PIECES))
        pieces = [self.body[at : at + size] for at in range(0, len(self.body), size)]
        return [(self.drip / len(pieces), piece) for piece in pieces]


@dataclass(frozen=True)
class Drop:
    """No answer at all, after `delay` seconds.

    `how` is "reset" (RST), "close" (FIN without a byte of the answer) or "hang" (silence on an open connection).
    """

    how: str
    delay: float = 0.0


Outcome = Union[Reply, Drop]
