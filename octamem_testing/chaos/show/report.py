"""What chaos hands back: the report of a search, the finding where a promise broke, and the failure that carries it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from .values import FindingValues, ReportValues

__all__ = ["ChaosFailure", "Finding", "Report"]


@dataclass(frozen=True)
class Finding(FindingValues):
    """A promise that was broken, by the smallest schedule found that breaks the same promise.

    `seen` says in words what broke it. `schedule` is the fault script ("" where no fault was needed), `found` the one
    that broke it first. `faults` is how many steps of the schedule are faults (a persistent one counts once), `strikes`
    how many attempts met one. `round` is the round that the smallest schedule makes, `timeline` its attempts.
    `searched` is how many rounds the search was given, None where one round was made again; `faults_named` are the
    faults that it was given, () for the usual; `by_default` says whether all the default promises were held to.
    """

    @property
    def regression_test(self) -> str:
        """The source of a test that fails for as long as the bug is there."""
        from .regression import regression_test

        return regression_test(self)

    def html(self) -> str:
        """The finding as one page that needs nothing else."""
        from .finding_page import page

        return page(self)

    def __str__(self) -> str:
        """The finding in words."""
        from .finding_text import told

        return told(self)


@dataclass(frozen=True)
class Report(ReportValues):
    """What a search did: how many rounds, what was fired where, what was covered, and what it found.

    `phases` counts the rounds by phase: "baseline", "single", "persistent", "knock-out", "pairs", "triples", "swarm",
    and "shrink" for those that made a finding smaller. `covered` says of a phase how many of its schedules struck, of
    how many there were (where it has no end, of those that ran), and `unmet` how many ran and struck nothing. `fired`
    counts the attempts that met a fault by (fault, place), such as ("503 @before", "add 1"); `places` are those that
    were found. `trail` holds each schedule in the order run, with the name of the promise that it broke, "" where all
    were kept; the shrinking is not in it.
    """

    finding: Optional[Finding] = None

    def __str__(self) -> str:
        """The report in words."""
        from .summary import summary

        return summary(self)


class ChaosFailure(AssertionError):
    """A promise was broken, or nothing could be fired; `finding` is what was found, None where there was nothing."""

    def __init__(self, message: str, *, finding: Optional[Finding] = None, report: Optional[Report] = None) -> None:
        super().__init__(message)
        self.finding = finding
        self.report = report
