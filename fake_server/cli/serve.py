"""The command `serve`: build a fake, and serve it until a signal comes."""

from __future__ import annotations

import socket
import sys
from errno import EACCES, EADDRINUSE
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Optional, Tuple

import click

from fake_server.authority import is_loopback_address
from fake_server.core import ScriptError, SeedError, SettingError

from .banner import banner
from .build import build, store_file
from .log import FORMATS, LEVELS, logging_to_stderr
from .options import address, host_names, keys, setting_options
from .output import Output, writes_to

if TYPE_CHECKING:
    from fake_server.server import Running

__all__ = ["serve"]


@click.command()
@address
@click.option("--allow-remote", is_flag=True, help="Let --host be an address that other machines can reach.")
@click.option(
    "--allowed-host",
    "allowed_hosts",
    multiple=True,
    metavar="NAME",
    callback=host_names,
    help="A name that clients may use for this server, beside localhost and the loopback addresses; repeatable.",
)
@click.option(
    "--api-key",
    "api_keys",
    multiple=True,
    metavar="KEY",
    callback=keys,
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
@click.option("--quiet", is_flag=True, help="No banner, and no line for each request: the log begins at warnings.")
@click.option(
    "--log-level",
    type=click.Choice(LEVELS),
    help="What the log begins at; debug has what the HTTP server says too. [default: info; with --quiet, warning]",
)
@click.option(
    "--log-format",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="One line for each record, or one JSON object.",
)
@setting_options
def serve(
    host: str,
    port: int,
    allow_remote: bool,  # noqa: FBT001 - click passes it by name
    allowed_hosts: Tuple[str, ...],
    api_keys: Tuple[str, ...],
    seed_file: Optional[Path],
    scripts: Tuple[str, ...],
    quiet: bool,  # noqa: FBT001 - as above
    log_level: Optional[str],
    log_format: str,
    **settings: Optional[str],
) -> None:
    """Serve the fake until SIGINT or SIGTERM.

    One line goes to standard output when it is ready; the banner and the log go to standard error. Neither is waited
    for: lines that nobody reads are dropped, and counted.
    """
    try:
        fake = build(api_keys, scripts, {name: value for name, value in settings.items() if value is not None})
        count = store_file(fake, seed_file) if seed_file is not None else 0
    except (SettingError, ScriptError, SeedError) as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.UsageError(f"--seed-file: cannot read {str(seed_file)!r}: {error.strerror}") from None
    # Loaded at the first search, which is too late to learn that it is not installed.
    for needed in ("numpy", "snowballstemmer"):
        import_module(needed)
    from fake_server.app import create_app
    from fake_server.server import serve as run

    listening = _listen(host, port, allow_remote=allow_remote)
    stdout = Output(writes_to(sys.stdout), lambda _count, _ended: "")
    with logging_to_stderr(log_level or ("warning" if quiet else "info"), log_format) as log:

        def ready(running: Running) -> None:
            if not quiet:
                remote = not is_loopback_address(running.host)
                text = banner(running.url, fake.api_key, count, remote=remote)
                text = text if log_format == "text" else f"ready on {running.url}"
                log.say(text, url=running.url, remote=remote, memories=count)
                log.drain()  # so that on a terminal it stands above the ready line
            stdout.put(f"octamem-fake ready on {running.url}")

        run(create_app(fake), listening, ready, allowed_hosts=allowed_hosts)
        stdout.close()


def _listen(host: str, port: int, *, allow_remote: bool) -> socket.socket:
    """Open the port; raises UsageError for an address that is not allowed, ClickException if it fails."""
    from fake_server.server import RemoteAddressError, listen

    try:
        return listen(host, port, allow_remote=allow_remote)
    except RemoteAddressError as error:
        raise click.UsageError(f"--host: {error}, read it and control it; to let them, add --allow-remote") from None
    except (OSError, ValueError) as error:
        # A name that no DNS server could know, or that no function of the system takes.
        unreadable = not isinstance(error, OSError)
        reason = "expected a host name or an address" if unreadable else getattr(error, "strerror", None) or str(error)
        is_taken = getattr(error, "errno", None) in {EADDRINUSE, EACCES}
        advice = "choose a port with --port, or --port 0" if is_taken else "choose another --host"
        raise click.ClickException(f"cannot listen on {host}:{port}: {reason}; {advice}") from None
