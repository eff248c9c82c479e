"""The options that commands share, and the checks of their values."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Tuple

import click

from fake_server.authority import host_name
from fake_server.core import SettingError, Settings
from fake_server.core.settings import from_text, is_key, not_a_key, setting_fields
from fake_server.core.wording import shown

__all__ = ["address", "default_shown", "host_names", "keys", "setting_options"]

HOST = "127.0.0.1"
PORT = 8642

Command = Callable[..., Any]


def address(command: Command) -> Command:
    """Add --host and --port."""
    command = click.option("--host", default=HOST, show_default=True, help="Address to listen on.")(command)
    return click.option(
        "--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 picks a free one."
    )(command)


def host_names(_context: click.Context, _option: click.Parameter, given: Tuple[str, ...]) -> Tuple[str, ...]:
    """Return the host names as they came; raises BadParameter for a text that is not one."""
    for each in given:
        if host_name(each) is None:
            wanted = "a host name or an address without scheme and port, such as fake.test"
            raise click.BadParameter(f"expected {wanted}, got {shown(each)}")
    return given


def _setting_text(_context: click.Context, option: click.Parameter, text: Optional[str]) -> Optional[str]:
    """Return the text of a setting as it came; raises BadParameter if the setting cannot have it."""
    if text is not None:
        name = str(option.name)
        try:
            Settings().changed({name: from_text(name, text)})
        except SettingError as error:
            raise click.BadParameter(str(error).removeprefix(f"{name}: ")) from None
    return text


def keys(_context: click.Context, _option: click.Parameter, given: Tuple[str, ...]) -> Tuple[str, ...]:
    """Return the keys as they came; raises BadParameter, which shows none, for a text that cannot be a key."""
    for at, key in enumerate(given):
        if not is_key(key):
            raise click.BadParameter(not_a_key(f"keys[{at}]", key))
    return given


# It may stand alone: `--idempotency` is `--idempotency true`.
_SWITCH: Dict[str, Any] = {"is_flag": False, "flag_value": "true"}


def setting_options(command: Command) -> Command:
    """Add an option for each setting of the fake."""
    for item in reversed(setting_fields()):
        says = str(item.metadata["says"])
        command = click.option(
            f"--{item.name.replace('_', '-')}",
            item.name,
            default=None,
            metavar="VALUE",
            callback=_setting_text,
            **(_SWITCH if isinstance(item.default, bool) else {}),
            help=f"{says[0].upper()}{says[1:]}. [default: {default_shown(item.default)}]",
        )(command)
    return command


def default_shown(default: Any) -> str:
    """Return a default as the help writes it."""
    return "none" if default is None else str(default).lower() if isinstance(default, bool) else str(default)
