"""The command `serve`: build a fake, and serve it until a signal comes."""

from __future__ import annotations

import logging
import socket
import sys
from contextlib import nullcontext
from errno import EACCES, EADDRINUSE
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Collection, Optional, Tuple

import click

from fake_server.authority import Authority, host_name, is_address
from fake_server.core import Bounds, ScriptError, SeedError, SettingError
from fake_server.core.search.late import load_all
from fake_server.lazy import check_installed

from .banner import UNSHOWN, Access, banner
from .build import build, store_file
from .collecting import CollectingRarely
from .log import FORMATS, LEVELS, logging_to_stderr
from .options import Choice, Count, address, host_names, keys, option, origins_allowed, scripts, setting_options, token
from .output import Output, writes_to
from .serving import serving_of, serving_options
from .sources import config_option, origin, origins, sources_of

if TYPE_CHECKING:
    from fake_server.core import Fake
    from fake_server.server import Running

    from .persisting import Persisted

__all__ = ["serve"]

NEEDED = ("h11", "numpy", "snowballstemmer", "starlette")
"""What a server loads once it is ready; it is too late then to learn that one is missing."""

SWITCH = 0.0005  # seconds that a thread may keep a request from the interpreter, a tenth of what is usual

_EPILOG = """\b
Examples:
  octamem-fake serve
  octamem-fake serve --port 0 --api-key your-api-key
  octamem-fake serve --seed-file memories.jsonl --fault 'add: 503 x2'
  octamem-fake serve --persist kept.db
  octamem-fake serve --quiet --log-level info --log-format json
  OCTAMEM_FAKE_WIRE=envelope OCTAMEM_FAKE_TOP_K=3 octamem-fake serve

Each option may also be a variable, as OCTAMEM_FAKE_TOP_K is for --top-k, or stand in TOML, as `top-k = 3`. The command
line goes before the environment, and the environment before TOML.

\b
Exit status:
  0  SIGINT or SIGTERM ended it
  1  it could not listen on the address, or a package is missing
  2  an option, a variable or a file is not what it should be
"""


@click.command(epilog=_EPILOG)
@config_option()
@address("Address to listen on.", "Port; 0 picks a free one.")
@option("--allow-remote", is_flag=True, help="Let --host be an address that other machines can reach.")
@option(
    "--allowed-host",
    "allowed_hosts",
    multiple=True,
    metavar="NAME",
    callback=host_names,
    help="A name that clients may use for this server, beside localhost and the loopback addresses; repeatable.",
)
@option(
    "--control-token",
    metavar="TOKEN",
    callback=token,
    help="What the control API asks for. [default: none; with --allow-remote a new one, which the banner shows]",
)
@option(
    "--cors",
    multiple=True,
    metavar="ORIGIN",
    callback=origins_allowed,
    help="An origin whose web pages may call the service, such as http://localhost:3000, or * for all; repeatable.",
)
@option(
    "--api-key",
    "api_keys",
    multiple=True,
    metavar="KEY",
    callback=keys,
    help="A valid key; repeatable. Without it, any key is.",
)
@option(
    "--seed-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Memories of the first key: JSON lines, each a text, a pair of a text and its context, or an object.",
)
@option(
    "--persist",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep memories, usage, settings and clocks in this file (SQLite), so that the next run goes on with them.",
)
@option(
    "--persist-sync",
    type=Choice(("normal", "full")),
    default="normal",
    show_default=True,
    help="What a commit outlives: normal, the end of the process, kill -9 included; full, a power cut too.",
)
@option(
    "--fault",
    "fault_scripts",
    multiple=True,
    metavar="SCRIPT",
    callback=scripts,
    splits=False,
    help="Arm a fault script, as in 'add: 503'; repeatable.",
)
@option(
    "--max-keys",
    type=Count(),
    default=Bounds.keys,
    show_default=True,
    help="Most keys that are open at once; beyond, those that hold nothing are closed, then new ones get a 503.",
)
@option(
    "--journal-bytes",
    type=Count(),
    default=Bounds.journal_bytes,
    show_default=True,
    help="Most memory of the journals of all keys; beyond, those of the keys idle longest lose their oldest attempts.",
)
@option(
    "--answer-bytes",
    type=Count(),
    default=Bounds.answer_bytes,
    show_default=True,
    help="Most memory of the answers kept for an Idempotency-Key, of all keys; beyond, keys idle longest lose some.",
)
@option("--quiet", is_flag=True, help="No banner, and no line for each request: the log begins at warnings.")
@option(
    "--log-level",
    type=Choice(LEVELS),
    help="What the log begins at; debug has what the HTTP server says too. [default: info; with --quiet, warning]",
)
@option(
    "--log-format",
    type=Choice(FORMATS),
    default="text",
    show_default=True,
    help="One line for each record, or one JSON object.",
)
@serving_options
@setting_options
def serve(
    host: str,
    port: int,
    allow_remote: bool,  # noqa: FBT001 - click passes it by name
    allowed_hosts: Tuple[str, ...],
    control_token: Optional[str],
    cors: Tuple[str, ...],
    api_keys: Tuple[str, ...],
    seed_file: Optional[Path],
    persist: Optional[Path],
    persist_sync: str,
    fault_scripts: Tuple[str, ...],
    max_keys: int,
    journal_bytes: int,
    answer_bytes: int,
    quiet: bool,  # noqa: FBT001 - as above
    log_level: Optional[str],
    log_format: str,
    **settings: Any,
) -> None:
    """Serve the fake until SIGINT or SIGTERM.

    One line goes to standard output when it is ready; the banner and the log go to standard error. Neither is waited
    for: lines that nobody reads are dropped, and counted.
    """
    ctx = click.get_current_context()
    serving = serving_of(settings)
    try:
        values = {name: given.value for name, given in settings.items() if given is not None}
        fake = build(api_keys, fault_scripts, values, Bounds(max_keys, journal_bytes, answer_bytes))
        named = {*values, *(["keys"] if api_keys else [])}
        kept = None if persist is None else _persisted(ctx, fake, persist, persist_sync, seed_file, named)
        count = store_file(fake, seed_file) if seed_file is not None and kept is None else 0
        held = count if kept is None else kept.memories
    except (SettingError, ScriptError, SeedError) as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.UsageError(
            f"{origin(ctx, 'seed_file')}: cannot read {str(seed_file)!r}: {error.strerror}"
        ) from None
    for needed in NEEDED:  # not loaded yet: a server is ready sooner without them
        check_installed(needed)
    for _ in fake.indexing():  # so that ready means indexed: the first search finds its answer at once
        pass
    from fake_server.app import create_app
    from fake_server.doors import new_token
    from fake_server.server import serve as run

    asked_for = control_token or (new_token() if allow_remote else None)
    listening = _listen(ctx, host, port, allow_remote=allow_remote)
    in_force = origins(ctx)
    collecting = CollectingRarely()
    stdout = Output(writes_to(sys.stdout), lambda _count, _ended: "")
    with logging_to_stderr(log_level or ("warning" if quiet else "info"), log_format) as log:
        for each in sources_of(ctx).unknown:
            logging.getLogger("fake_server").warning("%s", each)

        def ready(running: Running) -> None:
            access = Access(running.url, running.host, asked_for, is_new=control_token is None)
            if not quiet:
                kept_lines = () if kept is None else kept.lines()
                text = banner(access, fake.api_key, fake.key_id(), count, sources=in_force, kept=kept_lines)
                text = text if log_format == "text" else f"ready on {running.url}"
                log.say(text, **access.facts(), memories=held, sources=in_force, kept=list(kept_lines))
                log.drain()  # so that on a terminal it stands above the ready line
            elif access.new_token is not None:
                logging.getLogger("fake_server").warning("%s", UNSHOWN)
            stdout.put(f"octamem-fake ready on {running.url}")
            Thread(target=_load_the_rest, args=(collecting,), name="octamem-fake-load", daemon=True).start()

        # Lists are written in threads. Each time a request waits, such a thread may take the interpreter for so long.
        sys.setswitchinterval(SWITCH)
        with collecting, nullcontext() if kept is None else kept.keeper:
            run(
                create_app(fake, None if kept is None else kept.keeper, log.request),
                listening,
                ready,
                allowed_hosts=allowed_hosts,
                control_token=asked_for,
                cors=cors,
                options=serving,
            )
        stdout.close()


def _persisted(
    ctx: click.Context, fake: Fake, path: Path, sync: str, seed_file: Optional[Path], options: Collection[str]
) -> Persisted:
    """Let a fake go on where a file ends; raises UsageError if the file cannot be used."""
    from fake_server.persistence import UnfitFileError

    from .persisting import persisted

    try:
        return persisted(fake, path, sync, seed_file, options)
    except UnfitFileError as error:
        raise click.UsageError(f"{origin(ctx, 'persist')}: {error}") from None


def _load_the_rest(collecting: CollectingRarely) -> None:
    """Load what the first search and the first control request would load, while nobody waits for it.

    From then on, all that is loaded is left alone by the garbage collection.
    """
    load_all()
    import_module("fake_server.control.routes")
    collecting.spare_what_is_loaded()


def _listen(ctx: click.Context, host: str, port: int, *, allow_remote: bool) -> socket.socket:
    """Open the port; raises UsageError for one that is not allowed, ClickException if it fails."""
    from fake_server.server import RemoteAddressError, listen

    try:
        return listen(host, port, allow_remote=allow_remote)
    except RemoteAddressError as error:
        raise click.UsageError(
            f"{origin(ctx, 'host')}: {error}, read it and control it; to let them, add --allow-remote"
        ) from None
    except (OSError, ValueError) as error:
        # A name that no DNS server could know, or that no function of the system takes.
        unreadable = not isinstance(error, OSError) or (isinstance(error, socket.gaierror) and host_name(host) is None)
        wanted = "expected a host name or an address without scheme and port"
        reason = wanted if unreadable else getattr(error, "strerror", None) or str(error)
        bare = host.strip("[]")
        is_taken = getattr(error, "errno", None) in {EADDRINUSE, EACCES}
        advice = "choose a port with --port, or --port 0" if is_taken else "choose another --host"
        if bare != host and is_address(bare):  # the brackets are those of a URL
            reason, advice = "expected an address without brackets", f"give --host {bare}"
        where = Authority(host, port) if is_address(host) else f"{host}:{port}"
        raise click.ClickException(f"cannot listen on {where}: {reason}; {advice}") from None
