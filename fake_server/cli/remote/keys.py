"""The command `keys`: how each key of a fake that is served stands."""

from __future__ import annotations

from typing import Any, Mapping, Tuple

import click

from .client import Control
from .options import exit_status, json_option, key_options, server_options
from .text import columns, echo_json

__all__ = ["keys"]

_EPILOG = f"""\b
Examples:
  octamem-fake keys
  octamem-fake keys --key-id k1
  octamem-fake keys --json

{exit_status()}
"""
_HEADER = ("ID", "KEY", "ATTEMPTS", "MEMORIES", "USED", "LIMIT", "STATE", "RIGHTS")


@click.command(epilog=_EPILOG, short_help="Show the keys, with their ids, usage and rights.")
@server_options
@key_options(of="State")
@json_option
def keys(*, control: Control, scope: Mapping[str, Any], as_json: bool) -> None:
    """Show how each key stands; its id is what --key-id takes. The keys themselves are blanked."""
    answer = control.ask("GET", "/keys", **scope)
    if as_json:
        echo_json(answer)
    elif answer["keys"]:
        click.echo("\n".join(columns([_HEADER, *map(_row, answer["keys"])])))
    else:
        click.echo("no key was used yet, and none is listed; any key is valid")


def _row(key: Mapping[str, Any]) -> Tuple[str, ...]:
    usage = key["usage"]
    limit = "none" if usage["limit"] is None else f"{usage['limit']:,} {usage['unit']}"
    return (
        key.get("key_id") or "none",
        key["key"],
        f"{key['attempts']:,}",
        f"{key['memories']:,}",
        f"{usage['used']:,}",
        limit,
        key["state"],
        ", ".join(key["rights"]),
    )
