"""What importing the SDK costs, against `import httpx, pydantic`, each in fresh interpreters."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

BASE = "import httpx, pydantic"
LAZY = "import octamem"
NAMES = "from octamem import OctaMem, AddResult"
TARGETS = {LAZY: 0.5, NAMES: 1.05}


def seconds(code: str) -> float:
    """Return how long a fresh interpreter takes to run the code, its own start included."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


def main() -> int:
    """Measure in turns, print one line a figure, and return 1 where a target is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=15)
    rounds = options.parse_args().rounds
    codes = ("pass", BASE, LAZY, NAMES)
    times: dict[str, list[float]] = {code: [] for code in codes}
    for _ in range(rounds):
        for code in codes:
            times[code].append(seconds(code))
    start, *medians = (statistics.median(times[code]) for code in codes)
    base, lazy, names = (median - start for median in medians)
    missed = False
    print(f"{BASE}: {base * 1000:.1f} ms, the interpreter's own {start * 1000:.1f} ms taken off")
    for code, cost in ((LAZY, lazy), (NAMES, names)):
        ratio = cost / base
        missed = missed or ratio > TARGETS[code]
        print(f"{code}: {cost * 1000:.1f} ms; ratio {ratio:.2f} (target {TARGETS[code]})")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
