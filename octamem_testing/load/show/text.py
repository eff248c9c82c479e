"""The result of a load as text: calls, errors by kind, counts, and each difference."""

from __future__ import annotations

from typing import Any, List, Mapping, Sequence, Tuple

from fake_server.core.wording import plural
from octamem_testing.load.result import ErrorRow, Result

__all__ = ["call_table", "count_table", "difference_lines", "error_table", "subtitle", "text", "verdict"]

Row = Tuple[str, ...]

MOST_LINES = 10
"""Differences that the terminal shows; a report has more."""


def text(result: Result) -> str:
    """Return all that a report has."""
    shared = result.shared
    parts = [subtitle(result), *_table("", call_table(result))]
    if shared.errors:
        parts += _table("Calls that failed, by kind", error_table(shared.errors))
    if shared.failed_attempts:
        parts += _table(
            f"Attempts that failed, of {shared.attempts:,}, by kind; the SDK may have made them again",
            error_table(shared.failed_attempts),
        )
    parts += _table("Memories, as the users were told and as they are stored", count_table(result))
    if shared.differences:
        parts += ["", *difference_lines(result)]
    return "\n".join([*parts, "", verdict(result)])


def subtitle(result: Result) -> str:
    """Return who called what, when and how."""
    by = f" in {plural(result.workers, 'worker')}" if result.workers else ""
    during = f" for {result.seconds:.0f} s from {result.begun}" if result.begun else ""
    faults = f", faults: {result.faults}" if result.faults else ""
    options = ", ".join(f"{name}={value}" for name, value in result.client.items())
    clients = f", clients with {options}" if options else ""
    return f"{plural(result.users, 'user')}{by} at {result.url}{during}{faults}{clients}"


def call_table(result: Result) -> List[Row]:
    """Return the head and one row for each kind of call."""
    return [
        ("call", "calls", "failed", "a second", "p50", "p99", "longest"),
        *(
            (
                row.call,
                f"{row.calls:,}",
                f"{row.failed:,}",
                f"{row.a_second:,.1f}",
                *(f"{milliseconds:,.0f} ms" for milliseconds in (row.p50, row.p99, row.longest)),
            )
            for row in result.calls
        ),
    ]


def error_table(errors: Sequence[ErrorRow]) -> List[Row]:
    """Return the head and one row for each kind of failure."""
    return [("call", "kind", "times"), *((row.call, row.kind, f"{row.count:,}") for row in errors)]


def count_table(result: Result) -> List[Row]:
    """Return the head and one row for each count."""
    counts = result.shared.counts
    rows: List[Tuple[str, object]] = [
        ("keys checked", f"{counts.keys:,} of {counts.keys + counts.not_checked:,}"),
        ("acknowledged", counts.acknowledged),
        ("stored", counts.stored),
        ("unknown", f"{counts.unknown:,}, {counts.unknown_stored:,} of them stored" if counts.unknown else 0),
        ("acknowledged and missing", counts.missing),
        ("stored twice", counts.stored_twice),
        ("refused and stored", counts.refused_and_stored),
        ("stored and never sent", counts.never_sent),
        ("attempts that no client made", counts.extra_attempts),
    ]
    made = result.shared.searches
    if made:
        rows.append(("searches that found their memory", f"{result.shared.searches_found:,} of {made:,}"))
    return [(name, f"{value:,}" if isinstance(value, int) else str(value)) for name, value in rows]


def difference_words(difference: Mapping[str, Any]) -> str:
    """Return one difference as a line; it names a key by its short id, and a memory by its own."""
    beside = f", beside {difference['beside']}" if difference["beside"] else ""
    doubt = "; the client did not know what became of an attempt" if difference["in_doubt"] else ""
    return f"{difference['kind']}: key {difference['key_id']}, memory {difference['memory_id']}{beside}{doubt}"


def difference_lines(result: Result, most: int = MOST_LINES) -> List[str]:
    """Return a line for each difference, and how many are left out."""
    lines = [difference_words(each) for each in result.shared.differences[:most]]
    left_out = result.shared.counts.differences - len(lines)
    return [*lines, f"and {left_out:,} more"] if left_out else lines


def verdict(result: Result) -> str:
    """Return whether every count is right, and else what is wrong."""
    return "\n".join(f"wrong: {each}" for each in result.wrong) or "every count is right"


def _table(heading: str, rows: Sequence[Row]) -> List[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    is_text = [not any(character.isdigit() for row in rows for character in row[at]) for at in range(len(widths))]
    is_text[0] = True
    is_text[1:2] = [is_text[1] or rows[0][1] == "kind"]
    lines = [
        "  ".join(
            cell.ljust(width) if left else cell.rjust(width) for cell, width, left in zip(row, widths, is_text)
        ).rstrip()
        for row in rows
    ]
    return ["", *([heading] if heading else []), *lines]
