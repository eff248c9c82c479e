"""The run's report as one HTML page: each test with its calls as swim lanes."""

from __future__ import annotations

from html import escape
from typing import Any, List, Mapping, Sequence, Tuple

from .html import drawing, legend, sheet, sums
from .story import TestStory
from .timeline import counted, seconds

__all__ = ["page"]

BAD = ("failed", "error")
ORDER = ("failed", "passed", "skipped", "xfailed", "xpassed")  # as pytest's last line has it, before all else

STYLE = """
label { display: inline-block; margin-bottom: 1rem; cursor: pointer; }
body:has(#bad:checked) details.fine { display: none; }
details { margin: 0 0 .6rem; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
summary { display: flex; flex-wrap: wrap; gap: .2rem .8rem; align-items: baseline; padding: .6rem .9rem;
  cursor: pointer; }
summary code { flex: 1 1 20rem; overflow-wrap: anywhere; font-size: .85rem; }
summary .note { overflow-wrap: anywhere; }
summary .reason { flex: 1 0 100%; color: var(--bad); font-size: .9rem; overflow-wrap: anywhere; }
.badge { min-width: 4.6rem; padding: .05rem .55rem; border: 1px solid; border-radius: 99px; font-size: .78rem;
  font-weight: 600; text-align: center; }
.passed { color: var(--good); } .failed, .error { color: var(--bad); }
.skipped, .xfailed, .xpassed { color: var(--poor); }
details > .note { margin: 0; padding: .5rem .9rem; border-top: 1px solid var(--line); }
"""


def page(title: str, outcomes: Mapping[str, int], stories: Sequence[TestStory]) -> str:
    """Write the page: sums, then each test with its calls as swim lanes, those that failed first and unfolded.

    `outcomes` are those of the whole run, each with how often pytest counted it.
    """
    ordered = sorted(stories, key=lambda story: story.outcome not in BAD)
    none = "" if any(story.told is not None for story in stories) else "<p>No test of this run used the fake.</p>"
    tests = none + "\n".join(map(_test, ordered))
    only_bad = '<label><input type="checkbox" id="bad"> only what failed</label>'
    body = f"{_sums(outcomes, stories)}\n{legend()}\n{only_bad}\n<main>\n{tests}\n</main>"
    return sheet("octamem report", title, body, style=STYLE)


def _sums(outcomes: Mapping[str, int], stories: Sequence[TestStory]) -> str:
    told = [story.told for story in stories if story.told is not None]
    calls = [call for each in told for call in each["calls"]]
    attempts = [attempt for call in calls for attempt in call["attempts"]]
    return sums(
        [
            *_counts(outcomes),
            ("tests on the fake", len(told)),
            ("calls", len(calls) + sum(each["earlier"] for each in told)),
            ("attempts shown", len(attempts)),
            ("faults met", sum(attempt["fault"] is not None for attempt in attempts)),
            ("memories stored", sum(len(attempt["stored"]) for attempt in attempts)),
        ]
    )


def _counts(outcomes: Mapping[str, int]) -> List[Tuple[str, int]]:
    names = [*(name for name in ORDER if name in outcomes), *sorted({*outcomes} - {*ORDER})]
    return [("errors" if name == "error" and outcomes[name] > 1 else name, outcomes[name]) for name in names]


def _test(story: TestStory) -> str:
    bad = story.outcome in BAD
    facts = [f"{story.duration * 1000:.0f} ms"]
    inside = '<p class="note">no fixture of the kit gave it a fake of its own</p>'
    if story.told is not None:
        told, calls = story.told, story.told["calls"]
        attempts = sum(len(call["attempts"]) for call in calls)
        facts = [
            counted(len(calls), "call"),
            counted(attempts, "attempt"),
            f"{seconds(round(told['ended'], 3))} on the clock",
            *facts,
        ]
        inside = (drawing(calls) if calls else "") + f'<p class="note">{escape("; ".join(_notes(told)))}</p>'
    reasons = "".join(f'<span class="reason">{escape(reason)}</span>' for reason in story.reasons)
    return (
        f'<details class="{"bad" if bad else "fine"}"{" open" if bad else ""}>'
        f'<summary><span class="badge {escape(story.outcome)}">{escape(story.outcome)}</span>'
        f'<code>{escape(story.node)}</code><span class="note">{escape(" · ".join(facts))}</span>{reasons}</summary>'
        f"{inside}</details>"
    )


def _notes(told: Mapping[str, Any]) -> List[str]:
    notes: List[str] = []
    if told["earlier"]:
        notes.append(f"{counted(told['earlier'], 'earlier call')} not shown")
    if told["dropped"]:
        notes.append(f"{counted(told['dropped'], 'attempt')} no longer kept")
    if not told["calls"]:
        notes.append("no request reached the fake")
    return [*notes, f"seed {told['seed']}; {counted(told['memories'], 'memory')} in the end"]
