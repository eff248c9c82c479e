"""The storms that docs/storms.md shows: their tables and, with --svg, their pictures."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Dict

from octamem_testing.storm import Scenario, compare, lasting
from octamem_testing.storm.table import storm_rows

from .storm_sweep import table

SHOWN: Dict[str, Scenario] = {
    "outage": Scenario(),
    "busy": Scenario(clients=200, every=0.5),
    "in-step": Scenario(arrivals="in-step"),
}


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
            from octamem_testing.storm.plots import storming, svg

            (folder / f"{name}.svg").write_text(svg(storming(storms)), encoding="utf-8")
    if folder is not None:
        from octamem_testing.storm.plots import fading, svg

        (folder / "partial.svg").write_text(svg(fading(compare(lasting()))), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
