"""`octamem-fake` and `python -m fake_server`: the command line, or what to install for it."""

from __future__ import annotations

import errno
import sys

from .lazy import install_hint

_UNWRITABLE = {errno.ENOSPC, errno.EIO}


def main() -> None:
    """Run the command; if a requirement of the server is missing, say how to install it."""
    try:
        from .cli import main as command

        command(prog_name="octamem-fake")
    except ModuleNotFoundError as error:
        hint = install_hint("octamem-fake", error)
        if hint is None:
            raise
        sys.exit(hint)
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        sys.exit(f"octamem-fake: cannot write what it says: {error.strerror}")
    except KeyboardInterrupt:  # while the command loads; from then on it ends itself
        sys.exit(130)


if __name__ == "__main__":
    main()
