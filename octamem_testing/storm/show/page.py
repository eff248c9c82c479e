"""A comparison as one HTML page that needs nothing from outside."""

from __future__ import annotations

from typing import Sequence

from octamem_testing.report.html import Html, el, layout
from octamem_testing.storm.storm import Storm

from .plots import fading, storming, svg
from .table import Row, notes, partial_rows, partial_words, storm_rows, storm_words

__all__ = ["page"]

STYLE = """
main { max-width: 72rem; } h2 { margin: 2rem 0 .4rem; font-size: 1.15rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; margin: .8rem 0; }
th, td { padding: .35rem .9rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { color: var(--dim); font-weight: 600; font-size: .85rem; } th:first-child, td:first-child { text-align: left; }
figure { margin: 1rem 0; padding: .6rem; border: 1px solid var(--line); border-radius: 10px; background: var(--card);
  overflow-x: auto; } figure svg { width: 100%; height: auto; min-width: 46rem; }
"""


def page(storms: Sequence[Storm], partials: Sequence[Storm]) -> str:
    """Return the page: the outage, then the partial failure; the caller checks first that it can be drawn."""
    main = el(
        "main",
        el("h2", "The outage"),
        el("p", storm_words(storms[0])),
        _table(storm_rows(storms)),
        _figure(svg(storming(storms)), "requests, goodput and recovery, by policy"),
        el("h2", "A failure in part that lasts"),
        el("p", partial_words(partials[0])),
        _table(partial_rows(partials)),
        _figure(svg(fading(partials)), "calls that end well, by policy"),
        el("h2", "What the budgets come to"),
        *(el("p", note) for note in notes(storms, partials)),
    )
    subtitle = f"simulated with the SDK's own retries, seed {storms[0].scenario.seed}"
    return layout("octamem storm", subtitle, main, style=STYLE)


def _table(rows: Sequence[Row]) -> Html:
    head, *rest = rows
    lines = [el("tr", *(el("th", cell) for cell in head))]
    lines += [el("tr", *(el("td", cell) for cell in row)) for row in rest]
    return el("div", el("table", *lines), class_="scroll")


def _figure(drawn: str, label: str) -> Html:
    return el("figure", Html(drawn), role="img", aria_label=label)
