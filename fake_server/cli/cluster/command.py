"""The command `cluster`: replicas behind nginx or HAProxy, started under one supervisor, or as text for others."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import List, Optional, Tuple

import click
from click.core import ParameterSource

from fake_server.cli.options import option, token
from fake_server.cli.output import Output, encoding_of, writes_to
from fake_server.cli.serve import serve
from fake_server.cli.sources import config_option, sources_of
from fake_server.core.wording import shown

from .layout import NAMES, Layout, LayoutError, read_address
from .moving import MovingError

__all__ = ["cluster"]

_OURS = {
    **dict.fromkeys(("--host", "--port", "--persist", "--allow-remote"), "leave it out"),
    **dict.fromkeys(("--config", "--control-token"), "give it before --"),
}
_SEEDS = "each replica would store these memories; store them by octamem-fake seed, with --url of the cluster"
_EPILOG = """\b
Examples:
  octamem-fake cluster --replicas 4 --proxy nginx
  octamem-fake cluster --replicas 4 --proxy haproxy --folder kept --port 9000
  octamem-fake cluster --replicas 4 --proxy nginx -- --idempotency --journal-bytes 4194304
  octamem-fake cluster --replicas 4 --proxy nginx --print systemd
  octamem-fake cluster --print config --replica 10.0.0.11:8642 --replica 10.0.0.12:8642

\b
Exit status:
  0  SIGINT or SIGTERM ended it
  1  a replica or the proxy did not start, or did not stay up
  2  an option is not what it should be, or the proxy is not installed
"""


def _addresses(_context: click.Context, _option: click.Parameter, given: Tuple[str, ...]) -> List[Tuple[str, int]]:
    """Return the host and the port of each replica elsewhere."""
    try:
        found = [*map(read_address, given)]
    except LayoutError as error:
        raise click.BadParameter(str(error)) from None
    again = next((each for at, each in enumerate(given) if found[at] in found[:at]), None)
    if again is not None:
        raise click.BadParameter(f"expected each replica once, got {shown(again)} again")
    return found


@click.command(epilog=_EPILOG, short_help="Serve by many replicas behind nginx or HAProxy.")
@click.option("--replicas", default=2, show_default=True, type=int, help="Number of replicas.")
@click.option("--proxy", default="nginx", show_default=True, type=click.Choice(list(NAMES)), help="Which proxy.")
@click.option("--port", default=8400, show_default=True, type=int, help="Port of the proxy; replicas take those after.")
@click.option(
    "--folder",
    default=Path("octamem-cluster"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the files of the replicas and of the proxy's configuration.",
)
@click.option(
    "--print",
    "printed",
    type=click.Choice(["config", "systemd", "compose", "kubernetes"]),
    help="Write this to standard output, and start nothing.",
)
@click.option(
    "--replica",
    "elsewhere",
    multiple=True,
    callback=_addresses,
    metavar="HOST:PORT",
    help="A replica on another machine, for --print config; repeatable.",
)
@config_option(of=serve)
@option(
    "--control-token",
    callback=token,
    metavar="TOKEN",
    help="What the control API of each replica asks for. [default: none]",
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[-- OPTIONS OF SERVE]")
def cluster(
    replicas: int,
    proxy: str,
    port: int,
    folder: Path,
    printed: Optional[str],
    elsewhere: List[Tuple[str, int]],
    control_token: Optional[str],
    options: Tuple[str, ...],
) -> None:
    """Serve by many replicas, each key by one of them, until SIGINT or SIGTERM.

    OPTIONS after `--` are given to `octamem-fake serve` of each replica. A replica that ends is started again on its
    file. With another number of replicas, proxy or port than in the last run, keys are moved before the proxy listens.
    """
    options = (*_checked(options), *_config(printed))
    if elsewhere:
        _check_elsewhere(printed)
    try:
        layout = Layout.of(folder, proxy, port, len(elsewhere) or replicas)
        if printed is None:
            _run(layout, options, control_token)
        else:
            from .recipes import RECIPES

            click.echo(RECIPES[printed](layout.elsewhere(elsewhere) if elsewhere else layout, options), nl=False)
    except LayoutError as error:
        raise click.UsageError(str(error)) from None


def _run(layout: Layout, options: Tuple[str, ...], control_token: Optional[str]) -> None:
    from .supervisor import ClusterError, supervise

    # As of serve: a reader who has left, or a full disk, must not end it.
    said = Output(writes_to(sys.stdout), lambda _count, _ended: "", encoding=encoding_of(sys.stdout))
    try:
        supervise(layout, options, said.put, token=control_token)
    except (ClusterError, MovingError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.UsageError(f"--folder: cannot use {str(layout.folder)!r}: {error.strerror}") from None
    finally:
        said.close()


def _check_elsewhere(printed: Optional[str]) -> None:
    """Raise UsageError if replicas elsewhere are named, and something else than a configuration is asked for."""
    if printed != "config":
        raise click.UsageError(
            "--replica is for --print config: replicas on other machines are started there, by octamem-fake serve"
        )
    if click.get_current_context().get_parameter_source("replicas") is not ParameterSource.DEFAULT:
        raise click.UsageError("--replicas is the number of those on this machine; leave it out with --replica")


def _checked(options: Tuple[str, ...]) -> Tuple[str, ...]:
    """Return the options for each replica; raises UsageError for one that not all replicas can have."""
    for each in options:
        name = each.partition("=")[0]
        if name in _OURS:
            raise click.UsageError(f"{name} is chosen by the cluster, for each replica; {_OURS[name]}")
        if name == "--seed-file":
            raise click.UsageError(f"{name}: {_SEEDS}")
    # Once here, rather than once by each replica.
    serve.make_context("octamem-fake serve", list(options))
    return options


def _config(printed: Optional[str]) -> Tuple[str, ...]:
    """Return the option of the file that was read, for each replica; raises UsageError as `_checked` does."""
    sources = sources_of(click.get_current_context())
    if "seed-file" in sources.values:
        raise click.UsageError(f"{sources.values['seed-file'].origin}: {_SEEDS}")
    if sources.file is None:
        return ()
    if printed in {"compose", "kubernetes"}:
        raise click.UsageError(f"{sources.file}: no container has this file; give its options after --")
    return ("--config", str(Path(sources.file).absolute()))
