"""The command `calls`: what a fake that is served was asked, call by call; and what it is asked now."""

from __future__ import annotations

import json
import sys
from typing import Any, List, Mapping, Sequence, Set, Tuple

import click

from .call_text import HEADER, attempt_row, call_row, call_text
from .client import Control
from .follow import follow
from .live_table import LiveTable
from .options import exit_status, json_option, key_options, server_options
from .text import columns, echo_json

__all__ = ["calls"]

_EPILOG = f"""\b
Examples:
  octamem-fake calls
  octamem-fake calls --follow
  octamem-fake calls 09bd37d7-1
  octamem-fake calls --limit 1 --json

With --follow on a terminal, a row changes while its call goes on. Elsewhere, each attempt is a line.

{exit_status()}
"""


@click.command(epilog=_EPILOG, short_help="Show the calls that were made; follow them live.")
@click.argument("identities", metavar="[ID]...", nargs=-1)
@server_options
@key_options(of="Calls")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many of the newest.")
@click.option("--follow", "-f", "live", is_flag=True, help="Show new calls as they come, until Ctrl-C.")
@json_option
def calls(
    *,
    control: Control,
    scope: Mapping[str, Any],
    identities: Sequence[str],
    limit: int,
    live: bool,
    as_json: bool,
) -> None:
    """List the newest calls, oldest first, or show all of each call with an ID."""
    if live and identities:
        raise click.UsageError("--follow shows every call; leave out the ids, or --follow")
    if live:
        _follow(control, scope, as_json=as_json)
        return
    listed: List[Mapping[str, Any]] = control.ask("GET", "/calls", **scope)["calls"]
    if identities:
        found = {call["id"]: call for call in listed}
        for each in identities:
            if each not in found:
                raise click.ClickException(f"the journal has no call {each!r:.80}; list them with octamem-fake calls")
            _show(found[each], as_json=as_json)
        return
    newest = listed[-limit:]
    if as_json:
        echo_json({"calls": newest})
    elif not newest:
        click.echo("no calls yet; octamem-fake env prints the exports that point a program at the server")
    else:
        click.echo("\n".join(columns([HEADER, *map(call_row, newest)])))


def _show(call: Mapping[str, Any], *, as_json: bool) -> None:
    echo_json(call) if as_json else click.echo(call_text(call))


def _follow(control: Control, scope: Mapping[str, Any], *, as_json: bool) -> None:
    live = not as_json and sys.stdout.isatty()
    table = LiveTable(HEADER, sys.stdout) if live else None
    told: Set[Tuple[str, int]] = set()
    for news in follow(control, scope):
        if news.says:
            table.say(news.says) if table else click.echo(news.says, err=True)
        for call in news.calls:
            if table:
                table.show(call["id"], call_row(call))
            elif as_json:
                click.echo(json.dumps(call))
            else:
                for attempt in call["attempts"]:
                    if (call["id"], attempt["seq"]) not in told:
                        told.add((call["id"], attempt["seq"]))
                        click.echo("  ".join(attempt_row(call, attempt)))
