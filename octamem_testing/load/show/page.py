"""The result of a load as one HTML page that needs nothing from outside."""

from __future__ import annotations

from typing import Sequence, Tuple

from octamem_testing.load.result import Result
from octamem_testing.report.html import TABLES, Html, el, figures, layout, sideways

from .text import call_table, count_table, difference_lines, error_table, subtitle

__all__ = ["page"]

STYLE = f"""{TABLES}
main {{ max-width: 960px; }}
.wrong {{ color: var(--bad); font-weight: 600; }}
"""


def page(result: Result) -> str:
    """Return the page: what is wrong first, then the figures."""
    shared = result.shared
    said = [el("p", each, class_="wrong") for each in result.wrong] or [el("p", "Every count is right.")]
    parts = [
        *said,
        figures(
            (
                ("calls", f"{sum(row.calls for row in result.calls):,}"),
                ("a second", f"{sum(row.a_second for row in result.calls):,.0f}"),
                ("acknowledged", f"{shared.counts.acknowledged:,}"),
                ("stored twice", f"{shared.counts.stored_twice:,}"),
                ("missing", f"{shared.counts.missing:,}"),
            )
        ),
        el("h2", "Calls"),
        _table("calls", call_table(result)),
    ]
    if shared.errors:
        parts += [el("h2", "Calls that failed, by kind"), _table("errors", error_table(shared.errors))]
    if shared.failed_attempts:
        parts += [el("h2", "Attempts that failed, by kind"), _table("attempts", error_table(shared.failed_attempts))]
    parts += [el("h2", "Memories"), _table("memories", [("count", ""), *count_table(result)])]
    if shared.differences:
        lines = [el("li", line) for line in difference_lines(result, len(shared.differences))]
        parts += [el("h2", "Differences"), el("ul", *lines)]
    return layout("octamem load", subtitle(result), el("main", *parts), style=STYLE)


def _table(label: str, rows: Sequence[Tuple[str, ...]]) -> Html:
    head, *rest = rows
    lines = [el("tr", *(el("th", cell, scope="col") for cell in head))]
    lines += [el("tr", *(el("td", cell) for cell in row)) for row in rest]
    return sideways(label, el("table", *lines))
