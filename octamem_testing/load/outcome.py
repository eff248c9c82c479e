"""What the command says of a load in the end: the result that one of its processes wrote, or why there is none."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Optional, Sequence

import click

from fake_server.cli.options import INTERRUPTED
from fake_server.core.wording import shown

from .locust_options import LOCUSTFILE, RESULT, Asked
from .result import Result
from .show.report import write_report
from .show.text import text

__all__ = ["Outcome", "exit_status", "say", "tell"]

REFUSED = 2
"""The exit status of Locust for options that it does not take."""


def say(line: str, *, err: bool = False) -> None:
    """Write a line; if nobody can read it, as after a terminal was closed, the load goes on all the same."""
    with suppress(OSError):
        click.echo(line, err=err)


def tell(line: str) -> None:
    """Write a line to standard error."""
    say(line, err=True)


def exit_status(code: Optional[int]) -> int:
    """Return the exit status of the command for that of Locust, which is None or below 0 if it was ended."""
    return INTERRUPTED if code is None or code < 0 else code


class Outcome:
    """The result of a load, once a process has written it."""

    def __init__(self) -> None:
        self._result: Optional[Result] = None

    def read(self, line: str) -> None:
        """Take the result of a line; others are of a locustfile that prints, or of Locust, as for --version."""
        printed, mark, result = line.partition(RESULT)
        if mark:
            self._result = Result.read(json.loads(result))
        if printed or not mark:
            say(printed)

    def show(self, asked: Asked, code: Optional[int], reports: Sequence[Path]) -> None:
        """Write the reports, print the result, and exit with what it says; `code` is the exit status of Locust."""
        if self._result is None:
            if code is not None:  # else a second signal came, which was said
                tell(_why_none(asked, code))
            sys.exit(exit_status(code) or 1)
        failed = [error for error in (_written(each, self._result) for each in reports) if error]
        say(text(self._result))
        if failed:
            raise click.ClickException("; ".join(failed))
        for report in reports:
            tell(f"wrote {report}")
        sys.exit(1 if self._result.wrong else 0)


def _written(report: Path, result: Result) -> str:
    """Write a report; return an error in words, the empty string if there is none."""
    try:
        write_report(report, result)
    except OSError as error:
        return f"--report: cannot write {str(report)!r}: {error.strerror}"
    return ""


def _why_none(asked: Asked, code: int) -> str:
    if code == -signal.SIGTERM:
        return "the load was ended before a user started: nothing is checked"
    if code < 0:
        return f"the load ended with signal {-code}, before what is stored was checked; its memories stay on the server"
    if code != REFUSED:
        return "the load ended before a user started, or before what is stored was checked; an error stands above"
    said = f"Locust refused its options, with exit status {code}; its error stands above"
    if asked.extra:
        said += f"; it was given {shown(' '.join(asked.extra))} after --: python -m locust --help lists what it takes"
    if asked.locustfile != LOCUSTFILE:
        said += f"; {str(asked.locustfile)!r} must have a subclass of octamem_testing.load.OctaMemUser"
    return said
