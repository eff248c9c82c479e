"""The commands `reset` and `undo`: begin again, and put back what a command has just taken away."""

from __future__ import annotations

from typing import Any, Mapping, Optional

import click

from fake_server.core.wording import plural

from .client import Control, RefusedError, path_part
from .options import exit_status, json_option, key_options, server_options
from .text import columns, echo_json
from .undo_line import undo_line

__all__ = ["reset", "undo"]

_RESET = f"""\b
Examples:
  octamem-fake reset
  octamem-fake reset --key-id k1
  octamem-fake reset --api-key your-api-key

{exit_status()}
"""
_UNDO = f"""\b
Examples:
  octamem-fake undo
  octamem-fake undo u_3
  octamem-fake undo u_3 --force

{exit_status()}
"""


@click.command(epilog=_RESET, short_help="Begin again, as the server was built.")
@server_options
@key_options(of="State")
@json_option
def reset(*, control: Control, scope: Mapping[str, Any], as_json: bool) -> None:
    """Make everything as it was when the server was built, or one key as if it had never been used."""
    answer = control.ask("POST", "/reset", **scope)
    echo_json(answer) if as_json else click.echo(f"reset{undo_line(answer)}")


@click.command(epilog=_UNDO, short_help="Put back what was reset, deleted, cleared or restored over.")
@click.argument("identity", metavar="[ID]", required=False)
@server_options
@click.option("--force", is_flag=True, help="Undo it although that takes away what came since.")
@json_option
def undo(*, control: Control, identity: Optional[str], force: bool, as_json: bool) -> None:
    """Undo the step with an ID; without one, list what can be undone, the newest first. The time stays as it is."""
    if identity is None:
        _list(control.ask("GET", "/undo"), as_json=as_json)
        return
    try:
        answer = control.ask("POST", f"/undo/{path_part(identity)}", force="true" if force else None)
    except RefusedError as error:
        if error.code != "CHANGED_SINCE":
            raise
        calls, memories = plural(error.answer["calls"], "call"), plural(error.answer["memories"], "memory", "memories")
        raise click.ClickException(
            f"{calls} came since, and the undo takes {memories} away; add --force to undo it all the same"
        ) from None
    echo_json(answer) if as_json else click.echo(f"undone: {answer['undone']['what']} of {answer['undone']['at']}")


def _list(answer: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        echo_json(answer)
    elif answer["undo"]:
        rows = [(each["id"], each["what"], each["at"], each["key"] or "all") for each in answer["undo"]]
        click.echo("\n".join(columns([("ID", "WHAT", "TIME", "KEY"), *rows])))
    else:
        click.echo("nothing can be undone")
