"""What an armed fault script that never fits adds to a call: SDK, FakeTransport and Fake, side by side with none."""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
from itertools import count
from time import perf_counter
from typing import Callable, Dict, List

from fake_server.core import Fake
from octamem import OctaMem
from octamem_testing import FakeTransport

KEY = "sk-om-live-benchmark-0001"
TARGET = 1.05
SCRIPTS = {
    "for another endpoint": "details: 503 x3, reset @after; search: hang @mid",
    "with a chance of nought": "add: 503 0%",
}


def _adding(script: str) -> Callable[[], object]:
    fake = Fake()
    if script:
        fake.faults(script, key=KEY)
    client = OctaMem(KEY, transport=FakeTransport(fake))
    numbers = count()
    return lambda: client.add(content=f"Note {next(numbers)}: the river is kept in drawer 7.")


def ratios(*, rounds: int, calls: int) -> Dict[str, float]:
    """Give each script's median ratio to none, each pair measured within one round, in an order that goes round."""
    names = ["", *SCRIPTS]
    seen: Dict[str, List[float]] = {name: [] for name in SCRIPTS}
    for turn in range(rounds):
        # New fakes each round: what they hold would weigh more and more on whoever comes after a collection.
        contenders = {name: _adding(SCRIPTS.get(name, "")) for name in names}
        spent = dict.fromkeys(names, 0.0)
        gc.collect()
        gc.disable()
        for call in range(calls):
            first = (turn + call) % len(names)
            for name in names[first:] + names[:first]:
                began = perf_counter()
                contenders[name]()
                spent[name] += perf_counter() - began
        gc.enable()
        for name in SCRIPTS:
            seen[name].append(spent[name] / spent[""])
    return {name: statistics.median(each) for name, each in seen.items()}


def main() -> int:
    """Measure, print one line a script, and return 1 where the target is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=60)
    options.add_argument("--calls", type=int, default=300)
    given = options.parse_args()
    found = ratios(rounds=given.rounds, calls=given.calls)
    for name, ratio in found.items():
        print(f"a call with a script armed {name}: {ratio:.3f} of one with none (target {TARGET})")
    return int(max(found.values()) > TARGET)


if __name__ == "__main__":
    sys.exit(main())
