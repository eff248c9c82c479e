"""The file to import: its format, its entries, and every line that is wrong."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from octamem._call import operations
from octamem._errors import ValidationError

from .markdown import blocks

_SUFFIXES = {
    ".txt": "text",
    ".text": "text",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".md": "markdown",
    ".markdown": "markdown",
}

_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


@dataclass(frozen=True)
class Entry:
    """One memory of a file, by its place among all entries and its first line."""

    index: int
    line: int
    content: str = field(repr=False)
    context: str = field(repr=False)


@dataclass(frozen=True)
class Problem:
    """A line that is no memory, and why."""

    line: int
    text: str


_Found = Tuple[int, Callable[[], Tuple[Any, Any]]]
"""A line, and what gives its content and context, or raises a ValueError that says why there are none."""


def format_of(path: Path, given: Optional[str]) -> Optional[str]:
    """Return the format that was given, or that the suffix names; None for neither."""
    return given or _SUFFIXES.get(path.suffix.lower())


def read(data: bytes, form: str, context: str) -> Tuple[List[Entry], List[Problem]]:
    """Return all entries and all problems of a file's bytes; `context` is for entries without one of their own."""
    encoding = _BOMS.get(data[:2])
    if encoding:
        return [], [Problem(1, f"the file is {encoding}; save it as UTF-8")]
    lines, problems = _lines(data)
    entries: List[Entry] = []
    for line, give in FORMATS[form](lines, context):
        found = _checked(line, give)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            entries.append(Entry(len(entries), line, *found))
    return entries, sorted(problems, key=lambda problem: problem.line)


def _checked(line: int, give: Callable[[], Tuple[Any, Any]]) -> Union[Problem, Tuple[str, str]]:
    try:
        content, context = give()
        operations.add(None, content, context)
    except ValueError as error:
        return Problem(line, error.message if isinstance(error, ValidationError) else str(error))
    return content, context or ""


def digest(entries: Sequence[Entry]) -> str:
    """Return what tells whether two files have the same entries in the same order."""
    found = hashlib.sha256()
    for entry in entries:
        found.update(json.dumps([entry.content, entry.context]).encode() + b"\n")
    return found.hexdigest()


def _lines(data: bytes) -> Tuple[List[str], List[Problem]]:
    lines: List[str] = []
    problems: List[Problem] = []
    for number, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        line = _decoded(number, raw.removesuffix(b"\r"))
        lines.append("" if isinstance(line, Problem) else line)
        problems += [line] if isinstance(line, Problem) else []
    return lines, problems


def _decoded(number: int, raw: bytes) -> Union[Problem, str]:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        return Problem(number, f"byte {error.start + 1} is not UTF-8; save the file as UTF-8")


def _text(lines: Sequence[str], context: str) -> Iterator[_Found]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield number, _given(line.strip(), context)


def _markdown(lines: Sequence[str], context: str) -> Iterator[_Found]:
    for number, text, heading in blocks(lines):
        yield number, _given(text, context or heading)


def _given(content: str, context: str) -> Callable[[], Tuple[str, str]]:
    return lambda: (content, context)


def _jsonl(lines: Sequence[str], context: str) -> Iterator[_Found]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield number, _parsed(line, context)


def _parsed(line: str, context: str) -> Callable[[], Tuple[Any, Any]]:
    def give() -> Tuple[Any, Any]:
        value = _json(line)
        if isinstance(value, str):
            return value, context
        if isinstance(value, list) and len(value) == 2:
            return value[0], context if value[1] in (None, "") else value[1]
        if isinstance(value, dict):
            params: Any = value
            operations.add(params)
            return value["content"], value.get("previousContext") or context
        raise ValueError('expected a JSON string, or an object such as {"content": "…", "previousContext": "…"}')

    return give


def _json(line: str) -> object:
    try:
        value: object = json.loads(line)
    except json.JSONDecodeError as error:
        problem = f"not JSON: {error.msg} at column {error.colno}"
    except (ValueError, RecursionError):
        problem = "not JSON that can be read: a number is too long, or it is nested too deep"
    else:
        return value
    raise ValueError(problem)


FORMATS: Mapping[str, Callable[[Sequence[str], str], Iterable[_Found]]] = {
    "text": _text,
    "jsonl": _jsonl,
    "markdown": _markdown,
}


def ranges(lines: Iterable[int]) -> str:
    """Return line numbers as text, such as "3, 7-9"."""
    runs: List[List[int]] = []
    for line in sorted(set(lines)):
        if runs and line == runs[-1][-1] + 1:
            runs[-1][1:] = [line]
        else:
            runs.append([line])
    return ", ".join("-".join(map(str, run)) for run in runs)
