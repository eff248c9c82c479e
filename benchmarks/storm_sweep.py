"""The sweep that the SDK's retry budget was chosen from: its tables and, with --svg, the pictures of docs/storms.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

from octamem._options import DEFAULT_RETRY_BUDGET
from octamem_testing.storm import Policy, Scenario, Storm, compare, lasting
from octamem_testing.storm.partial import in_the_end
from octamem_testing.storm.table import storm_rows

BUDGETS: Tuple[Optional[float], ...] = (0, 5, 10, 20, 50, 100, 500, None)
FLEETS = (100, 1_000, 10_000, 100_000, 1_000_000)
LOAD = 200.0  # calls a second of every fleet of the first table
LONG = 1200.0  # seconds to wait for the service after the outage
SHORT = 30.0  # likewise, where the service grows with the fleet
SHARES = (0.01, 0.05, 0.1, 0.2, 0.3)
PAID_IN = (0.0, 0.05, 0.1, 0.2, 0.5)

Recoveries = Dict[Tuple[int, Optional[float]], Optional[float]]


def _sized(budget: Optional[float]) -> Policy:
    return Policy("none" if budget is None else f"{budget:g}", budget=budget)


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> None:
    print(_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows), sep="\n", end="\n\n", flush=True)


def _said(took: Optional[float], within: float) -> str:
    return f"over {within:,.0f} s" if took is None else f"{took:,.0f} s"


def one_load(fleets: Sequence[int]) -> Recoveries:
    """Spread the same calls over more and more clients, and see when the service is well again."""
    found: Recoveries = {}
    for clients in fleets:
        scenario = Scenario(clients=clients, every=clients / LOAD, after=LONG)
        storms = [compare(scenario, [_sized(budget)])[0] for budget in BUDGETS]
        found.update({(clients, budget): storm.time_to_recover for budget, storm in zip(BUDGETS, storms)})
    head = ["clients", "each calls every", *("no budget" if size is None else f"{size:g}" for size in BUDGETS)]
    rows = [
        [f"{clients:,}", f"{clients / LOAD:,g} s", *(_said(found[clients, size], LONG) for size in BUDGETS)]
        for clients in fleets
    ]
    _table(head, rows)
    return found


def one_rate(fleets: Sequence[int]) -> None:
    """Let the service grow with the fleet: its size alone changes nothing."""
    rows: List[List[object]] = []
    for clients in fleets:
        scenario = Scenario(clients=clients, after=SHORT)
        for storm in compare(scenario, [_sized(0), "budgeted"]):
            took, peak = _said(storm.time_to_recover, SHORT), f"{storm.peak / storm.scenario.load:.2f}"
            budget = f"{storm.policy.budget:g}"
            rows.append([f"{clients:,}", budget, f"{storm.stored:,.0f}", f"{storm.retries:,}", peak, took])
    _table(["clients", "budget", "retries stored", "retries spent", "peak, times the calls", "recovers after"], rows)


def paid_in() -> None:
    """Let a share of all requests fail for good, and see what each rate of earning still masks, and at what load."""
    rows: List[List[object]] = []
    for share in SHARES:
        policies = [Policy(f"{rate:g}", budget=10, paid_in=rate) for rate in PAID_IN]
        storms = compare(lasting(share), [*policies, "jittered"])
        rows.append([f"{share:.0%}", *(f"{in_the_end(storm):.2%} at {_late_load(storm):.2f}" for storm in storms)])
    _table(["failing", *(f"earns {rate:g}" for rate in PAID_IN), "no budget"], rows)


def _late_load(storm: Storm) -> float:
    half = len(storm.sent) // 2
    return sum(storm.sent[half:]) / sum(storm.begun[half:])


def storm_pictures(folder: Path) -> None:
    """Write the pictures of a large fleet, a busy one and a failure in part, and print the table of the busy one."""
    from octamem_testing.storm.plots import fading, storming, svg

    busy = compare(Scenario(clients=200, every=0.5))
    head, *rows = storm_rows(busy)
    _table(head, rows)
    drawn = {
        "outage": storming(compare(Scenario())),
        "busy": storming(busy),
        "partial": fading(compare(lasting())),
    }
    for name, picture in drawn.items():
        (folder / f"{name}.svg").write_text(svg(picture), encoding="utf-8")


def sweep_picture(folder: Path, found: Recoveries, fleets: Sequence[int]) -> None:
    """Write the picture of the sweep itself."""
    from octamem_testing.storm.plots import INK, LOOKS, figure, legend, looks, svg

    sizes = [size for size in BUDGETS if size is not None]
    with looks():
        picture, (axes,) = figure(1, 1, height=3.2)
        for clients, (colour, line) in zip(fleets, LOOKS):
            times = [found[clients, size] for size in sizes]
            shown = [LONG if took is None else took for took in times]
            axes.plot(sizes, shown, line, marker="o", color=colour, label=f"{clients:,} clients", clip_on=False)
        axes.axvline(DEFAULT_RETRY_BUDGET, color=INK, linewidth=0.9, linestyle=":")
        axes.set_xscale("symlog", linthresh=5)
        axes.set_xticks(sizes, [f"{size:g}" for size in sizes])
        axes.set(
            title=f"the same {LOAD:g} calls a second, from more and more clients (dotted: the default)",
            xlabel="retry budget of each client, retries",
            ylabel=f"time to recover, s (top: over {LONG:,.0f})",
            xlim=(0, BUDGETS[-2]),
            ylim=(0, LONG),
        )
        legend(picture, axes)
    (folder / "sweep.svg").write_text(svg(picture), encoding="utf-8")


def main() -> int:
    """Print the tables, and write the pictures where a folder for them is named."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--svg", type=Path, metavar="FOLDER")
    options.add_argument(
        "--most", type=int, default=10_000, metavar="CLIENTS", help="1000000 for all fleets, in minutes"
    )
    given = options.parse_args()
    fleets = [clients for clients in FLEETS if clients <= given.most]
    paid_in()
    one_rate([clients for clients in fleets if clients >= 10_000])
    found = one_load(fleets)
    if given.svg is not None:
        storm_pictures(given.svg)
        sweep_picture(given.svg, found, fleets)
    return 0


if __name__ == "__main__":
    sys.exit(main())
