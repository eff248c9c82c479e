"""What goes into the fake and what comes out of it, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional, Union

__all__ = ["Drop", "Outcome", "Reply", "Request"]


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


@dataclass(frozen=True)
class Reply:
    """One HTTP answer: `body` after `delay` seconds.

    `cut` is how many bytes of the body are sent before the connection is closed (None: all of them; Content-Length
    still counts the whole). `drip` spreads the body over so many seconds.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    delay: float = 0.0
    cut: Optional[int] = None
    drip: float = 0.0


@dataclass(frozen=True)
class Drop:
    """No answer at all, after `delay` seconds.

    `how` is "reset" (RST), "close" (FIN without a byte of the answer) or "hang" (silence on an open connection).
    """

    how: str
    delay: float = 0.0


Outcome = Union[Reply, Drop]
