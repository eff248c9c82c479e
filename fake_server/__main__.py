"""`octamem-fake` and `python -m fake_server`: the command line, or what to install for it."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command; where the server's requirements are not installed, say which line installs them."""
    try:
        from .cli import main as command

        command(prog_name="octamem-fake")
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in {"", "fake_server"}:
            raise
        sys.exit(
            f'octamem-fake needs {missing}, which is not installed: pip install ".[server]"\n'
            "(in a checkout of our repository: the octamem of the public index is the vendor's, and has no such extra)"
        )


if __name__ == "__main__":
    main()
