"""What the page on storms shows is what comes out."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
from click.testing import CliRunner

from octamem.testing import DEFAULT_RETRY_BUDGET, EARNED_PER_SUCCESS
from octamem_testing.storm.command import storm

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "storms.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_output_on_the_page_is_that_of_the_command() -> None:
    """The table that opens the page is printed by the command above it, word for word."""
    found = re.search(r"```console\n\$ octamem-fake storm (.*)\n((?:.|\n)*?)```", PAGE)
    assert found is not None
    assert CliRunner().invoke(storm, found[1].split()).output == found[2]


@pytest.mark.slow
def test_the_program_on_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """It prints a line for each policy, and what is in store."""
    runpy.run_path(str(ROOT / "tests" / "examples" / "storm_compare.py"), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["none", "jittered", "budgeted", "mine", "4000.0"]


def test_the_default_is_the_one_that_the_pages_name() -> None:
    """The size and the rate of the SDK's budget are those that the sweep is read for, and that its own page tells."""
    sdk = (ROOT / "docs" / "sdk.md").read_text(encoding="utf-8")
    assert f"**{DEFAULT_RETRY_BUDGET:g} retries** ahead of its successes" in " ".join(PAGE.split())
    assert f"| `retry_budget` | `{DEFAULT_RETRY_BUDGET}` |" in sdk
    earning = f"Each call that succeeds without retrying earns {EARNED_PER_SUCCESS:g}."
    assert earning in " ".join(PAGE.split())
    assert earning in " ".join(sdk.split())
