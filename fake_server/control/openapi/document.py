"""The OpenAPI document of the service and of the control API, made of the tables that the code itself reads."""

from __future__ import annotations

import re
from inspect import getdoc
from typing import Any, Callable, Dict, List, Mapping

from fake_server.control.answers import ROOT, Answer
from fake_server.control.asked import Asked
from fake_server.control.operations import Operation, Table
from fake_server.control.state import package_version
from fake_server.core.faults.answers import CODES
from fake_server.core.json_body import encode
from fake_server.core.service.checks import KNOWN_FIELDS, REQUIRED, ROUTES

from . import schemas
from .schemas import ERROR, TEXT, Schema

__all__ = ["document", "serve_document"]

_RECORD = schemas.some({"id": TEXT, "type": TEXT, "score": {"type": "number"}, "content": TEXT})
_FOUND = {
    "pending_id": {"type": ["string", "null"]},
    "results": schemas.listed(_RECORD),
    "tokens": {"type": "integer"},
    "previous_context": TEXT,
    "relevant_file_ids": schemas.listed(TEXT),
    "file_memory": schemas.listed({"type": "object"}),
}
_ANSWERED: Mapping[str, Mapping[str, Schema]] = {
    "add": {"id": TEXT, "pending_id": {"type": ["string", "null"]}},
    "search": _FOUND,
    "details": {
        "usage": {"type": "integer"},
        "limit": {"type": ["integer", "null"]},
        "unit": TEXT,
        "balance": {"type": ["integer", "null"]},
        "plan": TEXT,
    },
}
_SAYS = {
    "add": "Store a memory.",
    "search": "Find memories by a question.",
    "details": "Read the usage and the limit of the key.",
}
_KEYED: List[Dict[str, Any]] = [
    {"name": name, "in": "query", "required": False, "description": says, "schema": TEXT}
    for name, says in (("key", "the key that is spoken of"), ("key_id", "the same by its short id, such as k1"))
]
_OPEN: Dict[str, Any] = {"security": [{}, {"controlToken": []}]}


def serve_document(table: Callable[[], Table]) -> Callable[[Asked], Answer]:
    """Return the action that answers with the document of a table."""

    def read_document(_asked: Asked) -> Answer:
        """Return this document."""
        return Answer(encode(document(table())))

    return read_document


def document(table: Table) -> Dict[str, Any]:
    """Return the document: OpenAPI 3.1, with the routes of the service and those of a table."""
    control = {f"{ROOT}{path}": _path(path, methods) for path, methods in table.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OctaMem, as octamem-fake serves it",
            "version": package_version(),
            "description": "The routes of the service, and those under /_fake/ that control its fake.",
        },
        "servers": [{"url": "/"}],
        "paths": {**{path: {"post": _service(endpoint)} for path, endpoint in ROUTES.items()}, **control},
        "components": {
            "schemas": {"Error": ERROR, "Settings": schemas.SETTINGS, "Memory": schemas.MEMORY},
            "securitySchemes": {
                "apiKey": {"type": "http", "scheme": "bearer", "description": "a key of the service"},
                "controlToken": {"type": "http", "scheme": "bearer", "description": "the control token, if one is set"},
            },
        },
    }


def _service(endpoint: str) -> Dict[str, Any]:
    names = dict.fromkeys(sorted(KNOWN_FIELDS[endpoint]), TEXT)
    required = [name for name in names if name == REQUIRED.get(endpoint)]
    said = {} if endpoint == "details" else {"success": {"const": True}}
    answered = schemas.some({**said, **_ANSWERED[endpoint]})
    enveloped = schemas.some({"success": {"const": True}, "data": schemas.some(_ANSWERED[endpoint])})
    headers = [
        {"name": name, "in": "header", "required": False, "description": says, "schema": TEXT}
        for name, says in (
            ("Idempotency-Key", "a repeated call with the same key is answered as the first, if the setting says so"),
            ("X-OctaMem-Fault", "a fault script for this request alone"),
        )
    ]
    body = {"type": "object", "properties": names, "required": required, "examples": [dict.fromkeys(required, "tea")]}
    return {
        "operationId": endpoint,
        "summary": _SAYS[endpoint],
        "tags": ["service"],
        "security": [{"apiKey": []}],
        "parameters": headers,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": _response("what was asked for", {"anyOf": [answered, enveloped]}),
            **{str(status): _error(code) for status, (code, _) in CODES.items()},
            "default": _error("an error"),
        },
    }


def _path(path: str, methods: Mapping[str, Operation]) -> Dict[str, Any]:
    return {method.lower(): _operation(path, method, operation) for method, operation in methods.items()}


def _operation(path: str, method: str, operation: Operation) -> Dict[str, Any]:
    named = [
        {"name": name, "in": "path", "required": True, "schema": {**TEXT, "minLength": 1}}
        for name in re.findall(r"{(\w+)", path)
    ]
    query = [{"name": name, "in": "query", "schema": schema} for name, schema in operation.query.items()]
    made: Dict[str, Any] = {
        "operationId": f"{method.lower()}{re.sub(r'[^a-z]+', '_', path)}".rstrip("_"),
        "summary": (getdoc(operation.action) or "").partition("\n")[0],
        "tags": ["control"],
        **_OPEN,
        "parameters": [*named, *_KEYED, *query],
        "responses": {
            str(operation.status): _response("done", operation.answer, operation.media_type),
            "default": _error("a request that is refused"),
        },
    }
    if operation.is_tagged:
        made["parameters"] += [
            {"name": name, "in": "header", "schema": TEXT, "required": False} for name in ("If-Match", "If-None-Match")
        ]
        made["responses"]["304" if method == "GET" else "412"] = {"description": "the entity tag says no"}
    if operation.links:
        made["responses"][str(operation.status)]["links"] = {
            name: {"operationId": name, "parameters": {"id": where}} for name, where in operation.links.items()
        }
    if operation.body is not None:
        kind = "application/jsonl" if operation.reads_body else "application/json"
        made["requestBody"] = {"required": True, "content": {kind: {"schema": operation.body}}}
    return made


def _response(says: str, schema: Schema, media_type: str = "application/json") -> Dict[str, Any]:
    return {"description": says, "content": {media_type: {"schema": schema}}}


def _error(says: str) -> Dict[str, Any]:
    return _response(says, {"$ref": "#/components/schemas/Error"})
