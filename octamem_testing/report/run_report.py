"""--octamem-report: what became of each test and its calls, gathered over the run and written as one page."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Dict, List

from .failure_reason import reason_of
from .story import TestStory

if TYPE_CHECKING:
    from pathlib import Path


__all__ = ["ATTRIBUTE", "REASON", "RunReport"]

ATTRIBUTE = "octamem_calls"
"""Name under which a test's report carries the values, from an xdist worker to its controller too."""

REASON = "octamem_reason"
"""Name under which the report of a phase that failed carries why, in one line."""


class RunReport:
    """A plugin of the process that reports the run: gathers, and writes the page when the run is over."""

    def __init__(self, path: Path, title: str, config: Any) -> None:
        self._path = path
        self._title = title
        self._config = config
        self._outcomes: Counter[str] = Counter()
        self._under_way: Dict[str, TestStory] = {}
        self._stories: List[TestStory] = []

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Take the report of a phase; with that of the teardown a test is over, and may carry its calls."""
        # As pytest counts for its last line, whatever plugins make of it.
        outcome = self._config.hook.pytest_report_teststatus(report=report, config=self._config)[0]
        story = self._under_way.setdefault(report.nodeid, TestStory(report.nodeid))
        story.duration += report.duration
        self._count(story, outcome, report)
        if report.when == "teardown":
            story.told = getattr(report, ATTRIBUTE, None)
            self._end(report.nodeid)

    def pytest_collectreport(self, report: Any) -> None:
        """Take what cannot be collected: pytest counts it as an error, or as skipped."""
        if report.outcome != "passed":
            story = TestStory(report.nodeid or "the collection")
            self._count(story, "error" if report.outcome == "failed" else report.outcome, report)
            self._under_way[report.nodeid] = story
            self._end(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Write the page."""
        from .run_page import page

        for node in list(self._under_way):  # of a process that died
            self._end(node)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(page(self._title, self._outcomes, self._stories), encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say where the page is."""
        terminalreporter.write_sep("-", f"octamem report: {self._path.absolute().as_uri()}")

    def _count(self, story: TestStory, outcome: str, report: Any) -> None:
        if outcome:
            self._outcomes[outcome] += 1
            story.outcomes.append(outcome)
        if report.outcome == "failed":
            why = getattr(report, REASON, None) or reason_of(report.longrepr)
            story.reasons.append(
                why if getattr(report, "when", None) not in ("setup", "teardown") else f"in {report.when}: {why}"
            )

    def _end(self, node: str) -> None:
        story = self._under_way.pop(node)
        if story.told is not None or story.reasons:
            self._stories.append(story)
