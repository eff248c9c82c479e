"""The command `octamem-fake`: serve the fake, print exports, and add the commands of other packages."""

from __future__ import annotations

import logging
import shlex
import sys
from codecs import BOM_UTF8
from errno import EACCES, EADDRINUSE
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple

import click

from .authority import host_name, is_loopback_address
from .core import Clock, Fake, ScriptError, SeedError, SettingError, Settings
from .core.fake import DEFAULT_KEY
from .core.json_body import BadBody, read_value
from .core.settings import from_text, is_key, not_a_key, setting_fields
from .core.wording import shown

if TYPE_CHECKING:
    from .server import Running

__all__ = ["main"]

GROUP = "octamem_fake.commands"
HOST = "127.0.0.1"
PORT = 8642

Command = Callable[..., None]


class _Commands(click.Group):
    """Our commands, and those that other packages put into the entry-point group."""

    def list_commands(self, ctx: click.Context) -> List[str]:
        return sorted({*super().list_commands(ctx), *_joined()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> Optional[click.Command]:
        own = super().get_command(ctx, cmd_name)
        joined = _joined()
        if own is not None or cmd_name not in joined:
            return own
        try:
            loaded = joined[cmd_name].load()
        except Exception as error:  # noqa: BLE001 - whatever another package raises must not take our commands away
            return _unusable(cmd_name, f"cannot be loaded: {type(error).__name__}: {error}")
        if isinstance(loaded, click.Command):
            return loaded
        return _unusable(cmd_name, f"must be a click.Command, got {shown(loaded)}")


def _unusable(name: str, why: str) -> click.Command:
    """Return a command that fails, in place of one that cannot be loaded: the others and the help still work."""

    def refuse() -> None:
        raise click.ClickException(f"the command {name!r} of group {GROUP} {why}")

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(name, callback=refuse, context_settings=anything, short_help="Cannot be used.")


def _joined() -> Dict[str, Any]:
    return _by_name(entry_points())


def _by_name(found: Any) -> Dict[str, Any]:
    # Python 3.9 gives a mapping of groups, later versions a selectable collection.
    group = found.select(group=GROUP) if hasattr(found, "select") else found.get(GROUP, ())
    return {each.name: each for each in group}


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="octamem", prog_name="octamem-fake")
def main() -> None:
    """An OctaMem service of your own: in memory, on this machine, as bad as you wish it to be."""


def _address(command: Command) -> Command:
    command = click.option("--host", default=HOST, show_default=True, help="Address to listen on.")(command)
    return click.option(
        "--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 picks a free one."
    )(command)


def _host_names(_context: click.Context, _option: click.Parameter, given: Tuple[str, ...]) -> Tuple[str, ...]:
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


def _keys(_context: click.Context, _option: click.Parameter, given: Tuple[str, ...]) -> Tuple[str, ...]:
    """Return the keys as they came; raises BadParameter, which shows none, for a text that cannot be a key."""
    for at, key in enumerate(given):
        if not is_key(key):
            raise click.BadParameter(not_a_key(f"keys[{at}]", key))
    return given


# It may stand alone: `--idempotency` is `--idempotency true`.
_SWITCH: Dict[str, Any] = {"is_flag": False, "flag_value": "true"}


def _settings(command: Command) -> Command:
    for item in reversed(setting_fields()):
        says = str(item.metadata["says"])
        command = click.option(
            f"--{item.name.replace('_', '-')}",
            item.name,
            default=None,
            metavar="VALUE",
            callback=_setting_text,
            **(_SWITCH if isinstance(item.default, bool) else {}),
            help=f"{says[0].upper()}{says[1:]}. [default: {_shown(item.default)}]",
        )(command)
    return command


def _shown(default: Any) -> str:
    return "none" if default is None else str(default).lower() if isinstance(default, bool) else str(default)


@main.command()
@_address
@click.option("--allow-remote", is_flag=True, help="Let --host be an address that other machines can reach.")
@click.option(
    "--allowed-host",
    "allowed_hosts",
    multiple=True,
    metavar="NAME",
    callback=_host_names,
    help="A name that clients may use for this server, beside localhost and the loopback addresses; repeatable.",
)
@click.option(
    "--api-key",
    "api_keys",
    multiple=True,
    metavar="KEY",
    callback=_keys,
    help="A valid key; repeatable. Without it, any key is.",
)
@click.option(
    "--seed-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Memories of the first key: JSON lines, each a text, a pair of a text and its context, or an object.",
)
@click.option(
    "--fault", "scripts", multiple=True, metavar="SCRIPT", help="Arm a fault script, as in 'add: 503'; repeatable."
)
@_settings
def serve(
    host: str,
    port: int,
    allow_remote: bool,  # noqa: FBT001 - click passes it by name
    allowed_hosts: Tuple[str, ...],
    api_keys: Tuple[str, ...],
    seed_file: Optional[Path],
    scripts: Tuple[str, ...],
    **settings: Optional[str],
) -> None:
    """Serve the fake until SIGINT or SIGTERM.

    One line goes to standard output when it is ready; the banner and the log go to standard error.
    """
    try:
        fake = _build(api_keys, scripts, {name: value for name, value in settings.items() if value is not None})
        count = _store_file(fake, seed_file) if seed_file is not None else 0
    except (SettingError, ScriptError, SeedError) as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.UsageError(f"--seed-file: cannot read {str(seed_file)!r}: {error.strerror}") from None
    # Loaded at the first search, which is too late to learn that it is not installed.
    for needed in ("numpy", "snowballstemmer"):
        import_module(needed)
    from .app import create_app
    from .server import RemoteAddressError, listen
    from .server import serve as run

    try:
        listening = listen(host, port, allow_remote=allow_remote)
    except RemoteAddressError as error:
        raise click.UsageError(f"--host: {error}, read it and control it; to let them, add --allow-remote") from None
    except (OSError, UnicodeError) as error:
        unreadable = isinstance(error, UnicodeError)  # a name that no DNS server could know
        reason = "expected a host name or an address" if unreadable else getattr(error, "strerror", None) or str(error)
        is_taken = getattr(error, "errno", None) in {EADDRINUSE, EACCES}
        advice = "choose a port with --port, or --port 0" if is_taken else "choose another --host"
        raise click.ClickException(f"cannot listen on {host}:{port}: {reason}; {advice}") from None
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    logging.getLogger("fake_server").setLevel(logging.INFO)

    def ready(running: Running) -> None:
        remote = not is_loopback_address(running.host)
        click.echo(_banner(running.url, fake.api_key, count, remote=remote), err=True)
        click.echo(f"octamem-fake ready on {running.url}")
        sys.stdout.flush()

    run(create_app(fake), listening, ready, allowed_hosts=allowed_hosts)


@main.command()
@_address
@click.option("--api-key", default=DEFAULT_KEY, show_default=True, help="The key to export.")
def env(host: str, port: int, api_key: str) -> None:
    """Print the exports that point a program at the fake, for `eval "$(octamem-fake env)"`."""
    click.echo(_exports(f"http://{f'[{host}]' if ':' in host else host}:{port}", api_key))


def _exports(url: str, key: str) -> str:
    return f"export OCTAMEM_BASE_URL={shlex.quote(url)} OCTAMEM_API_KEY={shlex.quote(key)}"


def _banner(url: str, key: str, memories: int, *, remote: bool = False) -> str:
    who = "and other machines can read and control it" if remote else "nothing leaves this machine"
    held = f"\n  that key holds {memories} memories" if memories else ""
    return (
        f"\n  OctaMem fake: in memory, {who}\n\n    {_exports(url, key)}\n{held}\n"
        f"  journal   curl {url}/_fake/requests\n"
        f"""  faults    curl -X POST {url}/_fake/faults -d '{{"script": "add: 503 x2"}}'\n"""
    )


def _build(api_keys: Tuple[str, ...], scripts: Tuple[str, ...], settings: Dict[str, str]) -> Fake:
    values: Dict[str, Any] = {name: from_text(name, text) for name, text in settings.items()}
    if api_keys:
        listed = values.get("keys")
        listed = [] if listed is None else listed
        Settings().changed({"keys": listed})  # before they are joined: a text would become a list of its characters
        more = [{"key": key, **own} for key, own in listed.items()] if isinstance(listed, dict) else listed
        values["keys"] = [*api_keys, *more]
    fake = Fake(clock=Clock(follow=time), **values)
    for script in scripts:
        fake.faults(script)
    return fake


def _store_file(fake: Fake, path: Path) -> int:
    """Store the memories of a file; each line is checked by itself, so that an error can name it."""
    count = 0
    for number, line in enumerate(path.read_bytes().removeprefix(BOM_UTF8).splitlines(), 1):
        if not line.strip():
            continue
        try:
            fake.remember([read_value(line)])
        except (BadBody, SeedError) as error:
            # The error begins with the path in a list of this one line, or with the body of a request.
            what = str(error)
            for prefix in ("body: ", "memories[0].", "memories[0]: "):
                what = what.removeprefix(prefix).replace("at line 1, column", "at column")
            raise SeedError(f"{path}, line {number}: {what}") from None
        count += 1
    return count
