"""The memories of a file, each with an id: that of its line, or one that follows from what the line says."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, BinaryIO, Callable, Dict, Iterator, Union
from typing import Counter as Counts

from fake_server.core.clock import iso
from fake_server.core.tenants.seed_fields import SeedFields
from fake_server.core.tenants.seed_lines import WrongLine, seed_lines

__all__ = ["MemoryLine", "memory_lines"]

_PIECE = 1 << 18  # bytes that are read at a time


@dataclass(frozen=True)
class MemoryLine:
    """A line that is a memory, its number, and the memory as the control API takes it, with an id."""

    number: int
    memory: Dict[str, Any]


def memory_lines(
    stream: BinaryIO, *, plain: bool, read: Callable[[int], None] = lambda _: None
) -> Iterator[Union[MemoryLine, WrongLine]]:
    """Yield the lines of a stream; `plain` ones are texts. `read` is told how many bytes were read so far.

    A line without an id gets one that follows from what it says, and from how many such lines came before: a second
    run gives each line the id that it had, even if others were added, corrected or taken away meanwhile.
    """
    seen: Counts[bytes] = Counter()
    for line in seed_lines(_pieces(stream, read), plain=plain):
        if isinstance(line, WrongLine):
            yield line
        else:
            memory = _said(line.seed)
            yield MemoryLine(line.number, memory if "id" in memory else {"id": _identity(memory, seen), **memory})


def _pieces(stream: BinaryIO, read: Callable[[int], None]) -> Iterator[bytes]:
    size = 0
    while True:
        piece = stream.read(_PIECE)
        if not piece:
            return
        size += len(piece)
        read(size)
        yield piece


def _said(seed: SeedFields) -> Dict[str, Any]:
    """Return what a line says; the rest is the server's to choose."""
    fields = {
        "id": seed.id,
        "content": seed.content,
        "previousContext": seed.context,
        "type": seed.type,
        "source": seed.source,
        "created_at": None if seed.created is None else iso(seed.created),
        "file": None if seed.file is None else seed.file._asdict(),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _identity(said: Dict[str, Any], seen: Counts[bytes]) -> str:
    digest = sha256(json.dumps(said, sort_keys=True).encode()).digest()[:16]
    seen[digest] += 1
    return f"rec_{sha256(digest + b'%d' % seen[digest]).hexdigest()[:16]}"
