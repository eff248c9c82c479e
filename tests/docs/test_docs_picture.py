"""The picture of the README is what pytest prints."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_picture_shows_what_a_failing_test_prints() -> None:
    """Both pictures are those that `python -m benchmarks.report_picture --write` would write now."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.report_picture"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_picture_is_small_and_loads_nothing(theme: str) -> None:
    """The README shows it, it has less than 150 kB, and no address but that of the namespace stands in it."""
    path = ROOT / "docs" / "pictures" / f"failing-test-{theme}.svg"
    text = path.read_text(encoding="utf-8")
    assert len(text) < 150_000
    assert re.findall(r"https?://[^\"]+", text.replace("https://platform.octamem.com", "")) == [
        "http://www.w3.org/2000/svg"
    ]
    assert f"docs/pictures/{path.name}" in (ROOT / "README.md").read_text(encoding="utf-8")
