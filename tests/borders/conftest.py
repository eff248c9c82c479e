"""What the tests beside other tools share: right and wrong programs, run as the tests of a user's project.

Each file of this folder runs in a process of its own, with the dependency group `borders` installed: `make borders`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Callable, Dict, Generator

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Generator[Browser, None, None]:
    """Start a Chromium for a module; a file whose own has other arguments has a fixture of this name."""
    from browsers import chromium  # which the files about other tools do without

    with chromium() as started:
        yield started


@dataclass
class Verdicts:
    """What became of each test of a run, and what its reports say, under its name without `test_`."""

    outcomes: Dict[str, str] = field(default_factory=dict)
    said: Dict[str, str] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a call ended, and a set-up or tear-down that failed."""
        name = report.nodeid.split("::")[-1].replace("test_", "", 1)
        if report.when == "call" or not report.passed:
            if self.outcomes.get(name, "passed") == "passed":
                self.outcomes[name] = report.outcome
            self.said[name] = self.said.get(name, "") + report.longreprtext


@pytest.fixture
def judge(project: pytest.Pytester) -> Callable[..., Verdicts]:
    """Run the tests of a source as a user would: `judge(source).outcomes == {"right": "passed", "wrong": "failed"}`."""

    def run(source: str, *options: str) -> Verdicts:
        project.makepyfile(source)
        verdicts = Verdicts()
        # Its pytest plugin imports at the end of a run, behind what a tool has put in the place of files.
        project.inline_run("-p", "no:schemathesis", *options, plugins=[verdicts])
        return verdicts

    return run
