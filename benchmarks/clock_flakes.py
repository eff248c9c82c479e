"""The kit's clock tests, a thousand times each under two workers: how many of them flake."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from ._repeated import TIMES

ROOT = Path(__file__).parents[1]
TESTS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "kit").glob("test_kit_clock*.py"))


def main() -> int:
    """Run them, print one line, and return 1 where a test failed once."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=1_000)
    options.add_argument("--workers", type=int, default=2)
    given = options.parse_args()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "benchmarks._repeated", "-p", "no:cacheprovider"]
    began = perf_counter()
    done = subprocess.run(
        [*command, "--tb=short", "--maxfail=20", f"-n{given.workers}", *TESTS],
        cwd=ROOT,
        env={**os.environ, TIMES: str(given.runs)},
        capture_output=True,
        text=True,
        check=False,
    )
    summary = (done.stdout.strip().splitlines() or ["no output"])[-1]
    passed, failed = (
        int(found[1]) if (found := re.search(rf"(\d+) {what}", summary)) else 0 for what in ("passed", "failed")
    )
    print(
        f"{given.runs} runs of {', '.join(TESTS)} under -n {given.workers}: {passed} passed, {failed} failed, "
        f"in {perf_counter() - began:.0f} s"
    )
    if done.returncode:
        print(done.stdout[-4000:], done.stderr[-2000:], sep="\n")
    return int(done.returncode != 0)


if __name__ == "__main__":
    sys.exit(main())
