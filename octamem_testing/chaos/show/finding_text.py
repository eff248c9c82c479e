"""A finding as text for a terminal: the evidence, the schedule, the calls, and how to repeat it."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, List, Optional, Sequence, Tuple

from octamem_testing.chaos.scenario.errors import describe_error
from octamem_testing.chaos.scenario.import_path import home_of
from octamem_testing.chaos.scenario.trial import ROUNDS
from octamem_testing.chaos.schedule.schedule import Schedule
from octamem_testing.report.timeline import counted, indented, seconds
from octamem_testing.virtual_time.bounds import RoundStopped

from .regression import quoted, regression_test, rule_of
from .values import NOT_CAUGHT, WITHOUT_FAULTS

if TYPE_CHECKING:
    from octamem_testing.chaos.scenario.trial import Round

    from .values import FindingValues

__all__ = [
    "ending",
    "how_to_repeat",
    "lives_of",
    "rendered",
    "rendered_all",
    "rendered_round",
    "size_of",
    "without_texts",
]

_NAMED = 8  # requests of a life
BY_KEY = "the calls, by Idempotency-Key:"


def rendered_all(findings: Sequence[FindingValues]) -> str:
    """Write the worst finding in full, and each of the others with its evidence, schedule and test."""
    worst, *others = findings
    if not others:
        return rendered(worst)
    number = counted(len(others), "more invariant")
    return "\n".join(
        [
            rendered(worst),
            "",
            f"{number} {'is' if len(others) == 1 else 'are'} violated:",
            *("\n".join(["", *_heading(other), "", regression_test(other).rstrip("\n")]) for other in others),
        ]
    )


def rendered(finding: FindingValues) -> str:
    """Write a finding: the invariant, evidence, schedule, calls, a test to paste, and how to repeat it."""
    lines = [
        *_heading(finding),
        f"ended:     {ending(finding.round)}",
        *([f"lives:     {lives_of(finding.round)}"] if finding.round.lives > 1 else []),
        "the calls:" if len(finding.round.groups) == len(finding.round.fake.calls) else BY_KEY,
        indented(finding.timeline),
        *([] if finding.round.requests else [f"  {NOT_CAUGHT}"]),
        "paste this test; it fails until the program is corrected:",
        "",
        regression_test(finding),
        how_to_repeat(finding),
    ]
    return "\n".join(lines)


def _heading(finding: FindingValues) -> List[str]:
    rule = rule_of(finding.invariant)
    return [
        f"{finding.invariant.name} is violated: {finding.evidence}",
        *([f"invariant: {rule}"] if rule else []),
        f"schedule:  {finding.schedule or WITHOUT_FAULTS}",
        f"           {size_of(finding)}",
    ]


def without_texts(findings: Sequence[FindingValues]) -> str:
    """Write what a page may show that holds no text of a memory: the invariants, the schedules, and the worst calls."""
    lines: List[str] = []
    for finding in findings:
        rule = rule_of(finding.invariant)
        lines += [
            f"{finding.invariant.name} is violated" + (f": {rule}" if rule else ""),
            f"schedule: {finding.schedule or WITHOUT_FAULTS}",
            f"          {size_of(finding)}",
        ]
        if finding is findings[0]:
            lines += ["the calls:", indented(finding.timeline)]
    return "\n".join(lines)


def size_of(finding: FindingValues) -> str:
    """Return how large the schedule is, and from which one it was shrunk."""
    size = f"{counted(finding.faults, 'fault')}, which hit {counted(finding.hits, 'attempt')}"
    if finding.round.interleaved:
        size = f"{counted(finding.faults, 'step')}, with another order of threads or tasks"
    turns = _turns(finding.schedule)
    size = f"{size}: {turns}" if turns else size
    found = _turns(finding.found) or quoted(finding.found)
    if finding.shrinking is None and finding.searched is not None:
        return f"{size}; not made smaller, since the hunt had spent its rounds for that"
    return size if finding.found == finding.schedule else f"{size}; found with {found}, then shrunk"


def _turns(schedule: str) -> str:
    """Write a schedule in which kinds take turns in short form, for readers; "" for any other."""
    patterns = Schedule.of(schedule).patterns
    return patterns if ") x" in patterns else ""


def ending(result: Round) -> str:
    """Return how the scenario ended, and when."""
    after = f"after {seconds(result.seconds)} of virtual time"
    if result.stopped and isinstance(result.error, RoundStopped):
        return f"by force, {after}: {result.stopped}"
    how = "without an error" if result.error is None else f"with {describe_error(result.error)}"
    return f"{how}, {after}" + (f"; stopped by force: {result.stopped}" if result.stopped else "")


def lives_of(result: Round) -> str:
    """Return which requests each life of a round sent, and at which it crashed."""
    lives: List[str] = []
    for life in range(1, result.lives + 1):
        sent = [each for each in result.requests if each.life == life]
        names = ", ".join(each.name for each in sent[:_NAMED]) + (", …" if len(sent) > _NAMED else "")
        what = f"life {life} sent {names}" if sent else f"life {life} sent nothing"
        lives.append(what if life == result.lives else f"{what}, and ended there by {sent[-1].fault}")
    return "; ".join(lives)


def rendered_round(result: Round) -> str:
    """Write a round in which every invariant held."""
    return "\n".join(
        [
            f"every invariant held in the round of {quoted(result.schedule)}",
            f"ended: {ending(result)}",
            *([f"lives: {lives_of(result)}"] if result.lives > 1 else []),
            "the calls:",
            indented(result.timeline),
        ]
    )


def how_to_repeat(finding: FindingValues) -> str:
    """Return how the hunt, or the one round, is repeated."""
    home = home_of(finding.scenario)
    name = home.name if home is not None else "scenario"
    what, call = ("hunt", f"chaos.run({name}, seed={finding.seed})")
    if finding.searched is None:
        what, call = ("round", f"chaos.replay({name}, {quoted(finding.schedule)}, seed={finding.seed})")
    lines = [f"to repeat the {what}: {call}, with the same other arguments"]
    options = _options(finding)
    if home is not None and options is not None and not finding.memories and finding.by_default:
        lines.append(" ".join(["from a shell: octamem-fake chaos", home.target, *options]))
    return "\n".join(lines)


def _options(finding: FindingValues) -> Optional[List[str]]:
    """Return the options of the command that repeats it; None if a setting cannot be written there."""
    if any(type(value) not in (bool, int, float, str) for value in finding.settings.values()):
        return None
    options: List[Tuple[str, str]] = []
    if finding.searched is None:
        options.append(("--replay", finding.schedule))
    elif finding.searched != ROUNDS:
        options.append(("--rounds", str(finding.searched)))
    options.append(("--seed", str(finding.seed)))
    options += [("--faults", fault) for fault in finding.faults_named]
    options += [("--allow-host", host) for host in finding.allow_hosts]
    for setting, value in finding.settings.items():
        options.append(("--setting", f"{setting}={str(value).lower() if isinstance(value, bool) else value}"))
    return [word for option, value in options for word in (option, _in_shell(value))]


def _in_shell(text: str) -> str:
    """Write an argument for a shell, in double quotes if they suffice."""
    plain = quote(text)
    return plain if plain == text or any(letter in text for letter in '"$`\\!') else f'"{text}"'
