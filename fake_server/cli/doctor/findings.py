"""A finding: what was checked, what was seen, and what to do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Dict, Iterable, List

from fake_server.cli.remote.text import one_line
from fake_server.core.wording import plural

__all__ = ["Finding", "note", "ok", "problem", "report", "verdict"]

_PROBLEM = "problem"
_WIDE = 9  # columns of what was checked


@dataclass(frozen=True)
class Finding:
    """One check: its level, what was checked, what was seen, and what to do, "" if nothing."""

    level: str
    check: str
    seen: str
    then: str = ""

    @property
    def is_problem(self) -> bool:
        """Whether the app does not work because of it."""
        return self.level == _PROBLEM

    def as_dict(self) -> Dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


def ok(check: str, seen: str) -> Finding:
    """Return a finding that needs nothing."""
    return Finding("ok", check, seen)


def note(check: str, seen: str, then: str = "") -> Finding:
    """Return a finding that may or may not be meant."""
    return Finding("note", check, seen, then)


def problem(check: str, seen: str, then: str) -> Finding:
    """Return a finding because of which the app does not work."""
    return Finding(_PROBLEM, check, seen, then)


def report(findings: Iterable[Finding]) -> List[str]:
    """Return a line for each finding, and one below it for what to do."""
    lines = []
    for each in findings:
        lines.append(f"{each.level:8} {each.check:{_WIDE}} {one_line(each.seen)}")
        if each.then:
            lines.append(f"{'':8} {'':{_WIDE}} -> {one_line(each.then)}")
    return lines


def verdict(findings: Iterable[Finding], app: str) -> str:
    """Return the last line; `app` says which app was examined."""
    count = sum(each.is_problem for each in findings)
    return f"{plural(count, 'problem')} found" if count else f"no problem found: {app} reaches the fake"
