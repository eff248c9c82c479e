"""The stage of the demo: it shows a scene's code, says what happened, and checks what it says."""

from __future__ import annotations

import inspect
import re
import textwrap
from dataclasses import dataclass
from typing import Any, Callable, Dict, Optional

import httpx
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.syntax import Syntax

SHOWN_FOR_US = re.compile(r"\s*return (?!await)")  # what hands the results to the scene is no part of the example


@dataclass
class Run:
    """Where a scene is played: a console, and the fake's address with two keys."""

    console: Console
    url: str
    key: str
    other_key: str
    held: int = 0
    failed: int = 0

    def play(self, scene: Callable[[Run], None]) -> None:
        """Play one scene under its docstring as the title."""
        self.console.print()
        self.console.rule(f"[bold]{escape((inspect.getdoc(scene) or scene.__name__).rstrip('.'))}", align="left")
        scene(self)

    def code(self, function: Callable[..., Any]) -> None:
        """Show the body of a function, as it stands in the file that runs."""
        lines = inspect.getsource(function).splitlines()
        body = next(at for at, line in enumerate(lines) if line.rstrip().endswith(":")) + 1
        if lines[body].lstrip().startswith('"""'):
            body += 1
        text = textwrap.dedent("\n".join(line for line in lines[body:] if not SHOWN_FOR_US.match(line)))
        self.console.print(Padding(Syntax(text, "python", theme="ansi_dark", background_color="default"), (0, 0, 0, 4)))

    def says(self, what: str, *, holds: bool, seen: object = None) -> None:
        """Say one thing that happened, with a check mark if it truly did."""
        if holds:
            self.held += 1
        else:
            self.failed += 1
        mark = "[green]✓[/]" if holds else "[bold red]✗[/]"
        shown = "" if seen is None else f"  [cyan]{escape(str(seen))}[/]"
        self.console.print(f"  {mark} {escape(what)}{shown}")

    def control(
        self, method: str, path: str, body: Optional[Dict[str, Any]] = None, *, key: Optional[str] = None
    ) -> Any:
        """Ask the fake's control API, as any test in any language may."""
        query = f"?key={key}" if key else ""
        answer = httpx.request(method, f"{self.url}/_fake/{path}{query}", json=body)
        answer.raise_for_status()
        return answer.json()

    def arm(self, script: str) -> None:
        """Arm a fault script, and show how."""
        body = f'{{"script": "{script}"}}'
        self.console.print(f"    [dim]curl -X POST $OCTAMEM_BASE_URL/_fake/faults -d '{escape(body)}'[/]")
        self.control("POST", "faults", {"script": script})
