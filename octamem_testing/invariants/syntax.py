"""Syntax: walks over the statements of one function, without the functions and classes in it."""

from __future__ import annotations

import ast
from typing import Any, Iterator, List, Set, Union

__all__ = ["LOOPS", "SCOPES", "Loop", "called", "inside", "names_stored", "spans", "within"]

Loop = Union[ast.For, ast.AsyncFor, ast.While]
LOOPS = (ast.For, ast.AsyncFor, ast.While)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def within(body: List[ast.stmt]) -> Iterator[ast.AST]:
    """Yield what a body holds, outer before inner."""
    for statement in body:
        yield from inside(statement)


def inside(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and what it holds, outer before inner."""
    if isinstance(node, SCOPES):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from inside(child)


def spans(body: List[Any], line: int) -> bool:
    """Whether a line is one of those of a body."""
    return bool(body) and body[0].lineno <= line <= (body[-1].end_lineno or 0)


def called(call: ast.Call) -> str:
    """Return the name of the function that is called, without that of its object."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else str(getattr(call.func, "id", ""))


def names_stored(node: ast.AST) -> Set[str]:
    """Return the variables and attributes that a node sets."""
    stored = [each for each in inside(node) if isinstance(getattr(each, "ctx", None), ast.Store)]
    return {each.id for each in stored if isinstance(each, ast.Name)} | {
        each.attr for each in stored if isinstance(each, ast.Attribute)
    }
