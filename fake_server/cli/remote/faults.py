"""The command `faults`: what is armed in a fake that is served; arm more, check a script, disarm."""

from __future__ import annotations

import shlex
from typing import Any, List, Mapping, Optional, Sequence, Tuple

import click

from fake_server.core import ScriptError
from fake_server.core.faults.script import parse
from fake_server.core.wording import plural

from .client import Control, path_part
from .groups import WithDefault
from .options import exit_status, json_option, key_options, server_options
from .text import columns, echo_json, one_line, width
from .undo_line import undo_line

__all__ = ["faults"]

_HEADER = ("ID", "FIRED", "LEFT", "LAST CALL", "SCRIPT")
_NONE = "no faults are armed"
_SHOWN = 100  # characters of a script that is pointed at

_EPILOG = f"""\b
Examples:
  octamem-fake faults
  octamem-fake faults arm 'add: 503 x2, ok; search: slow(2s)'
  octamem-fake faults arm outage --key-id k1
  octamem-fake faults check 'add: hang @after'
  octamem-fake faults clear f_1

{exit_status()}
"""


def _scripts(_ctx: click.Context, _argument: click.Parameter, given: Tuple[str, ...]) -> Tuple[str, ...]:
    """Return the scripts as they came; raises BadParameter, which points to the column, for one that cannot be read."""
    for script in given:
        _check(script)
    return given


def _check(script: str) -> None:
    try:
        parse(script)
    except ScriptError as error:
        raise click.BadParameter(f"{error}{_pointed(script, error)}") from None


def _pointed(script: str, error: ScriptError) -> str:
    """Return the line of a script that cannot be read, marked where it is wrong, and the script as it was meant."""
    flaw = error.flaw
    if flaw is None:
        return ""
    lines = script.split("\n")
    line, at = lines[flaw.line - 1], flaw.column - 1
    if len(line) > _SHOWN or not line.isprintable():
        return ""
    pointed = f"\n  {line}\n  {' ' * width(line[:at])}{'^' * max(width(line[at : at + flaw.length]), 1)}"
    if flaw.repair is None or len(lines) > 1:
        return pointed
    return f"{pointed}\nPerhaps this was meant:\n  {line[:at]}{flaw.repair}{line[at + flaw.length :]}"


class _Faults(WithDefault):
    """The commands of faults; a script in the place of one is told from a misspelt command."""

    def resolve_command(
        self, ctx: click.Context, args: List[str]
    ) -> Tuple[Optional[str], Optional[click.Command], List[str]]:
        if self.get_command(ctx, args[0]) is None and _is_script(args[0]):
            to_do = f"octamem-fake faults arm {shlex.quote(args[0])}"
            raise click.UsageError(f"expected a command, got a script; to arm it: {to_do}", ctx)
        return super().resolve_command(ctx, args)


def _is_script(text: str) -> bool:
    try:
        parse(text)
    except ScriptError:
        return ":" in text
    return True


@click.group(cls=_Faults, default="list", epilog=_EPILOG, short_help="Show, arm, check or clear faults.")
def faults() -> None:
    """Show the faults that are armed; arm more, check a script, or disarm.

    Without a command, they are listed. docs/faults.md describes the scripts.
    """


@faults.command("list")
@server_options
@key_options(of="Faults")
@json_option
def list_faults(*, control: Control, scope: Mapping[str, Any], as_json: bool) -> None:
    """List the scripts in force, and how often each fired."""
    _show(control.ask("GET", "/faults", **scope), as_json=as_json)


@faults.command(
    epilog="\b\nExamples:\n  octamem-fake faults arm 'add: 503 x2'\n  octamem-fake faults arm --replace '*: 500 20%'"
)
@click.argument("scripts", metavar="SCRIPT...", nargs=-1, required=True, callback=_scripts)
@server_options
@key_options(of="Faults")
@click.option("--replace", is_flag=True, help="Disarm what is armed there first.")
@click.option("--seed", type=int, help="Seed of percentages that have none.")
@json_option
def arm(
    *,
    control: Control,
    scope: Mapping[str, Any],
    scripts: Sequence[str],
    replace: bool,
    seed: Optional[int],
    as_json: bool,
) -> None:
    """Arm each SCRIPT, beside those that are armed."""
    answer: Mapping[str, Any] = {}
    for number, script in enumerate(scripts):
        method = "PUT" if replace and not number else "POST"
        answer = control.ask(method, "/faults", {"script": script, **({} if seed is None else {"seed": seed})}, **scope)
        if method == "PUT" and not as_json:
            click.echo(f"replaced what was armed{undo_line(answer)}")
    _show(answer, as_json=as_json)


@faults.command(epilog="\b\nExample:\n  octamem-fake faults check 'add: hang @after; details: 500'")
@click.argument("scripts", metavar="SCRIPT...", nargs=-1, required=True, callback=_scripts)
@json_option
def check(*, scripts: Sequence[str], as_json: bool) -> None:
    """Say whether each SCRIPT can be read, and how it is understood; no server is asked."""
    read = [parse(each) for each in scripts]
    if as_json:
        rules = [
            [{"endpoint": rule.endpoint, "steps": list(map(str, rule.steps))} for rule in each.rules] for each in read
        ]
        echo_json({"scripts": [{"script": str(each), "rules": listed} for each, listed in zip(read, rules)]})
        return
    for each in read:
        for rule in each.rules:
            click.echo(f"{rule}  ({plural(len(rule.steps), 'step')} for {_endpoint(rule.endpoint)})")


@faults.command(epilog="\b\nExamples:\n  octamem-fake faults clear\n  octamem-fake faults clear f_1 f_2")
@click.argument("identities", metavar="[ID]...", nargs=-1)
@server_options
@key_options(of="Faults")
@json_option
def clear(*, control: Control, scope: Mapping[str, Any], identities: Sequence[str], as_json: bool) -> None:
    """Disarm each fault with an ID; without one all, or those of one key."""
    if not identities:
        cleared = control.ask("DELETE", "/faults", **scope)
        echo_json(cleared) if as_json else click.echo(f"{_NONE}{undo_line(cleared)}")
        return
    answer: Mapping[str, Any] = {}
    for each in identities:
        answer = control.ask("DELETE", f"/faults/{path_part(each)}", **scope)
        if not as_json:
            click.echo(f"disarmed {one_line(each)}{undo_line(answer)}")
    _show(answer, as_json=as_json)


def _endpoint(name: str) -> str:
    return "each endpoint" if name == "*" else name


def _show(answer: Mapping[str, Any], *, as_json: bool) -> None:
    listed: List[Mapping[str, Any]] = answer["faults"]
    if as_json:
        echo_json(answer)
    elif listed:
        click.echo("\n".join(columns([_HEADER, *map(_row, listed)])))
    else:
        click.echo(_NONE)


def _row(fault: Mapping[str, Any]) -> Tuple[str, ...]:
    return fault["id"], str(fault["fired"]), _left(fault["left"]), fault["last_call"] or "none", fault["script"]


def _left(left: Any) -> str:
    return "on" if left is None else str(left)
