"""The demo is what a newcomer sees first, so it is run whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_demo_shows_what_it_says():
    """Every thing that the demo shows is checked by the demo itself, and its journal names the lost answer."""
    done = subprocess.run(
        [sys.executable, "-m", "demo"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "✗" not in done.stdout
    assert done.stdout.count("✓") == 18
    assert "reset @after" in done.stdout
