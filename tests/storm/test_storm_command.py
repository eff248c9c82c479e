"""`octamem-fake storm`: a table that is never only the flattering case, and a page that needs nothing from outside."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import List

import pytest
from click.testing import CliRunner, Result

from octamem_testing.storm.command import storm

QUICK = ["--clients", "60", "--every", "2", "--outage", "4", "--after", "10"]


def ask(*arguments: str) -> Result:
    """Run the command on a small fleet."""
    return CliRunner().invoke(storm, [*QUICK, *arguments])


def words(text: str) -> str:
    """Give a text without its line breaks."""
    return " ".join(text.split())


def rows(text: str, policy: str) -> List[str]:
    """Give the lines of the tables that are about one policy."""
    return [line for line in text.splitlines() if line.startswith(f"{policy} ")]


def test_all_four_policies_are_shown_in_the_storm_and_in_the_failure_in_part() -> None:
    """Without options both tables have a row for each policy, and the exit status is 0."""
    result = ask()
    assert result.exit_code == 0, result.output
    for policy in ("none", "exponential", "jittered", "budgeted"):
        assert len(rows(result.output, policy)) == 2
    said = words(result.output)
    assert "60 clients, each with a call about every 2 s: 30 calls a second." in said
    assert "carries out 45 requests a second. For 4 s it refuses every request." in said
    assert "30% of all requests fail, and go on failing" in said


def test_the_retries_stored_in_the_fleet_are_stated() -> None:
    """N x budget is in the table and in words, and so is what a budget costs."""
    result = ask("--policy", "budgeted", "--budget", "7")
    assert "60 clients x 7 = 420 retries stored in the fleet." in words(result.output)
    assert "what a budget costs: with 30% failing for good" in words(result.output)
    assert rows(result.output, "budgeted")[0].endswith(" 420")
    assert not rows(result.output, "none")


def test_how_long_the_budgets_can_feed_a_storm_is_stated() -> None:
    """The bound is in words, in the unit that suits it: what is in store, over what the service has to spare."""
    only = "--policy", "budgeted"
    assert "They end any storm within about 28 s of the outage" in words(ask(*only, "--budget", "7").output)
    assert "They end any storm within about 7 minutes of the outage" in words(ask(*only).output)
    assert "nothing to spare" in words(ask(*only, "--capacity", "30").output)


def test_clients_in_step_can_be_asked_for() -> None:
    """`--arrivals in-step` reaches the simulation: their retries, all at once, are the peak."""
    result = ask("--arrivals", "in-step", "--every", "6", "--policy", "exponential")
    assert "60 clients, each with a call at the same moment every 6 s" in words(result.output)
    assert re.search(" 60 +60 ", rows(result.output, "exponential")[0])


def test_a_table_is_no_wider_than_a_terminal() -> None:
    """No line of the output has more than 100 characters, with a million retries in store."""
    result = ask("--budget", "20000", "--policy", "exponential", "--policy", "budgeted")
    assert max(map(len, result.output.splitlines())) <= 100


def test_policies_are_shown_in_the_order_asked_for() -> None:
    """`--policy` may be repeated, and every other option reaches the simulation."""
    options = ["--policy", "jittered", "--policy", "none", "--down", "stalled", "--capacity", "50", "--partial", "0.1"]
    result = ask(*options, "--timeout", "3", "--seed", "4")
    assert re.findall(r"^(none|jittered) ", result.output, re.MULTILINE) == ["jittered", "none"] * 2
    said = words(result.output)
    assert "carries out 50 requests a second. For 4 s it takes every request and carries none out." in said
    assert "A client waits 3 s" in said
    assert "10% of all requests fail" in said


def test_the_same_seed_prints_the_same_table() -> None:
    """The output is a function of the options."""
    first, again, other = (ask("--policy", "jittered", "--seed", seed).output for seed in ("5", "5", "6"))
    assert first == again != other


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--clients", "0"], "clients is 0: it must be a number from 1"),
        (["--partial", "2"], "partial is 2.0: it must be a share from 0 to 1"),
        (["--budget", "-1"], "retry_budget is -1.0: it must be a number of retries, 0 or more"),
        (["--policy", "hope"], "'hope' is not one of"),
    ],
)
def test_nonsense_is_a_usage_error(arguments: List[str], said: str) -> None:
    """What is wrong is said in a line, with exit status 2 and no table."""
    result = ask(*arguments)
    assert result.exit_code == 2
    assert said in result.output


def test_a_page_without_matplotlib_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is simulated in vain: the extra is named first, and no file is left behind."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = ask("--html", str(tmp_path / "page.html"))
    assert result.exit_code == 1
    assert 'pip install "octamem[plots]"' in result.output
    assert not list(tmp_path.iterdir())
    assert ask("--policy", "none").exit_code == 0


@pytest.mark.slow
# An older matplotlib upsets newer versions of what it needs itself.
@pytest.mark.filterwarnings(r"ignore::DeprecationWarning:matplotlib\..*")
def test_the_page_holds_both_cases_with_plots_and_needs_nothing_from_outside(tmp_path: Path) -> None:
    """Tables, plots with axes in units, N x budget; no link, script or picture that a browser would have to fetch."""
    file = tmp_path / "page.html"
    result = ask("--html", str(file))
    assert result.exit_code == 0, result.output
    text = file.read_text(encoding="utf-8")
    shown = re.sub(r"<[^>]+>", " ", text)
    for said in (
        "The outage",
        "A failure in part that lasts",
        "60 clients x 100 = 6,000 retries stored in the fleet",
        "requests/s",
        "time, s (shaded: the outage)",
        "time to recover, from the end of the outage",
        "calls that each client has made",
    ):
        assert said in shown
    assert text.count("<svg") == 2
    assert text.count("<table>") == 2
    assert not re.search(r"<script|<img|<link|src=|@import|url\((?!#)|href=\"(?!#)", text)
    again = tmp_path / "again.html"
    ask("--html", str(again))
    assert again.read_text(encoding="utf-8") == text
