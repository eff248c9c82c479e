"""The head of a request as the rules see it, and a refusal as they give it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Optional, Sequence, Tuple

from fake_server.core.wording import blanked
from fake_server.paths import ROOT, page_path

__all__ = ["Refusal", "RequestHead", "value_shown"]

_SHOWN = 80  # characters of a header that a message repeats


@dataclass(frozen=True)
class Refusal:
    """Why a request is refused: the status, the code and the message of the answer, and headers of its own."""

    status: int
    code: str
    message: str
    headers: Tuple[Tuple[bytes, bytes], ...] = ()


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

    @property
    def of_page(self) -> bool:
        """Whether it reads the page or a file of it, which hold nothing of the server's state."""
        return self.only_reads and page_path(self.path, ROOT)

    @property
    def only_reads(self) -> bool:
        """Whether the method is one that changes nothing."""
        return self.method in {"GET", "HEAD"}


def value_shown(text: str) -> str:
    """Return a value from outside in ASCII, cut, and without keys and what may be a password before an @."""
    blank = blanked(text, len(text))  # first, since half of a key shows most of it
    _, at, host = blank.rpartition("@")
    text = f"...@{host}" if at else blank
    return ascii(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
