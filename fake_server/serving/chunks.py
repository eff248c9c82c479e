"""A chunked body beside h11, which is more lenient here than httptools: a space may hide where a chunk ends."""

from __future__ import annotations

import re
from typing import Iterator, Optional

from .limits import Limits
from .parsing import BadRequestError, too_large

__all__ = ["Chunks"]

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_SIZE = re.compile(rb"([0-9A-Fa-f]+)(?:;%s(?:=(?:%s|\"(?:[^\"\\\r\n]|\\.)*\"))?)*" % (_TOKEN, _TOKEN))
_BEGUN = re.compile(rb"[0-9A-Fa-f]+(?:;[^\r\n]*)?\r?")
_TRAILER = re.compile(rb"%s:[\t\x20-\x7e\x80-\xff]*" % _TOKEN)
_FOLDED = re.compile(rb"[\t ][\t\x20-\x7e\x80-\xff]*")
_MOST = (1 << 64) - 1  # bytes of a chunk, as httptools counts them


class Chunks:
    """Reads the chunks of one body; `rest` is what came behind it, None until it is over."""

    def __init__(self, limits: Limits) -> None:
        self.rest: Optional[bytes] = None
        self._limits = limits
        self._line = b""  # what has come of one that is no data
        self._left = 0  # bytes of the chunk that are still to come
        self._behind = False  # a chunk, whose line end comes next
        self._trailers = -1  # how many have come, -1 before the last chunk
        self._framing = 0  # bytes since the last ones of the body

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the pieces of the body in more bytes; raises BadRequestError behind those that are right."""
        at = 0
        while at < len(data) and self.rest is None:
            if self._left:
                piece = data[at : at + self._left]
                at += len(piece)
                self._left -= len(piece)
                self._framing = 0
                yield piece
                continue
            end = data.find(b"\n", at) + 1 or len(data)
            self._take(data[at:end])
            at = end
        if self.rest is not None:
            self.rest = data[at:]

    def _take(self, piece: bytes) -> None:
        self._framing += len(piece)
        if self._framing > self._limits.header_bytes:
            raise too_large(self._limits)
        self._line += piece
        if self._line.endswith(b"\r\n"):
            line, self._line = self._line[:-2], b""
            self._take_line(line)
        elif not self._may_go_on():
            raise BadRequestError

    def _may_go_on(self) -> bool:
        if self._line.endswith(b"\n"):
            return False
        if self._behind:
            return self._line == b"\r"
        return self._trailers >= 0 or _BEGUN.fullmatch(self._line) is not None

    def _take_line(self, line: bytes) -> None:
        if self._behind:
            self._behind = False
            is_fit = not line
        elif self._trailers < 0:
            size = _SIZE.fullmatch(line)
            self._left = 0 if size is None else int(size[1], 16)
            self._behind = self._left > 0
            self._trailers = -1 if self._behind else 0
            is_fit = size is not None and self._left <= _MOST
        elif line:
            is_fit = _TRAILER.fullmatch(line) is not None or (
                self._trailers > 0 and _FOLDED.fullmatch(line) is not None
            )
            self._trailers += 1
        else:
            self.rest, is_fit = b"", True
        if not is_fit:
            raise BadRequestError
