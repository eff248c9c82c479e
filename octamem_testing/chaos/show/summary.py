"""What a search did, as the text of a terminal: the faults that it fired, by place and kind, and what it covered."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Dict, Iterator, List, Mapping, Sequence, Tuple

from fake_server.core.faults.steps import LIES
from octamem_testing.chaos.scenario.trial import STAGES
from octamem_testing.chaos.schedule.steps import OWN, word_of
from octamem_testing.report.timeline import counted

if TYPE_CHECKING:
    from .values import ReportValues

__all__ = ["summary"]

WIDTH = 100  # letters of a line that is folded
PLACES = 16  # rows of the table; the places beyond them share one

ORDER = ("baseline", *STAGES, "shrink")
"""The order in which a hunt goes through its phases."""

BEFORE = " @before"  # left out, since most faults strike there

FAMILIES: Mapping[str, str] = {
    **dict.fromkeys(("slow", "hang"), "late"),
    **dict.fromkeys(("reset", "close"), "lost"),
    **dict.fromkeys(("truncate", "drip"), "cut"),
    **dict.fromkeys(("garbage", "wrong-type", "empty", "redirect"), "spoilt"),
    **dict.fromkeys(LIES, "lies"),
    **dict.fromkeys(OWN, "left"),
}
"""The columns of the table for what is no status."""

COLUMNS = ("2xx", "3xx", "4xx", "5xx", *dict.fromkeys(FAMILIES.values()))


def summary(report: ReportValues) -> str:
    """Write what a search did: faults fired by place and kind, how much of each phase was covered, and the seed."""
    found = report.finding
    head = f"{found.invariant.name} was broken" if found is not None else "every promise was kept"
    lines = [f"{head} in {counted(report.rounds, 'round')} of chaos, seed {report.seed}"]
    fired = sum(report.fired.values())
    kinds, places = counted(len(report.by_kind), "kind"), counted(len(report.by_place), "place")
    lines.append(f"fired: {counted(fired, 'fault')} of {kinds}, at {places}")
    lines += _table(report)
    kinds_fired = [f"{kind.removesuffix(BEFORE)} ({times})" for kind, times in sorted(report.by_kind.items())]
    lines += _folded("kinds", kinds_fired)
    lines += _folded("rounds", list(_shares(report)))
    if report.invariants:
        lines += _folded("promises", report.invariants)
    return "\n".join(lines)


def _figures(report: ReportValues) -> Dict[str, Dict[str, int]]:
    """Count the faults fired for each place by family, such as "5xx" or "lost"; places never struck are there too."""
    counts: Dict[str, Dict[str, int]] = {place: {} for place in report.places}
    for (fault, place), times in report.fired.items():
        row = counts.setdefault(place, {})
        row[_family(fault)] = row.get(_family(fault), 0) + times
    return counts


def _family(fault: str) -> str:
    """Give the column that a fault belongs to."""
    word = word_of(fault)
    return f"{word[0]}xx" if word.isdigit() else FAMILIES.get(word, "other")


def _table(report: ReportValues) -> List[str]:
    rows = sorted(_figures(report).items(), key=lambda row: _order(row[0]))
    beyond = rows[PLACES:]
    if len(beyond) > 1:
        shared: Dict[str, int] = {}
        for _, counts in beyond:
            for family, times in counts.items():
                shared[family] = shared.get(family, 0) + times
        rows = [*rows[:PLACES], (f"{len(beyond)} more", shared)]
    columns = [name for name in (*COLUMNS, "other") if any(name in counts for _, counts in rows)]
    if not columns:
        return []
    cells = [["", *columns, "all"]]
    cells += [
        [place, *(_number(counts.get(name, 0)) for name in columns), str(sum(counts.values()))]
        for place, counts in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells)]
    return [
        "  " + "  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))])
        for row in cells
    ]


def _order(place: str) -> Tuple[str, int]:
    endpoint, _, number = place.rpartition(" ")
    return endpoint, int(number) if number.isdigit() else 0


def _number(times: int) -> str:
    return str(times) if times else "·"


def _shares(report: ReportValues) -> Iterator[str]:
    """Say of each phase how many of its schedules were tried, of how many there were where that is known."""
    for phase in sorted(dict.fromkeys([*report.phases, *report.covered]), key=_turn):
        ran, there_were = report.covered.get(phase, (report.phases.get(phase, 0), None))
        unmet = f" ({report.unmet[phase]} not met)" if report.unmet.get(phase) else ""
        yield f"{phase} {ran}" if there_were is None else f"{phase} {ran} of {there_were}{unmet}"


def _turn(phase: str) -> int:
    return ORDER.index(phase) if phase in ORDER else len(ORDER)


def _folded(name: str, words: Sequence[str]) -> List[str]:
    return wrap(f"{name}: {', '.join(words)}", WIDTH, subsequent_indent="  ", break_on_hyphens=False) if words else []
