"""The hostile table, row by row: nothing but an OctaMemError comes out, and the one that is documented."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Callable

import pytest
from raw_server import Server
from sdk_cases import CASES, MEMORY, Case
from sdk_driver import KEY, Driver, VirtualClock, observed
from sdk_report import report

from octamem import OctaMemError

PAGE = Path(__file__).parents[2] / "docs" / "hostile.md"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-")[:60])
def test_every_row_of_the_hostile_table_comes_out_as_documented(
    case: Case, sdk: Driver, serve: Callable[..., Server], clock: VirtualClock
) -> None:
    """Whatever a server does, the call ends as the table says, and its error says the words that help."""
    server = serve(*case.acts)
    outcome, result = observed(sdk, server, case, clock)
    assert outcome == case.expected
    for words in case.says:
        assert words in str(result)
    if isinstance(result, OctaMemError):
        shown = "".join(traceback.format_exception(type(result), result, result.__traceback__)[-1:]) + repr(
            vars(result)
        )
        assert KEY not in shown
        assert MEMORY[:20] not in shown
        assert len(result.message) <= 700


@pytest.mark.slow
def test_the_page_of_the_docs_shows_what_is_observed() -> None:
    """docs/hostile.md is what sdk_report.py writes now, so that no row of it can be out of date."""
    assert PAGE.read_text(encoding="utf-8") == report()
