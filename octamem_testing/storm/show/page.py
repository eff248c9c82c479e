"""A comparison as one HTML page that needs nothing from outside."""

from __future__ import annotations

from typing import Sequence

from octamem_testing.report.html import TABLES, Html, el, layout, sideways
from octamem_testing.storm.storm import Storm

from .plots import fading, storming, svg
from .table import Row, notes, partial_rows, partial_words, storm_rows, storm_words

__all__ = ["page"]

STYLE = f"""{TABLES}
main {{ max-width: 1160px; }}
figure {{ margin: 0; padding: 10px; }} figure svg {{ width: 100%; height: auto; min-width: 736px; }}
"""


def page(storms: Sequence[Storm], partials: Sequence[Storm]) -> str:
    """Return the page: the outage, then the partial failure; the caller checks first that it can be drawn."""
    budgets = notes(storms, partials)
    main = el(
        "main",
        el("h2", "The outage"),
        el("p", storm_words(storms[0])),
        _table("the outage in figures", storm_rows(storms)),
        _figure(svg(storming(storms)), "requests, goodput and recovery, by policy"),
        el("h2", "A failure in part that lasts"),
        el("p", partial_words(partials[0])),
        _table("the failure in part in figures", partial_rows(partials)),
        _figure(svg(fading(partials)), "calls that end well, by policy"),
        *([el("h2", "What the budgets come to")] if budgets else []),
        *(el("p", note) for note in budgets),
    )
    subtitle = f"simulated with the SDK's own retries, seed {storms[0].scenario.seed}"
    return layout("octamem storm", subtitle, main, style=STYLE)


def _table(label: str, rows: Sequence[Row]) -> Html:
    head, *rest = rows
    lines = [el("tr", *(el("th", cell, scope="col") for cell in head))]
    lines += [el("tr", *(el("td", cell) for cell in row)) for row in rest]
    return sideways(label, el("table", *lines))


def _figure(drawn: str, label: str) -> Html:
    return sideways(f"picture: {label}", el("figure", Html(drawn), role="img", aria_label=label))
