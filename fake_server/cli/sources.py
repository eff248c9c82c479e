"""Where an option's value comes from: the command line, else the environment, else TOML, else its default."""

from __future__ import annotations

import os
import re
import sys
from codecs import BOM_UTF8
from dataclasses import dataclass, field
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import click
from click.core import ParameterSource

from fake_server.core.wording import expected, json_kind, name_shown, shown, unknown

__all__ = ["PREFIX", "SourcedOption", "Sources", "config_option", "origin", "origins", "sources_of"]

PREFIX = "OCTAMEM_FAKE_"
FILE = "octamem-fake.toml"
PROJECT = "pyproject.toml"
TABLE = "octamem-fake"
CONFIG = f"{PREFIX}CONFIG"

_KEY = "fake_server.cli.sources"
_WORDS = {**dict.fromkeys(("1", "true", "yes", "on"), True), **dict.fromkeys(("0", "false", "no", "off"), False)}
_LINK = re.compile(r"(tcp|udp|sctp)://\S+")  # what Kubernetes puts into OCTAMEM_FAKE_PORT, for a service of our name
_AT = re.compile(r"\(at (line \d+, column \d+|end of document)\)")
_TOML = "tomllib" if sys.version_info >= (3, 11) else "tomli"


@dataclass(frozen=True)
class Sourced:
    """A value from outside the command line, and what an error calls the place that it stands in."""

    value: Any = field(repr=False)
    origin: str
    source: ParameterSource


@dataclass(frozen=True)
class Sources:
    """The values from outside the command line by option, the file that was read, and notes on variables left out."""

    values: Mapping[str, Sourced]
    file: Optional[Path] = None
    unknown: Tuple[str, ...] = ()


class SourcedOption(click.Option):
    """An option that a variable or a TOML file may set; an error about its value names the one that did.

    `any_type` says that TOML may give it any value. With `splits=False`, a variable has one value of a repeatable
    option, which may contain spaces.
    """

    def __init__(self, *args: Any, any_type: bool = False, splits: bool = True, **attrs: Any) -> None:
        super().__init__(*args, **attrs)
        self.any_type = any_type
        self.splits = splits

    @property
    def key(self) -> str:
        """Its name without dashes at the beginning, which is its name in TOML."""
        return max(self.opts, key=len).lstrip("-")

    @property
    def variable(self) -> str:
        """The name of its variable."""
        return PREFIX + self.key.replace("-", "_").upper()

    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> Tuple[Any, ParameterSource]:
        """Return the value and where it comes from."""
        value, source = super().consume_value(ctx, opts)
        found = sources_of(ctx).values.get(self.key)
        if found is None or source in {ParameterSource.COMMANDLINE, ParameterSource.PROMPT}:
            return value, source
        one_of_several = isinstance(found.value, list) and not self.multiple and not self.any_type
        return found.value[0] if one_of_several else found.value, found.source

    def get_error_hint(self, ctx: Optional[click.Context]) -> str:
        """Return what an error calls this option."""
        found = None if ctx is None else sources_of(ctx).values.get(self.key)
        if ctx is None or found is None or ctx.get_parameter_source(str(self.name)) is not found.source:
            return super().get_error_hint(ctx)
        return found.origin


def sources_of(ctx: click.Context) -> Sources:
    """Return what was found for a command outside its command line."""
    read: Optional[Callable[[], Sources]] = ctx.meta.get(_KEY)
    return Sources({}) if read is None else read()


def origin(ctx: click.Context, name: str) -> str:
    """Return what an error calls an option: by its name, or by the variable or file that set it."""
    option = next(each for each in ctx.command.params if each.name == name)
    return option.get_error_hint(ctx).strip("'")


def origins(ctx: click.Context) -> List[str]:
    """Return the variables and the file of the values that are in force."""
    found = sources_of(ctx)
    options = [each for each in ctx.command.params if isinstance(each, SourcedOption)]
    by = {each: ctx.get_parameter_source(str(each.name)) for each in options}
    variables = sorted(each.variable for each in options if by[each] is ParameterSource.ENVIRONMENT)
    return [*variables, *([str(found.file)] if ParameterSource.DEFAULT_MAP in by.values() else [])]


def config_option(of: Optional[click.Command] = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add --config, which reads the sources of the options of a command, those of the decorated one by default."""

    def remember(ctx: click.Context, _option: click.Parameter, named: Optional[Path]) -> None:
        by_variable = ctx.get_parameter_source("config") is ParameterSource.ENVIRONMENT
        options = [each for each in (of or ctx.command).params if isinstance(each, SourcedOption)]
        # Read when the first option needs it, after --help, which may be the next eager option, and for no completion.
        read = partial(_sources, options, named, CONFIG if by_variable else "--config", dict(os.environ))
        ctx.meta[_KEY] = None if ctx.resilient_parsing else lru_cache(maxsize=None)(read)

    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        metavar="FILE",
        envvar=CONFIG,
        is_eager=True,
        expose_value=False,
        callback=remember,
        help=f"TOML with options. [default: {FILE}, else [tool.{TABLE}] of {PROJECT}, in this folder]",
    )


def _sources(
    options: Sequence[SourcedOption], named: Optional[Path], hint: str, environment: Mapping[str, str]
) -> Sources:
    values: Dict[str, Sourced] = {}
    file, table = _table(named, hint)
    if file is not None:
        values.update(_of_table(options, file, table))
    variables = {each.variable: each for each in options}
    for variable, option in variables.items():
        text = environment.get(variable, "").strip()
        if text and not _is_link(variable, text):
            value = _of_text(option, text)
            values[option.key] = Sourced(value, variable, ParameterSource.ENVIRONMENT)
    others = (each for each in environment if each.startswith(PREFIX) and each not in {*variables, CONFIG})
    notes = list(map(_unknown_variable(list(variables)), sorted(others)))
    links = (each for each in variables if _is_link(each, environment.get(each, "").strip()))
    notes += (expected(each, "a port", "a link to a service of this name, which sets nothing") for each in links)
    return Sources(values, file if table else None, tuple(notes))


def _is_link(variable: str, text: str) -> bool:
    """Return whether Kubernetes, or a link of Docker, set a variable for a service named octamem-fake."""
    return variable == f"{PREFIX}PORT" and _LINK.fullmatch(text) is not None


def _unknown_variable(known: List[str]) -> Callable[[str], str]:
    # Only told: whoever runs a service of our name in Kubernetes finds such variables in each container.
    return lambda name: unknown(name_shown(name), "variable", known, "docs/server.md")


def _of_text(option: SourcedOption, text: str) -> Any:
    if option.is_flag:
        if text.lower() not in _WORDS:
            raise click.BadParameter(f"expected true or false, got {shown(text)}", param_hint=option.variable)
        return _WORDS[text.lower()]
    if option.multiple:
        return text.split() if option.splits else [text]
    return text


def _table(named: Optional[Path], hint: str) -> Tuple[Optional[Path], Dict[str, Any]]:
    """Find the file and its table of options; an empty table, and no file, if there is none."""
    if named is None:
        for path in (Path(FILE), Path(PROJECT)):
            if path.is_file():
                table = _of_project(path, "", required=False) if path.name == PROJECT else _load(path, "")
                if table is not None:
                    return path, table
        return None, {}
    return named, (_of_project(named, hint) if named.name == PROJECT else _load(named, hint)) or {}


def _of_project(path: Path, hint: str, *, required: bool = True) -> Optional[Dict[str, Any]]:
    tool = _load(path, hint).get("tool", {})
    table = tool.get(TABLE) if isinstance(tool, dict) else None
    if table is None and not required:
        return None
    if not isinstance(table, dict):
        got = "nothing" if table is None else json_kind(table)
        raise click.UsageError(expected(str(path), f"a table [tool.{TABLE}]", got))
    return table


def _load(path: Path, hint: str) -> Dict[str, Any]:
    toml = import_module(_TOML)
    try:
        loaded: Dict[str, Any] = toml.loads(path.read_bytes().removeprefix(BOM_UTF8).decode())
    except OSError as error:
        named = hint and f"{hint}: "
        raise click.UsageError(f"{named}cannot read {str(path)!r}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        # Not the reason: it may repeat names of the file, which are keys where each key has a table.
        at = _AT.search(str(error))
        got = "an error" + (f" at {at[1]}" if at else "")
        raise click.UsageError(
            expected(str(path), "TOML", got, "correct it, or name another file with --config")
        ) from None
    return loaded


def _of_table(options: Sequence[SourcedOption], file: Path, table: Mapping[str, Any]) -> Dict[str, Sourced]:
    known = {each.key: each for each in options}
    values: Dict[str, Sourced] = {}
    for name, value in table.items():
        if name not in known:
            raise click.UsageError(f"{file}: {unknown(name_shown(name), 'option', list(known), 'docs/server.md')}")
        where = f"{name} in {file}"
        values[name] = Sourced(_of_toml(known[name], value, where, file.parent), where, ParameterSource.DEFAULT_MAP)
    return values


def _of_toml(option: SourcedOption, value: Any, where: str, folder: Path) -> Any:
    """Return a value of TOML as the option takes it; raises BadParameter if it has another type."""
    if option.any_type:
        return value
    if option.multiple:
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            raise _another_type("a string or an array of strings", value, where)
        return listed
    wanted, types = _wanted(option)
    if type(value) is not types:
        raise _another_type(wanted, value, where)
    if "\0" in str(value):
        raise click.BadParameter("expected a string without NUL characters, got one with them", param_hint=where)
    return str(folder / str(value)) if isinstance(option.type, click.Path) else value


def _wanted(option: SourcedOption) -> Tuple[str, type]:
    if option.is_flag:
        return "true or false", bool
    return ("an integer", int) if isinstance(option.type, click.IntRange) else ("a string", str)


def _another_type(wanted: str, value: Any, where: str) -> click.BadParameter:
    # By its type alone: the value may be a key.
    return click.BadParameter(f"expected {wanted}, got {json_kind(value)}", param_hint=where)
