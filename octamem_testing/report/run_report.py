"""--octamem-report: what became of each test and its calls, gathered as plain values and written as one page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence

from fake_server.core.clock import TICKS
from fake_server.core.settings import blank_key

from .failure_reason import reason_of
from .timeline import call_name

if TYPE_CHECKING:
    from pathlib import Path

    from fake_server.core import Fake
    from fake_server.core.journal.calls import AttemptView, CallRecord

__all__ = ["ATTRIBUTE", "REASON", "RunReport", "TestStory", "calls_told", "told_of"]

ATTRIBUTE = "octamem_calls"
"""Name under which a test's report carries the values, from an xdist worker to its controller too."""

REASON = "octamem_reason"
"""Name under which the report of a phase that failed carries why, in one line."""

CALLS_KEPT = 60  # of one test: more lanes than a reader follows


@dataclass
class TestStory:
    """One test of the run, or a file that could not be collected; what became of each phase, in pytest's own words.

    `duration` is in real seconds; `told` is None where no fake of the kit was used.
    """

    __test__ = False  # its name is no test's

    node: str
    outcomes: List[str] = field(default_factory=list)
    reasons: List[str] = field(default_factory=list)
    duration: float = 0.0
    told: Optional[Dict[str, Any]] = None

    @property
    def outcome(self) -> str:
        """The worst of what became of its phases."""
        return next((each for each in WORST_FIRST if each in self.outcomes), "passed")


WORST_FIRST = ("failed", "error", "xpassed", "xfailed", "skipped")


def told_of(fake: Fake, seed: int) -> Dict[str, Any]:
    """Give what the page shows of one test as plain values: keys blanked, and no text of a memory."""
    calls = fake.calls
    return {
        "seed": seed,
        "earlier": max(0, len(calls) - CALLS_KEPT),
        "dropped": fake.dropped(),
        "ended": fake.now() / TICKS,
        "memories": len(fake.memories()),
        "calls": calls_told(calls),
    }


def calls_told(calls: Sequence[CallRecord]) -> List[Dict[str, Any]]:
    """Give what a drawing shows of calls, of the last sixty where there are more, as plain values."""
    return [_call(call) for call in calls[-CALLS_KEPT:]]


def _call(call: CallRecord) -> Dict[str, Any]:
    return {
        "name": call_name(call),
        "key": blank_key(call.key) or "no key",
        "delivered": call.delivered,
        "attempts": [_attempt(attempt) for attempt in call.attempts],
    }


def _attempt(attempt: AttemptView) -> Dict[str, Any]:
    return {
        "seq": attempt.entry.seq,
        "number": attempt.number,
        "kind": attempt.kind,
        "at": attempt.at / TICKS,
        "waited": attempt.waited,
        "fault": attempt.fault,
        "status": attempt.status,
        "retry_after": attempt.retry_after,
        "stored": list(attempt.stored),
        "notes": list(attempt.notes),
    }


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
