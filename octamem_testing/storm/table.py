"""A comparison as text: the storm, the failure in part, and what the budgets of the fleet come to."""

from __future__ import annotations

import math
from textwrap import fill
from typing import List, Sequence, Tuple

from .partial import AT_FIRST, CALLS, at_first, in_the_end
from .storm import Storm

__all__ = ["Row", "notes", "partial_rows", "partial_words", "storm_rows", "storm_words", "text"]

Row = Tuple[str, ...]

WIDTH = 110
"""The characters of a line of words, about as many as the widest table has."""


def storm_words(storm: Storm) -> str:
    """Say what happened to the fleet, in a sentence or two."""
    is_so = storm.scenario
    fails = "refuses every request" if is_so.down == "refused" else "takes every request and carries none out"
    outage = f" For {is_so.outage:g} s it {fails}." if is_so.outage else ""
    share = f" {is_so.partial:.0%} of all requests fail." if is_so.partial else ""
    return (
        f"{is_so.clients:,} clients, each with a call about every {is_so.every:g} s: {is_so.load:,.4g} calls a second. "
        f"The service carries out {is_so.rate:,.4g} requests a second.{outage}{share} "
        f"A client waits {is_so.timeout:g} s for an answer."
    )


def storm_rows(storms: Sequence[Storm]) -> List[Row]:
    """Return the head and one row a policy."""
    head = (
        "policy",
        "recovers after",
        "peak, requests/s",
        "requests a call",
        "calls lost",
        "calls that end well",
        "retries spent",
        "retries stored",
    )
    return [head, *(_storm_row(storm) for storm in storms)]


def _storm_row(storm: Storm) -> Row:
    return (
        storm.policy.name,
        recovery(storm),
        f"{storm.peak:,} ({storm.peak / storm.scenario.load:.1f}x)",
        f"{storm.amplification:.2f}",
        f"{storm.calls_lost:,}",
        f"{storm.availability:.1%}",
        f"{storm.retries:,}",
        "no limit" if math.isinf(storm.stored) else f"{storm.stored:,.0f}",
    )


def recovery(storm: Storm) -> str:
    """Say when the service was well again."""
    if not storm.scenario.outage:
        return "-"
    took = storm.time_to_recover
    return f"not in {storm.scenario.after:g} s" if took is None else f"{took:.0f} s"


def partial_words(storm: Storm) -> str:
    """Say what fails, in a sentence."""
    return (
        f"{storm.scenario.partial:.0%} of all requests fail, and go on failing, for {storm.scenario.clients} clients "
        f"that make {CALLS:,} calls each."
    )


def partial_rows(storms: Sequence[Storm]) -> List[Row]:
    """Return the head and one row a policy."""
    head = ("policy", "requests a call", f"end well, first {AT_FIRST} calls", f"end well, last {CALLS // 2} calls")
    return [head, *(_partial_row(storm) for storm in storms)]


def _partial_row(storm: Storm) -> Row:
    return storm.policy.name, f"{storm.amplification:.2f}", f"{at_first(storm):.1%}", f"{in_the_end(storm):.1%}"


def notes(storms: Sequence[Storm], partials: Sequence[Storm]) -> List[str]:
    """Say what the budgets came to: the retries stored in the fleet, and what a budget costs."""
    return [words for pair in zip(storms, partials) for words in _notes(*pair)]


def _notes(storm: Storm, partial: Storm) -> List[str]:
    policy, clients = storm.policy, storm.scenario.clients
    if policy.budget is None or not policy.retries:
        return []
    share = f"{partial.scenario.partial:.0%}"
    store = (
        f"{policy.name}: {clients:,} clients x {policy.budget:g} = {storm.stored:,.0f} retries stored in the fleet. "
        f"This storm asked for {storm.retries:,}; the budgets ended {storm.held_back:,} of its "
        f"{storm.calls_lost:,} lost calls."
    )
    cost = (
        f"{policy.name}: what a budget costs: with {share} failing for good, {at_first(partial):.1%} of the calls end "
        f"well while it lasts, and {in_the_end(partial):.1%} once it is spent."
    )
    return [store, cost]


def text(storms: Sequence[Storm], partials: Sequence[Storm]) -> str:
    """Write the whole comparison for a terminal."""
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
