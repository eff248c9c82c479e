"""The options that commands share, and the checks of their values."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Tuple
from urllib.parse import urlsplit

import click
from click.shell_completion import CompletionItem

from fake_server.authority import host_name, read_allowed_origin
from fake_server.core import ScriptError, SettingError, Settings
from fake_server.core.faults.script import parse
from fake_server.core.key_text import is_key, not_a_key
from fake_server.core.settings import from_text, setting_choices, setting_fields
from fake_server.core.wording import Audience, alternatives, read_by, shown

from .sources import SourcedOption

__all__ = [
    "INTERRUPTED",
    "PORT",
    "Choice",
    "Count",
    "Given",
    "address",
    "default_shown",
    "host_names",
    "keys",
    "option",
    "options_of",
    "origins_allowed",
    "scripts",
    "setting_options",
    "token",
]

HOST = "127.0.0.1"
PORT = 8642

INTERRUPTED = 130
"""Exit status after Ctrl-C, as in shells: 128 plus the number of the signal."""

Command = Callable[..., Any]


@dataclass(frozen=True)
class Given:
    """The value of a setting that was given, which may be None; its repr shows no key."""

    value: Any = dataclasses.field(repr=False)


class _Port(click.IntRange):
    """A port, 0 for a free one."""

    def convert(self, value: Any, param: Optional[click.Parameter], ctx: Optional[click.Context]) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"expected an int from {self.min} to {self.max}, got {shown(value)}", param, ctx)


class Count(click.IntRange):
    """A whole number of at least 1."""

    def __init__(self) -> None:
        super().__init__(min=1)

    def convert(self, value: Any, param: Optional[click.Parameter], ctx: Optional[click.Context]) -> Any:
        """Return the number; fails with what was expected."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"expected an int of at least 1, got {shown(value)}", param, ctx)


class Choice(click.Choice):  # type: ignore[type-arg]  # as that of ParamType
    """One of a few words."""

    def convert(self, value: Any, param: Optional[click.Parameter], ctx: Optional[click.Context]) -> Any:
        """Return the word; fails with the choices if it is none of them."""
        if value not in self.choices:
            self.fail(f"expected {alternatives(self.choices)}, got {shown(value)}", param, ctx)
        return value


class _Setting(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.5 on
    """A setting as text, or as TOML has it; its choices are completed in a shell."""

    name = "value"

    def __init__(self, item: dataclasses.Field[Any]) -> None:
        self._name = item.name
        self._choices = setting_choices(item)

    def convert(self, value: Any, param: Optional[click.Parameter], ctx: Optional[click.Context]) -> Any:
        if isinstance(value, Given):
            return value
        read = from_text(self._name, value) if isinstance(value, str) else value
        try:
            with read_by(Audience(is_json=True, nothing="none")):  # which says true and false, as TOML does
                Settings().changed({self._name: read})
        except SettingError as error:
            self.fail(str(error).removeprefix(f"{self._name}: "), param, ctx)
        return Given(read)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        param: click.Parameter,  # noqa: ARG002 - likewise
        incomplete: str,
    ) -> List[CompletionItem]:
        """Return the choices that begin so."""
        return [CompletionItem(each) for each in self._choices if each.startswith(incomplete)]


def option(*names: str, **attributes: Any) -> Callable[[Command], Command]:
    """Add an option that a variable or a TOML file may set, too."""
    return click.option(*names, cls=SourcedOption, **attributes)


def address(host_help: str, port_help: str) -> Callable[[Command], Command]:
    """Add --host and --port."""

    def decorate(command: Command) -> Command:
        port = option("--port", default=PORT, show_default=True, type=_Port(0, 65535), help=port_help)
        return option("--host", default=HOST, show_default=True, help=host_help)(port(command))

    return decorate


def options_of(url: str) -> str:
    """Return the options by which `serve` and `env` mean the server at a URL, each after a space."""
    parts = urlsplit(url)
    host, port = parts.hostname, parts.port or 80
    named = "" if host in {HOST, "localhost"} else f" --host {host}"
    return f"{named}{'' if port == PORT else f' --port {port}'}"


def host_names(_context: click.Context, _option: click.Parameter, given: Tuple[str, ...]) -> Tuple[str, ...]:
    """Return the host names as they came; raises BadParameter for a text that is not one."""
    for each in given:
        if host_name(each) is None:
            wanted = "a host name or an address without scheme and port, such as fake.test"
            raise click.BadParameter(f"expected {wanted}, got {shown(each)}")
    return given


def origins_allowed(_context: click.Context, _option: click.Parameter, given: Tuple[str, ...]) -> Tuple[str, ...]:
    """Return the origins as they came; raises BadParameter for a text that is not one."""
    for each in given:
        if read_allowed_origin(each) is None:
            wanted = "an origin without a path, such as http://localhost:3000, or null or *"
            raise click.BadParameter(f"expected {wanted}, got {shown(each)}")
    return given


def token(_context: click.Context, _option: click.Parameter, given: Optional[str]) -> Optional[str]:
    """Return the control token as it came; raises BadParameter, which does not show it, for one no header can carry."""
    if given is not None and not is_key(given):
        raise click.BadParameter(not_a_key("", given).removeprefix(": "))
    return given


def keys(_context: click.Context, _option: click.Parameter, given: Tuple[str, ...]) -> Tuple[str, ...]:
    """Return the keys as they came; raises BadParameter, which shows none, for a text that cannot be a key."""
    for at, key in enumerate(given):
        if not is_key(key):
            raise click.BadParameter(not_a_key(f"keys[{at}]", key))
    try:
        Settings().changed({"keys": list(given)})
    except SettingError as error:
        raise click.BadParameter(str(error)) from None
    return given


def scripts(_context: click.Context, _option: click.Parameter, given: Tuple[str, ...]) -> Tuple[str, ...]:
    """Return the fault scripts as they came; raises BadParameter for one that cannot be read."""
    try:
        for each in given:
            parse(each)
    except ScriptError as error:
        raise click.BadParameter(str(error)) from None
    return given


# It may stand alone: `--idempotency` is `--idempotency true`.
_SWITCH: Dict[str, Any] = {"is_flag": False, "flag_value": "true"}


def setting_options(command: Command) -> Command:
    """Add an option for each setting of the fake; its value is a Given."""
    for item in reversed(setting_fields()):
        says = str(item.metadata["says"])
        choices = setting_choices(item)
        command = option(
            f"--{item.name.replace('_', '-')}",
            item.name,
            default=None,
            type=_Setting(item),
            any_type=True,
            metavar=f"[{'|'.join(choices)}]" if 1 < len(choices) < 10 else "VALUE",
            **(_SWITCH if isinstance(item.default, bool) else {}),
            help=f"{says[0].upper()}{says[1:]}. [default: {default_shown(item.default)}]",
        )(command)
    return command


def default_shown(default: Any) -> str:
    """Return a default as the help writes it."""
    return "none" if default is None else str(default).lower() if isinstance(default, bool) else str(default)
