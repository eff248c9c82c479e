"""The summary of the verdict, at the end of a run: the tests that passed and still show a retry bug."""

from __future__ import annotations

from typing import Any, List, Tuple

__all__ = ["ATTRIBUTE", "VerdictSummary"]

ATTRIBUTE = "octamem_verdict"
"""The attribute of a test's report that holds the evidence, also from an xdist worker to its controller."""

_TITLE = "octamem verdict: passed, and still show a bug"
_REMEDY = (
    "The invariants are those of docs/chaos.md. --octamem-verdict=fail fails such tests; if a test means it, write "
    'verdict="off" in its octamem marker.'
)


class VerdictSummary:
    """A pytest plugin that names, at the end of a run, the tests that passed and still show a bug."""

    def __init__(self) -> None:
        self._found: List[Tuple[str, List[str]]] = []

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Collect the evidence from the report of a test."""
        evidence = getattr(report, ATTRIBUTE, None)
        if evidence:
            self._found.append((report.nodeid, evidence))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print what was found."""
        if not self._found:
            return
        terminalreporter.write_sep("=", _TITLE, yellow=True)
        for node, evidence in self._found:
            terminalreporter.write_line(node)
            for line in evidence:
                terminalreporter.write_line(f"  {line}")
        terminalreporter.write_line(_REMEDY)
