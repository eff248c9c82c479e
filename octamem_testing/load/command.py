"""The command `octamem-fake load`: many users at a server, and in the end exact counts of what each has stored."""

from __future__ import annotations

import re
import socket
import sys
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Optional, Tuple
from uuid import uuid4

import click

from fake_server.cli.banner import TOKEN_VARIABLE
from fake_server.cli.options import INTERRUPTED, Count, option, scripts, token
from fake_server.cli.remote.client import Address, read_url
from fake_server.cli.serve import serve
from fake_server.cli.sources import config_option
from fake_server.core.wording import plural, shown
from octamem import OctaMem, OctaMemError
from octamem_testing.installed import NotInstalledError, needed
from octamem_testing.report.html import can_be_written

from .locust_options import LOCUSTFILE, LOOPBACK, Asked
from .outcome import Outcome, exit_status, tell
from .processes import supervise
from .reading import is_ready
from .show.report import SUFFIXES

__all__ = ["load"]

_OURS = {
    **dict.fromkeys(("-u", "--users"), "--users"),
    **dict.fromkeys(("-r", "--spawn-rate"), "--spawn-rate"),
    **dict.fromkeys(("-t", "--run-time"), "--run-time"),
    **dict.fromkeys(("-f", "--locustfile"), "--locustfile"),
    **dict.fromkeys(("-H", "--host"), "URL"),
    **{each: each for each in ("--faults", "--report", "--workers", "--timeout", "--max-retries", "--control-token")},
    **{each: each for each in ("--retry-unknown-writes", "--no-retry-unknown-writes")},
    "--octamem-faults": "--faults",
    "--octamem-report": "--report",
    "--octamem-client": "the options of the clients",
}
"""Options of Locust that would silently win over those of the command, and those that Locust does not know."""
_TIME = re.compile(r"(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,9})s)?|([0-9]{1,9})")
_EPILOG = f"""\b
Examples:
  octamem-fake load http://127.0.0.1:8642 --users 20 --run-time 30s
  octamem-fake load http://127.0.0.1:8642 --faults 'add: 503 x2' --report load.html
  octamem-fake load http://127.0.0.1:8400 --users 100 --workers 4
  octamem-fake load http://fake.test:8642 --users 100 -- --master --expect-workers 4
  octamem-fake load http://fake.test:8642 -- --worker --master-host 10.0.0.5

\b
Exit status:
  0    every count is right
  1    a count is wrong, a key is not checked, or no call succeeded
  2    an option is not what it should be
  {INTERRUPTED}  it was ended before it could check"""


def _url(_context: click.Context, _option: click.Parameter, given: str) -> str:
    try:
        return read_url(given)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _run_time(_context: click.Context, _option: click.Parameter, given: str) -> int:
    """Return the seconds of a text as Locust takes them, such as 90, 30s or 1h30m."""
    found = _TIME.fullmatch(given)
    if found is None or not given:
        raise click.BadParameter(f"expected a time such as 30s, 5m, 1h30m or 0, got {shown(given)}")
    hours, minutes, seconds, alone = (int(each or 0) for each in found.groups())
    return 3600 * hours + 60 * minutes + seconds + alone


def _reports(_context: click.Context, _option: click.Parameter, files: Tuple[Path, ...]) -> Tuple[Path, ...]:
    for file in files:
        if file.suffix.lower() not in SUFFIXES:
            raise click.BadParameter(f"expected a file that ends with .html or .json, got {str(file)!r}")
        if not can_be_written(file):
            raise click.BadParameter(f"expected a file in an existing, writable folder, got {str(file)!r}")
    return files


def _of_locust(_context: click.Context, _option: click.Parameter, options: Tuple[str, ...]) -> Tuple[str, ...]:
    """Return the options for Locust; raises UsageError for one that the command has itself."""
    for each in options:
        name = each.partition("=")[0] if each.startswith("--") else each[:2]  # -u3 is -u with its value
        if name in _OURS:
            raise click.UsageError(f"{each} is an option of the command itself: give {_OURS[name]} before --")
    return options


@click.command(epilog=_EPILOG, short_help="Let many users call, and count what is stored.")
@click.argument("url", callback=_url)
@click.option("--users", default=10, show_default=True, type=Count(), help="Number of users; each has its own key.")
@click.option(
    "--spawn-rate", type=click.FloatRange(0, min_open=True), help="Users that start in a second.  [default: all]"
)
@click.option(
    "--run-time",
    "seconds",
    default="30s",
    show_default=True,
    callback=_run_time,
    help="How long, such as 30s or 1h30m; 0 is until Ctrl-C.",
)
@click.option(
    "--workers", default=0, show_default=True, type=click.IntRange(0), help="Processes that share the users; 0 is one."
)
@click.option(
    "--faults", multiple=True, callback=scripts, metavar="SCRIPT", help="Faults for the key of each user; repeatable."
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_reports,
    metavar="FILE",
    help="Write FILE.html or FILE.json; repeatable.",
)
@click.option(
    "--locustfile",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with users of your own, subclasses of octamem_testing.load.OctaMemUser.",
)
@click.option("--timeout", type=float, help="Of the clients: seconds for each step of an attempt.")
@click.option("--max-retries", type=int, help="Of the clients: retries of a call.")
@click.option(
    "--retry-unknown-writes/--no-retry-unknown-writes",
    default=None,
    help="Of the clients: whether an add is sent again of which it is unknown whether it was stored.",
)
@config_option(of=serve)
@option("--control-token", callback=token, metavar="TOKEN", help="The token of the control API, if it asks for one.")
@click.argument("options", nargs=-1, type=click.UNPROCESSED, callback=_of_locust, metavar="[-- OPTIONS OF LOCUST]")
def load(
    url: str,
    users: int,
    spawn_rate: Optional[float],
    seconds: int,
    workers: int,
    faults: Tuple[str, ...],
    reports: Tuple[Path, ...],
    locustfile: Optional[Path],
    control_token: Optional[str],
    options: Tuple[str, ...],
    **client: Any,
) -> None:
    """Let many users call the server at URL, and count in the end what each has stored.

    Each user has a key and a client of its own. OPTIONS after `--` are those of Locust.
    """
    asked = Asked(
        url=url,
        locustfile=locustfile or LOCUSTFILE,
        users=users,
        spawn_rate=spawn_rate,
        seconds=seconds,
        workers=workers,
        faults=faults,
        client={name: value for name, value in client.items() if value is not None},
        extra=options,
    )
    _check(asked)
    _require_locust()
    is_ready(Address(url, control_token), f"sk-om-load-{uuid4().hex}")
    port, variables = _free_port(), {} if control_token is None else {TOKEN_VARIABLE: control_token}
    outcome = Outcome()
    first, others = asked.first(port), asked.of_workers(port)
    code = supervise(first, others, variables, tell, begins=_begins(asked), read=outcome.read)
    if not asked.is_worker:
        outcome.show(asked, code, reports)
    sys.exit(exit_status(code))


def _begins(asked: Asked) -> str:
    if asked.is_worker:
        return f"a worker for {asked.url} of the master at {asked.master}, until that ends"
    until = f"for {asked.seconds} s, or until Ctrl-C" if asked.seconds else "until Ctrl-C"
    return f"{plural(asked.users, 'user')} at {asked.url} {until}; then each key is checked"


def _require_locust() -> None:
    # Importing it would patch sockets and threads of this process.
    try:
        with needed("octamem-fake load", "load"):
            if find_spec("locust") is None:
                raise ModuleNotFoundError("No module named 'locust'", name="locust")
    except NotInstalledError as error:
        raise click.ClickException(str(error)) from None


def _check(asked: Asked) -> None:
    """Raise UsageError for options that exclude each other, and for those that no client takes."""
    if asked.workers and asked.is_distributed:
        raise click.UsageError("--workers starts a master and its workers; leave it out with --master or --worker")
    try:
        OctaMem("sk-om-load-not-a-key-of-anybody", base_url=asked.url, **asked.client).close()
    except OctaMemError as error:
        raise click.UsageError(error.message) from None


def _free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind((LOOPBACK, 0))
        port: int = found.getsockname()[1]
        return port
