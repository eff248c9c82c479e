"""A snapshot as JSON Lines: a file that another server can be given."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any, Dict, Iterator, Mapping, Optional, Tuple

from starlette.concurrency import run_in_threadpool

from fake_server.control.answers import Answer
from fake_server.control.asked import Asked, flag, known
from fake_server.control.commits import committed
from fake_server.control.listing import in_pieces
from fake_server.control.undo import restore
from fake_server.core import Memory, Snapshot
from fake_server.core.changes import Counters
from fake_server.core.clock import EARLIEST, LATEST
from fake_server.core.json_body import BadBody, encode, read_object
from fake_server.core.key_text import is_key, not_a_key
from fake_server.core.lines import LineReader, NumberedLine
from fake_server.core.tenants.memories import Memories
from fake_server.core.tenants.seed_fields import SEED_FIELDS, SeedError, as_seed, check_seed
from fake_server.core.tenants.seed_lines import MAX_LINE
from fake_server.core.tenants.snapshot import KeyState
from fake_server.core.wording import expected, json_kind, name_shown, required, shown, unknown

from .memory_lines import JSON_LINES

__all__ = ["Reader", "read_snapshot", "write_snapshot"]

VERSION = 1
_COUNTED = ("accepted", "searches", "made")
_FOUND = ("found_at", "found_after", "created")  # exact, which no record shows
_LEAST, _MOST = -(1 << 62), (1 << 62) - 1  # of a whole number: sums of two still fit into the columns of a file


def write_snapshot(asked: Asked) -> Answer:
    """Return what is kept of the server or of a key as lines; keys in full only with `keys=true`."""
    in_full = flag(asked, "keys")
    fake = asked.fake
    with fake.lock:
        snapshot = fake.snapshot(key=asked.key)
        names = {state.key: fake.known_id(state.key) for state in snapshot.keys}
    return Answer(in_pieces(_lines(snapshot, names, in_full=in_full)), media_type=JSON_LINES)


def _lines(snapshot: Snapshot, names: Mapping[str, Optional[str]], *, in_full: bool) -> Iterator[bytes]:
    settings = None
    if snapshot.settings is not None:
        settings = {name: value for name, value in snapshot.changed.items() if name != "keys"}
        table = snapshot.changed.get("keys")
        if in_full and table is not None:
            settings["keys"] = [{"key": key, **_as_json(own)} for key, own in table.items()]
    yield encode({"snapshot": VERSION, "settings": settings}) + b"\n"
    for state in snapshot.keys:
        who = {"key": state.key} if in_full else {"key_id": names[state.key]}
        counted = dict(zip(_COUNTED, state.counters))
        yield encode({**who, "own": _as_json(state.own), **counted}) + b"\n"
        for memory in state.memories:
            exact = {name: getattr(memory, name) for name in _FOUND}
            yield encode({"memory": {**as_seed(memory), **exact}}) + b"\n"


async def read_snapshot(asked: Asked) -> Answer:
    """Put back what the lines of a snapshot say, or nothing if one of them is wrong."""
    reader = Reader(asked)
    async for chunk in asked.chunks:
        await run_in_threadpool(reader.feed, chunk)
    snapshot = await run_in_threadpool(reader.end)
    return Answer(await committed(asked, partial(_restore, asked, snapshot)))


def _restore(asked: Asked, snapshot: Snapshot) -> Mapping[str, Any]:
    with asked.fake.lock:
        undo = restore(asked, snapshot)
    return {"keys": len(snapshot.keys), "memories": len(snapshot), "undo": undo}


@dataclass(frozen=True, repr=False)  # no repr shows a key
class _Key:
    """What the lines say of one key so far; its memories by id, as a store has them."""

    key: str
    own: Mapping[str, Any]
    counters: Counters
    memories: Dict[str, Tuple[str, Any]] = field(default_factory=dict)

    def state(self) -> KeyState:
        return KeyState(self.key, Memories(self.memories), self.own, self.counters, {})


class Reader:
    """Reads a snapshot from bytes that come in pieces, line by line; a wrong line is named by its number."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._lines = LineReader(MAX_LINE)
        self._settings: Optional[Mapping[str, Any]] = None
        self._begun = False
        self._keys: Dict[str, _Key] = {}
        self._last: Optional[_Key] = None

    def feed(self, data: bytes) -> None:
        """Read the lines that end in this piece."""
        for line in self._lines.feed(data):
            self._line(line)
        if self._lines.is_too_long:
            raise _too_long(self._lines.number)

    def end(self) -> Snapshot:
        """Read the last line, and return the snapshot."""
        for line in self._lines.end():
            self._line(line)
        if not self._begun:
            raise BadBody(required("line 1: snapshot"))
        states = [each.state() for each in self._keys.values()]
        of_key = self._asked.key is not None
        if of_key and len(states) != 1:
            raise BadBody(expected("snapshot", "that of one key", f"{len(states)} keys", "leave out ?key="))
        if not of_key and self._settings is None:
            raise BadBody(expected("snapshot", "that of the server", "that of one key", "add ?key=KEY"))
        return self._asked.fake.snapshot_of(None if of_key else self._settings, states)

    def _line(self, line: NumberedLine) -> None:
        if line.size > MAX_LINE:
            raise _too_long(line.number)
        try:
            self._read(read_object(line.content))
        except (BadBody, SeedError) as error:
            raise BadBody(f"line {line.number}: {error}") from None

    def _read(self, fields: Dict[str, Any]) -> None:
        if not self._begun:
            known(fields, ("snapshot", "settings"))
            if fields.get("snapshot") != VERSION:
                raise BadBody(expected("snapshot", f"version {VERSION}", shown(fields.get("snapshot"))))
            self._settings = _object(fields, "settings") if fields.get("settings") is not None else None
            self._begun = True
        elif "memory" in fields:
            known(fields, ("memory",))
            self._memory(_object(fields, "memory"))
        else:
            self._key(fields)

    def _key(self, fields: Dict[str, Any]) -> None:
        known(fields, ("key", "key_id", "own", *_COUNTED))
        key = self._asked.key
        if key is None:
            key = fields.get("key")
            if key is None and isinstance(fields.get("key_id"), str):
                key = self._asked.fake.key_of(fields["key_id"])
            if key is None:
                raise BadBody(required("key"))
            if not isinstance(key, str) or not is_key(key):
                raise BadBody(not_a_key("key", key))
        if key in self._keys:
            raise BadBody(expected("key", "another key", "the one of an earlier line"))
        counters = Counters(*(_whole(fields, name) for name in _COUNTED))
        self._last = self._keys[key] = _Key(key, _object(fields, "own"), counters)

    def _memory(self, fields: Mapping[str, Any]) -> None:
        if self._last is None:
            raise BadBody(required("a key before its memories"))
        for name in fields:
            if name not in (*SEED_FIELDS, *_FOUND):
                raise BadBody(unknown(name_shown(name), "field", (*SEED_FIELDS, *_FOUND)))
        seed = check_seed({name: value for name, value in fields.items() if name in SEED_FIELDS})
        kept = self._last.memories
        if seed.id is None:
            raise BadBody(required("id"))
        if seed.id in kept:
            raise BadBody(expected("id", "a new id", shown(seed.id)))
        memory = Memory(
            seed.id,
            seed.content,
            seed.context,
            seed.type or "semantic",
            seed.source or "api",
            _whole(fields, "created", least=EARLIEST, most=LATEST),
            _whole(fields, "found_at", least=EARLIEST, most=LATEST),
            _whole(fields, "found_after", least=_LEAST),
            seed.file,
        )
        kept[memory.id] = (memory.content, tuple(memory)[2:])


def _too_long(number: int) -> BadBody:
    return BadBody(f"line {number}: {expected('line', f'at most {MAX_LINE} bytes', 'more')}")


def _as_json(values: Mapping[str, Any]) -> Dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _object(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = fields.get(name, {})
    if not isinstance(value, dict):
        raise BadBody(expected(name, "an object", json_kind(value)))
    return value


def _whole(fields: Mapping[str, Any], name: str, *, least: int = 0, most: int = _MOST) -> int:
    value = fields.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadBody(expected(name, f"an int from {least} to {most}", shown(value)))
    return value
