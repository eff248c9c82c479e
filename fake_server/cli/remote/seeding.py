"""Storing the lines of a file: in requests of a bounded size, and none that is there already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterable, List

from fake_server.core.json_body import encode
from fake_server.core.wording import expected, plural, shown

from .client import Control
from .seed_ids import MemoryLine

__all__ = ["Counts", "store"]

MEMORIES = 500  # of one request
BYTES = 1 << 20  # of one request, except that one memory may have more

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


def store(
    lines: Iterable[MemoryLine], control: Control, key: str, counts: Counts, report: Report, *, replace: bool = False
) -> None:
    """Store the memories of lines that are not stored yet; with `replace`, replace those that differ.

    What cannot be stored for what is there is given to `report`. `counts` is right after each request.
    """
    there = {each["id"]: each for each in control.ask("GET", "/memories", key=key)["memories"]}
    new, other = _Batch(control, key, replace=False), _Batch(control, key, replace=True)
    for line in lines:
        memory = line.memory
        identity = memory["id"]
        former = there.get(identity)
        if former is None:
            there[identity] = memory
            counts.stored += new.put(memory)
        elif all(former.get(name) == value for name, value in memory.items()):
            counts.already += 1
        elif replace:
            there[identity] = {**former, **memory}
            counts.stored += new.send()  # what is replaced may be among those
            counts.replaced += other.put(memory)
        else:
            got = f"{shown(identity)}, under which another memory is stored"
            report(line.number, expected("id", "a new id", got, "add --replace to replace that one"))
    counts.stored += new.send()
    counts.replaced += other.send()


class _Batch:
    """Memories that wait for one request."""

    def __init__(self, control: Control, key: str, *, replace: bool) -> None:
        self._control = control
        self._key = key
        self._replace = replace
        self._waiting: Dict[str, Any] = {}
        self._size = 0

    def put(self, memory: Dict[str, Any]) -> int:
        """Take a memory, and return how many were stored meanwhile."""
        size = len(encode(memory))
        full = len(self._waiting) == MEMORIES or self._size + size > BYTES or memory["id"] in self._waiting
        sent = self.send() if full else 0
        self._waiting[memory["id"]] = memory
        self._size += size
        return sent

    def send(self) -> int:
        """Store what waits, and return how many that were."""
        if not self._waiting:
            return 0
        body = {"memories": list(self._waiting.values()), **({"replace": True} if self._replace else {})}
        self._control.ask("POST", "/memories", body, key=self._key)
        sent = len(self._waiting)
        self._waiting, self._size = {}, 0
        return sent
