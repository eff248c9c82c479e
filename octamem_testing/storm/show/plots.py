"""The pictures of a comparison, as SVG that follows the reader's light or dark."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Callable, ContextManager, Iterator, List, Sequence, Tuple

from octamem_testing.storm.partial import calls_each
from octamem_testing.storm.storm import Storm

from .curves import curve, edges, widths

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["fading", "figure", "legend", "looks", "storming", "svg"]

INK, LINE, SHADE = "#102030", "#c0c1c2", "#e0b0b1"
"""Placeholder colours: `svg` replaces each by a CSS variable."""

VARIABLES = {INK: "--storm-ink", LINE: "--storm-line", SHADE: "--storm-shade"}

STYLE = """<style>
:root { --storm-ink: #1b2330; --storm-line: #d5dae2; --storm-shade: #f9e1de; }
@media (prefers-color-scheme: dark) { :root { --storm-ink: #e7ebf2; --storm-line: #394150; --storm-shade: #38262a; } }
</style>"""

LOOKS: Tuple[Tuple[str, str], ...] = (
    ("#8b93a1", "-"),
    ("#d98a00", "-"),
    ("#2f8fe0", "-"),
    ("#27a468", "--"),
    ("#b565d9", "-."),
    ("#d2453f", ":"),
)
"""A colour that can be read on light and dark, and a line: two policies that do the same lie over each other."""

Series = Callable[[Storm], Sequence[float]]

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
        picture, (sent, served, good, took) = figure(2, 2)
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
        legend(picture, sent)
    return picture


def _curves(axes: Axes, storms: Sequence[Storm], series: Series, title: str, unit: str) -> None:
    scenario = storms[0].scenario
    if scenario.outage:
        axes.axvspan(scenario.before, scenario.back, color=SHADE, linewidth=0)
    width = SMOOTH if scenario.arrivals == "chance" else 1
    for storm, (colour, line) in _looks(storms):
        times, shown = curve(series(storm), widths(scenario), edges(scenario), width)
        axes.plot(times, shown, line, color=colour, label=storm.policy.name)
    axes.set(title=title, xlabel="time, s (shaded: the outage)", ylabel=unit, xlim=(0, scenario.end), ylim=(0, None))


def legend(picture: Figure, axes: Axes) -> None:
    """Name the curves of a plot once, above the whole figure."""
    handles, labels = axes.get_legend_handles_labels()
    picture.legend(handles, labels, loc="outside upper center", ncols=len(labels), labelcolor=INK)


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
        for storm, (colour, line) in _looks(storms):
            middles = [start + step / 2 for start in starts]
            shares = [100 * storm.availability_between(start, start + step) for start in starts]
            costs = [
                sum(storm.sent[start : start + step]) / max(1, sum(storm.begun[start : start + step]))
                for start in starts
            ]
            well.plot(middles, shares, line, color=colour, label=storm.policy.name)
            cost.plot(middles, costs, line, color=colour)
        well.set(title=f"calls that end well, {share}", ylabel="% of calls", ylim=(0, 103))
        cost.set(title=f"load, {share}", ylabel="requests a call", ylim=(0.9, None))
        for axes in (well, cost):
            axes.set_xlabel("calls that each client has made")
        legend(picture, well)
    return picture


def _looks(storms: Sequence[Storm]) -> Iterator[Tuple[Storm, Tuple[str, str]]]:
    for row, storm in enumerate(storms):
        yield storm, LOOKS[row % len(LOOKS)]
