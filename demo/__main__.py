"""Start the fake on a free port, play every scene against it, show the journal; exit 0 only if all went as told."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import contextmanager
from typing import Generator

from rich.console import Console

from .scenes import SCENES, journal
from .stage import Run

KEY = "sk-om-live-demo-000000000001"
OTHER_KEY = "sk-om-live-demo-000000000002"


@contextmanager
def _server() -> Generator[str, None, None]:
    """Run `octamem-fake serve` as a process of its own, as a reader would, and give its address."""
    command = [sys.executable, "-m", "fake_server", "serve", "--port", "0", "--api-key", KEY, "--api-key", OTHER_KEY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:  # noqa: S603 - our own command
        try:
            line = process.stdout.readline() if process.stdout else ""
            if " ready on " not in line:
                raise SystemExit(f"the fake did not start; run {' '.join(command[1:])} to see why")
            yield line.rsplit(" ", 1)[-1].strip()
        finally:
            process.terminate()


def main() -> int:
    """Play the demo; the exit status says whether everything held."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a stream may lack the check mark, as Latin-1 does
    console = Console(highlight=False, width=min(Console().width, 110) if sys.stdout.isatty() else 110)
    with _server() as url:
        os.environ["OCTAMEM_BASE_URL"], os.environ["OCTAMEM_API_KEY"] = url, KEY
        console.print(f"\n[bold]octamem-fake[/] is serving on [cyan]{url}[/]: a process of its own, real HTTP.")
        console.print(f"[dim]export OCTAMEM_BASE_URL={url} OCTAMEM_API_KEY={KEY}[/]")
        stage = Run(console, url, KEY, OTHER_KEY)
        for scene in SCENES:
            stage.play(scene)
        journal(stage)
    if stage.failed:
        console.print(f"\n[bold red]{stage.failed} of the things shown did not go as told.[/]\n")
        return 1
    console.print(
        f"\n[bold green]All {stage.held} things shown were checked as they were shown.[/]"
        " Next: [bold]make test[/], then README.md.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
