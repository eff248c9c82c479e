"""--octamem-report: collect the outcome and the calls of each test, and write them as one page at the end."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from datetime import datetime
from importlib.metadata import version
from time import perf_counter
from typing import TYPE_CHECKING, Any, Dict, List

from .failure_reason import failure_reason
from .story import TestStory
from .timeline import seconds

if TYPE_CHECKING:
    from pathlib import Path


__all__ = ["ATTRIBUTE", "CHAOS", "REASON", "RunReport"]

ATTRIBUTE = "octamem_calls"
"""The attribute of a test's report that holds the values of the test, also from an xdist worker to its controller."""

CHAOS = "octamem_chaos"
"""The attribute of a test's report that holds what its hunts found, each as text without texts of memories."""

REASON = "octamem_reason"
"""The attribute of a failed phase's report that holds the failure reason."""


class RunReport:
    """A pytest plugin that collects the reports of a run and writes the page at its end."""

    def __init__(self, path: Path, title: str, config: Any) -> None:
        self._path = path
        self._title = title
        self._config = config
        self._began = perf_counter()
        self._outcomes: Counter[str] = Counter()
        self._running: Dict[str, TestStory] = {}
        self._stories: List[TestStory] = []

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Add the report of a phase; the teardown ends a test, and its report holds the calls."""
        # As pytest counts for its last line, which other plugins may change.
        outcome = self._config.hook.pytest_report_teststatus(report=report, config=self._config)[0]
        story = self._running.setdefault(report.nodeid, TestStory(report.nodeid))
        story.duration += report.duration
        self._count(story, outcome, report)
        story.chaos += getattr(report, CHAOS, [])
        if report.when == "teardown":
            story.values = getattr(report, ATTRIBUTE, None)
            self._end(report.nodeid)

    def pytest_collectreport(self, report: Any) -> None:
        """Add a file that cannot be collected: pytest counts it as an error, or as skipped."""
        if report.outcome != "passed":
            story = TestStory(report.nodeid or "the collection")
            self._count(story, "error" if report.outcome == "failed" else report.outcome, report)
            self._running[report.nodeid] = story
            self._end(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Write the page, whole or not at all."""
        from .html import write_page
        from .run_page import page

        for node in list(self._running):  # of a worker that died
            self._end(node)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_page(self._path, page(self._subtitle(), self._outcomes, self._stories))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the address of the page."""
        terminalreporter.write_sep("-", f"octamem report: {self._path.absolute().as_uri()}")

    def _subtitle(self) -> str:
        """Return what the run was: its mode, date, versions, length and command."""
        python = ".".join(map(str, sys.version_info[:3]))
        date = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
        facts = [
            self._title,
            date,
            f"octamem {version('octamem')}, pytest {version('pytest')}, Python {python}",
            f"took {seconds(round(perf_counter() - self._began, 1))}",
            shlex.join(["pytest", *map(str, self._config.invocation_params.args)]),
        ]
        return " · ".join(facts)

    def _count(self, story: TestStory, outcome: str, report: Any) -> None:
        if outcome:
            self._outcomes[outcome] += 1
            story.outcomes.append(outcome)
        if report.outcome == "failed":
            reason = getattr(report, REASON, None) or failure_reason(report.longrepr)
            when = getattr(report, "when", None)
            story.reasons.append(f"in {when}: {reason}" if when in ("setup", "teardown") else reason)

    def _end(self, node: str) -> None:
        story = self._running.pop(node)
        if story.values is not None or story.reasons or story.chaos:
            self._stories.append(story)
