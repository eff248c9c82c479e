"""Shows a result: as text for a prompt, as the lines of a repr, and as a table of a notebook."""

from __future__ import annotations

import json
from html import escape
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

_HEADINGS: Dict[str, str] = {"semantic": "Facts", "episodic": "Events", "procedural": "How to"}
_OTHER = "Memories"
_FILES = "Relevant files"


def prompt_text(memories: Iterable[Tuple[object, object]], files: object) -> str:
    """Return the (type, content) pairs as headings with one item a memory, and the files; "" for none."""
    groups: Dict[str, List[str]] = {}
    for kind, content in memories:
        text = _text(content)
        if text.strip():
            heading = _HEADINGS.get(kind, _OTHER) if isinstance(kind, str) else _OTHER
            groups.setdefault(heading, []).append(_item(text))
    names = list(dict.fromkeys(name for name in map(_file_name, _listed(files)) if name.strip()))
    if names:
        groups[_FILES] = [_item(name) for name in names]
    return "\n\n".join("\n".join([f"{heading}:", *items]) for heading, items in groups.items())


def _item(text: str) -> str:
    # Indented, so that the second line of a memory cannot look like another item or heading.
    return "- " + "\n  ".join(text.strip().splitlines())


def _text(content: object) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list) and all(isinstance(part, str) for part in content):
        return "\n".join(content)
    return json.dumps(content, ensure_ascii=False, default=str) if content else ""


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _file_name(file: object) -> str:
    if isinstance(file, dict):
        file = next((file[key] for key in ("name", "filename", "title", "id") if file.get(key)), None)
    return file if isinstance(file, str) else ""


def lines(name: str, fields: Iterable[Tuple[Optional[str], Any]], records: Sequence[object]) -> str:
    """Return the repr of a result with each of its records on a line of its own."""
    shown = ", ".join(f"{field}={value!r}" for field, value in fields)
    listed = "".join(f"\n  {record!r}," for record in records)
    return f"{name}({shown}{', ' if shown else ''}results=[{listed}\n])" if records else f"{name}({shown})"


def html_table(fields: Mapping[str, object]) -> str:
    """Return a table with a row for each field."""
    rows = (f"<tr><th>{escape(name)}</th><td>{_cell(value)}</td></tr>" for name, value in fields.items())
    return f"<table>{''.join(rows)}</table>"


def html_records(records: Sequence[Mapping[str, object]]) -> str:
    """Return a table with a row for each record and a column for each field that one of them has."""
    names = list(dict.fromkeys(name for record in records for name in record))
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = ("".join(f"<td>{_cell(record.get(name))}</td>" for name in names) for record in records)
    return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _cell(value: object) -> str:
    return "" if value is None else escape(value if isinstance(value, str) else repr(value))
