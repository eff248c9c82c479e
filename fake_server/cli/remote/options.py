"""The options that these commands share: which server, which key, and JSON for scripts."""

from __future__ import annotations

from functools import wraps
from typing import Any, Callable, Mapping, Optional

import click
from click.core import ParameterSource

from fake_server.authority import url_from_here
from fake_server.cli.banner import API_KEY, BASE_URL
from fake_server.cli.options import INTERRUPTED, address, option, token
from fake_server.cli.serve import serve
from fake_server.cli.sources import config_option, sources_of
from fake_server.core.fake import DEFAULT_KEY

from .client import Address, Control, read_url

__all__ = [
    "Command",
    "exit_status",
    "json_option",
    "key_option",
    "key_options",
    "server_options",
]


def exit_status(one: str = "no server answers, or it refused") -> str:
    """Return what the help of a command says of its exit status; `one` is what 1 means."""
    return f"""\b
Exit status:
  0    it is done
  1    {one}
  2    an argument, an option, a variable or a file is not what it should be
  {INTERRUPTED}  Ctrl-C ended it"""


Command = Callable[..., Any]


def server_options(command: Command) -> Command:
    """Add the options that name a server, and pass the command its control API as `control`."""

    @wraps(command)
    def with_control(*, url: Optional[str], host: str, port: int, control_token: Optional[str], **others: Any) -> Any:
        ctx = click.get_current_context()
        control = Control(Address(_url(ctx, url, host, port), control_token))
        ctx.call_on_close(control.close)
        return command(control=control, **others)

    decorated: Command = with_control
    for add in reversed(
        (
            config_option(of=serve),
            click.option(
                "--url",
                metavar="URL",
                envvar=BASE_URL,
                help=f"The server. [default: {BASE_URL}, else host and port of serve]",
            ),
            address("Its host, in place of --url.", "Its port, in place of --url."),
            option(
                "--control-token",
                callback=token,
                metavar="TOKEN",
                help="The token of its control API, if it asks for one.",
            ),
        )
    ):
        decorated = add(decorated)
    return decorated


def _url(ctx: click.Context, url: Optional[str], host: str, port: int) -> str:
    named = [name for name in ("host", "port") if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    by_option = ctx.get_parameter_source("url") is ParameterSource.COMMANDLINE
    if url is not None and (by_option or not named):
        if by_option and named:
            raise click.UsageError(f"--url names the server already; leave out --{named[0]}")
        try:
            return read_url(url)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--url" if by_option else BASE_URL) from None
    if port == 0:
        raise click.UsageError(
            f"--port: 0 is any free one; give the URL that octamem-fake serve printed as --url or {BASE_URL}"
        )
    return url_from_here(host, port)


def key_options(*, of: str) -> Callable[[Command], Command]:
    """Add the options that name one key, and pass the command the part of a query that does, as `scope`."""

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_scope(*, api_key: Optional[str], key_id: Optional[str], **others: Any) -> Any:
            if api_key is not None and key_id is not None:
                raise click.UsageError("--key-id names the key already; leave out --api-key")
            scope: Mapping[str, Any] = {"key": api_key, "key_id": key_id}
            return command(scope=scope, **others)

        by_id = click.option("--key-id", metavar="ID", help=f"{of} of the key with this id, such as k1.")
        by_key = click.option("--api-key", metavar="KEY", help=f"{of} of this key.")
        return by_key(by_id(with_scope))

    return decorate


def key_option(command: Command) -> Command:
    """Add --api-key for a command that needs one key, and pass it as `api_key`."""

    @wraps(command)
    def with_key(*, api_key: Optional[str], **others: Any) -> Any:
        listed = sources_of(click.get_current_context()).values.get("api-key")
        return command(api_key=api_key or (DEFAULT_KEY if listed is None else listed.value[0]), **others)

    return click.option(
        "--api-key",
        metavar="KEY",
        envvar=API_KEY,
        help=f"The key to store them under. [default: {API_KEY}, else the first key of serve]",
    )(with_key)


def json_option(command: Command) -> Command:
    """Add --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")(command)
