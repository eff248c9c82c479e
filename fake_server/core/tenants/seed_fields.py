"""What a memory may be written as, and the check of each of its fields."""

from __future__ import annotations

from typing import Any, Dict, Mapping, NamedTuple, Optional, Sequence, Union

from fake_server.core.clock import iso, read_moment
from fake_server.core.json_body import UNICODE, BadBody, is_text, optional_text, text_field
from fake_server.core.memory import File, Memory, file_named
from fake_server.core.settings import TYPES
from fake_server.core.wording import alternatives, expected, json_kind, kind_of, name_shown, plural, shown, unknown

__all__ = ["SEED_FIELDS", "Seed", "SeedError", "SeedFields", "as_seed", "check_seed", "seed_object"]

SEED_FIELDS = ("id", "content", "previousContext", "type", "source", "created_at", "file")
FILE_FIELDS = ("id", "name")


class SeedError(ValueError):
    """A memory that cannot be stored; names which one and which field."""


class SeedFields(NamedTuple):
    """The fields of a memory to store, all checked; None for what the key decides."""

    content: str
    context: str
    id: Optional[str] = None
    type: Optional[str] = None
    source: Optional[str] = None
    created: Optional[int] = None
    file: Optional[File] = None


Seed = Union[str, Sequence[str], Mapping[str, Any], Memory, SeedFields]
"""A text, a pair of a text and its context, an object of SEED_FIELDS (only `content` is required), or a Memory.

SeedFields, which were checked before, are not checked again.
"""


def as_seed(memory: Memory) -> Dict[str, Any]:
    """Write a memory in the form that puts it back; only one of a file has the field `file`."""
    written: Dict[str, Any] = {
        "id": memory.id,
        "content": memory.content,
        "previousContext": memory.context,
        "type": memory.type,
        "source": memory.source,
        "created_at": iso(memory.created),
    }
    return {**written, "file": memory.file._asdict()} if memory.file is not None else written


def check_seed(seed: Seed, path: str = "") -> SeedFields:
    """Return the fields of a memory in any form; raises SeedError, which names the field under `path`."""
    if isinstance(seed, SeedFields):
        return seed
    item = seed_object(seed, path)
    strange = [name for name in item if name not in SEED_FIELDS]
    if strange:
        raise SeedError(unknown(_under(path, name_shown(strange[0])), "field", SEED_FIELDS))
    given = {name: value for name, value in item.items() if value is not None or name == "content"}
    try:
        content = text_field(given, "content")
        context = optional_text(given, "previousContext").strip()
        identity, source = [text_field(given, name) if name in given else None for name in ("id", "source")]
    except BadBody as error:
        raise SeedError(_under(path, str(error))) from None
    for name in ("content", "previousContext", "id", "source"):
        if not is_text(given.get(name)):
            raise SeedError(expected(_under(path, name), *UNICODE))
    kind = given.get("type")
    if kind is not None and kind not in TYPES:
        raise SeedError(expected(_under(path, "type"), alternatives(TYPES), shown(kind)))
    moment = given.get("created_at")
    created = None if moment is None else _ticks(_under(path, "created_at"), moment)
    file = None if given.get("file") is None else _file(_under(path, "file"), given["file"])
    return SeedFields(content, context, identity, kind, source, created, file)


def seed_object(seed: Seed, path: str = "") -> Mapping[str, Any]:
    """Write a memory of any form as an object, not checked yet; raises SeedError for what is no memory."""
    if isinstance(seed, str):
        return {"content": seed}
    if isinstance(seed, Memory):
        return as_seed(seed)
    if isinstance(seed, (list, tuple)):
        if len(seed) != 2:
            raise SeedError(expected(path or "memory", "a pair (text, context)", plural(len(seed), "value")))
        return {"content": seed[0], "previousContext": seed[1]}
    if not isinstance(seed, Mapping):
        got = kind_of(seed)
        raise SeedError(expected(path or "memory", "a text, a pair (text, context) or an object", got))
    return seed


def _file(path: str, value: Any) -> File:
    if isinstance(value, File):
        return value
    item = {"name": value} if isinstance(value, str) else value
    if not isinstance(item, Mapping):
        raise SeedError(expected(path, "a name, or an object with name", json_kind(value)))
    strange = [name for name in item if name not in FILE_FIELDS]
    if strange:
        raise SeedError(unknown(_under(path, name_shown(strange[0])), "field", FILE_FIELDS))
    try:
        given = {name: text_field(item, name) for name in FILE_FIELDS if name == "name" or item.get(name) is not None}
    except BadBody as error:
        raise SeedError(_under(path, str(error))) from None
    for name, text in given.items():
        if not is_text(text):
            raise SeedError(expected(_under(path, name), *UNICODE))
    named = file_named(given["name"])
    return named._replace(id=given["id"]) if "id" in given else named


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _ticks(path: str, value: Any) -> int:
    ticks = read_moment(value) if isinstance(value, str) else None
    if ticks is None:
        raise SeedError(expected(path, "a date and time such as 2026-01-31T12:00:00Z", shown(value)))
    return ticks
