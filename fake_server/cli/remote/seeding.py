"""Storing the lines of a file: in requests of a bounded size, and none that is there already."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Tuple

from fake_server.core.json_body import encode
from fake_server.core.wording import expected, plural, shown

from .client import Control
from .seed_ids import MemoryLine

__all__ = ["Counts", "compared", "store", "stored_under"]

MEMORIES = 500  # of one request
BYTES = 1 << 20  # of one request, except that one memory may have more

NOTHING, SAME, OTHER = "nothing", "same", "other"
"""What is stored under the id of a line."""

Report = Callable[[int, str], None]
"""Takes the number of a line, and what is wrong with it."""


@dataclass
class Counts:
    """What became of the lines of a file."""

    stored: int = 0
    replaced: int = 0
    already: int = 0
    wrong: List[Dict[str, Any]] = field(default_factory=list)

    def __str__(self) -> str:
        """Write the numbers that are not 0, and that of the stored."""
        others = ((self.replaced, "replaced"), (self.already, "already there"))
        said = "".join(f", {count:,} {what}" for count, what in others if count)
        wrong = f", {plural(len(self.wrong), 'wrong line')}" if self.wrong else ""
        return f"{self.stored:,} {'memory' if self.stored == 1 else 'memories'} stored{said}{wrong}"


def stored_under(control: Control, key: str) -> Dict[str, bytes]:
    """Return the memories that are stored under a key by their ids."""
    # As they came: a memory takes much more room once it is read.
    return {json.loads(line)["id"]: line for line in control.lines("/memories.jsonl", key=key)}


def compared(
    lines: Iterable[MemoryLine], there: Mapping[str, bytes], report: Report, *, replace: bool
) -> Iterator[Tuple[MemoryLine, str]]:
    """Yield the lines that can be stored, each with what is there under its id; OTHER only with `replace`.

    Without `replace`, a line under whose id another memory is there is given to `report`.
    """
    for line in lines:
        identity = line.memory["id"]
        former = there.get(identity)
        if former is None:
            yield line, NOTHING
        elif _says(former, line.memory):
            yield line, SAME
        elif replace:
            yield line, OTHER
        else:
            got = f"{shown(identity)}, under which another memory is stored"
            report(line.number, expected("id", "a new id", got, "add --replace to replace that one"))


def store(lines: Iterable[Tuple[MemoryLine, str]], control: Control, key: str, counts: Counts, report: Report) -> None:
    """Store the lines that `compared` yields, as far as they are not there.

    What somebody else has stored meanwhile is given to `report`. `counts` is right after each request.
    """
    new, other = _Batch(partial(_add, control, key, report)), _Batch(partial(_replace, control, key))
    for line, found in lines:
        if found == NOTHING:
            counts.stored += new.put(line)
        elif found == SAME:
            counts.already += 1
        else:
            counts.replaced += other.put(line)
    counts.stored += new.send()
    counts.replaced += other.send()


def _add(control: Control, key: str, report: Report, lines: List[MemoryLine]) -> int:
    """Store memories, and return how many; what somebody else has stored meanwhile is given to `report`."""
    body = b"\n".join(encode(line.memory) for line in lines)
    answer = control.ask("POST", "/memories.jsonl", body, key=key, partial="true")
    for each in answer["errors"]:
        report(lines[each["line"] - 1].number, each["error"])
    stored: int = answer["stored"]
    return stored


def _replace(control: Control, key: str, lines: List[MemoryLine]) -> int:
    """Replace memories by their ids, and return how many."""
    control.ask("POST", "/memories", {"memories": [line.memory for line in lines], "replace": True}, key=key)
    return len(lines)


def _says(stored: bytes, memory: Mapping[str, Any]) -> bool:
    """Return whether all that a line says is stored."""
    fields = json.loads(stored)
    return all(fields.get(name) == value for name, value in memory.items())


class _Batch:
    """Lines that wait for one request, which `send` makes, and which returns how many it stored."""

    def __init__(self, send: Callable[[List[MemoryLine]], int]) -> None:
        self._send = send
        self._waiting: List[MemoryLine] = []
        self._size = 0

    def put(self, line: MemoryLine) -> int:
        """Take a line, and return how many were stored meanwhile."""
        size = len(encode(line.memory))
        full = len(self._waiting) == MEMORIES or self._size + size > BYTES
        sent = self.send() if full else 0
        self._waiting.append(line)
        self._size += size
        return sent

    def send(self) -> int:
        """Store what waits, and return how many that were."""
        lines, self._waiting, self._size = self._waiting, [], 0
        return self._send(lines) if lines else 0
