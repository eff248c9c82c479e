"""The page of the command is held to its code: options, formats and exit statuses."""

from __future__ import annotations

import re
from pathlib import Path

from octamem._command.entries import _SUFFIXES, FORMATS

PAGE = (Path(__file__).parents[2] / "docs" / "command.md").read_text(encoding="utf-8")


def test_the_page_names_every_option(command):
    """Each option that the help of a command shows stands on the page."""
    shown = {
        option
        for name in ("search", "add", "details", "import")
        for option in re.findall(r"--[a-z-]+", command(name, "--help").out)
    }
    assert len(shown) > 8
    assert {option for option in shown if option not in PAGE} == {"--help"}


def test_the_page_names_every_format_and_suffix():
    """The table of formats is the one that the command reads by."""
    rows = [row.split("|")[1:3] for row in PAGE.split("| format |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]]
    found = {suffix: name.strip("` ") for name, suffixes in rows for suffix in re.findall(r"\.\w+", suffixes)}
    assert found == _SUFFIXES
    assert set(found.values()) == set(FORMATS)


def test_the_page_and_the_help_name_the_same_statuses(command):
    """The exit statuses of the help stand on the page."""
    assert re.findall(r"^  (\d+) ", command("--help").out, re.MULTILINE) == ["0", "1", "2", "3", "130"]
    assert re.findall(r"^\| ([\d, ]+) \|", PAGE, re.MULTILINE) == ["0", "1", "2", "3", "130, 143"]
