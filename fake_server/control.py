"""The control API under /_fake/: everything that a test can do with a fake, over HTTP."""

from __future__ import annotations

from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, cast
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from .core import Fake, SearchFailedError, SettingError, UnknownKeyError, UnknownMemoryError
from .core.clock import iso
from .core.journal.calls import calls_of
from .core.json_body import BadBody, encode, is_text, json_kind, read_object
from .core.tenants.seeds import as_seed
from .core.wording import alternatives, expected, name_shown, required, shown, unknown

__all__ = ["READING", "ROOT", "create_control"]

ROOT = "/_fake"
"""The path under which the control API is served."""

MAX_BODY = 64 << 20  # bytes of a control request: a seed file of 10,000 memories is a few MiB

Fields = Mapping[str, Any]
Action = Callable[[Fake, Optional[str], Fields], Mapping[str, Any]]


class _Refused(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def create_control(fake: Fake) -> Starlette:
    """Build the control API of one fake as an app of its own."""
    routes = [_route(fake, path, actions) for path, actions in _ROUTES.items()]
    return Starlette(routes=routes, exception_handlers={HTTPException: _http_error})


def _route(fake: Fake, path: str, actions: Mapping[str, Action]) -> Route:
    async def endpoint(request: HttpRequest) -> Response:
        action = actions["GET" if request.method == "HEAD" else request.method]
        try:
            bodiless = request.method in {"GET", "HEAD", "DELETE"}
            fields: Fields = _query(request) if bodiless else await _body(request)
            # In a thread: a large journal or seed file must not hold up the connections that a test is timing.
            return _answer(200, await run_in_threadpool(action, fake, _key(request), fields))
        except _Refused as refused:
            return _error(refused.status, refused.code, str(refused))
        except (UnknownKeyError, UnknownMemoryError) as error:
            return _error(404, "NOT_FOUND", str(error))
        except SearchFailedError as error:
            return _error(503, "SEARCH_FAILED", str(error))
        except (BadBody, SettingError, ValueError) as error:
            return _error(400, "VALIDATION_ERROR", str(error))
        except ClientDisconnect:
            return _error(400, "VALIDATION_ERROR", expected("body", "all of it", "a part; the client left"))

    return Route(path, endpoint, methods=list(actions))


def _answer(status: int, value: Mapping[str, Any]) -> Response:
    return Response(encode(value), status, media_type="application/json")


def _error(status: int, code: str, message: str) -> Response:
    return _answer(status, {"error": message, "code": code})


async def _http_error(request: HttpRequest, error: Exception) -> Response:
    refused = cast("HTTPException", error)
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(refused.status_code, "ERROR")
    what = refused.detail
    if refused.status_code == 404:
        what = unknown(name_shown(request.url.path), "path", _paths(request))
    elif refused.status_code == 405:
        what = expected(
            request.url.path, alternatives(sorted((refused.headers or {})["Allow"].split(", "))), request.method
        )
    response = _error(refused.status_code, code, what)
    response.headers.update(refused.headers or {})
    return response


def _paths(request: HttpRequest) -> List[str]:
    return [f"{ROOT}{route.path}" for route in request.app.routes if isinstance(route, Route)]


async def _body(request: HttpRequest) -> Fields:
    chunks = []
    size = 0
    async for chunk in request.stream():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY:
            raise _Refused(413, "PAYLOAD_TOO_LARGE", expected("body", f"at most {MAX_BODY} bytes", "more"))
    return read_object(b"".join(chunks)) if size else {}


def _key(request: HttpRequest) -> Optional[str]:
    key = _query(request).get("key")
    if key == "":
        raise _Refused(404, "NOT_FOUND", "key must not be empty; name a key, or leave out ?key= for the whole server")
    return key


def _query(request: HttpRequest) -> Dict[str, str]:
    query: Dict[str, str] = {}
    # Not Starlette's reading of it: that replaces bytes which are not UTF-8.
    raw = request.scope["query_string"].decode("utf-8", "surrogateescape")
    for name, value in parse_qsl(raw, keep_blank_values=True, errors="surrogateescape"):
        if not (is_text(name) and is_text(value)):
            raise BadBody(expected(name_shown(name), "UTF-8", "another byte"))
        if name in query:
            raise BadBody(expected(name_shown(name), "one value", "several"))
        query[name] = value
    return query


def _one_key(key: Optional[str], what: str) -> str:
    if key is None:
        raise _Refused(400, "VALIDATION_ERROR", f"key is required for {what}; add ?key=KEY")
    return key


def _known(fields: Fields, names: Sequence[str]) -> None:
    for name in fields:
        if name not in names:
            raise BadBody(unknown(name_shown(name), "field", names))


def _only(fields: Fields, names: Sequence[str], name: str) -> Any:
    """Return a required field; raises BadBody if it is missing or another field is unknown."""
    _known(fields, names)
    if name not in fields:
        raise BadBody(required(name))
    return fields[name]


def _health(fake: Fake, key: Optional[str], _fields: Fields) -> Mapping[str, Any]:
    try:
        number = version("octamem")
    except PackageNotFoundError:  # run from a source tree that was never installed
        number = "unknown"
    return {"status": "ready", "version": number, "now": iso(fake.now(key=key))}


def _settings(fake: Fake, key: Optional[str], _fields: Fields) -> Mapping[str, Any]:
    return fake.settings(key=key).public(of_key=key is not None)


def _configure(fake: Fake, key: Optional[str], fields: Fields) -> Mapping[str, Any]:
    fake.change(fields, key=key)
    return _settings(fake, key, {})


def _faults(fake: Fake, key: Optional[str], _fields: Fields) -> Mapping[str, Any]:
    armed = fake.armed(key=key)
    return {"faults": [{"script": each.script.text, "fired": each.fired, "left": each.left} for each in armed]}


def _arm(fake: Fake, key: Optional[str], fields: Fields, *, replace: bool = False) -> Mapping[str, Any]:
    script = _only(fields, ("script", "seed"), "script")
    fake.faults(script, key=key, seed=fields.get("seed"), replace=replace)
    return _faults(fake, key, {})


def _disarm(fake: Fake, key: Optional[str], _fields: Fields) -> Mapping[str, Any]:
    fake.disarm(key=key)
    return _faults(fake, key, {})


def _requests(fake: Fake, key: Optional[str], _fields: Fields) -> Mapping[str, Any]:
    return {"requests": [entry.as_dict() for entry in fake.requests(key=key)], "dropped": fake.dropped(key=key)}


def _calls(fake: Fake, key: Optional[str], _fields: Fields) -> Mapping[str, Any]:
    calls = [call.as_dict() for call in calls_of(fake.requests(key=key))]
    return {"calls": calls, "dropped": fake.dropped(key=key)}


def _memories(fake: Fake, key: Optional[str], _fields: Fields) -> Mapping[str, Any]:
    return {"memories": [as_seed(memory) for memory in fake.memories(key=key)]}


def _remember(fake: Fake, key: Optional[str], fields: Fields) -> Mapping[str, Any]:
    one = _one_key(key, "POST memories")
    seeds = _only(fields, ("memories", "replace"), "memories")
    if not isinstance(seeds, list):
        raise BadBody(expected("memories", "an array", json_kind(seeds)))
    replace = fields.get("replace", False)
    if not isinstance(replace, bool):
        raise BadBody(expected("replace", "true or false", shown(replace)))
    put = fake.replace if replace else fake.remember
    return {"memories": [as_seed(memory) for memory in put(seeds, key=one)]}


def _forget(fake: Fake, key: Optional[str], fields: Fields) -> Mapping[str, Any]:
    one = _one_key(key, "DELETE memories")
    _known(fields, ("key", "memory"))  # a typing error must not delete all
    fake.forget(memory=fields.get("memory"), key=one)
    return _memories(fake, one, {})


def _explain(fake: Fake, key: Optional[str], fields: Fields) -> Mapping[str, Any]:
    one = _one_key(key, "GET explain")
    query = _only(fields, ("key", "query", "previousContext", "memory"), "query")
    context = fields.get("previousContext", "")
    return fake.explain(query, previous_context=context, memory=fields.get("memory"), key=one).as_dict()


def _reset(fake: Fake, key: Optional[str], _fields: Fields) -> Mapping[str, Any]:
    fake.reset(key=key)
    return {}


def _advance(fake: Fake, key: Optional[str], fields: Fields) -> Mapping[str, Any]:
    return {"now": iso(fake.advance(_only(fields, ("seconds",), "seconds"), key=key))}


_ROUTES: Mapping[str, Mapping[str, Action]] = {
    "/health": {"GET": _health},
    "/settings": {"GET": _settings, "PUT": _configure},
    "/faults": {"GET": _faults, "PUT": partial(_arm, replace=True), "POST": _arm, "DELETE": _disarm},
    "/requests": {"GET": _requests},
    "/calls": {"GET": _calls},
    "/memories": {"GET": _memories, "POST": _remember, "DELETE": _forget},
    "/explain": {"GET": _explain},
    "/reset": {"POST": _reset},
    "/clock/advance": {"POST": _advance},
}

READING = frozenset(f"{ROOT}{path}" for path, actions in _ROUTES.items() if "GET" in actions)
"""The paths that a GET only reads, and that answer at once."""
