"""The command `calls`: what a fake that is served was asked, call by call; and what it is asked now."""

from __future__ import annotations

import json
import re
import sys
from datetime import datetime, timedelta
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

import click
from click.core import ParameterSource

from fake_server.cli.options import Choice
from fake_server.core.clock import read_moment
from fake_server.core.journal.outcome import FLAGS, OUTCOMES
from fake_server.core.wording import shown

from .call_text import HEADER, attempt_row, call_row, call_text
from .client import Control, path_part
from .follow import follow
from .live_table import LiveTable
from .options import Command, exit_status, json_option, key_options, server_options
from .text import columns, echo_json

__all__ = ["calls"]

FORMS = ("pytest", "curl", "fault", "request", "answers")
MOST = 1000  # calls of a list
PRINTED = 100_000  # attempts of which a follower remembers that it printed them
_AGO = re.compile(r"(\d{1,5})(s|m|h|d)", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

_EPILOG = f"""\b
Examples:
  octamem-fake calls
  octamem-fake calls --follow
  octamem-fake calls --flag stored_twice --since 10m
  octamem-fake calls 09bd37d7-1
  octamem-fake calls 09bd37d7-1 --as pytest > test_bug.py
  octamem-fake calls --outcome failed --json

With --follow on a terminal, a row changes while its call goes on. Elsewhere, each attempt that ends is a line.

{exit_status()}
"""


def _filters(command: Command) -> Command:
    """Add the options that say which calls are listed, as the control API has them."""
    for add in reversed(
        (
            click.option(
                "--endpoint", type=Choice(("add", "search", "details", "none")), help="Calls of this endpoint."
            ),
            click.option("--outcome", type=Choice(OUTCOMES), help="Calls of which this became."),
            click.option("--flag", type=Choice(FLAGS), help="Calls of which this is to be said."),
            click.option("--status", type=click.IntRange(100, 599), help="Calls of which an attempt had this status."),
            click.option("--fault", metavar="NAME", help="Calls that met this fault, such as reset."),
            click.option("--context", metavar="TEXT", help="Calls with this previousContext; empty for those without."),
            click.option("--text", "q", metavar="TEXT", help="Calls that hold this, in whatever case."),
            click.option(
                "--since", metavar="TIME", callback=_since, help="Calls since a time, or the last 30s, 10m or 2h."
            ),
        )
    ):
        command = add(command)
    return command


def _since(_ctx: click.Context, _option: click.Parameter, given: Optional[str]) -> Optional[str]:
    """Return a time as it came; raises BadParameter for a text that is none."""
    if given is None or _AGO.fullmatch(given) or read_moment(given) is not None:
        return given
    wanted = "expected a time such as 2026-01-31T12:00:00Z, or how long ago, such as 10m"
    raise click.BadParameter(f"{wanted}, got {shown(given)}")


@click.command(epilog=_EPILOG, short_help="Show the calls that were made; follow them live.")
@click.argument("identities", metavar="[ID]...", nargs=-1)
@server_options
@key_options(of="Calls")
@_filters
@click.option("--limit", type=click.IntRange(1, MOST), default=20, show_default=True, help="How many of the newest.")
@click.option("--follow", "-f", "live", is_flag=True, help="Show calls as they come, until Ctrl-C.")
@click.option("--as", "form", type=Choice(FORMS), help="Print the calls with these ids as code, to paste.")
@json_option
def calls(
    *,
    control: Control,
    scope: Mapping[str, Any],
    identities: Sequence[str],
    limit: int,
    live: bool,
    form: Optional[str],
    as_json: bool,
    **filters: Any,
) -> None:
    """List the newest calls, oldest first, or show all of each call with an ID."""
    given = {name: value for name, value in filters.items() if value is not None}
    if identities and (live or given):
        raise click.UsageError("an ID is one call; leave out --follow and what filters a list, or the ids")
    if form is not None and not identities:
        raise click.UsageError("--as prints calls by their ids; list those with octamem-fake calls")
    if identities:
        for each in identities:
            _show(control, scope, each, form, as_json=as_json)
        return
    wanted = {**{name: value for name, value in scope.items() if value is not None}, **_moment(control, given)}
    if live:
        is_given = click.get_current_context().get_parameter_source("limit") is ParameterSource.COMMANDLINE
        _follow(control, wanted, limit if is_given else 0, as_json=as_json)
        return
    answer = control.ask("GET", "/calls", limit=limit, **wanted)
    if as_json:
        echo_json(answer)
    elif answer["calls"]:
        click.echo("\n".join(columns([HEADER, *map(call_row, answer["calls"])])))
    else:
        click.echo(_none(wanted))


def _none(wanted: Mapping[str, Any]) -> str:
    if wanted:
        return "no such calls"
    return "no calls yet; octamem-fake doctor says whether your program talks to this server"


def _moment(control: Control, given: Dict[str, Any]) -> Dict[str, Any]:
    """Return filters in which how long ago has become a time, by the clock of the server."""
    ago = _AGO.fullmatch(given.get("since", ""))
    if ago is None:
        return given
    now = datetime.fromisoformat(control.ask("GET", "/health")["now"].replace("Z", "+00:00"))
    since = now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    return {**given, "since": since.isoformat().replace("+00:00", "Z")}


def _show(control: Control, scope: Mapping[str, Any], identity: str, form: Optional[str], *, as_json: bool) -> None:
    path = f"/calls/{path_part(identity)}"
    if form is not None:
        click.echo(control.text(f"{path}/copy", **{"as": form}, **scope).rstrip("\n"))
        return
    call = control.ask("GET", path, **scope)
    echo_json(call) if as_json else click.echo(call_text(call))


def _follow(control: Control, wanted: Mapping[str, Any], before: int, *, as_json: bool) -> None:
    table = LiveTable(HEADER, sys.stdout) if sys.stdout.isatty() and not as_json else None
    printed: Dict[Tuple[str, int, int], None] = {}
    for news in follow(control, wanted, before=before):
        if news.says:
            table.say(news.says) if table else click.echo(news.says, err=True)
        for call in news.calls:
            if table:
                table.show(call["id"], call_row(call))
            elif as_json:
                click.echo(json.dumps(call))
            else:
                _tell(call, printed)


def _tell(call: Mapping[str, Any], printed: Dict[Tuple[str, int, int], None]) -> None:
    """Print the attempts of a call that have ended and are not printed yet."""
    for attempt in call["attempts"]:
        which = (call["id"], call["seq"], attempt["number"])
        if not attempt["open"] and which not in printed:
            printed[which] = None
            if len(printed) > PRINTED:
                del printed[next(iter(printed))]
            click.echo("  ".join(attempt_row(call, attempt)))
