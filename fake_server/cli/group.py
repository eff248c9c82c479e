"""The group of commands: ours, and those of other packages."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Dict, List, Optional

import click

from fake_server.core.wording import shown

from .env import env
from .options import INTERRUPTED
from .serve import serve

__all__ = ["GROUP", "by_name", "main"]

GROUP = "octamem_fake.commands"

# The modules of commands that are loaded at use: a server that starts needs none of them.
_LAZY = {
    "calls": "fake_server.cli.remote.calls",
    "cluster": "fake_server.cli.cluster.command",
    "doctor": "fake_server.cli.doctor.command",
    "faults": "fake_server.cli.remote.faults",
    "keys": "fake_server.cli.remote.keys",
    "reset": "fake_server.cli.remote.undo",
    "seed": "fake_server.cli.remote.seed",
    "snapshot": "fake_server.cli.remote.snapshot",
    "undo": "fake_server.cli.remote.undo",
}


class _Commands(click.Group):
    """Our commands, and those that other packages put into the entry-point group."""

    def list_commands(self, ctx: click.Context) -> List[str]:
        return sorted({*super().list_commands(ctx), *_LAZY, *_joined()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> Optional[click.Command]:
        if cmd_name in _LAZY:
            return _loaded(cmd_name)
        own = super().get_command(ctx, cmd_name)
        joined = _joined() if own is None else {}
        if cmd_name not in joined:
            return own
        try:
            loaded = joined[cmd_name].load()
        except Exception as error:  # noqa: BLE001 - whatever another package raises must not take our commands away
            return _unusable(cmd_name, f"cannot be loaded: {type(error).__name__}: {error}")
        if isinstance(loaded, click.Command):
            return loaded
        return _unusable(cmd_name, f"must be a click.Command, got {shown(loaded)}")

    def invoke(self, ctx: click.Context) -> Any:
        _be_lenient()
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


def _be_lenient() -> None:
    """Let a terminal that cannot show a character show its code instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _loaded(name: str) -> click.Command:
    command: click.Command = getattr(import_module(_LAZY[name]), name)
    return command


def _unusable(name: str, why: str) -> click.Command:
    """Return a command that fails, in place of one that cannot be loaded: the others and the help still work."""

    def refuse() -> None:
        raise click.ClickException(f"the command {name!r} of group {GROUP} {why}")

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(name, callback=refuse, context_settings=anything, short_help="Cannot be used.")


def _joined() -> Dict[str, Any]:
    from importlib.metadata import entry_points  # reads what every package says, which no server that starts needs

    return by_name(entry_points())


def by_name(found: Any) -> Dict[str, Any]:
    """Return the entry points of our group by their names."""
    # Python 3.9 gives a mapping of groups, later versions a selectable collection.
    group = found.select(group=GROUP) if hasattr(found, "select") else found.get(GROUP, ())
    return {each.name: each for each in group}


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="octamem", prog_name="octamem-fake")
def main() -> None:
    """An OctaMem service of your own: in memory, on this machine, as bad as you wish it to be."""


main.add_command(serve)
main.add_command(env)
