"""Every `raise` of the packages, read from their source; and which of them run while something is done."""

from __future__ import annotations

import ast
import sys
import threading
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any, Dict, List, Set

from typing_extensions import Self

PACKAGES = ("octamem", "fake_server", "octamem_testing")


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


def raise_sites() -> List[Site]:
    """List every statement of the packages that raises a new error; a bare `raise` has no words of its own."""
    found: List[Site] = []
    for package in PACKAGES:
        (folder,) = find_spec(package).submodule_search_locations or ()
        for file in sorted(Path(folder).rglob("*.py")):
            found += _of(ast.parse(file.read_text(encoding="utf-8")), str(file), "module")
    return found


def _of(node: ast.AST, file: str, function: str) -> List[Site]:
    found: List[Site] = []
    for child in ast.iter_child_nodes(node):
        inner = child.name if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) else function
        if isinstance(child, ast.Raise) and child.exc is not None:
            called = child.exc.func if isinstance(child.exc, ast.Call) else child.exc
            found.append(Site(file, child.lineno, child.end_lineno or child.lineno, function, ast.unparse(called)))
        found += _of(child, file, inner)
    return found


class Reached:
    """Notes which sites are reached, in this thread and in those that begin after `watch`, within a block."""

    def __init__(self, sites: List[Site]) -> None:
        self.sites: Set[Site] = set()
        self._before = sys.gettrace()
        self._functions = {(site.file, site.function) for site in sites}
        self._by_line: Dict[str, Dict[int, Site]] = {}
        for site in sites:
            lines = self._by_line.setdefault(site.file, {})
            lines.update(dict.fromkeys(range(site.first, site.last + 1), site))

    def __enter__(self) -> Self:
        threading.settrace(self._called)
        self.watch(traced=True)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)
        threading.settrace(self._before)  # type: ignore[arg-type]

    def watch(self, *, traced: bool) -> None:
        """Begin again: Python gives up tracing where a trace function fails, as it does at the end of the stack."""
        sys.settrace(self._called if traced else self._before)

    def _called(self, frame: FrameType, _event: str, _argument: object) -> Any:
        code = frame.f_code
        return self._line if (code.co_filename, code.co_name) in self._functions else None

    def _line(self, frame: FrameType, event: str, _argument: object) -> Any:
        if event == "line":
            site = self._by_line[frame.f_code.co_filename].get(frame.f_lineno)
            if site is not None:
                self.sites.add(site)
        return self._line
