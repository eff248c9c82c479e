"""Schemas of what the control API takes and answers; names and choices come from the tables that the code reads."""

from __future__ import annotations

from dataclasses import Field
from typing import Any, Dict, Mapping, Optional

from fake_server.core.service.checks import ROUTES
from fake_server.core.settings import TYPES, setting_choices, setting_fields
from fake_server.core.tenants.seed_fields import SEED_FIELDS

__all__ = [
    "CALL_LIST",
    "CHECKED",
    "EDITED",
    "ERROR",
    "FAULTS",
    "FLAG",
    "HEALTH",
    "KEYS",
    "LINES_STORED",
    "MEMORIES",
    "MEMORY",
    "MEMORY_FIELDS",
    "NOW",
    "REQUESTS",
    "RESTORED",
    "SEEDS",
    "SETTINGS",
    "SNAPSHOT",
    "SNAPSHOTS",
    "TEXT",
    "UNDO",
    "UNDONE",
    "UNDO_LIST",
    "Schema",
    "fields",
    "listed",
    "some",
]

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"enum": ["true", "false"]}  # in a query
MOMENT: Schema = {"type": "string", "examples": ["2026-01-01T00:00:00Z"]}
UNDO_ID: Schema = {"type": ["string", "null"], "examples": ["u_1"]}


def fields(required: Mapping[str, Schema], optional: Optional[Mapping[str, Schema]] = None) -> Dict[str, Any]:
    """Return the schema of an object that has these fields and no other."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def some(required: Mapping[str, Schema]) -> Dict[str, Any]:
    """Return the schema of an object that has these fields, and others that the page describes."""
    return {"type": "object", "properties": dict(required), "required": list(required)}


def listed(schema: Schema) -> Dict[str, Any]:
    """Return the schema of an array."""
    return {"type": "array", "items": schema}


def maybe(schema: Schema) -> Dict[str, Any]:
    """Return a schema that null fits too."""
    return {"anyOf": [schema, {"type": "null"}]}


# Settings

_OF_TYPE: Mapping[str, Schema] = {
    "str": TEXT,
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "Any": {"anyOf": [{"type": "number", "minimum": 0}, TEXT]},
    "Optional[int]": {"type": ["integer", "null"]},
    "Optional[str]": {"type": ["string", "null"]},
    "Optional[KeyTable]": maybe(listed({"anyOf": [TEXT, some({"key": TEXT})]})),
    "Tuple[str, ...]": listed({"enum": list(ROUTES.values())}),
}


def _setting(item: Field[Any]) -> Schema:
    choices = setting_choices(item)
    made = dict(_OF_TYPE[str(item.type)])
    if choices and item.type == "str":
        made = {"enum": list(choices)}
    elif choices and item.type == "int":
        made = {"enum": [int(choice) for choice in choices]}
    default = list(item.default) if isinstance(item.default, tuple) else item.default
    return {**made, "description": item.metadata["says"], "default": default}


SETTINGS: Schema = {
    "type": "object",
    "properties": {item.name: _setting(item) for of_key in (False, True) for item in setting_fields(of_key=of_key)},
    "additionalProperties": False,
    "examples": [{"limit": 50}],
}

# Memories

_SEED_TYPES: Mapping[str, Schema] = {
    "type": {"enum": list(TYPES)},
    "created_at": MOMENT,
    "id": {**TEXT, "minLength": 1},
}
_FILE: Schema = fields({"id": TEXT, "name": TEXT})
_SEED = {name: _SEED_TYPES.get(name, TEXT) for name in SEED_FIELDS if name != "file"}
MEMORY: Schema = fields(_SEED, {"file": _FILE})
EDITED: Schema = fields(_SEED, {"file": _FILE, "undo": UNDO_ID})
MEMORIES: Schema = fields({"memories": listed(MEMORY)}, {"undo": UNDO_ID, "next": maybe(TEXT)})
MEMORY_FIELDS: Schema = {
    **fields({}, {**{name: maybe(schema) for name, schema in _SEED.items()}, "file": maybe({"anyOf": [TEXT, _FILE]})}),
    "examples": [{"content": "tea at five"}],
}
SEEDS: Schema = {
    **fields({"memories": listed({"anyOf": [TEXT, listed(TEXT), MEMORY_FIELDS]})}, {"replace": {"type": "boolean"}}),
    "examples": [{"memories": ["tea at four", ["coffee", "Office"]]}],
}
LINES_STORED: Schema = fields(
    {"stored": COUNT, "wrong": COUNT, "errors": listed(fields({"line": COUNT, "error": TEXT}))}
)

# Faults

_STEP = fields({"endpoint": TEXT, "text": TEXT}, {"fired": COUNT, "left": {"type": ["integer", "null"]}})
_FLAW: Mapping[str, Schema] = {
    "line": COUNT,
    "column": COUNT,
    "length": COUNT,
    "expected": TEXT,
    "found": TEXT,
    "repair": {"type": ["string", "null"]},
}
FAULTS: Schema = fields(
    {
        "faults": listed(
            fields(
                {
                    "id": TEXT,
                    "script": TEXT,
                    "armed_at": MOMENT,
                    "fired": COUNT,
                    "left": {"type": ["integer", "null"]},
                    "steps": listed(_STEP),
                    "last_call": {"type": ["string", "null"]},
                }
            )
        )
    },
    {"undo": UNDO_ID},
)
CHECKED: Schema = {
    "anyOf": [
        fields({"ok": {"const": True}, "script": TEXT, "steps": listed(_STEP)}),
        fields({"ok": {"const": False}, "error": TEXT}, _FLAW),
    ]
}

# Keys, snapshots, undo

_KEY: Mapping[str, Schema] = {"key": {"type": ["string", "null"]}, "key_id": {"type": ["string", "null"]}}
KEYS: Schema = fields(
    {
        "keys": listed(
            fields(
                {
                    **_KEY,
                    "open": {"type": "boolean"},
                    "usage": fields({"used": COUNT, "limit": {"type": ["integer", "null"]}, "unit": TEXT}),
                    "rate": maybe(fields({"calls": COUNT, "of": COUNT, "resets_in": {"type": "number"}})),
                    "rights": listed(TEXT),
                    "state": TEXT,
                    "own": {"type": "object"},
                    "memories": COUNT,
                    "bytes": COUNT,
                    "attempts": COUNT,
                    "dropped": COUNT,
                    "faults": COUNT,
                }
            )
        )
    }
)
_SNAPSHOT = {
    "id": TEXT,
    "name": {"type": ["string", "null"]},
    "at": MOMENT,
    **_KEY,
    "memories": COUNT,
    "bytes": COUNT,
}
SNAPSHOT: Schema = fields(_SNAPSHOT, {"undo": UNDO_ID})
RESTORED: Schema = fields({"keys": COUNT, "memories": COUNT, "undo": UNDO_ID})
SNAPSHOTS: Schema = fields({"snapshots": listed(fields(_SNAPSHOT))})
_UNDO = fields({"id": TEXT, "what": TEXT, "at": MOMENT, **_KEY})
UNDO: Schema = fields({"undo": UNDO_ID})
UNDONE: Schema = fields({"undone": _UNDO})
UNDO_LIST: Schema = fields({"undo": listed(_UNDO)})

# The rest

HEALTH: Schema = some({"status": TEXT, "version": TEXT, "now": MOMENT})
NOW: Schema = fields({"now": MOMENT})
REQUESTS: Schema = some({"requests": listed({"type": "object"}), "dropped": COUNT})
CALL_LIST: Schema = some({"calls": listed({"type": "object"}), "dropped": COUNT})
ERROR: Schema = {
    **some({"error": TEXT, "code": TEXT}),
    "examples": [{"error": "content is required", "code": "VALIDATION_ERROR"}],
}
