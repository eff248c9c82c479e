"""What a call that succeeds pays into the retry budget: what each rate still masks of a failure that lasts."""

from __future__ import annotations

import sys
from typing import List

from octamem_testing.storm import Policy, Storm, compare, lasting
from octamem_testing.storm.partial import in_the_end

from .storm_sweep import table

SHARES = (0.01, 0.05, 0.1, 0.2, 0.3)
PAID_IN = (0.0, 0.05, 0.1, 0.2, 0.5)


def _late_load(storm: Storm) -> float:
    half = len(storm.sent) // 2
    return sum(storm.sent[half:]) / sum(storm.begun[half:])


def main() -> int:
    """Print, by the share of requests that fails for good, the % of calls that end well / the requests a call."""
    rows: List[List[object]] = []
    for share in SHARES:
        policies = [Policy(f"{rate:g}", budget=10, paid_in=rate) for rate in PAID_IN]
        storms = compare(lasting(share), [*policies, "jittered"])
        rows.append([f"{share:.0%}", *(f"{100 * in_the_end(storm):.1f} / {_late_load(storm):.2f}" for storm in storms)])
    table(["failing", *(f"earns {rate:g}" for rate in PAID_IN), "no budget"], rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
