"""A storm of a million clients that all call, each with the SDK as it is: how long it takes, and its memory."""

from __future__ import annotations

import resource
import sys
from time import perf_counter, process_time

from octamem_testing.storm import Scenario, compare

MINUTE = Scenario(
    clients=1_000_000,
    every=60.0,
    # So each of them calls once in the minute that is simulated.
    arrivals="even",
    # The SDK's own limit; budget and retries are its own by default.
    timeout=30.0,
    before=5.0,
    outage=30.0,
    after=25.0,
)

TARGET_SECONDS = 60.0
TARGET_GIB = 2.0


def _peak_gib() -> float:
    # Linux counts in kibibytes, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1024**3


def main() -> int:
    """Run it, print its figures, and return 1 where a target is missed."""
    began, busy = perf_counter(), process_time()
    (storm,) = compare(MINUTE, ["budgeted"])
    took, busy = perf_counter() - began, process_time() - busy
    calls, requests, seconds = storm.calls, sum(storm.sent), storm.scenario.end
    print(f"a million clients, {seconds:.0f} s of their time: {calls:,} calls, {requests:,} requests, ", end="")
    print(f"at the peak {storm.peak / storm.scenario.load:.1f} times the calls")
    print(f"{took:.1f} s, {busy:.1f} s of them on the processor (wanted: under {TARGET_SECONDS:.0f})")
    print(f"{_peak_gib():.2f} GiB at the peak (wanted: under {TARGET_GIB:.0f})")
    # Of the two, the one that other work on the machine does not lengthen.
    return int(busy > TARGET_SECONDS or _peak_gib() > TARGET_GIB)


if __name__ == "__main__":
    sys.exit(main())
