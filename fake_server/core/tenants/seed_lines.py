"""Memories as lines of bytes: each line is a memory or a located error, whatever the other lines are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, Iterable, Iterator, List, Union

from fake_server.core.json_body import BadBody, read_text, read_value
from fake_server.core.lines import LineReader
from fake_server.core.wording import expected, shown

from .seed_fields import SeedError, SeedFields, check_seed

__all__ = ["MAX_LINE", "Line", "SeedLine", "SeedReader", "WrongLine", "seed_lines"]

MAX_LINE = 16 << 20  # bytes: the largest memory that the service takes is 1 MiB, which JSON may write as 6


@dataclass(frozen=True)
class SeedLine:
    """A line that is a memory, and its number, from 1; blank lines are counted."""

    number: int
    seed: SeedFields


@dataclass(frozen=True)
class WrongLine:
    """A line that is no memory, its number, from 1, and what is wrong with it."""

    number: int
    error: str

    def __str__(self) -> str:
        """Return number and error as an error message has them."""
        return f"line {self.number}: {self.error}"


Line = Union[SeedLine, WrongLine]


class SeedReader:
    """Reads memories from bytes that come in pieces; holds no more of them than one line.

    A line is JSON: a text, a pair of a text and its context, or an object with `content`. With `plain`, it is the text
    itself. `LineReader` says what a line is. `is_stored` says of an id whether it is taken already; one that comes
    twice is an error too.
    """

    def __init__(self, is_stored: Callable[[str], bool], *, plain: bool = False) -> None:
        self._is_stored = is_stored
        self._plain = plain
        self._lines = LineReader(MAX_LINE)
        self._lines_of: Dict[str, int] = {}

    def feed(self, data: bytes) -> List[Line]:
        """Return what the lines are that end in this piece."""
        return [self._read(*line) for line in self._lines.feed(data)]

    def end(self) -> List[Line]:
        """Return what the last line is, if it has no end of its own."""
        return [self._read(*line) for line in self._lines.end()]

    def _read(self, number: int, line: bytes, size: int) -> Line:
        if size > MAX_LINE:
            return WrongLine(number, expected("line", f"at most {MAX_LINE} bytes", str(size)))
        try:
            seed = check_seed(read_text(line) if self._plain else read_value(line))
        except (BadBody, SeedError) as error:
            return WrongLine(number, _in_line(str(error)))
        if seed.id is not None:
            first = self._lines_of.get(seed.id)
            if first is not None or self._is_stored(seed.id):
                which = "which is stored already" if first is None else f"which line {first} has"
                return WrongLine(number, expected("id", "a new id", f"{shown(seed.id)}, {which}"))
            self._lines_of[seed.id] = number
        return SeedLine(number, seed)


def seed_lines(
    pieces: Iterable[bytes], is_stored: Callable[[str], bool] = lambda _: False, *, plain: bool = False
) -> Iterator[Line]:
    """Yield what each line of some bytes is, as `SeedReader` reads them."""
    reader = SeedReader(is_stored, plain=plain)
    for piece in pieces:
        yield from reader.feed(piece)
    yield from reader.end()


def _in_line(error: str) -> str:
    """Write an error of a request's body as one of a line, which is all of the body and has one line."""
    return error.removeprefix("body: ").replace("at line 1, column", "at column")
