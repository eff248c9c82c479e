"""The command `octamem-fake storm`: a comparison in the terminal, and as a page."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, List, Optional, Sequence, Tuple, cast

import click

from octamem_testing.report.html import can_be_written, write_page

from . import POLICIES, Arrivals, Down, Policy, Scenario, Storm, compare, lasting
from .partial import USUAL_PARTIAL, enough
from .scenario import ARRIVALS, DOWNS, SPARE, USUAL_CALLS, USUAL_EVERY
from .show.table import text

__all__ = ["storm"]

LONG = 100_000
"""The number of calls from which a simulation takes some seconds."""


def _writable(_context: click.Context, _option: click.Parameter, file: Optional[Path]) -> Optional[Path]:
    """Refuse a file that cannot be written, before anything is simulated."""
    if file is not None and not can_be_written(file):
        raise click.BadParameter(f"expected a file in an existing, writable folder, got {str(file)!r}")
    return file


_EPILOG = """\b
Examples:
  octamem-fake storm --clients 10000 --outage 30
  octamem-fake storm --down stalled --policy jittered --policy budgeted
  octamem-fake storm --retries 5 --delay 0.5 --jitter --html storm.html
"""


@click.command(epilog=_EPILOG)
@click.option("--clients", default=Scenario.clients, show_default=True, help="The number of clients.")
@click.option(
    "--every",
    type=float,
    help=f"Seconds between the calls of one client.  [default: {USUAL_EVERY:g}, and more for a fleet that would make "
    f"over {USUAL_CALLS:,.0f} calls a second]",
)
@click.option(
    "--arrivals", default=Scenario.arrivals, show_default=True, type=click.Choice(ARRIVALS), help="When clients call."
)
@click.option("--outage", default=Scenario.outage, show_default=True, help="Seconds that the service is down.")
@click.option(
    "--down", default=Scenario.down, show_default=True, type=click.Choice(DOWNS), help="How the service is down."
)
@click.option(
    "--capacity", type=float, help=f"Requests a second of the service.  [default: {SPARE:g} times what it needs]"
)
@click.option(
    "--timeout", default=Scenario.timeout, show_default=True, help="Seconds that a client waits for an answer."
)
@click.option("--after", default=Scenario.after, show_default=True, help="Seconds to watch after the outage.")
@click.option("--shed", type=float, help="Seconds of work that the service queues; it answers 503 to the rest at once.")
@click.option("--retry-after", type=float, help="Seconds that each 503 asks to wait; an outage then answers 503 too.")
@click.option("--reads", is_flag=True, help="Let the calls be searches, which may be hedged, instead of adds.")
@click.option(
    "--partial", default=USUAL_PARTIAL, show_default=True, help="Share of requests that fail in the second table."
)
@click.option("--policy", "names", multiple=True, type=click.Choice(list(POLICIES)), help="Repeatable.  [default: all]")
@click.option("--budget", type=float, help="Retries in each client's budget.  [default: the SDK's]")
@click.option("--retries", type=int, help="Add a policy of your own with this many retries.  [default: the SDK's]")
@click.option("--delay", type=float, help="Yours: seconds before the first retry.  [default: the SDK's]")
@click.option("--jitter/--no-jitter", default=None, help="Yours: whether half of each wait is random.")
@click.option("--seed", default=Scenario.seed, show_default=True, help="The seed of all randomness.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_writable,
    help="Write a page with plots to this file.",
)
def storm(
    clients: int,
    every: Optional[float],
    arrivals: str,
    outage: float,
    down: str,
    capacity: Optional[float],
    timeout: float,
    after: float,
    shed: Optional[float],
    retry_after: Optional[float],
    reads: bool,  # noqa: FBT001 - click passes it by name
    partial: float,
    names: Tuple[str, ...],
    budget: Optional[float],
    retries: Optional[int],
    delay: Optional[float],
    jitter: Optional[bool],  # noqa: FBT001 - click passes it by name
    seed: int,
    html: Optional[Path],
) -> None:
    """Show what a fleet of clients does to a service that comes back, by retry policy.

    The clients retry as the SDK does, in virtual time. The policies from aws on have a rule of another library in place
    of the SDK's budget. A second table shows the calls during a lasting partial failure, and which retries a budget
    suppresses there. --retries, --delay and --jitter add a policy named yours: the SDK with these options.
    """
    if html is not None:
        _need_plots()
    try:
        policies = [_sized(POLICIES[name], budget) for name in dict.fromkeys(names or POLICIES)]
        policies += _yours(_sized(POLICIES["budgeted"], budget), retries=retries, delay=delay, jitter=jitter)
        scenario = Scenario(
            clients=clients,
            every=every,
            # click.Choice has checked it.
            arrivals=cast("Arrivals", arrivals),
            outage=outage,
            down=cast("Down", down),
            capacity=capacity,
            timeout=timeout,
            after=after,
            seed=seed,
            shed=shed,
            retry_after=retry_after,
            reads=reads,
        )
        failing = lasting(partial, seed=seed, calls=enough(policies, partial), reads=reads)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    storms, partials = _simulated(scenario, policies), _simulated(failing, policies)
    click.echo(text(storms, partials))
    if html is not None:
        _write(html, storms, partials)


def _write(html: Path, storms: Sequence[Storm], partials: Sequence[Storm]) -> None:
    from .show.page import page

    try:
        write_page(html, page(storms, partials))
    except OSError as error:
        raise click.ClickException(f"--html: cannot write {str(html)!r}: {error.strerror}") from None
    click.echo(f"\nwrote {html}")


def _sized(policy: Policy, budget: Optional[float]) -> Policy:
    return policy if budget is None or policy.budget is None else replace(policy, budget=budget)


def _yours(base: Policy, **asked: Any) -> List[Policy]:
    given = {name: value for name, value in asked.items() if value is not None}
    return [replace(base, name="yours", **given)] if given else []


def _simulated(scenario: Scenario, policies: Sequence[Policy]) -> List[Storm]:
    """Simulate each policy in turn, with a line of progress at a terminal if it takes long."""
    storms: List[Storm] = []
    for policy in policies:
        if scenario.expected >= LONG and _is_watched():
            click.echo(f"simulating {policy.name}, {len(storms) + 1} of {len(policies)} ...", err=True)
        storms += compare(scenario, [policy])
    return storms


def _is_watched() -> bool:
    return sys.stderr.isatty()


def _need_plots() -> None:
    from importlib import import_module

    from octamem_testing.installed import NotInstalledError, needed

    try:
        with needed("--html", "plots"):
            import_module("matplotlib")
    except NotInstalledError as error:
        raise click.ClickException(str(error)) from None
