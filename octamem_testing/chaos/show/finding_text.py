"""A finding as the text of a terminal: what broke, by which schedule, in which calls, and how to see it again."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, List, Optional, Tuple

from octamem_testing.chaos.scenario.errors import describe_error
from octamem_testing.chaos.scenario.import_path import home_of
from octamem_testing.chaos.scenario.trial import ROUNDS
from octamem_testing.chaos.schedule.schedule import Schedule
from octamem_testing.report.timeline import counted, indented, seconds
from octamem_testing.virtual_time.bounds import RoundStopped

from .regression import quoted, regression_test, rule_of
from .values import NOT_CAUGHT

if TYPE_CHECKING:
    from octamem_testing.chaos.scenario.trial import Round

    from .values import FindingValues

__all__ = ["again", "ending", "kept", "sized", "told"]

BY_KEY = "the calls, as their Idempotency-Keys tell them apart:"


def told(finding: FindingValues) -> str:
    """Write a finding: promise, what was seen, schedule, calls, a test to paste, and how to replay it."""
    rule = rule_of(finding.invariant)
    lines = [
        f"{finding.invariant.name} is broken: {finding.seen}",
        *([f"promise:  {rule}"] if rule else []),
        f"schedule: {finding.schedule or 'none: it breaks without a fault'}",
        f"          {sized(finding)}",
        f"ended:    {ending(finding.round)}",
        "the calls:" if len(finding.round.groups) == len(finding.round.fake.calls) else BY_KEY,
        indented(finding.timeline),
        *([] if finding.round.requests else [f"  {NOT_CAUGHT}"]),
        "a test to paste, which fails for as long as this is so:",
        "",
        regression_test(finding),
        again(finding),
    ]
    return "\n".join(lines)


def sized(finding: FindingValues) -> str:
    """Say how large the schedule is, and what it was made of."""
    size = f"{counted(finding.faults, 'fault')}, met by {counted(finding.hits, 'attempt')}"
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
    how = "without an error" if made.error is None else f"with {describe_error(made.error)}"
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


def again(finding: FindingValues) -> str:
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


def _options(finding: FindingValues) -> Optional[List[str]]:
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
