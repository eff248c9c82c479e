"""Run the command: `python -m octamem`."""

import sys

if __name__ == "__main__":
    from ._command.main import main

    sys.exit(main())
