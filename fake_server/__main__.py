"""`octamem-fake` and `python -m fake_server`: the command line, or what to install for it."""

from __future__ import annotations

import sys

from .missing import missing_told


def main() -> None:
    """Run the command; where the server's requirements are not installed, say which line installs them."""
    try:
        from .cli import main as command

        command(prog_name="octamem-fake")
    except ModuleNotFoundError as error:
        told = missing_told("octamem-fake", error)
        if told is None:
            raise
        sys.exit(told)


if __name__ == "__main__":
    main()
