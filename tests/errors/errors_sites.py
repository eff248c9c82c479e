"""Every `raise` of the packages, read from their source; and which of them run while something is done."""

from __future__ import annotations

import ast
import builtins
import gc
import sys
from dataclasses import dataclass, replace
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, Dict, Iterator, List, Mapping, Optional, Set, Tuple

import pytest
from typing_extensions import Self

PACKAGES = ("octamem", "fake_server", "octamem_testing")
_NOTE = "_note_that_a_site_is_reached"


@dataclass(frozen=True)
class Site:
    """One statement that raises: its file, its lines, the function around it and the class that it names, if any."""

    file: str
    first: int
    last: int
    function: str
    raised: str

    def __str__(self) -> str:
        return f"{self.file}:{self.first} in {self.function}: raise {self.raised}"


class Reached:
    """Notes which sites are reached, in whichever thread, within a block.

    Each `raise` has a line of its own before it for the length of the block: a trace function, which Python calls for
    each call of each function, costs as much again as all that is watched.
    """

    def __init__(self) -> None:
        self.all: List[Site] = []
        self.sites: Set[Site] = set()
        self._modules: Dict[str, CodeType] = {}
        self._before: List[Tuple[FunctionType, CodeType]] = []
        self._patch = pytest.MonkeyPatch()
        for package in PACKAGES:
            (folder,) = find_spec(package).submodule_search_locations or ()
            for path in sorted(Path(folder).rglob("*.py")):
                tree = ast.parse(path.read_text(encoding="utf-8"))
                self._mark(tree, Site(str(path), 0, 0, "module", ""))
                self._modules[str(path)] = compile(tree, str(path), "exec", dont_inherit=True)

    def __enter__(self) -> Self:
        self._patch.setattr(builtins, _NOTE, lambda number: self.sites.add(self.all[number]), raising=False)
        self._patch.setattr(sys, "meta_path", [_Finder(self._modules), *sys.meta_path])
        marked = {_place(code): code for module in self._modules.values() for code in _functions(module)}
        for each in _loaded_functions():
            if _place(each.__code__) in marked:
                self._before.append((each, each.__code__))
                each.__code__ = marked[_place(each.__code__)]
        return self

    def __exit__(self, *_: object) -> None:
        for function, code in self._before:
            function.__code__ = code
        self._patch.undo()

    def _mark(self, node: ast.AST, around: Site) -> None:
        """Note each statement within that raises a new error, and mark it; a bare `raise` has no words of its own."""
        for name, field in ast.iter_fields(node):
            if not isinstance(field, list) or not field or not isinstance(field[0], (ast.stmt, ast.ExceptHandler)):
                continue
            marked: List[Any] = []
            for child in field:
                if isinstance(child, ast.Raise) and child.exc is not None:
                    marked.append(self._note(child, around))
                marked.append(child)
                is_function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
                self._mark(child, replace(around, function=child.name) if is_function else around)
            setattr(node, name, marked)

    def _note(self, statement: ast.Raise, around: Site) -> ast.stmt:
        called = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        first, last = statement.lineno, statement.end_lineno or statement.lineno
        call = ast.parse(f"{_NOTE}({len(self.all)})").body[0]
        self.all.append(replace(around, first=first, last=last, raised=ast.unparse(called)))
        for each in ast.walk(call):
            ast.copy_location(each, statement)
        return call


def _loaded_functions() -> List[FunctionType]:
    """List the functions that there are; those that the suite leaves out of the search for garbage too."""
    was_frozen = gc.get_freeze_count()
    gc.unfreeze()
    found = [each for each in gc.get_objects() if type(each) is FunctionType]
    if was_frozen:
        gc.collect()
        gc.freeze()
    return found


def _place(code: CodeType) -> Tuple[str, int, str]:
    return code.co_filename, code.co_firstlineno, code.co_name


def _functions(code: CodeType) -> Iterator[CodeType]:
    """List the code within, at any depth, in or under which a site is marked."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            below = list(_functions(inner))
            yield from below
            if below or _NOTE in inner.co_names:
                yield inner


class _Finder:
    """Finds a module that is forgotten and loaded again, which is to be marked too."""

    def __init__(self, modules: Mapping[str, CodeType]) -> None:
        self._modules = modules

    def find_spec(self, name: str, path: Any = None, _target: object = None) -> Optional[ModuleSpec]:
        found = PathFinder.find_spec(name, path) if name.partition(".")[0] in PACKAGES else None
        if found is not None and found.origin in self._modules:
            found.loader = _Loader(name, found.origin, self._modules[found.origin])
        return found


class _Loader(SourceFileLoader):
    """Loads the code that it is given."""

    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, _name: str) -> CodeType:
        return self._code
