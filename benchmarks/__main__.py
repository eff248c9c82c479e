"""Run every benchmark, one after the other, each in a process of its own so that none warms up another."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run all, or those named on the command line; the exit status is the number that could not be run."""
    here = Path(__file__).parent
    modules = [path.stem for path in here.glob("*.py") if not path.stem.startswith("_")]
    found = sorted([*modules, *(path.parent.name for path in here.glob("*/__main__.py"))])
    failed = 0
    for name in sys.argv[1:] or found:
        print(f"\n== {name}", flush=True)
        failed += subprocess.call([sys.executable, "-m", f"benchmarks.{name}"]) != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
