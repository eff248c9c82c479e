"""`octamem-fake storm`: a table that is never only the flattering case, and a page that needs nothing from outside."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import List

import pytest
from click.testing import CliRunner, Result

from octamem_testing.storm import command, run
from octamem_testing.storm.command import storm
from octamem_testing.storm.show.table import storm_words

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


@pytest.mark.slow
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


def test_the_retry_tokens_of_the_fleet_are_stated() -> None:
    """N x budget is in the table and in words, and so is the cost of a budget."""
    result = ask("--policy", "budgeted", "--budget", "7")
    assert "60 clients x 7 = 420 retry tokens outstanding." in words(result.output)
    assert "what a budget costs: with 30% failing for good" in words(result.output)
    assert rows(result.output, "budgeted")[0].endswith(" 420")
    assert not rows(result.output, "none")


@pytest.mark.slow
def test_how_long_the_budgets_can_feed_a_storm_is_stated() -> None:
    """The bound is in words and in a fitting unit: the retry tokens, divided by the spare capacity."""
    only = "--policy", "budgeted"
    assert "Any storm ends within about 28 s of the outage" in words(ask(*only, "--budget", "7").output)
    assert "Any storm ends within about 7 minutes of the outage" in words(ask(*only).output)
    assert "no spare capacity" in words(ask(*only, "--capacity", "30").output)


def test_clients_in_step_can_be_asked_for() -> None:
    """`--arrivals in-step` reaches the simulation: their retries, all at once, are the peak."""
    result = ask("--arrivals", "in-step", "--every", "6", "--policy", "exponential")
    assert "60 clients, each with a call at the same moment every 6 s" in words(result.output)
    assert re.search(" 60 +60 ", rows(result.output, "exponential")[0])


@pytest.mark.slow
def test_a_table_is_no_wider_than_a_terminal() -> None:
    """No line of the output has more than 100 characters, with a million retry tokens."""
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


@pytest.mark.slow
def test_the_same_seed_prints_the_same_table() -> None:
    """The output is a function of the options."""
    first, again, other = (ask("--policy", "jittered", "--seed", seed).output for seed in ("5", "5", "6"))
    assert first == again != other


def test_calls_under_way_are_told_apart() -> None:
    """A storm in which nearly nothing ended is not one in which all ended well."""
    stalled = ask("--down", "stalled", "--timeout", "30", "--outage", "60", "--policy", "budgeted")
    head = next(line for line in stalled.output.splitlines() if line.startswith("policy"))
    lost, under_way, well = rows(stalled.output, "budgeted")[0].split()[-4:-1]
    assert re.search("lost +under way +end well", head)
    assert lost == "0"
    assert int(under_way.replace(",", "")) > 1500
    assert float(well.rstrip("%")) < 20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "of the last 500, once it is spent."),
        (["--budget", "400"], "of the last 1,450, once it is spent."),
        (["--partial", "0.01"], "it is not spent, since successes earn at least what retries spend."),
        (["--partial", "0.09", "--budget", "50000"], "it is not spent, which takes about"),
        (["--partial", "0.1", "--budget", "10"], "of 10 clients had spent theirs before these, "),
        (["--budget", "0"], "it holds no whole token, so no retry is made."),
        (["--budget", "0.5"], "60 clients x 0 (whole ones, of the 0.5) = 0 retry tokens outstanding."),
    ],
)
def test_a_budget_is_called_spent_where_it_was(arguments: List[str], said: str) -> None:
    """The second run is long enough to spend a budget that can be, and else it is said that it was not."""
    assert said in words(ask("--policy", "budgeted", *arguments).output)


@pytest.mark.slow
def test_a_policy_of_ones_own_stands_beside_the_named_ones() -> None:
    """--retries, --delay and --jitter make one policy more, the SDK's but for what is said; a name counts once."""
    result = ask("--policy", "none", "--policy", "none", "--retries", "1", "--delay", "0.5", "--no-jitter")
    assert len(rows(result.output, "none")) == len(rows(result.output, "yours")) == 2
    assert "60 clients x 100 = 6,000 retry tokens outstanding" in words(result.output)
    sent = [line.split()[-5] for line in (rows(result.output, "none")[0], rows(result.output, "yours")[0])]
    assert sent[0] == "1.00" < sent[1] < "2.00"


def test_one_client_is_one() -> None:
    """Nothing is said of 1 clients."""
    said = words(ask("--clients", "1", "--policy", "budgeted").output)
    assert "1 client, each with a call" in said
    assert "1 client x 100 = 100 retry tokens outstanding" in said
    assert "1 clients" not in said


def test_a_fleet_says_how_often_each_of_it_calls() -> None:
    """Where a large fleet calls more seldom than every half minute, that is printed."""
    short = run(clients=1_000_000, before=0.0, outage=0.0, after=0.01, policy="none")
    assert "1,000,000 clients, each with a call about every 250 s: 4,000 calls a second." in storm_words(short)


@pytest.mark.slow
def test_who_waits_at_a_terminal_is_told_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line a policy where it takes some seconds, and none where nobody watches or it is soon done."""
    told = "simulating jittered, 2 of 2 ..."
    options = ["--policy", "none", "--policy", "jittered", "--partial", "0"]
    monkeypatch.setattr(command, "_is_watched", lambda: True)
    assert told not in ask(*options).output
    monkeypatch.setattr(command, "LONG", 100)
    assert told in ask(*options).output
    monkeypatch.setattr(command, "_is_watched", lambda: False)
    assert told not in ask(*options).output


@pytest.mark.parametrize("folder", ["nodir", "file"])
def test_a_page_that_could_not_be_written_is_refused_first(folder: str, tmp_path: Path) -> None:
    """A folder that is not there, or is a file, is a usage error, and nothing is simulated for it."""
    (tmp_path / "file").touch()
    result = ask("--html", str(tmp_path / folder / "x.html"))
    assert result.exit_code == 2
    assert "expected a file in an existing, writable folder, got" in words(result.output)
    assert "requests a second" not in words(result.output)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--outage", "1e300"], "outage must be a number from 0 to 1,000,000, got 1e+300"),
        (["--every", "1e-320"], "every must be long enough that 60 clients make at most 100,000,000 calls"),
        (["--retries", "-1"], "max_retries must be an int of at least 0, got -1"),
        (["--clients", "0"], "clients must be an int from 1 to 10,000,000, got 0"),
        (["--partial", "2"], "partial must be a number from 0 to 1, got 2.0"),
        (["--budget", "-1"], "retry_budget must be a finite number of at least 0, or None, got -1.0"),
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
    assert 'pip install ".[plots]"' in result.output
    assert not list(tmp_path.iterdir())
    assert ask("--policy", "none").exit_code == 0


@pytest.mark.slow
@pytest.mark.filterwarnings(r"ignore::DeprecationWarning:matplotlib\..*")
def test_the_page_has_no_heading_above_nothing(tmp_path: Path) -> None:
    """Without a policy that has a budget, the page says nothing of what budgets come to."""
    file = tmp_path / "page.html"
    result = ask("--policy", "none", "--html", str(file))
    assert result.exit_code == 0, result.output
    assert not re.search(r"</h2>\s*(<h2|</main>)", file.read_text(encoding="utf-8"))


@pytest.mark.slow
# An older matplotlib upsets newer versions of what it needs itself.
@pytest.mark.filterwarnings(r"ignore::DeprecationWarning:matplotlib\..*")
def test_the_page_holds_both_cases_with_plots_and_needs_nothing_from_outside(tmp_path: Path) -> None:
    """Tables, plots with axes in units, N x budget; no link, script or picture that a browser would have to fetch."""
    file = tmp_path / "page.html"
    two = "--policy", "none", "--policy", "budgeted"
    result = ask(*two, "--html", str(file))
    assert result.exit_code == 0, result.output
    text = file.read_text(encoding="utf-8")
    shown = re.sub(r"<[^>]+>", " ", text)
    for said in (
        "The outage",
        "A failure in part that lasts",
        "60 clients x 100 = 6,000 retry tokens outstanding",
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
    ask(*two, "--html", str(again))
    assert again.read_text(encoding="utf-8") == text
