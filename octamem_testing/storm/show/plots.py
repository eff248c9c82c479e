"""The pictures of a comparison, as SVG that follows the reader's light or dark."""

from __future__ import annotations

import io
from itertools import cycle
from typing import TYPE_CHECKING, Any, Callable, ContextManager, Iterator, List, Sequence, Tuple, TypeVar

from octamem_testing.storm.partial import calls_each
from octamem_testing.storm.storm import Storm

from .curves import curve, edges, widths
from .strokes import LOOKS, alike, strokes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["INK", "draw", "fading", "figure", "legend", "looks", "names_of", "storming", "svg"]

INK, LINE, SHADE = "#102030", "#c0c1c2", "#e0b0b1"
"""Placeholder colours: `svg` replaces each by a CSS variable."""

VARIABLES = {INK: "--storm-ink", LINE: "--storm-line", SHADE: "--storm-shade"}

STYLE = """<style>
:root { --storm-ink: #1b2330; --storm-line: #d5dae2; --storm-shade: #f9e1de; }
@media (prefers-color-scheme: dark) { :root { --storm-ink: #e7ebf2; --storm-line: #394150; --storm-shade: #38262a; } }
</style>"""

Series = Callable[[Storm], Sequence[float]]

Drawn = TypeVar("Drawn")

SMOOTH = 3
"""The seconds that a point of a curve is the mean of: calls that come by chance are a thicket otherwise."""


def svg(picture: Figure) -> str:
    """Return a figure as SVG: the same text for the same figure, without a date."""
    import matplotlib as mpl

    written = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "storm"}):
        picture.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = written.getvalue()
    text = text[text.index("<svg") :]
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, f"var({variable})")
    head, _, rest = text.partition(">")
    return f"{head}>{STYLE}{rest}"


def looks() -> ContextManager[None]:
    """Set our colours and sizes for the figures that are drawn in this block."""
    import matplotlib as mpl

    drawn: Any = {
        **dict.fromkeys(("text.color", "axes.labelcolor", "axes.titlecolor", "xtick.color", "ytick.color"), INK),
        **dict.fromkeys(("axes.edgecolor", "grid.color"), LINE),
        **dict.fromkeys(("axes.spines.top", "axes.spines.right", "legend.frameon"), False),
        **dict.fromkeys(("axes.grid", "axes.axisbelow"), True),
        "axes.titlelocation": "left",
        "axes.titlesize": 9.5,
        "font.family": "sans-serif",
        "font.size": 8.0,
        "legend.fontsize": 9.0,
        "lines.linewidth": 1.6,
    }
    return mpl.rc_context(drawn)


def figure(rows: int, columns: int, *, height: float = 2.7) -> Tuple[Figure, List[Axes]]:
    """Return an empty figure and its plots, row by row, each `height` inches high."""
    from matplotlib.figure import Figure

    picture = Figure(figsize=(10.0, height * rows + 0.3), layout="constrained")
    return picture, list(picture.subplots(rows, columns, squeeze=False).flat)


def storming(storms: Sequence[Storm]) -> Figure:
    """Draw the requests, those served, the goodput, and when the service had recovered."""
    with looks():
        picture, (sent, served, good, took) = figure(2, 2, height=2.7 + 0.1 * max(0, len(storms) - 4))
        _curves(sent, storms, lambda storm: storm.sent, "offered, dotted: what can be carried out", "requests/s")
        _curves(served, storms, lambda storm: storm.served, "served, also what comes too late", "requests/s")
        _curves(
            good,
            storms,
            lambda storm: storm.answered,
            "goodput, dotted: what the fleet asks for",
            "calls that end well/s",
        )
        for axes, level in ((sent, storms[0].scenario.rate), (served, None), (good, storms[0].scenario.load)):
            if level is not None:
                axes.axhline(level, color=INK, linewidth=0.9, linestyle=":")
        _recoveries(took, storms)
        legend(picture, names_of(storms))
    return picture


def _curves(axes: Axes, storms: Sequence[Storm], series: Series, title: str, unit: str) -> None:
    scenario = storms[0].scenario
    if scenario.outage:
        axes.axvspan(scenario.before, scenario.back, color=SHADE, linewidth=0)
    width = SMOOTH if scenario.arrivals == "chance" else 1
    shown = [curve(series(storm), widths(scenario), edges(scenario), width) for storm in storms]
    draw(axes, shown)
    axes.set(title=title, xlabel="time, s (shaded: the outage)", ylabel=unit, xlim=(0, scenario.end), ylim=(0, None))


def draw(axes: Axes, curves: Sequence[Tuple[Sequence[float], Sequence[float]]]) -> None:
    """Draw the curves of a plot, each by its times and heights, so that those that coincide are all seen."""
    looked = zip(curves, cycle(LOOKS), strokes([heights for _, heights in curves]))
    for (times, heights), (colour, marker), (dashes, markers) in looked:
        axes.plot(
            times,
            heights,
            color=colour,
            linestyle=dashes if dashes[1] else "-",
            dash_capstyle="butt",
            marker=marker,
            markevery=markers,
            markersize=4,
        )


def legend(picture: Figure, names: Sequence[str]) -> None:
    """Name the curves once, above the whole figure."""
    from matplotlib.lines import Line2D

    looks_like = [Line2D([], [], color=colour, marker=marker, markersize=4) for _, (colour, marker) in _looks(names)]
    columns = min(5, len(names))
    picture.legend(looks_like, list(names), loc="outside upper center", ncols=columns, labelcolor=INK)


def names_of(storms: Sequence[Storm]) -> List[str]:
    """Return the names of the policies; of one whose storm is that of another one before it, also the other's."""
    series = [[*storm.sent, *storm.served, *storm.answered, *storm.lost] for storm in storms]
    names = [storm.policy.name for storm in storms]
    firsts = alike(series, close=0.0)
    return [
        name if first == number else f"{name} = {names[first]}"
        for number, (name, first) in enumerate(zip(names, firsts))
    ]


def _recoveries(axes: Axes, storms: Sequence[Storm]) -> None:
    whole = storms[0].scenario.after
    for row, (storm, (colour, _)) in enumerate(_looks(storms)):
        took = storm.time_to_recover
        never = took is None
        axes.barh(row, whole if took is None else took, color=colour, alpha=0.3 if never else 0.9, height=0.6)
        words = f"not within {whole:g} s" if took is None else f"{took:.0f} s"
        axes.text(whole * 0.02 if never else (took or 0) + whole * 0.02, row, words, va="center", color=INK)
    axes.set_yticks(range(len(storms)), [storm.policy.name for storm in storms])
    axes.invert_yaxis()
    axes.set(title="time to recover, from the end of the outage", xlabel="s", xlim=(0, whole))
    axes.grid(visible=False, axis="y")


def fading(storms: Sequence[Storm]) -> Figure:
    """Draw the share of calls that end well during a partial failure, and the requests a call."""
    share = f"{100 * storms[0].scenario.partial:g}% of all requests failing"
    calls = calls_each(storms[0])
    step = calls // 25
    starts = range(0, calls, step)
    with looks():
        picture, (well, cost) = figure(1, 2)
        middles = [start + step / 2 for start in starts]
        draw(well, [(middles, [100 * storm.availability_between(at, at + step) for at in starts]) for storm in storms])
        draw(cost, [(middles, [_load(storm, at, at + step) for at in starts]) for storm in storms])
        well.set(title=f"calls that end well, {share}", ylabel="% of calls", ylim=(0, 103))
        cost.set(title=f"load, {share}", ylabel="requests a call", ylim=(0.9, None))
        for axes in (well, cost):
            axes.set_xlabel("calls that each client has made")
        legend(picture, names_of(storms))
    return picture


def _load(storm: Storm, first: int, last: int) -> float:
    return sum(storm.sent[first:last]) / max(1, sum(storm.begun[first:last]))


def _looks(drawn: Sequence[Drawn]) -> Iterator[Tuple[Drawn, Tuple[str, str]]]:
    return zip(drawn, cycle(LOOKS))
