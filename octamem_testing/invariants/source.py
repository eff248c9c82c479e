"""The source around a call: whether a success ends the loop around it, or it stands in the handler of a failure."""

from __future__ import annotations

import ast
from functools import lru_cache
from linecache import getlines
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, MethodType
from typing import Any, Dict, List, Optional, Set, Tuple, Union

from .success import ends_with_success
from .syntax import LOOPS, Loop, called, inside, spans, within

__all__ = ["is_handler_of", "names_slept", "retries_without_wait", "retry_loop_around"]

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_RETRYING = ("retrying", "retry_context", "retry")
"""The names of what repeats a loop or a function, in tenacity and stamina."""
_CLIENTS = ("octamem", "httpx", "httpx2", "requests", "aiohttp", "urllib3")
"""The packages whose objects send, and are not sent."""
_TAKES = {"get", "get_nowait", "next", "pop", "popleft", "recv"}
"""The names of functions that take the next of several things to send."""


def retry_loop_around(frame: FrameType, first: int, second: int, *, key: Optional[str] = None) -> Optional[bool]:
    """Whether the innermost loop that holds both lines, and was entered again between them, is a retry loop.

    It is one if a success ends it, and not if each turn has a thing of its own to send; `key` is the API key of the
    request. Returns None if there is no such loop, or if the source cannot be read.
    """
    if second > first:  # further down in the same turn
        return None
    function = _function_of(frame.f_code)
    if function is None:
        return None
    loops = [each for each in within(function.body) if isinstance(each, LOOPS) and _holds(each, first, second)]
    if not loops:
        return None
    loop = loops[-1]
    if not isinstance(loop, ast.While) and _is_retrying(loop.iter):
        return True
    if not ends_with_success(loop, first):
        return False
    # A loop over keys begins again with each thing that a loop around it sends.
    judged = loops if _goes_by_sender(loop, frame, key) else [loop]
    return not any(_takes_next(each, frame, key) for each in judged)


def is_handler_of(code: CodeType, first: int, second: int) -> bool:
    """Whether the second line stands in an error handler of a block that holds the first."""
    function = _function_of(code)
    if function is None:
        return False
    return any(
        spans(each.body, first) and any(spans(handler.body, second) for handler in each.handlers)
        for each in within(function.body)
        if isinstance(each, ast.Try)
    )


def names_slept(code: CodeType) -> Set[str]:
    """Return the names from which a function computes how long it sleeps, attributes included."""
    function = _function_of(code)
    calls = [each for each in within(function.body) if isinstance(each, ast.Call)] if function else []
    arguments = [argument for call in calls if "sleep" in called(call).lower() for argument in call.args]
    names: Set[str] = set()
    for each in (node for argument in arguments for node in ast.walk(argument)):
        names |= {each.id} if isinstance(each, ast.Name) else {each.attr} if isinstance(each, ast.Attribute) else set()
    return names


def retries_without_wait(code: CodeType) -> bool:
    """Whether a function is decorated with a `retry(...)` that names no `wait`."""
    function = _function_of(code)
    found = [each for each in function.decorator_list if _is_retrying(each)] if function else []
    return any(isinstance(each, ast.Call) and "wait" not in {word.arg for word in each.keywords} for each in found)


def _function_of(code: CodeType) -> Optional[Function]:
    return _functions(code.co_filename).get((code.co_name, code.co_firstlineno))


def _functions(file: str) -> Dict[Tuple[str, int], Function]:
    # Not cached as a whole: under a fake file system a file may be unreadable for a while.
    lines = getlines(file)
    return _functions_in("".join(lines)) if lines else {}


@lru_cache(maxsize=64)
def _functions_in(source: str) -> Dict[Tuple[str, int], Function]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return {}
    found: Dict[Tuple[str, int], Function] = {}
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS):
            found[node.name, min([node.lineno, *(each.lineno for each in node.decorator_list)])] = node
    return found


def _holds(loop: Loop, first: int, second: int) -> bool:
    return all(_repeats(loop, line) for line in (first, second))


def _repeats(loop: Loop, line: int) -> bool:
    return spans(loop.body, line) or (isinstance(loop, ast.While) and spans([loop.test], line))


def _is_retrying(made: ast.expr) -> bool:
    if isinstance(made, ast.Call):
        return called(made).lower().endswith(_RETRYING)
    return isinstance(made, ast.Name) and made.id.lower().endswith(_RETRYING)


def _takes_next(loop: Loop, frame: FrameType, key: Optional[str]) -> bool:
    """Whether each turn of a loop has a thing of its own to send.

    The number or the wait of an attempt is none, nor is the key or the client that sends it.
    """
    if isinstance(loop, ast.While):
        return any(_takes(each) for statement in loop.body for each in inside(statement))
    # A name beside the key or the client, as in `for name, client in clients.items()`, says which one it is.
    return not _goes_by_sender(loop, frame, key) and any(
        not isinstance(value, (int, float, type(None))) for value in _values(loop, frame)
    )


def _goes_by_sender(loop: Loop, frame: FrameType, key: Optional[str]) -> bool:
    """Whether each turn of a loop has a key or a client of its own."""
    return not isinstance(loop, ast.While) and any(_sends(value, key) for value in _values(loop, frame))


def _values(loop: Union[ast.For, ast.AsyncFor], frame: FrameType) -> List[Any]:
    names = {each.id for each in ast.walk(loop.target) if isinstance(each, ast.Name)}
    return [frame.f_locals.get(name) for name in names]


def _sends(value: Any, key: Optional[str]) -> bool:
    """Whether a value is the key of a request, a client, or a method of one."""
    if isinstance(value, str):
        return value == key
    if isinstance(value, (MethodType, BuiltinFunctionType)):
        value = value.__self__
    return not isinstance(value, FunctionType) and type(value).__module__.partition(".")[0] in _CLIENTS


def _takes(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = called(node)
    # A client's get() has a query, and that of a queue has none.
    asks = name == "get" and (node.args or {each.arg for each in node.keywords} - {"block", "timeout"})
    return name in _TAKES and not asks
