"""The command `octamem-fake storm`: a comparison in the terminal, and as a page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Optional, Tuple, cast

import click

from . import POLICIES, Arrivals, Down, Policy, Scenario, compare, lasting
from .scenario import ARRIVALS, DOWNS
from .table import text

__all__ = ["storm"]


@click.command()
@click.option("--clients", default=Scenario.clients, show_default=True, help="How many clients there are.")
@click.option("--every", default=Scenario.every, show_default=True, help="Seconds between the calls of one client.")
@click.option(
    "--arrivals", default=Scenario.arrivals, show_default=True, type=click.Choice(ARRIVALS), help="When clients call."
)
@click.option("--outage", default=Scenario.outage, show_default=True, help="Seconds that the service is down.")
@click.option("--down", default=Scenario.down, show_default=True, type=click.Choice(DOWNS), help="What it does then.")
@click.option("--capacity", type=float, help="Requests a second it can carry out.  [default: 1.5 times what it needs]")
@click.option(
    "--timeout", default=Scenario.timeout, show_default=True, help="Seconds that a client waits for an answer."
)
@click.option("--after", default=Scenario.after, show_default=True, help="Seconds to watch after the outage.")
@click.option(
    "--partial", default=0.3, show_default=True, help="Share of all requests that fails, in the second table."
)
@click.option("--policy", "names", multiple=True, type=click.Choice(list(POLICIES)), help="Repeatable.  [default: all]")
@click.option("--budget", type=float, help="Retries in each client's budget.  [default: the SDK's]")
@click.option("--seed", default=Scenario.seed, show_default=True, help="The seed of all chance.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page with plots there.")
def storm(
    clients: int,
    every: float,
    arrivals: str,
    outage: float,
    down: str,
    capacity: Optional[float],
    timeout: float,
    after: float,
    partial: float,
    names: Tuple[str, ...],
    budget: Optional[float],
    seed: int,
    html: Optional[Path],
) -> None:
    """Show what a fleet of clients does to a service that comes back, by retry policy.

    The clients retry as the SDK does, in virtual time. A second table shows what a failure in part that lasts makes of
    the calls, and what a budget gives up there.
    """
    if html is not None:
        _need_plots()
    try:
        policies = [_sized(POLICIES[name], budget) for name in names or POLICIES]
        scenario = Scenario(
            clients=clients,
            every=every,
            # A Choice has let nothing else through.
            arrivals=cast("Arrivals", arrivals),
            outage=outage,
            down=cast("Down", down),
            capacity=capacity,
            timeout=timeout,
            after=after,
            seed=seed,
        )
        failing = lasting(partial, seed=seed)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    storms, partials = compare(scenario, policies), compare(failing, policies)
    click.echo(text(storms, partials))
    if html is not None:
        from .page import page

        html.write_text(page(storms, partials), encoding="utf-8")
        click.echo(f"\nwrote {html}")


def _sized(policy: Policy, budget: Optional[float]) -> Policy:
    return policy if budget is None or policy.budget is None else replace(policy, budget=budget)


def _need_plots() -> None:
    from importlib import import_module

    from octamem_testing.installed import NotInstalledError, needed

    try:
        with needed("--html", "plots"):
            import_module("matplotlib")
    except NotInstalledError as error:
        raise click.ClickException(str(error)) from None
