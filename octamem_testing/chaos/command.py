"""The command `octamem-fake chaos MODULE:FUNCTION`: hunt from a shell, and say what was found."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, Callable, Dict, Generator, Mapping, Optional, Sequence, Tuple

import click
from click.core import ParameterSource

from octamem_testing.report.html import can_be_written

from .scenario.trial import ROUNDS

__all__ = ["chaos"]

BROKEN = 1
"""Exit status where a promise is broken, or nothing could fire; a usage error is click's 2."""
_OF_A_SEARCH = ("rounds", "faults")
INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it: 128 and the number of the signal."""


@click.command(short_help="Hunt for a promise that a program breaks.")
@click.argument("target", metavar="MODULE:FUNCTION")
@click.option("--rounds", default=ROUNDS, show_default=True, type=click.IntRange(1), help="Most rounds to make.")
@click.option("--seed", default=0, show_default=True, type=int, help="Seed of the search.")
@click.option(
    "--faults",
    multiple=True,
    metavar="FAULT",
    help="A fault to hunt with, as in '503' or 'reset @after'; repeatable. Without it, the usual.",
)
@click.option(
    "--setting",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting of the fake, as in idempotency=true; repeatable.",
)
@click.option(
    "--replay", "schedule", metavar="SCHEDULE", help="Make one round, of this schedule, and hunt for nothing."
)
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write what came of it as one HTML page, too.",
)
@click.pass_context
def chaos(
    context: click.Context,
    target: str,
    rounds: int,
    seed: int,
    faults: Tuple[str, ...],
    settings: Tuple[str, ...],
    schedule: Optional[str],
    html: Optional[Path],
) -> None:
    """Hunt through fault schedules until a promise of a program breaks.

    MODULE:FUNCTION is a function, sync or async, of one client or of nothing; its module is found from the current
    folder too. What the program prints, on either output, is left out, and with --replay goes to standard error.
    Nothing is written but the page that --html names.

    The exit status is 0 where every promise was kept, 1 where one was broken or nothing could fire, 2 where the command
    cannot be carried out, and 130 where it was interrupted.
    """
    from .scenario.import_path import scenario_at
    from .scenario.scenario import ScenarioError
    from .show.report import ChaosFailure

    sys.dont_write_bytecode = True  # nothing is written, not even beside the program's modules
    _hold_options(context, html, is_replay=schedule is not None)
    try:
        scenario, given = scenario_at(target), _settings(settings)
        with _apart(shown=schedule is not None):
            if schedule is None:
                said, document = _hunt(scenario, rounds=rounds, seed=seed, faults=faults, settings=given)
            else:
                said, document = _replay(scenario, schedule, seed=seed, settings=given)
    except (ScenarioError, ValueError) as error:  # what the program itself raises ends its round
        raise click.UsageError(str(error)) from error
    except KeyboardInterrupt:
        click.echo("interrupted: nothing was found, or ruled out", err=True)
        sys.exit(INTERRUPTED)
    except ChaosFailure as failure:
        click.echo(str(failure))
        if failure.finding is not None:
            _write(html, failure.finding.html())
        sys.exit(BROKEN)
    click.echo(said)
    _write(html, document)


def _hunt(
    scenario: Callable[..., Any], *, rounds: int, seed: int, faults: Sequence[str], settings: Mapping[str, Any]
) -> Tuple[str, str]:
    """Hunt, and give what came of it as text and as a page; raises ChaosFailure."""
    from .engine import run
    from .show.finding_page import report_page

    report = run(scenario, rounds=rounds, seed=seed, faults=faults or None, settings=settings)
    return str(report), report_page(report)


def _replay(scenario: Callable[..., Any], schedule: str, *, seed: int, settings: Mapping[str, Any]) -> Tuple[str, str]:
    """Make one round, and give what came of it as text and as a page; raises ChaosFailure."""
    from .engine import replay
    from .show.finding_page import round_page
    from .show.finding_text import kept

    over = replay(scenario, schedule, seed=seed, settings=settings)
    return kept(over), round_page(over)


@contextmanager
def _apart(*, shown: bool) -> Generator[None, None, None]:
    """Keep standard output for what is found: what the program prints is shown on standard error, or not at all."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, ExitStack() as stack:
        stack.enter_context(redirect_stdout(sys.stderr if shown else nowhere))
        if not shown:
            stack.enter_context(redirect_stderr(nowhere))
        yield


def _hold_options(context: click.Context, html: Optional[Path], *, is_replay: bool) -> None:
    """Raise UsageError for options that do not go together, and for a page that could not be written in the end."""
    for name in _OF_A_SEARCH if is_replay else ():
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} is for a search: with --replay one round is made, of the schedule given")
    if html is not None and not can_be_written(html):
        raise click.UsageError(f"the page cannot be written to {str(html)!r}: name a file in a folder that is there")


def _settings(given: Sequence[str]) -> Dict[str, Any]:
    from fake_server.core import SettingError
    from fake_server.core.settings import from_text

    read: Dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise SettingError(f"--setting takes NAME=VALUE, as in idempotency=true, not {text!r}")
        name = name.strip().replace("-", "_")
        read[name] = from_text(name, value)
    return read


def _write(html: Optional[Path], document: str) -> None:
    if html is None:
        return
    try:
        html.write_text(document, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"the page cannot be written to {str(html)!r}: {error.strerror}") from None
    click.echo(f"the page: {html.absolute().as_uri()}", err=True)
