"""The results of chaos: the report of a hunt, the finding in it, and the failure that carries both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

from .values import FindingValues, ReportValues

__all__ = ["ChaosFailure", "Finding", "Report"]


@dataclass(frozen=True)
class Finding(FindingValues):
    """A violated invariant, and the smallest schedule found that violates it.

    - `invariant` is the violated one, `evidence` says in words how it was violated.
    - `schedule` is the fault script ("" if no fault was needed), `found` the script that it was shrunk from.
    - `faults` is how many steps of the schedule are faults (a persistent one counts once), `hits` how many attempts met
      one.
    - `round` is the round of the smallest schedule, `timeline` its attempts.
    - `searched` is how many rounds the hunt was given (None for a replay), `faults_named` the faults that it was
      given (() for the default faults). `by_default` says whether the default invariants were checked, `alone`
      whether its round and the baseline violate no other of them.
    - `rounds` is how many rounds it took until the invariant was violated, without those of shrinking; `shrinking` is
      how many it then took to make the schedule smaller, None if it was not made smaller.
    """

    @property
    def regression_test(self) -> str:
        """The source of a test that fails until the bug is fixed."""
        from .regression import regression_test

        return regression_test(self)

    def html(self) -> str:
        """Return the finding as one HTML page that needs nothing else."""
        from .finding_page import page

        return page((self,))

    def __str__(self) -> str:
        """The finding as text."""
        from .finding_text import rendered

        return rendered(self)


@dataclass(frozen=True)
class Report(ReportValues):
    """What a hunt did: how many rounds, which faults hit what, what was covered, and what it found.

    - `rounds` is how many were made, those of shrinking included. `stages` counts them by stage: "baseline", "shrink",
      and those of the search, from "single" to "swarm".
    - `covered` says of a stage how many of its schedules injected a fault, and how many there were (in a stage without
      end, how many ran). `unmet` says how many ran and injected none.
    - `not_tried` are the steps that cannot be carried out here, such as "crash", each with the reason.
    - `fired` counts the attempts that met a fault by (fault, injection point), such as ("503 @before", "add 1");
      `injection_points` are all that were found.
    - `trail` has each schedule in the order of the rounds, without shrinking, with the name of the worst invariant that
      it violated, "" if all held.
    - `findings` has one for each invariant that was violated, the worst first. `ended` says why the hunt ended before
      its rounds were used up, "" if it did not. `left_out` counts the rounds that were left to other parts.
    - `outside` counts the calls that were sent to other hosts than OctaMem's, by host.
    """

    findings: Tuple[Finding, ...] = ()

    @property
    def finding(self) -> Optional[Finding]:
        """The worst finding; None if every invariant held."""
        return self.findings[0] if self.findings else None

    @property
    def regression_tests(self) -> Tuple[str, ...]:
        """The source of one test for each finding, the worst first."""
        return tuple(finding.regression_test for finding in self.findings)

    def html(self) -> str:
        """Return what was found, or how much was covered, as one HTML page that needs nothing else."""
        from .finding_page import page, report_page

        return page(self.findings, self.ended) if self.findings else report_page(self)

    def __str__(self) -> str:
        """The report as text."""
        from .summary import summary

        return summary(self)


class ChaosFailure(AssertionError):
    """Invariants were violated (`findings` say how, the worst first), or no fault could be injected.

    `finding` is the worst finding, None if there is none.
    """

    def __init__(self, message: str, *, findings: Tuple[Finding, ...] = (), report: Optional[Report] = None) -> None:
        super().__init__(message)
        self.findings = findings
        self.report = report

    @property
    def finding(self) -> Optional[Finding]:
        """The worst finding; None if no fault could be injected."""
        return self.findings[0] if self.findings else None
