"""What commands print: columns that fit a terminal, without control characters, and JSON."""

from __future__ import annotations

import json
import re
import shutil
from typing import Any, Iterable, List, Sequence
from unicodedata import category, combining, east_asian_width

import click

__all__ = ["columns", "echo_json", "fitted", "one_line", "printable", "width"]

_SPACES = re.compile(r"\s+")


def printable(text: str) -> str:
    """Return a text without the control characters by which what somebody sent could steer a terminal."""
    return "".join(each if each.isprintable() or each in "\n\t" else "�" for each in text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return a text as one printable line."""
    return printable(_SPACES.sub(" ", text).strip())


def width(text: str) -> int:
    """Return the number of cells that a line takes on a terminal."""
    return sum(_cells(each) for each in text) if not text.isascii() else len(text)


def _cells(character: str) -> int:
    if combining(character) or category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if east_asian_width(character) in {"W", "F"} else 1


def fitted(text: str, cells: int) -> str:
    """Return a line that takes a number of cells at most; an ellipsis stands where it was cut."""
    if width(text) <= cells:
        return text
    kept, left = "", cells - 1
    for each in text:
        left -= _cells(each)
        if left < 0:
            break
        kept += each
    return f"{kept}…" if cells > 0 else ""


def columns(rows: Iterable[Sequence[str]], *, gap: str = "  ") -> List[str]:
    """Return rows as lines whose cells stand below each other; the last column is cut where the terminal ends."""
    listed = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(*listed)][:-1]
    most = shutil.get_terminal_size((200, 24)).columns
    lines = (
        gap.join([*(f"{cell}{' ' * (size - width(cell))}" for cell, size in zip(row, widths)), row[-1]])
        for row in listed
    )
    return [fitted(line, most).rstrip() for line in lines]


def echo_json(value: Any, *, indent: Any = 2) -> None:
    """Print a value as JSON, in ASCII, so that any terminal and any program takes it."""
    click.echo(json.dumps(value, indent=indent))
