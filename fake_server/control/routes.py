"""The routes of the control API: which action answers which method of which path."""

from __future__ import annotations

from functools import partial
from typing import Mapping

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from fake_server.core import Fake, SearchFailedError, SettingError, UnknownKeyError, UnknownMemoryError
from fake_server.core.json_body import BadBody
from fake_server.core.wording import expected

from . import faults, journal, memories, state
from .answers import ROOT, answer, error_answer, http_error
from .asked import Action, Fields, RefusedError, read_body, read_key, read_query

__all__ = ["READING", "ROOT", "create_control"]


def create_control(fake: Fake) -> Starlette:
    """Build the control API of one fake as an app of its own."""
    routes = [_route(fake, path, actions) for path, actions in _ROUTES.items()]
    return Starlette(routes=routes, exception_handlers={HTTPException: http_error})


def _route(fake: Fake, path: str, actions: Mapping[str, Action]) -> Route:
    async def endpoint(request: HttpRequest) -> Response:
        action = actions["GET" if request.method == "HEAD" else request.method]
        try:
            bodiless = request.method in {"GET", "HEAD", "DELETE"}
            fields: Fields = read_query(request) if bodiless else await read_body(request)
            # In a thread: a large journal or seed file must not hold up the connections that a test is timing.
            return answer(200, await run_in_threadpool(action, fake, read_key(request), fields))
        except RefusedError as refused:
            return error_answer(refused.status, refused.code, str(refused))
        except (UnknownKeyError, UnknownMemoryError) as error:
            return error_answer(404, "NOT_FOUND", str(error))
        except SearchFailedError as error:
            return error_answer(503, "SEARCH_FAILED", str(error))
        except (BadBody, SettingError, ValueError) as error:
            return error_answer(400, "VALIDATION_ERROR", str(error))
        except ClientDisconnect:
            return error_answer(400, "VALIDATION_ERROR", expected("body", "all of it", "a part; the client left"))

    return Route(path, endpoint, methods=list(actions))


_ROUTES: Mapping[str, Mapping[str, Action]] = {
    "/health": {"GET": state.health},
    "/settings": {"GET": state.read_settings, "PUT": state.change_settings},
    "/faults": {
        "GET": faults.list_faults,
        "PUT": partial(faults.arm, replace=True),
        "POST": faults.arm,
        "DELETE": faults.disarm,
    },
    "/requests": {"GET": journal.list_requests},
    "/calls": {"GET": journal.list_calls},
    "/memories": {"GET": memories.list_memories, "POST": memories.remember, "DELETE": memories.forget},
    "/explain": {"GET": memories.explain},
    "/reset": {"POST": state.reset},
    "/clock/advance": {"POST": state.advance},
}

READING = frozenset(f"{ROOT}{path}" for path, actions in _ROUTES.items() if "GET" in actions)
"""The paths that a GET only reads, and that answer at once."""
