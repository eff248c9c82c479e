"""What a search found, as the text of a terminal: a finding, and the summary of a report."""

from __future__ import annotations

from shlex import quote
from textwrap import wrap
from typing import TYPE_CHECKING, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from fake_server.core.steps import LIES
from octamem_testing.failures import counted
from octamem_testing.timeline import indented, seconds

from .bounds import RoundStopped
from .errors import error_told
from .regression import quoted, rule_of
from .report import NOT_CAUGHT
from .round import ROUNDS
from .schedule import Schedule
from .search import PHASES
from .steps import OWN, word_of
from .target import home_of

if TYPE_CHECKING:
    from .report import Finding, Report
    from .round import Round

__all__ = ["again", "ending", "kept", "sized", "summary", "told"]

WIDTH = 100  # letters of a line that is folded
PLACES = 16  # rows of the table; the places beyond them share one

ORDER = ("calm", *PHASES, "shrink")
"""The order in which a hunt goes through its phases."""

BY_KEY = "the calls, as their Idempotency-Keys tell them apart:"

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


def told(finding: Finding) -> str:
    """Write a finding: promise, what was seen, schedule, calls, a test to paste, and how to replay it."""
    rule = rule_of(finding.promise)
    lines = [
        f"{finding.promise.name} is broken: {finding.seen}",
        *([f"promise:  {rule}"] if rule else []),
        f"schedule: {finding.schedule or 'none: it breaks without a fault'}",
        f"          {sized(finding)}",
        f"ended:    {ending(finding.round)}",
        "the calls:" if len(finding.round.groups) == len(finding.round.fake.calls) else BY_KEY,
        indented(finding.timeline),
        *([] if finding.round.arrivals else [f"  {NOT_CAUGHT}"]),
        "a test to paste, which fails for as long as this is so:",
        "",
        finding.regression_test,
        again(finding),
    ]
    return "\n".join(lines)


def sized(finding: Finding) -> str:
    """Say how large the schedule is, and what it was made of."""
    size = f"{counted(finding.faults, 'fault')}, met by {counted(finding.strikes, 'attempt')}"
    turns = _turns(finding.schedule)
    size = f"{size}: {turns}" if turns else size
    found = _turns(finding.found) or quoted(finding.found)
    return size if finding.found == finding.schedule else f"{size}; found with {found}, and made smaller"


def _turns(schedule: str) -> str:
    """Write a schedule in which kinds take turns in short, to be read alone; "" for any other."""
    patterns = Schedule.of(schedule).patterns
    return patterns if ") x" in patterns else ""


def ending(made: Round) -> str:
    """Say how the scenario ended, and when."""
    after = f"after {seconds(made.seconds)} of virtual time"
    if made.stopped and isinstance(made.error, RoundStopped):
        return f"from outside, {after}: {made.stopped}"
    how = "without an error" if made.error is None else f"with {error_told(made.error)}"
    return f"{how}, {after}" + (f"; stopped from outside: {made.stopped}" if made.stopped else "")


def kept(made: Round) -> str:
    """Write a round that kept every promise."""
    return "\n".join(
        [
            f"every promise was kept in the round of {quoted(made.schedule)}",
            f"ended: {ending(made)}",
            "the calls:",
            indented(made.timeline),
        ]
    )


def again(finding: Finding) -> str:
    """Say how the search, or the one round, is made again."""
    home = home_of(finding.scenario)
    name = home.name if home is not None else "scenario"
    what, call = ("search", f"chaos.run({name}, seed={finding.seed})")
    if finding.searched is None:
        what, call = ("round", f"chaos.replay({name}, {quoted(finding.schedule)}, seed={finding.seed})")
    lines = [f"the same {what} again: {call}, with the arguments that it had"]
    options = _options(finding)
    if home is not None and options is not None and not finding.memories and finding.by_default:
        lines.append(" ".join(["from a shell: octamem-fake chaos", home.target, *options]))
    return "\n".join(lines)


def _options(finding: Finding) -> Optional[List[str]]:
    """Write the options of the command that makes it again; None where a setting cannot be written there."""
    if any(type(value) not in (bool, int, float, str) for value in finding.settings.values()):
        return None
    options: List[Tuple[str, str]] = []
    if finding.searched is None:
        options.append(("--replay", finding.schedule))
    elif finding.searched != ROUNDS:
        options.append(("--rounds", str(finding.searched)))
    options.append(("--seed", str(finding.seed)))
    options += [("--faults", fault) for fault in finding.faults_named]
    for setting, value in finding.settings.items():
        options.append(("--setting", f"{setting}={str(value).lower() if isinstance(value, bool) else value}"))
    return [word for option, value in options for word in (option, _in_shell(value))]


def _in_shell(text: str) -> str:
    """Write an argument as shells read it, in double quotes where they serve."""
    plain = quote(text)
    return plain if plain == text or any(letter in text for letter in '"$`\\!') else f'"{text}"'


def summary(report: Report) -> str:
    """Write what a search did: faults fired by place and kind, how much of each phase was covered, and the seed."""
    found = report.finding
    head = f"{found.promise.name} was broken" if found is not None else "every promise was kept"
    lines = [f"{head} in {counted(report.rounds, 'round')} of chaos, seed {report.seed}"]
    fired = sum(report.fired.values())
    kinds, places = counted(len(report.by_kind), "kind"), counted(len(report.by_place), "place")
    lines.append(f"fired: {counted(fired, 'fault')} of {kinds}, at {places}")
    lines += _table(report)
    kinds_fired = [f"{kind.removesuffix(BEFORE)} ({times})" for kind, times in sorted(report.by_kind.items())]
    lines += _folded("kinds", kinds_fired)
    lines += _folded("rounds", list(_shares(report)))
    if report.promises:
        lines += _folded("promises", report.promises)
    return "\n".join(lines)


def _figures(report: Report) -> Dict[str, Dict[str, int]]:
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


def _table(report: Report) -> List[str]:
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


def _shares(report: Report) -> Iterator[str]:
    """Say of each phase how many of its schedules were tried, of how many there were where that is known."""
    for phase in sorted(dict.fromkeys([*report.phases, *report.covered]), key=_turn):
        ran, there_were = report.covered.get(phase, (report.phases.get(phase, 0), None))
        unmet = f" ({report.unmet[phase]} not met)" if report.unmet.get(phase) else ""
        yield f"{phase} {ran}" if there_were is None else f"{phase} {ran} of {there_were}{unmet}"


def _turn(phase: str) -> int:
    return ORDER.index(phase) if phase in ORDER else len(ORDER)


def _folded(name: str, words: Sequence[str]) -> List[str]:
    return wrap(f"{name}: {', '.join(words)}", WIDTH, subsequent_indent="  ", break_on_hyphens=False) if words else []
