"""The summary of a hunt as text for a terminal: the faults by injection point and kind, and what was covered."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Dict, Iterator, List, Mapping, Sequence, Tuple

from fake_server.core.faults.steps import LIES
from octamem_testing.chaos.scenario.trial import STAGES
from octamem_testing.chaos.schedule.steps import CRASH, OWN, word_of
from octamem_testing.report.timeline import counted

from .values import WITHOUT_FAULTS

if TYPE_CHECKING:
    from .values import ReportValues

__all__ = ["summary"]

WIDTH = 100  # letters of a line that is folded
POINTS = 16  # rows of the table; the injection points beyond them share one

ORDER = ("baseline", *STAGES, "shrink")
"""The order of the stages of a hunt."""

BEFORE = " @before"  # left out, since it is the phase of most faults

FAMILIES: Mapping[str, str] = {
    **dict.fromkeys(("slow", "hang"), "late"),
    **dict.fromkeys(("reset", "close"), "lost"),
    **dict.fromkeys(("truncate", "drip"), "cut"),
    **dict.fromkeys(("garbage", "wrong-type", "empty", "redirect"), "spoilt"),
    **dict.fromkeys(LIES, "lies"),
    **dict.fromkeys(OWN, "left"),
    CRASH: "crashed",
}
"""The columns of the table for faults that are not a status."""

COLUMNS = ("2xx", "3xx", "4xx", "5xx", *dict.fromkeys(FAMILIES.values()))


def summary(report: ReportValues) -> str:
    """Write the summary: the faults by injection point and kind, what was covered, the seed, and what was found."""
    names = [found.invariant.name for found in report.findings]
    were = "was" if len(names) == 1 else "were"
    head = f"{', '.join(names)} {were} violated" if names else "every invariant held"
    lines = [f"{head} in {counted(report.rounds, 'round')} of chaos, seed {report.seed}"]
    if report.ended:
        lines.append(f"ended early: {report.ended}")
    if report.left_out:
        lines.append(f"left to other parts: {counted(report.left_out, 'round')}")
    fired = sum(report.fired.values())
    kinds, points = counted(len(report.by_kind), "kind"), counted(len(report.by_injection_point), "injection point")
    lines.append(f"injected: {counted(fired, 'fault')} of {kinds}, at {points}")
    lines += _table(report)
    kinds_fired = [f"{kind.removesuffix(BEFORE)} ({times})" for kind, times in sorted(report.by_kind.items())]
    lines += _folded("kinds", kinds_fired)
    lines += _folded("rounds", list(_shares(report)))
    lines += _folded(
        "other hosts", [f"{host} ({counted(often, 'call')})" for host, often in sorted(report.outside.items())]
    )
    if report.not_tried:
        lines += _folded("not tried", [f"{step}, because {why}" for step, why in report.not_tried.items()])
    if report.invariants:
        lines += _folded("invariants", report.invariants)
    if report.ended:
        lines += _folded("the hunt ended early", [report.ended])
    for found in report.findings:
        lines.append(f"{found.invariant.name} is violated: {found.evidence}")
        lines.append(f"  schedule: {found.schedule or WITHOUT_FAULTS} (found in round {found.rounds})")
    return "\n".join(lines)


def _figures(report: ReportValues) -> Dict[str, Dict[str, int]]:
    """Count the faults at each injection point by family, such as "5xx" or "lost"; points without a hit count too."""
    counts: Dict[str, Dict[str, int]] = {point: {} for point in report.injection_points}
    for (fault, point), times in report.fired.items():
        row = counts.setdefault(point, {})
        row[_family(fault)] = row.get(_family(fault), 0) + times
    return counts


def _family(fault: str) -> str:
    """Return the column of a fault."""
    word = word_of(fault)
    return f"{word[0]}xx" if word.isdigit() else FAMILIES.get(word, "other")


def _table(report: ReportValues) -> List[str]:
    rows = sorted(_figures(report).items(), key=lambda row: _order(row[0]))
    beyond = rows[POINTS:]
    if len(beyond) > 1:
        shared: Dict[str, int] = {}
        for _, counts in beyond:
            for family, times in counts.items():
                shared[family] = shared.get(family, 0) + times
        rows = [*rows[:POINTS], (f"{len(beyond)} more", shared)]
    columns = [name for name in (*COLUMNS, "other") if any(name in counts for _, counts in rows)]
    if not columns:
        return []
    cells = [["", *columns, "all"]]
    cells += [
        [point, *(_number(counts.get(name, 0)) for name in columns), str(sum(counts.values()))]
        for point, counts in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells)]
    return [
        "  " + "  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))])
        for row in cells
    ]


def _order(point: str) -> Tuple[str, int]:
    endpoint, _, number = point.rpartition(" ")
    return endpoint, int(number) if number.isdigit() else 0


def _number(times: int) -> str:
    return str(times) if times else "·"


def _shares(report: ReportValues) -> Iterator[str]:
    """Yield for each stage how many of its schedules were tried, and of how many if that is known."""
    for stage in sorted(dict.fromkeys([*report.stages, *report.covered]), key=_turn):
        ran, there_were = report.covered.get(stage, (report.stages.get(stage, 0), None))
        unmet = f" ({report.unmet[stage]} not met)" if report.unmet.get(stage) else ""
        yield f"{stage} {ran}" if there_were is None else f"{stage} {ran} of {there_were}{unmet}"


def _turn(stage: str) -> int:
    return ORDER.index(stage) if stage in ORDER else len(ORDER)


def _folded(name: str, words: Sequence[str]) -> List[str]:
    return wrap(f"{name}: {', '.join(words)}", WIDTH, subsequent_indent="  ", break_on_hyphens=False) if words else []
