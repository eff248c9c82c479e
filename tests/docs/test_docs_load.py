"""The page on loads shows the user that is run, every option of the command, and every count of a result."""

from __future__ import annotations

import re
from pathlib import Path

from octamem_testing.load.command import load
from octamem_testing.load.comparison import Counts
from octamem_testing.load.result import Result, Shared
from octamem_testing.load.show.text import count_table

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "load.md").read_text(encoding="utf-8")
AGENT = ROOT / "tests" / "borders" / "locust" / "users" / "agent.py"


def test_the_page_shows_the_user_that_is_run() -> None:
    """The user class on the page is the file that the tests beside Locust run."""
    assert re.findall(r"```py\n(.*?)```", PAGE, re.DOTALL) == [AGENT.read_text(encoding="utf-8")]


def test_the_page_names_each_option() -> None:
    """Each option of the command stands in the table of options."""
    table = PAGE.partition("## Options")[2].partition("\n\n##")[0]
    missing = [opt for param in load.params for opt in param.opts if opt.startswith("--") and f"`{opt}" not in table]
    assert missing == ["--retry-unknown-writes"]  # its other form is the one that is of use


def test_the_page_explains_each_count() -> None:
    """Each count that a result shows stands in the table of counts."""
    counts = count_table(Result("", 0, 0, "", (), Shared(Counts())))
    assert [name for name, _ in counts[1:] if f"| {name} |" not in PAGE] == []
