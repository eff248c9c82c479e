"""The run's report as one HTML page: each test with its calls as swim lanes."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Sequence

from .failures import counted
from .sheet import drawing, legend, sheet, sums
from .timeline import seconds

if TYPE_CHECKING:
    from .run_report import TestStory

__all__ = ["page"]

BAD = ("failed", "error")

STYLE = """
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
details > .note { margin: 0; padding: .5rem .9rem; border-top: 1px solid var(--line); }
"""


def page(title: str, stories: Sequence[TestStory]) -> str:
    """Write the page: sums, then each test with its calls as swim lanes, those that failed first and unfolded."""
    ordered = sorted(stories, key=lambda story: story.outcome not in BAD)
    tests = "\n".join(_test(story) for story in ordered) or "<p>No test of this run used the fake.</p>"
    only_bad = '<label><input type="checkbox" id="bad"> only what failed</label>'
    body = f"{_sums(stories)}\n{legend()}\n{only_bad}\n<main>\n{tests}\n</main>"
    return sheet("octamem report", title, body, style=STYLE)


def _sums(stories: Sequence[TestStory]) -> str:
    outcomes = Counter(story.outcome for story in stories)
    calls = [call for story in stories for call in story.told["calls"]]
    attempts = [attempt for call in calls for attempt in call["attempts"]]
    return sums(
        [
            ("tests on the fake", len(stories)),
            *outcomes.most_common(),
            ("calls", len(calls) + sum(story.told["earlier"] for story in stories)),
            ("attempts shown", len(attempts)),
            ("faults met", sum(attempt["fault"] is not None for attempt in attempts)),
            ("memories stored", sum(len(attempt["stored"]) for attempt in attempts)),
        ]
    )


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
    drawn = drawing(calls) if calls else ""
    return (
        f'<details class="{"bad" if bad else "fine"}"{" open" if bad else ""}>'
        f'<summary><span class="badge {escape(story.outcome)}">{escape(story.outcome)}</span>'
        f'<code>{escape(story.node)}</code><span class="note">{escape(facts)}</span></summary>'
        f'{drawn}<p class="note">{escape("; ".join(notes))}</p></details>'
    )
