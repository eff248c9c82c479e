"""The result of a load as a file, whose suffix says how."""

from __future__ import annotations

import json
from pathlib import Path

from octamem_testing.load.result import Result
from octamem_testing.report.html import write_page

from .page import page

__all__ = ["SUFFIXES", "write_report"]

SUFFIXES = (".html", ".json")


def write_report(file: Path, result: Result) -> None:
    """Write a result as JSON if the file is named so, and else as a page; raises OSError."""
    as_json = file.suffix.lower() == ".json"
    write_page(file, f"{json.dumps(result.plain(), indent=1)}\n" if as_json else page(result))
