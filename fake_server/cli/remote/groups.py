"""A group of commands of which one is the default."""

from __future__ import annotations

from typing import Any, List

import click

__all__ = ["WithDefault"]


class WithDefault(click.Group):
    """A group that runs its default command if no command is named; the options may stand alone then."""

    def __init__(self, *args: Any, default: str = "", **attrs: Any) -> None:
        super().__init__(*args, **attrs)
        self._default = default

    def parse_args(self, ctx: click.Context, args: List[str]) -> List[str]:
        """Read the arguments, with the default command in front if they begin with none."""
        if ctx.resilient_parsing:  # a shell completes the names of the commands
            return super().parse_args(ctx, args)
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = [self._default, *args]
        return super().parse_args(ctx, args)
