"""What the page on storms shows is what comes out."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Dict, List, Tuple

import pytest
from click.testing import CliRunner

from octamem.testing import DEFAULT_RETRY_BUDGET, EARNED_PER_SUCCESS
from octamem_testing.storm.command import storm

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "storms.md").read_text(encoding="utf-8")


def shown_command() -> Tuple[List[str], str]:
    """Return the arguments of the command that opens the page, and the output below it."""
    found = re.search(r"```console\n\$ octamem-fake storm (.*)\n((?:.|\n)*?)```", PAGE)
    assert found is not None
    return found[1].split(), found[2]


@pytest.mark.slow
def test_the_command_on_the_page_prints_the_lines_of_a_policy() -> None:
    """Each line that the command prints for two of the policies stands on the page, except for its column widths."""
    arguments, output = shown_command()
    shown = [" ".join(line.split()) for line in output.splitlines()]
    printed = CliRunner().invoke(storm, [*arguments, "--policy", "none", "--policy", "budgeted"]).output
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    assert sum(line.startswith("budgeted") for line in lines) == 4
    assert [line for line in lines if line not in shown] == []


@pytest.mark.proof
def test_the_output_on_the_page_is_that_of_the_command() -> None:
    """The table that opens the page is printed by the command above it, word for word."""
    arguments, output = shown_command()
    assert CliRunner().invoke(storm, arguments).output == output


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


def rules_of(page: str) -> Dict[str, List[str]]:
    """Give the cells of the table of rules, by the name of the rule."""
    found = re.search(r"^\| rule \| in a row (?:.*\n)+?(?=\n)", page, re.MULTILINE)
    assert found is not None
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in found[0].splitlines()[2:]]
    return {name: cells for name, *cells in rows}


def test_the_rules_of_others_are_told_as_they_were_decided_on() -> None:
    """The page and the decision show one table, and it says what both say of it in words."""
    decision = (ROOT / "docs" / "decisions" / "0024-the-retry-budget-stays.md").read_text(encoding="utf-8")
    rules = rules_of(PAGE)
    assert rules_of(decision) == rules
    in_a_row = {name: cells[0] for name, cells in rules.items()}
    kept = {
        name for name, calls in in_a_row.items() if all(int(each) >= 33 for each in calls.split(", ") if each != "all")
    }
    assert kept == {"the SDK's budget of 100", "AWS, 990 tokens", "gRPC, 264 tokens", "Finagle"}
    seconds = {
        name: float(cells[1].split()[0])
        for name, cells in rules.items()
        if cells[1].endswith(" s") and "not" not in cells[1]
    }
    today = seconds["the SDK's budget of 100"]
    assert seconds["AWS, 500 tokens"] / today == pytest.approx(1 / 2, abs=0.03)
    assert seconds["gRPC, 100 tokens"] / today == pytest.approx(1 / 4, abs=0.04)
    assert all(seconds.get(name, float("inf")) >= 0.99 * today for name in kept)
    assert all(float(cells[3].split()[0]) <= 30 for cells in rules.values())
