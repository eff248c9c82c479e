"""The command `doctor`: check the app's environment and the server, and say of each what to do."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import List, Optional
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

from fake_server.authority import is_loopback, url_from_here
from fake_server.cli.banner import API_KEY, BASE_URL
from fake_server.cli.options import PORT, address, option, token
from fake_server.cli.remote.client import Address, Control
from fake_server.cli.remote.options import json_option
from fake_server.cli.remote.text import echo_json
from fake_server.cli.serve import serve
from fake_server.cli.sources import config_option

from .app import App, check_base_url, check_key, check_proxies, check_variable
from .findings import Finding, note, problem, report, verdict
from .probe import Probe, port_of
from .server import check_calls, check_clock, check_server, utc_now

__all__ = ["doctor"]

_EPILOG = """\b
Examples:
  octamem-fake doctor
  octamem-fake doctor http://localhost:9000
  octamem-fake doctor --port 8700 --json

Run it in the shell that starts your app: it reads the variables that the app would read.

\b
Exit status:
  0  no problem was found
  1  a problem was found
  2  an option, a variable or a file is not what it should be
"""


@click.command(epilog=_EPILOG, short_help="Find out why an app does not reach the fake.")
@click.argument("url", required=False)
@config_option(of=serve)
@address("Host of the server, as of serve.", "Its port, as of serve.")
@option("--control-token", callback=token, metavar="TOKEN", help="The token of its control API, if it asks for one.")
@json_option
def doctor(
    url: Optional[str],
    host: str,
    port: int,
    control_token: Optional[str],
    as_json: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Find out whether an app really talks to the fake, and if not, why.

    URL is the base URL that the app is given in its code; without it, OCTAMEM_BASE_URL counts. Checked are base URL,
    key, proxies, clocks and the calls that the server saw. No key is shown, and the real service is asked nothing.
    """
    app = App(
        url or os.environ.get(BASE_URL) or None,
        "the base URL" if url else BASE_URL,
        os.environ.get(API_KEY) or None,
    )
    ctx = click.get_current_context()
    named = [f"--{each}" for each in ("host", "port") if ctx.get_parameter_source(each) is ParameterSource.COMMANDLINE]
    findings = examined(app, url_from_here(host, port or PORT), control_token, " and ".join(named))
    subject = "an app with this base URL" if url else "what this shell starts"
    if as_json:
        echo_json({"findings": [each.as_dict() for each in findings], "problems": sum(map(_is_problem, findings))})
    else:
        click.echo("\n".join([*report(findings), "", verdict(findings, subject)]))
    ctx.exit(1 if any(map(_is_problem, findings)) else 0)


def _is_problem(finding: Finding) -> bool:
    return finding.is_problem


def examined(app: App, fake: str, control_token: Optional[str], named: str = "") -> List[Finding]:
    """Return all findings, those of the environment first.

    `fake` is where the server should be, and `named` the options that say so, "" if none does.
    """
    readable = not any(map(_is_problem, check_base_url(app, fake)))
    meant = app.url.rstrip("/") if app.url is not None and readable else None
    answered, found = ([], None) if meant is None else check_server("base URL", meant)
    reached = meant or fake
    there: List[Finding] = []
    for place in [each for each in (app.corrected, fake) if each not in {None, meant}]:
        if found is None and place is not None:
            there, found = check_server("server", place)
            reached = place
    wrong = [
        replace(each, then=f"a fake answers at {reached}: export {BASE_URL}={reached}") if found and there else each
        for each in answered
    ]
    of_url = wrong or check_base_url(app, reached if found else fake)
    of_server = [] if found is None else _asked(reached, control_token, app, found)
    of_shell = [
        *check_variable(app, os.environ),
        *check_key(app, reached if found else fake),
        *check_proxies(app, os.environ),
    ]
    if named and found and meant is not None and meant == reached and not _is_same(meant, fake):
        there = [note("server", f"the app calls {meant}, and not {fake}, which is given by {named}", _other(fake))]
    return [*of_url, *of_shell, *there, *of_server]


def _is_same(one: str, other: str) -> bool:
    hosts = [urlsplit(each).hostname or "" for each in (one, other)]
    return port_of(one) == port_of(other) and (hosts[0] == hosts[1] or all(map(is_loopback, hosts)))


def _other(fake: str) -> str:
    return f"to examine an app that is given {fake}, run octamem-fake doctor {fake}"


def _asked(url: str, control_token: Optional[str], app: App, found: Probe) -> List[Finding]:
    control = Control(Address(url, control_token))
    try:
        return [*check_clock(found, utc_now()), *check_calls(control, app.key)]
    except click.ClickException as error:
        return [problem("server", error.message, "run octamem-fake doctor again")]
    finally:
        control.close()
