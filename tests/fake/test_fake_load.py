"""Load: many clients beside slow readers and a large key get exactly what they must; the long form is a benchmark."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import List

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(
            ["--seconds=1.5", "--clients=40", "--memories=3000", "--pause=0.2", "--any-memory"], marks=pytest.mark.slow
        ),
        pytest.param([], marks=pytest.mark.proof),
    ],
    ids=["short", "long"],
)
def test_every_count_is_exact_under_load(size: List[str]) -> None:
    """What clients are answered, and what the server holds of each afterwards, is right under faults and resets."""
    command = [sys.executable, "-m", "benchmarks.server_load", *size]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r"(\d+) counts wrong", done.stdout) == ["0", "0"]
    assert len(re.findall(r"[1-9][\d,]* requests", done.stdout)) == 2
