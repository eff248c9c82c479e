"""A finding as one HTML page: the evidence, the schedule, the calls, what is stored, and the test to paste."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Iterable, List, Sequence, Tuple

from fake_server.core.clock import TICKS
from octamem_testing.report.html import Html, el, figures, layout, sideways
from octamem_testing.report.story import call_values
from octamem_testing.report.swimlanes import drawing, legend
from octamem_testing.report.timeline import counted, seconds

from .finding_text import ending, how_to_repeat, lives_of, size_of
from .regression import regression_test, rule_of
from .summary import summary

if TYPE_CHECKING:
    from fake_server.core.journal.calls import AttemptView, CallRecord
    from octamem_testing.chaos.scenario.trial import Round

    from .values import FindingValues, ReportValues

__all__ = ["page", "report_page", "round_page"]

OWN = "An invariant of your own."
NOTES = 40  # rows of the table of what is stored
LETTERS = 160  # of a text that is shown

STYLE = """
main { max-width: 1248px; }
section { margin: 0 0 18px; border: 1px solid var(--line); border-radius: 10px; background: var(--bg);
  overflow: hidden; }
h2 { margin: 0; padding: 10px 14px; font-size: 14px; font-weight: 600; }
section > p { margin: 0; padding: 0 14px 12px; overflow-wrap: anywhere; }
section > .legend { margin: 0; padding-top: 10px; border-top: 1px solid var(--line); }
pre.copy { user-select: all; cursor: copy; } pre.schedule { font-size: 16px; color: var(--fault); font-weight: 600; }
table { border-collapse: collapse; width: 100%; min-width: 560px; }
th, td { padding: 6px 14px; text-align: left; vertical-align: top; }
td:first-child { overflow-wrap: anywhere; }
th { white-space: nowrap; color: var(--text-2); font-weight: 500; } tbody tr { border-top: 1px solid var(--line); }
td.number, th.number { width: 80px; text-align: right; font-variant-numeric: tabular-nums; }
tr.off td.stored { color: var(--bad); font-weight: 700; }
"""


def page(findings: Sequence[FindingValues], ended: str = "") -> str:
    """Write the page of findings, the worst in full; it loads nothing from outside, and runs no script.

    `ended` says why the hunt ended early, "" if it did not.
    """
    finding, *others = findings
    result = finding.round
    sections = [
        _section(
            "Evidence",
            _paragraph(_sentence(finding.evidence)),
            _paragraph(f"The scenario ended {ending(result)}."),
            *_lives(result),
        ),
        _section("The smallest schedule that violates it", *_schedule(finding)),
        *_picture(result, finding.timeline),
        _test(finding, "A test to paste"),
        *(section for other in others for section in _other(other)),
        *_early(ended),
        _section("How to repeat it", sideways("how to repeat it", el("pre", how_to_repeat(finding)))),
    ]
    counts = [
        (f"{_named(finding.faults, 'fault')} in the schedule", finding.faults),
        (f"{_named(finding.hits, 'attempt')} that met one", finding.hits),
        *_counts(result),
    ]
    rule = rule_of(finding.invariant) or OWN
    if others:
        counts.append((_named(len(findings), "violated invariant"), len(findings)))
    return _page(f"{finding.invariant.name} is violated", rule, counts, sections)


def _other(finding: FindingValues) -> Iterable[Html]:
    """Return the sections of a finding that is not the worst."""
    name = finding.invariant.name
    heading = f"{name} is violated as well"
    rule = _paragraph(rule_of(finding.invariant) or OWN, note=True)
    yield _section(heading, rule, _paragraph(_sentence(finding.evidence)), *_schedule(finding))
    yield _section(
        f"The calls that violate {name}", sideways(f"the calls that violate {name}", el("pre", finding.timeline))
    )
    yield _test(finding, f"A test of {name} to paste")


def _early(ended: str) -> List[Html]:
    """Say why a hunt ended before its rounds were used up; another hunt may find more."""
    return [_section("The hunt ended early", _paragraph(_sentence(ended)))] if ended else []


def _schedule(finding: FindingValues) -> List[Html]:
    schedule = sideways(
        f"the schedule that violates {finding.invariant.name}", el("pre", finding.schedule, class_="schedule copy")
    )
    return [
        _paragraph(size_of(finding), note=True),
        schedule if finding.schedule else _paragraph("None: it is violated without a fault."),
    ]


def _test(finding: FindingValues, heading: str) -> Html:
    return _section(
        heading,
        _paragraph("It fails until the program is corrected. One click selects all of it.", note=True),
        sideways(heading.lower(), el("pre", regression_test(finding), class_="copy")),
    )


def _sentence(evidence: str) -> str:
    return f"{evidence[:1].upper()}{evidence[1:]}."


def round_page(result: Round) -> str:
    """Write the page of a round in which every invariant held."""
    counts = [(f"{_named(len(result.hits), 'attempt')} that met a fault", len(result.hits)), *_counts(result)]
    ended = _section("The end", _paragraph(f"The scenario ended {ending(result)}."), *_lives(result))
    schedule = result.schedule or "no fault"
    return _page(
        "Every invariant held",
        f"octamem chaos, one round: {schedule}",
        counts,
        [ended, *_picture(result, result.timeline)],
    )


def report_page(report: ReportValues) -> str:
    """Write the page of a hunt that found nothing: which faults were injected where, and how much was covered."""
    counts = [
        (_named(report.rounds, "round"), report.rounds),
        (f"{_named(sum(report.fired.values()), 'fault')} injected", sum(report.fired.values())),
        (_named(len(report.by_kind), "kind"), len(report.by_kind)),
        (_named(len(report.by_injection_point), "injection point"), len(report.by_injection_point)),
        ("seed", report.seed),
    ]
    done = _section("Summary", sideways("the summary", el("pre", summary(report))))
    sections = [*_early(report.ended), done]
    return _page("Every invariant held", f"octamem chaos, {counted(report.rounds, 'round')}", counts, sections)


def _page(heading: str, subtitle: str, counts: Iterable[Tuple[str, object]], sections: Iterable[Html]) -> str:
    return layout(heading, subtitle, el("main", figures(counts), *sections), style=STYLE)


def _counts(result: Round) -> List[Tuple[str, object]]:
    return [
        (_named(len(result.groups), "call"), len(result.groups)),
        (_named(len(result.requests), "attempt"), len(result.requests)),
        ("of virtual time", seconds(round(result.seconds, 3))),
    ]


def _named(number: int, thing: str) -> str:
    return counted(number, thing).partition(" ")[2]


def _picture(result: Round, timeline: str) -> List[Html]:
    calls = call_values(_lanes(result))
    drawn = [drawing(calls), legend("the SDK or the program", "the SDK")]
    apart = len(result.groups) != len(result.fake.calls)
    return [
        _section("The calls", *(drawn if calls else [_paragraph("No request reached the fake.")])),
        _stored(result),
        _section(
            "The same calls as text",
            *([_paragraph("By Idempotency-Key.", note=True)] if apart else []),
            sideways("the calls as text", el("pre", timeline)),
        ),
    ]


def _lanes(result: Round) -> List[CallRecord]:
    """Return one lane for each call, as the invariants group attempts, even if each attempt has its own key."""
    known = {attempt.entry.seq: (call, attempt) for call in result.fake.calls for attempt in call.attempts}
    lanes: List[CallRecord] = []
    for group in result.groups:
        kept = [known[request.entry.seq] for request in group if request.entry.seq in known]
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


def _lives(result: Round) -> List[Html]:
    """Say what each life of a round did that crashed."""
    lives = lives_of(result)
    return [_paragraph(f"{lives[:1].upper()}{lives[1:]}.")] if result.lives > 1 else []


def _section(heading: str, *parts: Html) -> Html:
    return el("section", el("h2", heading), *parts)


def _paragraph(text: str, *, note: bool = False) -> Html:
    return el("p", text, class_="note" if note else None)


def _stored(result: Round) -> Html:
    """Compare what is stored with what is claimed, and with the baseline; differences come first."""
    there, baseline, claimed = result.stored, result.baseline.stored, result.claims.amount
    held = {text for text, _ in (*baseline, *there)}
    notes = dict.fromkeys([*baseline, *there, *((text, "") for text in result.claims.saved if text not in held)])
    rows: List[Tuple[bool, Html]] = []
    for text, context in notes:
        numbers = (there[text, context], baseline[text, context], claimed[text])
        off = numbers[0] != numbers[1]
        rows.append((off, _row((text, context), numbers, off=off)))
    if not rows:
        return _section("What is stored", _paragraph("Nothing, and nothing without faults either."))
    shown = [row for _, row in sorted(rows, key=lambda row: not row[0])]
    if len(shown) > NOTES:
        shown[NOTES:] = [el("tr", el("td", f"and {len(shown) - NOTES} more", colspan=5))]
    heads = [el("th", name, scope="col") for name in ("memory", "context")]
    heads += [el("th", name, class_="number", scope="col") for name in ("stored", "without faults", "claimed")]
    table = el("table", el("thead", el("tr", *heads)), el("tbody", *shown))
    return _section("What is stored", sideways("what is stored", table))


def _row(texts: Iterable[str], numbers: Sequence[int], *, off: bool) -> Html:
    cells = [el("td", _cut(text)) for text in texts]
    kinds = ("stored", "baseline", "claimed")
    cells += [el("td", number, class_=f"number {kind}") for kind, number in zip(kinds, numbers)]
    return el("tr", *cells, class_="off" if off else None)


def _cut(text: str) -> str:
    return text if len(text) <= LETTERS else f"{text[: LETTERS - 1]}…"
