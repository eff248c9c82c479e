"""A list, or lines, of any length as an answer: written in pieces, so that it is never in memory as a whole."""

from __future__ import annotations

from itertools import chain
from typing import Any, Iterable, Iterator, Mapping, Optional, Sequence, Tuple, TypeVar

from fake_server.core.json_body import encode

from .answers import Answer

__all__ = ["MOST", "in_pieces", "list_answer", "newest"]

Item = TypeVar("Item")

MOST = 1_000  # items of a page
PIECE = 32 << 10  # bytes that are written at once: a few milliseconds of work


def list_answer(name: str, items: Iterable[Any], rest: Mapping[str, Any]) -> Answer:
    """Return an object with the items under a name and the rest beside them; each item is read as it is written.

    One that fits a piece is no stream: it declares its length, as simple clients expect.
    """
    pieces = in_pieces(_parts(name, items, rest))
    first = next(pieces)
    second = next(pieces, None)
    return Answer(first if second is None else chain((first, second), pieces))


def newest(items: Sequence[Item], limit: Optional[int]) -> Tuple[Sequence[Item], bool]:
    """Return the newest so many items, or all without a limit, oldest first, and whether there are older ones."""
    page = items if limit is None else items[max(0, len(items) - limit) :]
    return page, 0 < len(page) < len(items)


def in_pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Join the parts of a body into pieces; one is larger than PIECE only by its last part."""
    piece = bytearray()
    for part in parts:
        piece += part
        if len(piece) >= PIECE:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)


def _parts(name: str, items: Iterable[Any], rest: Mapping[str, Any]) -> Iterator[bytes]:
    yield b"{" + encode(name) + b":["
    separator = b""
    for item in items:
        yield separator + encode(item)
        separator = b","
    yield b"]" + (b"," + encode(dict(rest))[1:] if rest else b"}")
