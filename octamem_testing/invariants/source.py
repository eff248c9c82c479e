"""The source around a call: whether a success ends the loop around it, or it stands in the handler of a failure."""

from __future__ import annotations

import ast
from functools import lru_cache
from linecache import getlines
from types import CodeType, FrameType
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple, Union

__all__ = ["is_handler_of", "names_slept", "retries_without_wait", "retry_loop_around"]

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
Loop = Union[ast.For, ast.AsyncFor, ast.While]
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*_FUNCTIONS, ast.Lambda, ast.ClassDef)
_RETRYING = ("retrying", "retry_context", "retry")
"""The names of what repeats a loop or a function, in tenacity and stamina."""
_TAKES = {"get", "get_nowait", "next", "pop", "popleft", "recv"}
"""The names of functions that take the next of several things to send."""


def retry_loop_around(frame: FrameType, first: int, second: int) -> Optional[bool]:
    """Whether the innermost loop that holds both lines, and was entered again between them, is a retry loop.

    It is one if a success ends it: by `return`, by `break`, or by what its condition asks. A loop over things to send
    makes a call for each. Returns None if there is no such loop, or if the source cannot be read.
    """
    if second > first:  # further down in the same turn
        return None
    function = _function_of(frame.f_code)
    if function is None:
        return None
    loops = [each for each in _within(function.body) if isinstance(each, _LOOPS) and _holds(each, first, second)]
    if not loops:
        return None
    loop = loops[-1]
    if not isinstance(loop, ast.While) and _is_retrying(loop.iter):
        return True
    return _ends_with_success(loop, first) and not _takes_next(loop, frame)


def is_handler_of(code: CodeType, first: int, second: int) -> bool:
    """Whether the second line stands in an error handler of a block that holds the first."""
    function = _function_of(code)
    if function is None:
        return False
    return any(
        _spans(each.body, first) and any(_spans(handler.body, second) for handler in each.handlers)
        for each in _within(function.body)
        if isinstance(each, ast.Try)
    )


def names_slept(code: CodeType) -> Set[str]:
    """Return the names from which a function computes how long it sleeps, attributes included."""
    function = _function_of(code)
    calls = [each for each in _within(function.body) if isinstance(each, ast.Call)] if function else []
    arguments = [argument for call in calls if "sleep" in _called(call).lower() for argument in call.args]
    names: Set[str] = set()
    for each in (node for argument in arguments for node in ast.walk(argument)):
        names |= {each.id} if isinstance(each, ast.Name) else {each.attr} if isinstance(each, ast.Attribute) else set()
    return names


def retries_without_wait(code: CodeType) -> bool:
    """Whether a function is decorated with a `retry(...)` that names no `wait`."""
    function = _function_of(code)
    found = [each for each in function.decorator_list if _is_retrying(each)] if function else []
    return any(isinstance(each, ast.Call) and "wait" not in {word.arg for word in each.keywords} for each in found)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else str(getattr(call.func, "id", ""))


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


def _within(body: List[ast.stmt]) -> Iterator[ast.AST]:
    """Yield what a body holds, outer before inner, without the functions and classes in it."""
    for statement in body:
        yield from _inside(statement)


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, _SCOPES):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _inside(child)


def _spans(body: List[Any], line: int) -> bool:
    return bool(body) and body[0].lineno <= line <= (body[-1].end_lineno or 0)


def _holds(loop: Loop, first: int, second: int) -> bool:
    return all(_repeats(loop, line) for line in (first, second))


def _repeats(loop: Loop, line: int) -> bool:
    return _spans(loop.body, line) or (isinstance(loop, ast.While) and _spans([loop.test], line))


def _ends_with_success(loop: Loop, line: int) -> bool:
    if isinstance(loop, ast.While) and (_spans([loop.test], line) or _is_awaited(loop)):
        return True
    return any(_exits(statement, inside=False) for statement in loop.body)


def _exits(node: ast.AST, *, inside: bool) -> bool:
    """Whether a statement can leave the loop without an error; `inside` says that it stands in an inner loop."""
    if isinstance(node, (*_SCOPES, ast.ExceptHandler)):
        return False
    if isinstance(node, ast.Return) or (isinstance(node, ast.Break) and not inside):
        return True
    inner = inside or isinstance(node, _LOOPS)
    return any(_exits(child, inside=inner) for child in ast.iter_child_nodes(node))


def _is_awaited(loop: ast.While) -> bool:
    """Whether the condition asks for something that the body sets, as in `while not done` and `while found is None`."""
    asked = {name.id for part in _asked(loop.test) for name in ast.walk(part) if isinstance(name, ast.Name)}
    stored = {
        name.id
        for statement in loop.body
        for each in _inside(statement)
        if isinstance(each, (ast.Assign, ast.AnnAssign, ast.NamedExpr))
        for name in ast.walk(each)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    return bool(asked & stored)


def _asked(test: ast.expr) -> Iterator[ast.expr]:
    for part in test.values if isinstance(test, ast.BoolOp) else [test]:
        if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not):
            yield part.operand
        elif isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.Is):
            yield part.left


def _is_retrying(made: ast.expr) -> bool:
    if isinstance(made, ast.Call):
        return _called(made).lower().endswith(_RETRYING)
    return isinstance(made, ast.Name) and made.id.lower().endswith(_RETRYING)


def _takes_next(loop: Loop, frame: FrameType) -> bool:
    """Whether each turn of a loop has a thing of its own to send, rather than the number or the wait of an attempt."""
    if isinstance(loop, ast.While):
        return any(_takes(each) for statement in loop.body for each in _inside(statement))
    names = {each.id for each in ast.walk(loop.target) if isinstance(each, ast.Name)}
    return any(not isinstance(frame.f_locals.get(name), (int, float, type(None))) for name in names)


def _takes(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = _called(node)
    # A client's get() has a query, and that of a queue has none.
    asks = name == "get" and (node.args or {each.arg for each in node.keywords} - {"block", "timeout"})
    return name in _TAKES and not asks
