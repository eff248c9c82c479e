"""The demo is what a newcomer sees first, so it is run whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.parametrize("encoding, mark", [("utf-8", "✓"), ("latin-1", r"\u2713")])
def test_the_demo_shows_what_it_says(encoding, mark):
    """Every thing that the demo shows is checked by itself, on a terminal without a check mark by its escape."""
    done = subprocess.run(
        [sys.executable, "-m", "demo"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        encoding=encoding,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "✗" not in done.stdout
    assert r"\u2717" not in done.stdout
    assert done.stdout.count(mark) == 18
    assert "reset @after" in done.stdout
