"""The table of decision 24: the rules that others ship, beside the SDK's retry budget."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import List

from octamem_testing.storm import AwsQuota, Down, FinagleBudget, GrpcThrottle, Policy, Scenario, Storm, compare, lasting
from octamem_testing.storm.partial import in_the_end
from octamem_testing.storm.show.table import recovery

from .storm_sweep import table

RULES = (
    Policy("the SDK's budget of 100", budget=100),
    Policy("AWS, 500 tokens", throttle=AwsQuota()),
    Policy("AWS, 990 tokens", throttle=AwsQuota(990)),
    Policy("AWS since 2026, 500 tokens", throttle=AwsQuota(retry_cost=14, timeout_cost=14)),
    Policy("gRPC, 100 tokens", throttle=GrpcThrottle()),
    Policy("gRPC, 264 tokens", throttle=GrpcThrottle(264)),
    Policy("Finagle", throttle=FinagleBudget()),
)
"""As published, and so large that the page's promise holds; the throttle of the SRE book sends no retry for sure."""

OFTEN = Scenario(clients=300, every=5.0, after=1_300.0)
"""The fleet of a call every 5 s; its storm lasts as long with 1,000 clients."""

CALLS = 120


def in_a_row(policy: Policy, down: Down) -> str:
    """Return how many failing calls in a row of a fresh client get all their retries."""
    alone = Scenario(clients=1, every=100.0, arrivals="even", before=0.0, outage=100.0 * CALLS, after=1.0, down=down)
    storm = compare(alone, [policy])[0]
    begun = [second for second, calls in enumerate(storm.begun) if calls]
    full = [sum(storm.sent[first:last]) == 4 for first, last in zip(begun, begun[1:])]
    return str(full.index(False)) if False in full else "all"


def late_load(storm: Storm) -> str:
    """Return the requests a call and the share that ends well, in the second half."""
    half = len(storm.sent) // 2
    return f"{sum(storm.sent[half:]) / sum(storm.begun[half:]):.2f}, {in_the_end(storm):.0%}"


def main() -> int:
    """Print the table, a row for each rule."""
    rows: List[List[object]] = []
    for policy in RULES:
        refused, stalled, shed = (
            compare(scenario, [policy])[0]
            for scenario in (OFTEN, replace(OFTEN, down="stalled"), replace(OFTEN, shed=1.0, after=60.0))
        )
        cells = [recovery(storm) for storm in (refused, stalled, shed)]
        alone = f"{in_a_row(policy, 'refused')}, {in_a_row(policy, 'stalled')}"
        rows.append([policy.name, alone, *cells, late_load(compare(lasting(), [policy])[0])])
    table(["rule", "in a row", "refused", "stalled", "refused, sheds", "30% failing"], rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
