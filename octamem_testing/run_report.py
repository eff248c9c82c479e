"""--octamem-report: what each test's calls came to, gathered as plain values and written as one page at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Protocol, Sequence, Tuple

from fake_server.core.clock import TICKS
from fake_server.core.settings import blank_key

from .timeline import call_name

if TYPE_CHECKING:
    from pathlib import Path

    from fake_server.core import Fake
    from fake_server.core.ledger import AttemptView, CallRecord

__all__ = ["ATTRIBUTE", "RunReport", "TestStory", "calls_told", "told_of"]

ATTRIBUTE = "octamem_calls"
"""Name under which a test's report carries the values, from an xdist worker to its controller too."""

CALLS_KEPT = 60  # of one test: more lanes than a reader follows


@dataclass(frozen=True)
class TestStory:
    """One test of the run: its name, what became of it, how long it took in real seconds, and its calls."""

    __test__ = False  # its name is no test's

    node: str
    outcome: str
    duration: float
    told: Dict[str, Any]


class _Report(Protocol):
    nodeid: str
    when: Optional[str]
    outcome: str
    duration: float


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

    def __init__(self, path: Path, title: str) -> None:
        self._path = path
        self._title = title
        self._phases: Dict[str, List[Tuple[str, float]]] = {}
        self._stories: List[TestStory] = []

    def pytest_runtest_logreport(self, report: _Report) -> None:
        """Take the report of a phase; with that of the teardown a test is over, and may carry its calls."""
        outcome = "xfailed" if hasattr(report, "wasxfail") and report.outcome == "skipped" else report.outcome
        if outcome == "failed" and report.when != "call":
            outcome = "error"
        phases = self._phases.setdefault(report.nodeid, [])
        phases.append((outcome, report.duration))
        if report.when == "teardown":
            told: Optional[Dict[str, Any]] = getattr(report, ATTRIBUTE, None)
            if told is not None:
                self._stories.append(
                    TestStory(report.nodeid, _worst(phases), sum(seconds for _, seconds in phases), told)
                )
            del self._phases[report.nodeid]

    def pytest_sessionfinish(self) -> None:
        """Write the page."""
        from .page import page

        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(page(self._title, self._stories), encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say where the page is."""
        terminalreporter.write_sep("-", f"octamem report: {self._path.absolute().as_uri()}")


def _worst(phases: List[Tuple[str, float]]) -> str:
    outcomes = [outcome for outcome, _ in phases]
    return next((each for each in ("failed", "error", "xfailed", "skipped") if each in outcomes), "passed")
