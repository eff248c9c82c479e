"""A comparison as text: the storm, the partial failure, and the effect of the budgets."""

from __future__ import annotations

import math
from textwrap import fill
from typing import Dict, List, Sequence, Tuple

from octamem_testing.storm.partial import AT_FIRST, at_first, calls_each, in_the_end
from octamem_testing.storm.scenario import Arrivals
from octamem_testing.storm.storm import Storm

from .costs import cost

__all__ = ["Row", "notes", "partial_rows", "partial_words", "storm_rows", "storm_words", "text"]

Row = Tuple[str, ...]

WIDTH = 98
"""The characters of a line of words, as many as the table of a million clients has."""


def storm_words(storm: Storm) -> str:
    """Return what happened to the fleet, in a few sentences."""
    is_so = storm.scenario
    fails = "refuses every request" if is_so.down == "refused" else "takes every request and carries none out"
    outage = f" For {is_so.outage:g} s it {fails}." if is_so.outage else ""
    share = f" {100 * is_so.partial:g}% of all requests fail." if is_so.partial else ""
    sheds = "" if is_so.shed is None else f" It answers 503 at once to what exceeds a queue of {is_so.shed:g} s."
    asks = "" if is_so.retry_after is None else f" Its 503s ask to wait {is_so.retry_after:g} s."
    call = "search" if is_so.reads else "call"
    return (
        f"{_clients(is_so.clients)}, each with a {call} {_OFTEN[is_so.arrivals]} {is_so.interval:g} s: "
        f"{_figures(is_so.load)} calls a second. The service carries out {_figures(is_so.rate)} requests a second."
        f"{outage}{share}{sheds}{asks} A client waits {is_so.timeout:g} s for an answer. "
        "Peaks are the most requests, and retries, in one second after the outage. "
        "Under way are the calls that were unfinished at the end of the run; end well is the share of all calls."
    )


def _clients(number: int) -> str:
    return f"{number:,} clients" if number > 1 else "1 client"


_OFTEN: Dict[Arrivals, str] = {
    "chance": "about every",
    "even": "in its turn every",
    "in-step": "at the same moment every",
}


def _figures(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}"


def storm_rows(storms: Sequence[Storm]) -> List[Row]:
    """Return the head and one row a policy."""
    head = (
        "policy",
        "recovers",
        "peak",
        "peak retries",
        "sent/call",
        "lost",
        "under way",
        "end well",
        "tokens",
    )
    return [head, *(_storm_row(storm) for storm in storms)]


def _storm_row(storm: Storm) -> Row:
    return (
        storm.policy.name,
        recovery(storm),
        f"{storm.peak:,}",
        f"{storm.peak_retries:,}",
        f"{storm.amplification:.2f}",
        f"{storm.calls_lost:,}",
        f"{storm.unfinished:,}",
        f"{storm.availability:.1%}",
        "no limit" if math.isinf(storm.tokens_outstanding) else f"{storm.tokens_outstanding:,.0f}",
    )


def recovery(storm: Storm) -> str:
    """Return when the service had recovered."""
    if not storm.scenario.outage:
        return "-"
    took = storm.time_to_recover
    return f"not in {storm.scenario.after:g} s" if took is None else f"{took:.0f} s"


def partial_words(storm: Storm) -> str:
    """Return what fails, in a sentence."""
    return (
        f"{100 * storm.scenario.partial:g}% of all requests fail, and go on failing, for "
        f"{_clients(storm.scenario.clients)} that make {calls_each(storm):,} calls each."
    )


def partial_rows(storms: Sequence[Storm]) -> List[Row]:
    """Return the head and one row a policy."""
    last = calls_each(storms[0]) // 2
    head = ("policy", "requests a call", f"end well, first {AT_FIRST} calls", f"end well, last {last:,} calls")
    return [head, *(_partial_row(storm) for storm in storms)]


def _partial_row(storm: Storm) -> Row:
    return storm.policy.name, f"{storm.amplification:.2f}", f"{at_first(storm):.1%}", f"{in_the_end(storm):.1%}"


def notes(storms: Sequence[Storm], partials: Sequence[Storm]) -> List[str]:
    """Return the notes: the retry tokens outstanding in the fleet, the cost of a budget, and missing hedges."""
    return [words for pair in zip(storms, partials) for words in _notes(*pair)]


def _notes(storm: Storm, partial: Storm) -> List[str]:
    policy, clients = storm.policy, storm.scenario.clients
    if policy.hedge is not None and not storm.scenario.reads:
        return [f"{policy.name}: only reads are hedged, and these calls are writes: see --reads."]
    if policy.budget is None or not policy.retries:
        return []
    whole = math.floor(policy.budget)
    held = "" if whole == policy.budget else f" (whole ones, of the {policy.budget:g})"
    store = (
        f"{policy.name}: {_clients(clients)} x {whole:,}{held} = {storm.tokens_outstanding:,.0f} retry tokens "
        "outstanding. "
        f"This storm made {storm.retries:,} retries; the budgets suppressed a retry in "
        f"{storm.suppressed_retries:,} of its {storm.calls_lost:,} lost calls. {_bound(storm)}"
    )
    return [store, cost(partial)]


def _bound(storm: Storm) -> str:
    if not storm.tokens_outstanding:
        return "No retry token is left that could feed a storm."
    if math.isinf(storm.over_within):
        return "The service has no spare capacity to work them off."
    return (
        f"Any storm ends within about {_span(storm.over_within)} of the outage: by then the spare capacity of the "
        "service has worked off every token."
    )


def _span(seconds: float) -> str:
    size, unit = next(each for each in _UNITS if seconds >= 2 * each[0] or each[0] == 1)
    return f"{seconds / size:,.0f} {unit}"


_UNITS = ((86_400, "days"), (3_600, "hours"), (60, "minutes"), (1, "s"))


def text(storms: Sequence[Storm], partials: Sequence[Storm]) -> str:
    """Return the whole comparison for a terminal."""
    parts = [
        fill(storm_words(storms[0]), WIDTH),
        _columns(storm_rows(storms)),
        fill(partial_words(partials[0]), WIDTH),
        _columns(partial_rows(partials)),
        *(fill(note, WIDTH) for note in notes(storms, partials)),
    ]
    return "\n\n".join(parts)


def _columns(rows: Sequence[Row]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width) for place, (cell, width) in enumerate(zip(row, widths))
        )
        for row in rows
    )
