"""The command `env`: print the exports that point a program at the fake."""

from __future__ import annotations

import click

from fake_server.authority import url_from_here
from fake_server.core.fake import DEFAULT_KEY

from .banner import exports
from .options import address, option
from .serve import serve
from .sources import config_option

__all__ = ["env"]


_EPILOG = """\b
Examples:
  eval "$(octamem-fake env)"
  eval "$(octamem-fake env --port 9000 --api-key your-api-key)"
"""


@click.command(epilog=_EPILOG)
@address("Address that the server listens on.", "Its port.")
@config_option(of=serve)
@option("--api-key", default=DEFAULT_KEY, show_default=True, help="The key to export.")
def env(host: str, port: int, api_key: str) -> None:
    """Print the exports that point a program at the fake, for `eval "$(octamem-fake env)"`.

    Host, port and key are those of `serve` in this folder and environment: it reads the same variables and TOML.
    """
    click.echo(exports(url_from_here(host, port), api_key))
