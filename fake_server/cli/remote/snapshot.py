"""The command `snapshot`: save what a fake that is served keeps, and put it back."""

from __future__ import annotations

from typing import Any, Mapping, Optional

import click

from fake_server.core.wording import plural

from .client import Control, path_part
from .groups import WithDefault
from .options import exit_status, json_option, key_options, server_options
from .text import columns, echo_json, one_line
from .undo_line import undo_line

__all__ = ["snapshot"]

_EPILOG = f"""\b
Examples:
  octamem-fake snapshot save
  octamem-fake snapshot save before-import --key-id k1
  octamem-fake snapshot
  octamem-fake snapshot restore before-import

A snapshot has the memories, the usage and the settings. It lives in the server, as long as that runs.

{exit_status()}
"""


@click.group(cls=WithDefault, default="list", epilog=_EPILOG, short_help="Save the state, list, restore or delete it.")
def snapshot() -> None:
    """Save what the server keeps, and put it back.

    Without a command, the snapshots are listed.
    """


@snapshot.command("list")
@server_options
@json_option
def list_snapshots(*, control: Control, as_json: bool) -> None:
    """List the snapshots, oldest first."""
    _show(control.ask("GET", "/snapshots"), as_json=as_json)


@snapshot.command(epilog="\b\nExamples:\n  octamem-fake snapshot save\n  octamem-fake snapshot save before-import")
@click.argument("name", required=False)
@server_options
@key_options(of="State")
@json_option
def save(*, control: Control, scope: Mapping[str, Any], name: Optional[str], as_json: bool) -> None:
    """Save what is kept of the server, or of one key, under a NAME if one is given."""
    answer = control.ask("POST", "/snapshots", {} if name is None else {"name": name}, **scope)
    echo_json(answer) if as_json else click.echo(f"saved {_named(answer)}: {_count(answer)}")


@snapshot.command(
    epilog="\b\nExamples:\n  octamem-fake snapshot restore s_1\n  octamem-fake snapshot restore before-import"
)
@click.argument("identity", metavar="ID|NAME")
@server_options
@json_option
def restore(*, control: Control, identity: str, as_json: bool) -> None:
    """Put back what a snapshot has. The journal, armed faults and the time stay as they are."""
    answer = control.ask("POST", f"/snapshots/{path_part(identity)}/restore")
    echo_json(answer) if as_json else click.echo(f"restored {_named(answer)}: {_count(answer)}{undo_line(answer)}")


@snapshot.command(epilog="\b\nExample:\n  octamem-fake snapshot delete s_1")
@click.argument("identity", metavar="ID|NAME")
@server_options
@json_option
def delete(*, control: Control, identity: str, as_json: bool) -> None:
    """Delete a snapshot."""
    _show(control.ask("DELETE", f"/snapshots/{path_part(identity)}"), as_json=as_json)


def _named(saved: Mapping[str, Any]) -> str:
    return one_line(saved["id"] if saved["name"] is None else f"{saved['id']} ({saved['name']})")


def _count(saved: Mapping[str, Any]) -> str:
    return plural(saved["memories"], "memory", "memories")


def _show(answer: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        echo_json(answer)
    elif answer["snapshots"]:
        rows = [
            (each["id"], each["name"] or "", each["at"], each["key"] or "all", f"{each['memories']:,}")
            for each in answer["snapshots"]
        ]
        click.echo("\n".join(columns([("ID", "NAME", "TIME", "KEY", "MEMORIES"), *rows])))
    else:
        click.echo("no snapshots; octamem-fake snapshot save makes one")
