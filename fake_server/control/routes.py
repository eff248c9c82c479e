"""The routes of the control API: which operation answers which method of which path."""

from __future__ import annotations

from functools import partial
from typing import Any, List, Mapping, Optional, Pattern

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route, compile_path

from fake_server.browser_headers import Confined
from fake_server.core import (
    CapacityError,
    Fake,
    SearchFailedError,
    SettingError,
    UnknownFaultError,
    UnknownKeyError,
    UnknownMemoryError,
)
from fake_server.core.journal.filters import FILTERS
from fake_server.core.json_body import BadBody
from fake_server.core.transactions import Keeping
from fake_server.core.wording import Audience, expected, read_by

from . import calls, events, faults, journal, keys, memories, snapshots, state, undo
from .answers import ROOT, error_answer, http_error, response
from .asked import KEY_FIELDS, Asked, RefusedError, known, read_body, read_key, read_query, without_key
from .commits import carry_out
from .desk import Desk
from .etags import tagged
from .kept import UnknownIdError
from .lines import memory_lines, snapshot_lines
from .openapi import schemas
from .openapi.document import serve_document
from .operations import Operation, Table, route_path
from .page import Page

__all__ = ["OPERATIONS", "READING", "ROOT", "control_app", "create_control"]

BODILESS = ("GET", "HEAD", "DELETE")
READING_METHODS = ("GET", "HEAD")


def create_control(fake: Fake, keeper: Optional[Keeping] = None) -> Starlette:
    """Build the control API of one fake as an app of its own."""
    return control_app(Desk(fake, keeper), OPERATIONS)


def control_app(desk: Desk, table: Table) -> Starlette:
    """Build an app of the operations of a table, at one desk."""
    routes = [_route(desk, path, operations) for path, operations in table.items()]
    handlers = {HTTPException: partial(http_error, desk.fake)}
    app = Starlette(routes=routes, exception_handlers=handlers, middleware=[Middleware(Confined)])
    app.router.redirect_slashes = False
    app.router.default = Page()
    return app


def _route(desk: Desk, path: str, operations: Mapping[str, Operation]) -> Route:
    async def endpoint(request: HttpRequest) -> Response:
        operation = operations["GET" if request.method == "HEAD" else request.method]
        with read_by(Audience(desk.fake.blanked, is_json=True, nothing="null")):
            return await answered(request, operation)

    async def answered(request: HttpRequest, operation: Operation) -> Response:
        try:
            asked = await _asked(desk, operation, request)
            result = await carry_out(operation, asked, reads=request.method in READING_METHODS)
        except RefusedError as refused:
            return error_answer(desk.fake, refused.status, refused.code, str(refused), refused.more)
        except (UnknownFaultError, UnknownIdError, UnknownKeyError, UnknownMemoryError) as error:
            return error_answer(desk.fake, 404, "NOT_FOUND", str(error))
        except CapacityError as error:
            return error_answer(desk.fake, 503, "CAPACITY", str(error))
        except SearchFailedError as error:
            return error_answer(desk.fake, 503, "SEARCH_FAILED", str(error))
        except (BadBody, SettingError, ValueError) as error:
            return error_answer(desk.fake, 400, "VALIDATION_ERROR", str(error))
        except ClientDisconnect:
            return error_answer(
                desk.fake, 400, "VALIDATION_ERROR", expected("body", "all of it", "a part; the client left")
            )
        return response(result, bodiless=request.method == "HEAD")

    return Route(route_path(path), endpoint, methods=list(operations), name=path)  # the name is for readers


async def _asked(desk: Desk, operation: Operation, request: HttpRequest) -> Asked:
    query = read_query(request)
    known(query, (*KEY_FIELDS, *operation.query))  # a typing error in `key` must not speak of the whole server
    chunks = request.stream()
    fields: Mapping[str, Any] = without_key(query) if request.method in BODILESS else {}
    if request.method not in BODILESS and not operation.reads_body:
        fields = await read_body(chunks)
    return Asked(desk, read_key(desk.fake, query), fields, query, request.path_params, _headers(request), chunks)


def _headers(request: HttpRequest) -> Mapping[str, str]:
    names = dict.fromkeys(request.headers)
    return {name: ", ".join(request.headers.getlist(name)) for name in names}


_TAGGED_SETTINGS = partial(tagged, read=state.read_settings)
_TAGGED_FAULTS = partial(tagged, read=faults.list_faults)
_SCRIPT = {
    **schemas.fields({"script": schemas.TEXT}, {"seed": {"type": ["integer", "null"]}}),
    "examples": [{"script": "add: 503 x2"}],
}
_UNDO = {"post_undo_id": "$response.body#/undo"}
_SAVED = {"post_snapshots_id_restore": "$response.body#/id", "delete_snapshots_id": "$response.body#/id"}
_FIRST_FAULT = {"delete_faults_id": "$response.body#/faults/0/id"}
_FIRST_MEMORY: Mapping[str, str] = dict.fromkeys(
    ("get_memories_id", "put_memories_id", "delete_memories_id"), "$response.body#/memories/0/id"
)
_NOTHING = {**schemas.fields({}), "examples": [{}]}
_FILTERED = dict.fromkeys(FILTERS, schemas.TEXT)
_PAGED = {"limit": schemas.TEXT, "before": schemas.TEXT}

OPERATIONS: Table = {
    "/health": {"GET": Operation(state.health, answer=schemas.HEALTH)},
    "/settings": {
        "GET": Operation(_TAGGED_SETTINGS(state.read_settings), answer=schemas.SETTINGS, is_tagged=True),
        "PUT": Operation(
            _TAGGED_SETTINGS(state.change_settings), body=schemas.SETTINGS, answer=schemas.SETTINGS, is_tagged=True
        ),
    },
    "/faults": {
        "GET": Operation(_TAGGED_FAULTS(faults.list_faults), answer=schemas.FAULTS, is_tagged=True),
        "PUT": Operation(
            _TAGGED_FAULTS(faults.replace), body=_SCRIPT, answer=schemas.FAULTS, is_tagged=True, links=_UNDO
        ),
        "POST": Operation(
            _TAGGED_FAULTS(faults.arm), body=_SCRIPT, answer=schemas.FAULTS, is_tagged=True, links=_FIRST_FAULT
        ),
        "DELETE": Operation(_TAGGED_FAULTS(faults.disarm), answer=schemas.FAULTS, is_tagged=True, links=_UNDO),
    },
    "/faults/check": {
        "POST": Operation(faults.check, body=schemas.fields({"script": schemas.TEXT}), answer=schemas.CHECKED)
    },
    "/faults/{id}": {
        "DELETE": Operation(_TAGGED_FAULTS(faults.disarm), answer=schemas.FAULTS, is_tagged=True, links=_UNDO)
    },
    "/requests": {"GET": Operation(journal.list_requests, query=_PAGED, answer=schemas.REQUESTS)},
    "/calls": {"GET": Operation(calls.list_calls, query={**_PAGED, **_FILTERED}, answer=schemas.CALL_LIST)},
    "/events": {
        "GET": Operation(
            events.follow,
            live=True,
            query={"topics": schemas.TEXT, **_FILTERED},
            answer=schemas.TEXT,
            media_type="text/event-stream",
        )
    },
    "/stats": {
        "GET": Operation(
            journal.read_statistics, query={"window": schemas.TEXT, "step": schemas.TEXT}, answer={"type": "object"}
        )
    },
    "/calls/{id}/copy": {
        "GET": Operation(calls.copy_call, query={"as": schemas.TEXT}, answer=schemas.TEXT, media_type="text/plain")
    },
    "/calls/{id}": {"GET": Operation(calls.read_call, answer={"type": "object"})},
    "/memories": {
        "GET": Operation(memories.list_memories, query=_PAGED, answer=schemas.MEMORIES),
        "POST": Operation(memories.remember, body=schemas.SEEDS, answer=schemas.MEMORIES, links=_FIRST_MEMORY),
        "DELETE": Operation(memories.forget, query={"memory": schemas.TEXT}, answer=schemas.MEMORIES, links=_UNDO),
    },
    "/memories.jsonl": {
        "GET": Operation(memory_lines.export_lines, answer=schemas.TEXT, media_type=memory_lines.JSON_LINES),
        "POST": Operation(
            memory_lines.import_lines,
            reads_body=True,
            query={"partial": schemas.FLAG},
            body={**schemas.TEXT, "examples": ['{"content": "tea at four"}\n']},
            answer=schemas.LINES_STORED,
        ),
    },
    "/memories/{id}": {
        "GET": Operation(memories.read_one, answer=schemas.MEMORY),
        "PUT": Operation(memories.edit, body=schemas.MEMORY_FIELDS, answer=schemas.EDITED, links=_UNDO),
        "DELETE": Operation(memories.delete_one, answer=schemas.UNDO, links=_UNDO),
    },
    "/keys": {"GET": Operation(keys.list_keys, answer=schemas.KEYS)},
    "/explain": {
        "GET": Operation(
            memories.explain,
            query=dict.fromkeys(("query", "previousContext", "memory", "limit", "offset"), schemas.TEXT),
            answer={"type": "object"},
        )
    },
    "/snapshots": {
        "GET": Operation(snapshots.list_snapshots, answer=schemas.SNAPSHOTS),
        "POST": Operation(
            snapshots.save_snapshot,
            body={**schemas.fields({}, {"name": schemas.TEXT}), "examples": [{"name": "three memories"}]},
            answer=schemas.SNAPSHOT,
            status=201,
            links=_SAVED,
        ),
    },
    "/snapshots/{id}/restore": {
        "POST": Operation(snapshots.restore_snapshot, body=_NOTHING, answer=schemas.SNAPSHOT, links=_UNDO)
    },
    "/snapshots/{id}": {"DELETE": Operation(snapshots.delete_snapshot, answer=schemas.SNAPSHOTS)},
    "/snapshot": {
        "GET": Operation(
            snapshot_lines.write_snapshot,
            query={"keys": schemas.FLAG},
            answer=schemas.TEXT,
            media_type=memory_lines.JSON_LINES,
        ),
        "POST": Operation(
            snapshot_lines.read_snapshot,
            reads_body=True,
            body={**schemas.TEXT, "examples": ['{"snapshot": 1, "settings": {}}\n']},
            answer=schemas.RESTORED,
            links=_UNDO,
        ),
    },
    "/undo": {"GET": Operation(undo.list_undo, answer=schemas.UNDO_LIST)},
    "/undo/{id}": {"POST": Operation(undo.undo, query={"force": schemas.FLAG}, body=_NOTHING, answer=schemas.UNDONE)},
    "/reset": {"POST": Operation(state.reset, body=_NOTHING, answer=schemas.UNDO, links=_UNDO)},
    "/clock/advance": {
        "POST": Operation(
            state.advance,
            body={**schemas.fields({"seconds": {"type": "number", "minimum": 0}}), "examples": [{"seconds": 30}]},
            answer=schemas.NOW,
        )
    },
    "/openapi.json": {"GET": Operation(serve_document(lambda: OPERATIONS), answer={"type": "object"})},
}


class _Paths:
    """Paths, some of which have parameters."""

    def __init__(self, paths: List[str]) -> None:
        self._patterns: List[Pattern[str]] = [compile_path(route_path(path))[0] for path in paths]

    def __contains__(self, path: object) -> bool:
        """Return whether a path is one of these."""
        return isinstance(path, str) and any(pattern.fullmatch(path) for pattern in self._patterns)


READING = _Paths(
    [f"{ROOT}{path}" for path, methods in OPERATIONS.items() if "GET" in methods and not methods["GET"].live]
)
"""The paths that a GET only reads, and that answer at once."""
