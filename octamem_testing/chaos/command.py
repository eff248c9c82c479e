"""The command `octamem-fake chaos MODULE:FUNCTION`: hunt from a shell, and print what was found."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, Callable, Dict, Generator, Optional, Sequence, Tuple

import click
from click.core import ParameterSource

from octamem_testing.report.html import can_be_written, write_page

from .scenario.trial import ROUNDS

__all__ = ["chaos"]

VIOLATED = 1
"""Exit status if an invariant is violated, or no fault could be injected; a usage error is click's 2."""
_OF_A_HUNT = ("rounds", "seconds", "database", "faults", "jobs", "part", "shared", "leave_out")
INTERRUPTED = 130
"""Exit status after Ctrl-C, as in shells: 128 plus the number of the signal."""


_EPILOG = """\b
Examples:
  octamem-fake chaos myapp.notes:save
  octamem-fake chaos myapp.notes:save --rounds 1000 --seed 7 --html finding.html
  octamem-fake chaos myapp.notes:save --faults 503 --faults 'reset @after'
  octamem-fake chaos myapp.notes:save --setting idempotency=true
  octamem-fake chaos myapp.notes:save --replay 'add: reset @after'
"""


@click.command(epilog=_EPILOG, short_help="Hunt for faults that break a program.")
@click.argument("target", metavar="MODULE:FUNCTION")
@click.option("--rounds", default=ROUNDS, show_default=True, type=click.IntRange(1), help="Number of rounds, at most.")
@click.option(
    "--seconds",
    type=click.FloatRange(0, min_open=True),
    help="Real seconds after which no new round begins; without --rounds, nothing else ends the hunt.",
)
@click.option(
    "--database",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep schedules that failed in this directory, and try them first the next time.",
)
@click.option("--seed", default=0, show_default=True, type=int, help="Seed of the hunt.")
@click.option(
    "--faults",
    multiple=True,
    metavar="FAULT",
    help="A fault to inject, such as '503' or 'reset @after'; repeatable. Default: a catalogue of faults.",
)
@click.option(
    "--setting",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting of the fake, such as idempotency=true; repeatable.",
)
@click.option(
    "--allow-host",
    "allow_hosts",
    multiple=True,
    metavar="HOST",
    help="Another host that the program may call, such as api.example.com or '*.internal'; repeatable.",
)
@click.option(
    "--jobs",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="Processes that share the rounds of the hunt.",
)
@click.option("--part", metavar="K/N", help="The part of the rounds that is made here, as in 2/4; see --shared.")
@click.option(
    "--shared",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The directory through which the parts of one hunt have each other's rounds.",
)
@click.option("--leave-out", is_flag=True, help="Leave out rounds of other parts on which no later one depends.")
@click.option("--replay", "schedule", metavar="SCHEDULE", help="Make the one round of this schedule, without a hunt.")
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the result as one HTML page as well.",
)
@click.pass_context
def chaos(
    context: click.Context,
    target: str,
    rounds: int,
    seconds: Optional[float],
    database: Optional[Path],
    seed: int,
    faults: Tuple[str, ...],
    settings: Tuple[str, ...],
    allow_hosts: Tuple[str, ...],
    jobs: int,
    part: Optional[str],
    shared: Optional[Path],
    schedule: Optional[str],
    html: Optional[Path],
    *,
    leave_out: bool,
) -> None:
    """Hunt through fault schedules for invariants that a program violates.

    MODULE:FUNCTION names a function, sync or async, of one client or of nothing. Its module is also looked for in the
    current folder. The program's own output is discarded; with --replay it goes to standard error. Nothing is written,
    except the page that --html names, the schedules that --database keeps, and the rounds that --shared has in common.

    The exit status is 0 if every invariant held, 1 if one was violated or no fault could be injected, 2 if the command
    cannot be carried out, and 130 if it was interrupted.
    """
    from .scenario.import_path import scenario_at
    from .scenario.scenario import ScenarioError
    from .show.finding_page import page
    from .show.report import ChaosFailure

    sys.dont_write_bytecode = True  # nothing is written, not even beside the program's modules
    _require_options(context, html, is_replay=schedule is not None)
    try:
        scenario = scenario_at(target)
        common: Dict[str, Any] = {"seed": seed, "settings": _settings(settings), "allow_hosts": allow_hosts}
        with _output_apart(shown=schedule is not None):
            if schedule is None:
                limits = _limits(context, rounds, seconds)
                parts: Dict[str, Any] = {"part": part, "shared": shared, "leave_out": leave_out}
                hunted: Dict[str, Any] = {**limits, "database": database, "jobs": jobs, **parts, **common}
                text, document = _hunt(scenario, faults=faults or None, **hunted)
            else:
                text, document = _replay(scenario, schedule, **common)
    except (ScenarioError, ValueError) as error:  # an error of the program itself ends its round
        raise click.UsageError(str(error)) from error
    except KeyboardInterrupt:
        click.echo("interrupted: the hunt ended without a result", err=True)
        sys.exit(INTERRUPTED)
    except ChaosFailure as failure:
        click.echo(str(failure))
        if failure.findings:
            _write(html, page(failure.findings, failure.report.ended if failure.report is not None else ""))
        sys.exit(VIOLATED)
    click.echo(text)
    _write(html, document)


def _hunt(scenario: Callable[..., Any], **options: Any) -> Tuple[str, str]:
    """Hunt, and return the report as text and as a page; raises ChaosFailure."""
    from .engine import run
    from .show.finding_page import report_page

    report = run(scenario, **options)
    return str(report), report_page(report)


def _replay(scenario: Callable[..., Any], schedule: str, **options: Any) -> Tuple[str, str]:
    """Make one round, and return it as text and as a page; raises ChaosFailure."""
    from .engine import replay
    from .show.finding_page import round_page
    from .show.finding_text import rendered_round

    result = replay(scenario, schedule, **options)
    return rendered_round(result), round_page(result)


@contextmanager
def _output_apart(*, shown: bool) -> Generator[None, None, None]:
    """Keep the program's output off standard output: `shown`, it goes to standard error, and else nowhere."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, ExitStack() as stack:
        stack.enter_context(redirect_stdout(sys.stderr if shown else nowhere))
        if not shown:
            stack.enter_context(redirect_stderr(nowhere))
        yield


def _require_options(context: click.Context, html: Optional[Path], *, is_replay: bool) -> None:
    """Raise UsageError for options that exclude each other, and for a page that could not be written in the end."""
    for name in _OF_A_HUNT if is_replay else ():
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(
                f"--{name.replace('_', '-')} cannot be combined with --replay, which makes one round"
            )
    if html is not None and not can_be_written(html):
        raise click.UsageError(f"--html: cannot write {str(html)!r}; name a file in an existing folder")


def _limits(context: click.Context, rounds: int, seconds: Optional[float]) -> Dict[str, Any]:
    """Return what ends the hunt: seconds alone do so if no rounds are named."""
    is_named = context.get_parameter_source("rounds") is not ParameterSource.DEFAULT
    return {"rounds": rounds if is_named or seconds is None else None, "seconds": seconds}


def _settings(given: Sequence[str]) -> Dict[str, Any]:
    from fake_server.core import SettingError
    from fake_server.core.settings import from_text

    read: Dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise SettingError(f"--setting: expected NAME=VALUE such as idempotency=true, got {text!r}")
        name = name.strip().replace("-", "_")
        read[name] = from_text(name, value)
    return read


def _write(html: Optional[Path], document: str) -> None:
    if html is None:
        return
    try:
        write_page(html, document)
    except OSError as error:
        raise click.UsageError(f"--html: cannot write {str(html)!r}: {error.strerror}") from None
    click.echo(f"the page: {html.absolute().as_uri()}", err=True)
