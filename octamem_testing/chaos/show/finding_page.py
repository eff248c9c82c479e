"""A finding as one HTML page: the picture of its calls, promise, schedule, what is stored, and the test to paste."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Iterable, List, Sequence, Tuple

from fake_server.core.clock import TICKS
from octamem_testing.report.html import drawing, legend, sheet, sums
from octamem_testing.report.story import calls_told
from octamem_testing.report.timeline import counted, seconds

from .finding_text import again, ending, sized
from .regression import regression_test, rule_of
from .summary import summary

if TYPE_CHECKING:
    from fake_server.core.journal.calls import AttemptView, CallRecord
    from octamem_testing.chaos.scenario.trial import Round

    from .values import FindingValues, ReportValues

__all__ = ["page", "report_page", "round_page"]

NOTES = 40  # rows of the table of what is stored
LETTERS = 160  # of a text that is shown

STYLE = """
main { max-width: 78rem; }
section { margin: 0 0 1.1rem; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
h2 { margin: 0; padding: .6rem .9rem; font-size: 1rem; }
section > p { margin: 0; padding: 0 .9rem .7rem; overflow-wrap: anywhere; }
section > .legend { margin: 0; padding-top: .6rem; border-top: 1px solid var(--line); }
pre { margin: 0; padding: .7rem .9rem; border-top: 1px solid var(--line); overflow-x: auto;
  font: .84rem/1.55 ui-monospace, monospace; }
pre.copy { user-select: all; cursor: copy; } pre.schedule { font-size: 1.05rem; color: var(--fault); font-weight: 600; }
.table { overflow-x: auto; border-top: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; min-width: 36rem; font-size: .9rem; }
th, td { padding: .4rem .9rem; text-align: left; vertical-align: top; }
td:first-child { overflow-wrap: anywhere; }
th { white-space: nowrap; color: var(--dim); font-weight: 500; } tbody tr { border-top: 1px solid var(--line); }
td.number, th.number { width: 5rem; text-align: right; font-variant-numeric: tabular-nums; }
tr.off td.stored { color: var(--bad); font-weight: 700; }
"""


def page(finding: FindingValues) -> str:
    """Write the page of a finding; it asks for nothing from outside, and runs no script."""
    made = finding.round
    schedule = f'<pre class="schedule copy">{escape(finding.schedule)}</pre>'
    sections = [
        _section(
            "What was seen",
            _said(f"{finding.seen[:1].upper()}{finding.seen[1:]}."),
            _said(f"The scenario ended {ending(made)}."),
        ),
        _section(
            "The smallest schedule that breaks it",
            _said(sized(finding), note=True),
            schedule if finding.schedule else _said("None: it breaks without a fault."),
        ),
        *_picture(made, finding.timeline),
        _section(
            "A test to paste",
            _said("It fails for as long as this is so. One click marks all of it.", note=True),
            f'<pre class="copy">{escape(regression_test(finding))}</pre>',
        ),
        _section("Once more", f"<pre>{escape(again(finding))}</pre>"),
    ]
    counts = [
        (f"{_named(finding.faults, 'fault')} in the schedule", finding.faults),
        (f"{_named(finding.hits, 'attempt')} that met one", finding.hits),
        *_counts(made),
    ]
    said = rule_of(finding.invariant) or "A promise of your own."
    return _page(f"{finding.invariant.name} is broken", said, counts, sections)


def round_page(made: Round) -> str:
    """Write the page of a round that kept every promise."""
    counts = [(f"{_named(len(made.hits), 'attempt')} that met a fault", len(made.hits)), *_counts(made)]
    ended = _section("What was seen", _said(f"The scenario ended {ending(made)}."))
    schedule = made.schedule or "no fault"
    return _page(
        "Every promise was kept",
        f"octamem chaos, one round: {schedule}",
        counts,
        [ended, *_picture(made, made.timeline)],
    )


def report_page(report: ReportValues) -> str:
    """Write the page of a search that found nothing: what was fired where, and how much was covered."""
    counts = [
        (_named(report.rounds, "round"), report.rounds),
        (f"{_named(sum(report.fired.values()), 'fault')} fired", sum(report.fired.values())),
        (_named(len(report.by_kind), "kind"), len(report.by_kind)),
        (_named(len(report.by_place), "place"), len(report.by_place)),
        ("seed", report.seed),
    ]
    done = _section("What was done", f"<pre>{escape(summary(report))}</pre>")
    return _page("Every promise was kept", f"octamem chaos, {counted(report.rounds, 'round')}", counts, [done])


def _page(heading: str, said: str, counts: Iterable[Tuple[str, object]], sections: Iterable[str]) -> str:
    body = "\n".join([sums(counts), "<main>", *sections, "</main>"])
    return sheet(heading, said, body, style=STYLE)


def _counts(made: Round) -> List[Tuple[str, object]]:
    return [
        (_named(len(made.groups), "call"), len(made.groups)),
        (_named(len(made.requests), "attempt"), len(made.requests)),
        ("of virtual time", seconds(round(made.seconds, 3))),
    ]


def _named(number: int, thing: str) -> str:
    return counted(number, thing).partition(" ")[2]


def _picture(made: Round, timeline: str) -> List[str]:
    calls = calls_told(_lanes(made))
    drawn = drawing(calls) + legend("the SDK or the program", "the SDK")
    apart = len(made.groups) != len(made.fake.calls)
    return [
        _section("The calls", drawn if calls else _said("No request reached the fake.")),
        _stored(made),
        _section(
            "The same calls as text",
            *([_said("As their Idempotency-Keys tell them apart.", note=True)] if apart else []),
            f"<pre>{escape(timeline)}</pre>",
        ),
    ]


def _lanes(made: Round) -> List[CallRecord]:
    """Give a lane to what may be one call, as the promises judge it: also where each attempt has a key of its own."""
    known = {attempt.entry.seq: (call, attempt) for call in made.fake.calls for attempt in call.attempts}
    lanes: List[CallRecord] = []
    for group in made.groups:
        kept = [known[arrival.entry.seq] for arrival in group if arrival.entry.seq in known]
        attempts: List[AttemptView] = []
        for _, attempt in kept:
            before = attempts[-1] if attempts else None
            waited = None if before is None else (attempt.at - before.at) / TICKS
            kind = attempt.kind if before is None or attempt.kind != "first" else "retry"
            attempts.append(replace(attempt, number=len(attempts) + 1, waited=waited, kind=kind))
        if kept:
            first, last = kept[0][0], kept[-1][0]
            stored = tuple(identity for attempt in attempts for identity in attempt.stored)
            lane = replace(first, attempts=tuple(attempts), stored=stored)
            lanes.append(replace(lane, status=last.status, delivered=last.delivered))
    return lanes


def _section(heading: str, *parts: str) -> str:
    return f"<section><h2>{escape(heading)}</h2>{''.join(parts)}</section>"


def _said(text: str, *, note: bool = False) -> str:
    kind = ' class="note"' if note else ""
    return f"<p{kind}>{escape(text)}</p>"


def _stored(made: Round) -> str:
    """Set what is stored against what is claimed, and against the round without faults; what differs comes first."""
    there, baseline, claimed = made.stored, made.baseline.stored, made.claims.amount
    held = {text for text, _ in (*baseline, *there)}
    notes = dict.fromkeys([*baseline, *there, *((text, "") for text in made.claims.saved if text not in held)])
    rows: List[Tuple[bool, str]] = []
    for text, context in notes:
        numbers = (there[text, context], baseline[text, context], claimed[text])
        off = numbers[0] != numbers[1]
        rows.append((off, _row((text, context), numbers, off=off)))
    if not rows:
        return _section("What is stored", _said("Nothing, and nothing without faults either."))
    shown = [row for _, row in sorted(rows, key=lambda row: not row[0])]
    more = f'<tr><td colspan="5">and {len(shown) - NOTES} more</td></tr>' if len(shown) > NOTES else ""
    heads = "".join(f"<th>{name}</th>" for name in ("memory", "context"))
    heads += "".join(f'<th class="number">{name}</th>' for name in ("stored", "without faults", "claimed"))
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(shown[:NOTES])}{more}</tbody></table>"
    return _section("What is stored", f'<div class="table">{table}</div>')


def _row(texts: Iterable[str], numbers: Sequence[int], *, off: bool) -> str:
    cells = "".join(f"<td>{escape(_cut(text))}</td>" for text in texts)
    cells += "".join(
        f'<td class="number {kind}">{number}</td>' for kind, number in zip(("stored", "calm", "claimed"), numbers)
    )
    return f'<tr class="off">{cells}</tr>' if off else f"<tr>{cells}</tr>"


def _cut(text: str) -> str:
    return text if len(text) <= LETTERS else f"{text[: LETTERS - 1]}…"
