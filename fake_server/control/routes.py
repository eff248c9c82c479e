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
    Fake,
    SearchFailedError,
    SettingError,
    UnknownFaultError,
    UnknownKeyError,
    UnknownMemoryError,
)
from fake_server.core.json_body import BadBody
from fake_server.core.transactions import Keeping
from fake_server.core.wording import expected

from . import calls, events, faults, journal, keys, memories, memory_lines, snapshots, state, undo
from .answers import ROOT, error_answer, http_error, response
from .asked import Asked, RefusedError, read_body, read_key, read_query, without_key
from .commits import carry_out
from .desk import Desk
from .etags import tagged
from .kept import UnknownIdError
from .operations import Operation, Table
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
    app.router.default = Page()
    return app


def _route(desk: Desk, path: str, operations: Mapping[str, Operation]) -> Route:
    async def endpoint(request: HttpRequest) -> Response:
        operation = operations["GET" if request.method == "HEAD" else request.method]
        try:
            asked = await _asked(desk, operation, request)
            result = await carry_out(operation, asked, reads=request.method in READING_METHODS)
        except RefusedError as refused:
            return error_answer(desk.fake, refused.status, refused.code, str(refused), refused.more)
        except (UnknownFaultError, UnknownIdError, UnknownKeyError, UnknownMemoryError) as error:
            return error_answer(desk.fake, 404, "NOT_FOUND", str(error))
        except SearchFailedError as error:
            return error_answer(desk.fake, 503, "SEARCH_FAILED", str(error))
        except (BadBody, SettingError, ValueError) as error:
            return error_answer(desk.fake, 400, "VALIDATION_ERROR", str(error))
        except ClientDisconnect:
            return error_answer(
                desk.fake, 400, "VALIDATION_ERROR", expected("body", "all of it", "a part; the client left")
            )
        return response(result, bodiless=request.method == "HEAD")

    return Route(path, endpoint, methods=list(operations))


async def _asked(desk: Desk, operation: Operation, request: HttpRequest) -> Asked:
    query = read_query(request)
    chunks = request.stream()
    fields: Mapping[str, Any] = without_key(query) if request.method in BODILESS else {}
    if request.method not in BODILESS and not operation.reads_body:
        fields = await read_body(chunks)
    return Asked(desk, read_key(desk.fake, query), fields, query, request.path_params, _headers(request), chunks)


def _headers(request: HttpRequest) -> Mapping[str, str]:
    names = dict.fromkeys(request.headers)
    return {name: ", ".join(request.headers.getlist(name)) for name in names}


OPERATIONS: Table = {
    "/health": {"GET": Operation(state.health)},
    "/settings": {
        "GET": Operation(tagged(state.read_settings, state.read_settings)),
        "PUT": Operation(tagged(state.change_settings, state.read_settings)),
    },
    "/faults": {
        "GET": Operation(tagged(faults.list_faults, faults.list_faults)),
        "PUT": Operation(tagged(faults.replace, faults.list_faults)),
        "POST": Operation(tagged(faults.arm, faults.list_faults)),
        "DELETE": Operation(tagged(faults.disarm, faults.list_faults)),
    },
    "/faults/check": {"POST": Operation(faults.check)},
    "/faults/{id}": {"DELETE": Operation(tagged(faults.disarm, faults.list_faults))},
    "/requests": {"GET": Operation(journal.list_requests)},
    "/calls": {"GET": Operation(calls.list_calls)},
    "/events": {"GET": Operation(events.follow, live=True)},
    "/stats": {"GET": Operation(journal.read_statistics)},
    "/calls/{id}": {"GET": Operation(calls.read_call)},
    "/calls/{id}/copy": {"GET": Operation(calls.copy_call)},
    "/memories": {
        "GET": Operation(memories.list_memories),
        "POST": Operation(memories.remember),
        "DELETE": Operation(memories.forget),
    },
    "/memories.jsonl": {
        "GET": Operation(memory_lines.export_lines),
        "POST": Operation(memory_lines.import_lines, reads_body=True),
    },
    "/memories/{id:path}": {
        "GET": Operation(memories.read_one),
        "PUT": Operation(memories.edit),
        "DELETE": Operation(memories.delete_one),
    },
    "/keys": {"GET": Operation(keys.list_keys)},
    "/explain": {"GET": Operation(memories.explain)},
    "/snapshots": {"GET": Operation(snapshots.list_snapshots), "POST": Operation(snapshots.save_snapshot)},
    "/snapshots/{id}": {"DELETE": Operation(snapshots.delete_snapshot)},
    "/snapshots/{id}/restore": {"POST": Operation(snapshots.restore_snapshot)},
    "/undo": {"GET": Operation(undo.list_undo)},
    "/undo/{id}": {"POST": Operation(undo.undo)},
    "/reset": {"POST": Operation(state.reset)},
    "/clock/advance": {"POST": Operation(state.advance)},
}


class _Paths:
    """Paths, some of which have parameters."""

    def __init__(self, paths: List[str]) -> None:
        self._patterns: List[Pattern[str]] = [compile_path(path)[0] for path in paths]

    def __contains__(self, path: object) -> bool:
        """Return whether a path is one of these."""
        return isinstance(path, str) and any(pattern.fullmatch(path) for pattern in self._patterns)


READING = _Paths(
    [f"{ROOT}{path}" for path, methods in OPERATIONS.items() if "GET" in methods and not methods["GET"].live]
)
"""The paths that a GET only reads, and that answer at once."""
