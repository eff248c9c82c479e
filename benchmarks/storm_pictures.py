"""The storms that docs/storms.md shows: their tables and, with --svg, their pictures."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Dict, List

from octamem_testing.storm import POLICIES, Policy, Scenario, Storm, compare, lasting
from octamem_testing.storm.show.table import recovery, storm_rows

from .storm_sweep import table

SHOWN: Dict[str, Scenario] = {
    "outage": Scenario(),
    "busy": Scenario(clients=200, every=0.5),
    "busy-stalled": Scenario(clients=200, every=0.5, down="stalled"),
    "in-step": Scenario(arrivals="in-step"),
}

LIMITS = (2.0, 2.4, 2.6, 2.8, 3.0, 3.2, 3.4, 4.0)
"""Seconds that a client waits: about the queue that the first outage leaves behind."""

LENGTHS = (26.0, 27.0, 28.0, 29.0, 30.0, 31.0, 32.0, 33.0, 36.0)
"""Seconds of an outage, which clients in step call into after 25 s of it."""

TRIED = (Policy("one retry", retries=1), Policy("two retries", retries=2), Policy("a budget of 10", budget=10))
"""What the section on the choice of a policy holds against the named ones."""

CHOSEN_IN: Dict[str, Scenario] = {
    "refused": Scenario(),
    "stalled": Scenario(down="stalled"),
    "refused, often": Scenario(clients=200, every=0.5),
    "stalled, often": Scenario(clients=200, every=0.5, down="stalled"),
    "30 s limit, refused": Scenario(timeout=30.0),
    "30 s limit, stalled": Scenario(timeout=30.0, down="stalled"),
}


def outcome(storm: Storm) -> str:
    """Write when it was well again and which share of all calls ended well."""
    return f"{recovery(storm)}, {storm.availability:.0%}"


def by_limit() -> None:
    """Print what each policy comes to by the limit of a client, and the longest queue after the outage."""
    compared = ("none", "exponential", "jittered", "budgeted")
    rows: List[List[object]] = []
    for limit in LIMITS:
        storms = compare(Scenario(timeout=limit), compared)
        rows.append([f"{limit:g} s", *map(outcome, storms)])
    table(["limit", *compared], rows)


def by_length() -> None:
    """Print what clients in step lose by the length of the outage."""
    rows: List[List[object]] = []
    for length in LENGTHS:
        plain, jittered = compare(replace(SHOWN["in-step"], outage=length), ["exponential", "jittered"])
        cells = [cell for storm in (plain, jittered) for cell in (f"{storm.calls_lost:,}", f"{storm.peak_retries:,}")]
        rows.append([f"{length:g} s", *cells])
    table(["outage", "exponential: lost", "peak retries", "jittered: lost", "peak retries"], rows)


def by_choice() -> None:
    """Print what each policy comes to in storms of all kinds, and in a failure in part that lasts."""
    policies = [*POLICIES.values(), *TRIED]
    columns = [compare(scenario, policies) for scenario in CHOSEN_IN.values()]
    failing = compare(lasting(), policies)
    rows = [
        [policy.name, *(outcome(column[place]) for column in columns), f"{failing[place].availability:.0%}"]
        for place, policy in enumerate(policies)
    ]
    table(["policy", *CHOSEN_IN, "30% failing"], rows)


def main() -> int:
    """Print the tables, and draw the pictures where a folder for them is named."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--svg", type=Path, metavar="FOLDER")
    folder = options.parse_args().svg
    for name, scenario in SHOWN.items():
        storms = compare(scenario)
        head, *rows = storm_rows(storms)
        print(name)
        table(head, rows)
        if folder is not None:
            from octamem_testing.storm.show.plots import storming, svg

            (folder / f"{name}.svg").write_text(svg(storming(storms)), encoding="utf-8")
    if folder is not None:
        from octamem_testing.storm.show.plots import fading, svg

        (folder / "partial.svg").write_text(svg(fading(compare(lasting()))), encoding="utf-8")
    by_choice()
    by_limit()
    by_length()
    return 0


if __name__ == "__main__":
    sys.exit(main())
