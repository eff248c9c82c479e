"""Run the command: `python -m octamem`."""

from __future__ import annotations

import sys
from typing import Optional, Sequence


def run(given: Optional[Sequence[str]] = None) -> int:
    """Run a command line, and return its exit status; Ctrl-C ends it cleanly, from the loading of its parts on."""
    try:
        from ._command.main import main

        return main(given)
    except KeyboardInterrupt:
        sys.stderr.write("stopped by Ctrl-C\n")
        return 130


if __name__ == "__main__":
    sys.exit(run())
