"""A comparison as one HTML page that needs nothing from outside."""

from __future__ import annotations

from html import escape
from typing import Sequence

from octamem_testing.report.html import Html, layout
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
    """Return the page: the storm, then the partial failure; the caller checks first that matplotlib is installed."""
    body = (
        "<main>"
        f"<h2>The outage</h2><p>{escape(storm_words(storms[0]))}</p>"
        f"{_table(storm_rows(storms))}{_figure(svg(storming(storms)), 'requests, goodput and recovery, by policy')}"
        f"<h2>A failure in part that lasts</h2><p>{escape(partial_words(partials[0]))}</p>"
        f"{_table(partial_rows(partials))}{_figure(svg(fading(partials)), 'calls that end well, by policy')}"
        f"<h2>What the budgets come to</h2>{''.join(f'<p>{escape(note)}</p>' for note in notes(storms, partials))}"
        "</main>"
    )
    said = f"simulated with the SDK's own retries, seed {storms[0].scenario.seed}"
    return layout("octamem storm", said, Html(body), style=STYLE)


def _table(rows: Sequence[Row]) -> str:
    head, *rest = rows
    lines = [f"<tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr>"]
    lines += [f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rest]
    return f'<div class="scroll"><table>{"".join(lines)}</table></div>'


def _figure(drawn: str, said: str) -> str:
    return f'<figure role="img" aria-label="{escape(said)}">{drawn}</figure>'
