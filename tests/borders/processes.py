"""The processes of this machine, as /proc shows them, some of which end while one looks."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Iterator, List, NamedTuple

__all__ = ["Process", "every_process"]


class Process(NamedTuple):
    """A process, the one that started it, and the words of its command."""

    pid: int
    parent: int
    words: List[str]


def every_process() -> Iterator[Process]:
    """Give each process that runs."""
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            words = (path / "cmdline").read_bytes().decode(errors="replace").split("\0")
            parent = re.search(r"PPid:\s*(\d+)", (path / "status").read_text(encoding="utf-8", errors="replace"))
            yield Process(int(path.name), int(parent[1]) if parent else 0, words)
