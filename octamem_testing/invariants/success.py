"""Success: whether a loop ends because the call in it succeeded, rather than because its work is done."""

from __future__ import annotations

import ast
from typing import Iterator, List, Optional, Set, Tuple

from .syntax import LOOPS, SCOPES, Loop, inside, names_stored, spans, within

__all__ = ["ends_with_success"]

_ENCLOSING = (ast.Try, ast.With, ast.AsyncWith)
Way = Tuple[ast.stmt, ...]
"""The statements that lead out of a loop, outer before inner; the last is the `return` or `break`."""


def ends_with_success(loop: Loop, line: int) -> bool:
    """Whether the success of the call at a line ends the loop around it.

    It does so by a `return` or `break` behind the call, or by a condition that asks for what the call gave. A condition
    that asks for something else, such as the next line of a user, ends the work and no retries.
    """
    if isinstance(loop, ast.While) and spans([loop.test], line):
        return True
    result_names = _names_of_result(loop, line)
    if isinstance(loop, ast.While) and any(_asks(part, result_names) for part in _awaited(loop.test)):
        return True
    return any(_is_of_success(way, line, result_names) for way in _ways_out(loop.body))


def _is_of_success(way: Way, line: int, result_names: Set[str]) -> bool:
    conditions: List[ast.expr] = []
    for statement, following in zip(way, way[1:]):
        if isinstance(statement, ast.If):
            taken, other = statement.body, statement.orelse
            if following not in taken:
                taken, other = other, taken
            if spans(other, line):  # it ends the turns that make no call
                return False
            if not spans(taken, line):
                conditions.append(statement.test)
    if conditions:
        return any(spans([each], line) or _asks(each, result_names) for each in conditions)
    return (way[-1].end_lineno or 0) >= line


def _ways_out(body: List[ast.stmt], before: Way = (), *, inner: bool = False) -> Iterator[Way]:
    """Yield the ways out of a loop without an error; `inner` says that the body is that of a loop in it."""
    for statement in body:
        way = (*before, statement)
        if isinstance(statement, ast.Return) or (isinstance(statement, ast.Break) and not inner):
            yield way
        yield from _ways_below(statement, way, inner=inner or isinstance(statement, LOOPS))


def _ways_below(node: ast.AST, way: Way, *, inner: bool) -> Iterator[Way]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            if not isinstance(child, SCOPES):
                yield from _ways_out([child], way, inner=inner)
        elif not isinstance(child, (ast.expr, ast.ExceptHandler)):
            yield from _ways_below(child, way, inner=inner)


def _names_of_result(loop: Loop, line: int) -> Set[str]:
    """Return the names that the block with the call sets from the call on, and those that follow from them."""
    enclosing: List[ast.AST] = [
        each for each in within(loop.body) if isinstance(each, _ENCLOSING) and spans([each], line)
    ]
    result_names: Set[str] = set()
    for each in inside(enclosing[-1] if enclosing else loop):
        is_held = bool(enclosing) or (isinstance(each, ast.stmt) and spans([each], line))
        if is_held and (getattr(each, "end_lineno", None) or 0) >= line:
            result_names |= _names_set(each)
    for each in within(loop.body):
        source = _source(each)
        if (
            source is not None
            and _asks(source, result_names)
            and not any(isinstance(n, ast.Call) for n in inside(source))
        ):
            result_names |= _names_set(each)
    return result_names


def _names_set(node: ast.AST) -> Set[str]:
    """Return the names that a statement sets, except those that it counts up."""
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return {name for name in names_stored(node) if node.value is None or not _asks(node.value, {name})}
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return names_stored(node.target)
    if isinstance(node, (ast.NamedExpr, ast.withitem)):
        return names_stored(node)
    return set()


def _source(node: ast.AST) -> Optional[ast.expr]:
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return node.value
    return node.iter if isinstance(node, (ast.For, ast.AsyncFor)) else None


def _asks(expression: ast.expr, result_names: Set[str]) -> bool:
    return any(
        getattr(each, "id", None) in result_names or getattr(each, "attr", None) in result_names
        for each in inside(expression)
    )


def _awaited(test: ast.expr) -> Iterator[ast.expr]:
    """Yield what a condition waits for, as in `while not done` and `while found is None`."""
    for part in test.values if isinstance(test, ast.BoolOp) else [test]:
        if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not):
            yield part.operand
        elif isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.Is):
            yield part.left
