"""The detection matrix: what a default hunt finds in the corpus of planted retry bugs, and how long that takes.

`--write` puts the matrix into docs/chaos-bugs.md, or the rows of the bugs that are named.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from time import perf_counter
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from octamem_testing import chaos

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "chaos-bugs.md"
BEGIN, END = "<!-- matrix -->", "<!-- end of matrix -->"
TARGET = 600.0  # seconds of CPU, most of them for the programs that are crashed, because each life is forked
HEAD = (
    *("bug", "what it does", "family", "invariant", "smallest schedule", "also violated"),
    *("ways", "rounds", "shrinking", "rounds of the twin"),
)

sys.path.insert(0, str(ROOT / "tests" / "chaos"))


class Hunted(NamedTuple):
    """The result for one bug: a report for each (planted or cured, way), and the CPU seconds of all hunts."""

    bug: Any
    reports: Dict[Tuple[str, str], chaos.Report]
    seconds: float

    def found(self, way: str) -> Optional[chaos.Finding]:
        """Return the worst finding of an invariant that the bug was written to violate; None if there is none."""
        findings = self.reports["planted", way].findings
        return next((each for each in findings if each.invariant.name in self.bug.breaks), None)

    def shown(self, way: str) -> chaos.Finding:
        """Return the finding that the page shows; SystemExit if there is none."""
        finding = self.found(way)
        if finding is None:
            raise SystemExit(f"{self.bug.name} was not found")
        return finding

    def first(self, way: str) -> int:
        """Return the round in which the first invariant was violated."""
        return min(each.rounds for each in self.reports["planted", way].findings)

    def problems(self) -> List[str]:
        """Return what is not as expected."""
        found = []
        for (which, way), report in self.reports.items():
            names = ", ".join(each.invariant.name for each in report.findings)
            finding = self.found(way)
            if which == "cured" and report.findings:
                found.append(f"{self.bug.name}, cured, {way}: violates {names} by {report.findings[0].schedule!r}")
            elif which == "planted" and finding is None:
                found.append(f"{self.bug.name}, planted, {way}: {names or 'not found'}, not {self.bug.breaks}")
            elif which == "planted" and finding is not None and finding.faults > self.bug.faults:
                found.append(f"{self.bug.name}, planted, {way}: {finding.faults} faults")
        return found


def cpu_seconds() -> float:
    """Return the CPU time of this process and of the children that it has waited for."""
    return sum(os.times()[:4])


def hunted(bug: Any) -> Hunted:
    """Hunt a bug and its cure in every way in which they exist."""
    began = cpu_seconds()
    reports = {
        (which, way): chaos.hunt(bug.scenario(which, way), settings=bug.settings)
        for which in ("planted", "cured")
        for way in bug.ways
    }
    return Hunted(bug, reports, cpu_seconds() - began)


def row(result: Hunted) -> str:
    """Write a bug as a row of the page."""
    bug, finding = result.bug, result.shown(result.bug.ways[0])
    rounds = ", ".join(str(result.first(way)) for way in bug.ways)
    shrinking = ", ".join(str(result.shown(way).shrinking) for way in bug.ways)
    also = ", ".join(
        each.invariant.name for each in result.reports["planted", bug.ways[0]].findings if each is not finding
    )
    passed = ", ".join(str(result.reports["cured", way].rounds) for way in bug.ways)
    link = f"[{bug.name}](../tests/chaos/bugs/{bug.name}.py)"
    ways = ", ".join(bug.ways)
    schedule = f"`{finding.schedule}`" if finding.schedule else "none is needed"
    cells = (link, bug.says, bug.family, finding.invariant.name, schedule, also, ways, rounds, shrinking, passed)
    return f"| {' | '.join(cells)} |"


def page(results: List[Hunted]) -> str:
    """Return the page with the new rows, and the old ones of all other bugs of the corpus."""
    from bugs import CORPUS

    text = PAGE.read_text(encoding="utf-8")
    before, old, after = text.split(BEGIN)[0], text.split(BEGIN)[1].split(END)[0], text.split(END)[1]
    rows = {line[3 : line.index("]")]: line for line in old.splitlines() if line.startswith("| [")}
    rows.update((result.bug.name, row(result)) for result in results)
    shown = [rows[bug.name] for bug in CORPUS if bug.name in rows]
    lines = [f"| {' | '.join(HEAD)} |", f"|{'---|' * len(HEAD)}", *shown]
    return f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}"


def main() -> int:
    """Hunt the corpus, print one line a bug, and return 1 if a bug is not found, or too slowly."""
    from bugs import CORPUS

    began = perf_counter()
    chosen = [bug for bug in CORPUS if bug.name in sys.argv] or list(CORPUS)
    results = []
    for bug in chosen:
        result = hunted(bug)
        results.append(result)
        rounds = sum(report.rounds for report in result.reports.values())
        finding = result.found(bug.ways[0])
        outcome = "NOT FOUND" if finding is None else f"{finding.invariant.name}: {finding.schedule}"
        print(f"{bug.name:34} {result.seconds:6.2f} s {rounds:5} rounds  {outcome}", flush=True)
    problems = [problem for result in results for problem in result.problems()]
    print("\n".join(problems) or "every bug found, every twin passed")
    if "--write" in sys.argv:
        PAGE.write_text(page(results), encoding="utf-8")
    spent, lasted = sum(result.seconds for result in results), perf_counter() - began
    print(f"{len(results)} bugs and twins in {spent:.1f} s of CPU (target: under {TARGET:g}), {lasted:.1f} s in all")
    return int(bool(problems) or spent >= TARGET)


if __name__ == "__main__":
    sys.exit(main())
