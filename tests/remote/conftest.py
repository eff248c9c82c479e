"""What the tests of the commands that drive a server share: a way to run them in process, on the shared server."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import pytest
from click.testing import CliRunner
from command_lines import Ran

from fake_server.cli import main


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run `octamem-fake` in an empty folder, with no variable of ours but those that a test sets."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OCTAMEM_BASE_URL", raising=False)
    monkeypatch.delenv("OCTAMEM_API_KEY", raising=False)
    # Wide enough for any message, which is then on one line.
    monkeypatch.setenv("COLUMNS", "1000")

    def run(*words: str, stdin: bytes = b"") -> Ran:
        try:
            runner = CliRunner(mix_stderr=False)  # click below 8.2 mixes the two unless told
        except TypeError:
            runner = CliRunner()
        done = runner.invoke(main, words, prog_name="octamem-fake", input=stdin)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Ran(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def fake(command: Any, served: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The shared server, as good as new, to which the commands of this test speak."""
    monkeypatch.setenv("OCTAMEM_BASE_URL", served.url)
    return served
