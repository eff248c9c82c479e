"""The run's report as one HTML page that needs nothing from outside: no script, no font, no picture."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Sequence

from .failures import counted
from .lanes import lanes
from .timeline import seconds

if TYPE_CHECKING:
    from .run_report import TestStory

__all__ = ["page"]

BAD = ("failed", "error")

STYLE = """
:root { color-scheme: light dark; --back: #f6f7f9; --card: #ffffff; --ink: #1b2330; --dim: #667085; --line: #e2e6ec;
  --good: #1f9d63; --poor: #c77d0a; --bad: #d2453f; --commit: #6b4fd8; --fault: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --back: #12151b; --card: #1a1f28; --ink: #e7ebf2; --dim: #93a0b4;
  --line: #2b323e; --good: #3ecf8e; --poor: #f0ad3d; --bad: #ff6f66; --commit: #a893ff; --fault: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem clamp(1rem, 4vw, 3rem); background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.5rem; } header p { margin: .25rem 0 0; color: var(--dim); }
.sums { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.25rem 0; padding: 0; list-style: none; }
.sums li { padding: .5rem .9rem; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
.sums b { display: block; font-size: 1.25rem; line-height: 1.3; }
.sums span, .legend, .note { color: var(--dim); font-size: .85rem; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: 0 0 1rem; }
.legend i { font-style: normal; font-weight: 600; }
label { display: inline-block; margin-bottom: 1rem; cursor: pointer; }
body:has(#bad:checked) details.fine { display: none; }
details { margin: 0 0 .6rem; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
summary { display: flex; flex-wrap: wrap; gap: .2rem .8rem; align-items: baseline; padding: .6rem .9rem;
  cursor: pointer; }
summary code { flex: 1 1 20rem; overflow-wrap: anywhere; font-size: .85rem; }
summary .note { overflow-wrap: anywhere; }
.badge { min-width: 4.6rem; padding: .05rem .55rem; border: 1px solid; border-radius: 99px; font-size: .78rem;
  font-weight: 600; text-align: center; }
.passed { color: var(--good); } .failed, .error { color: var(--bad); } .skipped, .xfailed { color: var(--poor); }
.draw { overflow-x: auto; border-top: 1px solid var(--line); }
details > .note { margin: 0; padding: .5rem .9rem; border-top: 1px solid var(--line); }
svg { display: block; font: 12px system-ui, sans-serif; } svg text { fill: var(--ink); }
svg .lane, svg .tick { stroke: var(--line); } svg .tick { stroke-dasharray: 2 4; }
svg .name { font-weight: 600; font-size: 13px; }
svg .small, svg .moment, svg .waited { fill: var(--dim); font-size: 11px; }
svg .waited, svg .status { text-anchor: middle; } svg .status { font-weight: 600; }
svg .fault { fill: var(--fault); font-size: 11px; }
svg .stored { fill: var(--commit); font-size: 11px; font-weight: 600; }
svg .wait { stroke: var(--dim); stroke-width: 1.5; stroke-dasharray: 4 3; }
svg .box { fill-opacity: .16; stroke-width: 1.5; } svg .good { fill: var(--good); stroke: var(--good); }
svg .poor { fill: var(--poor); stroke: var(--poor); } svg .bad, svg .lost { fill: var(--bad); stroke: var(--bad); }
svg .lost { fill-opacity: .03; stroke-dasharray: 3 2; } svg .commit { fill: var(--commit); }
svg .arrived { fill: var(--good); font-weight: 700; } svg .gone { fill: var(--bad); font-weight: 700; }
"""

LEGEND = (
    ("503", "one attempt and its answer; — for none"),
    ("↻", "sent again by the SDK"),
    ("⇡", "sent again by a layer below it"),
    ("⚡", "the fault it met"),
    ("◆", "a memory was stored"),
    ("✓ ✕", "the last answer did or did not arrive as a success"),
)


def page(title: str, stories: Sequence[TestStory]) -> str:
    """Write the page: sums, then each test with its calls as swim lanes, those that failed first and unfolded."""
    ordered = sorted(stories, key=lambda story: story.outcome not in BAD)
    legend = "".join(f"<span><i>{escape(sign)}</i> {escape(said)}</span>" for sign, said in LEGEND)
    tests = "\n".join(_test(story) for story in ordered) or "<p>No test of this run used the fake.</p>"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>octamem report</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<header><h1>octamem report</h1><p>{escape(title)}</p></header>\n{_sums(stories)}\n"
        f'<p class="legend">{legend}</p>\n'
        f'<label><input type="checkbox" id="bad"> only what failed</label>\n'
        f"<main>\n{tests}\n</main>\n</body>\n</html>\n"
    )


def _sums(stories: Sequence[TestStory]) -> str:
    outcomes = Counter(story.outcome for story in stories)
    calls = [call for story in stories for call in story.told["calls"]]
    attempts = [attempt for call in calls for attempt in call["attempts"]]
    sums = [
        ("tests on the fake", len(stories)),
        *outcomes.most_common(),
        ("calls", len(calls) + sum(story.told["earlier"] for story in stories)),
        ("attempts shown", len(attempts)),
        ("faults met", sum(attempt["fault"] is not None for attempt in attempts)),
        ("memories stored", sum(len(attempt["stored"]) for attempt in attempts)),
    ]
    items = "".join(f"<li><b>{number}</b><span>{escape(name)}</span></li>" for name, number in sums)
    return f'<ul class="sums">{items}</ul>'


def _test(story: TestStory) -> str:
    told, bad = story.told, story.outcome in BAD
    calls = told["calls"]
    attempts = sum(len(call["attempts"]) for call in calls)
    facts = " · ".join(
        (
            counted(len(calls), "call"),
            counted(attempts, "attempt"),
            f"{seconds(round(told['ended'], 3))} on the clock",
            f"{story.duration * 1000:.0f} ms",
        )
    )
    notes = []
    if told["earlier"]:
        notes.append(f"{counted(told['earlier'], 'earlier call')} not shown")
    if told["dropped"]:
        notes.append(f"{counted(told['dropped'], 'attempt')} no longer kept")
    if not calls:
        notes.append("no request reached the fake")
    notes.append(f"seed {told['seed']}; {counted(told['memories'], 'memory')} in the end")
    drawing = f'<div class="draw">{lanes(calls)}</div>' if calls else ""
    return (
        f'<details class="{"bad" if bad else "fine"}"{" open" if bad else ""}>'
        f'<summary><span class="badge {escape(story.outcome)}">{escape(story.outcome)}</span>'
        f'<code>{escape(story.node)}</code><span class="note">{escape(facts)}</span></summary>'
        f'{drawing}<p class="note">{escape("; ".join(notes))}</p></details>'
    )
