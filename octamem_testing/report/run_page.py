"""The report of a run as one HTML page: each test with its calls as swim lanes."""

from __future__ import annotations

from typing import Any, List, Mapping, Sequence, Tuple

from .html import Html, el, figures, layout
from .story import TestStory
from .swimlanes import drawing, legend
from .timeline import counted, seconds

__all__ = ["page"]

BAD = ("failed", "error")
ORDER = ("failed", "passed", "skipped", "xfailed", "xpassed")  # the order of the last line of pytest


def page(title: str, outcomes: Mapping[str, int], stories: Sequence[TestStory]) -> str:
    """Return the page: figures, then each test with its calls as swim lanes, the failed ones first and open.

    `outcomes` are those of the whole run, each with its count by pytest.
    """
    tests = [_test(story) for story in sorted(stories, key=lambda story: story.outcome not in BAD)]
    if all(story.values is None for story in stories):
        tests.insert(0, el("p", "No test of this run used the fake."))
    only_bad = el("label", el("input", type="checkbox", id="bad"), " only what failed")
    return layout("octamem report", title, _figures(outcomes, stories), legend(), only_bad, el("main", *tests))


def _figures(outcomes: Mapping[str, int], stories: Sequence[TestStory]) -> Html:
    tests = [story.values for story in stories if story.values is not None]
    calls = [call for test in tests for call in test["calls"]]
    attempts = [attempt for call in calls for attempt in call["attempts"]]
    return figures(
        [
            *_counts(outcomes),
            ("tests on the fake", len(tests)),
            ("calls", len(calls) + sum(test["earlier"] for test in tests)),
            ("attempts shown", len(attempts)),
            ("faults met", sum(attempt["fault"] is not None for attempt in attempts)),
            ("memories stored", sum(len(attempt["stored"]) for attempt in attempts)),
        ]
    )


def _counts(outcomes: Mapping[str, int]) -> List[Tuple[str, int]]:
    names = [*(name for name in ORDER if name in outcomes), *sorted({*outcomes} - {*ORDER})]
    return [("errors" if name == "error" and outcomes[name] > 1 else name, outcomes[name]) for name in names]


def _test(story: TestStory) -> Html:
    bad = story.outcome in BAD
    facts = [f"{story.duration * 1000:.0f} ms"]
    inside = [el("p", "no fixture of the kit gave it a fake of its own", class_="note")]
    if story.values is not None:
        calls = story.values["calls"]
        attempts = sum(len(call["attempts"]) for call in calls)
        ended = f"{seconds(round(story.values['ended'], 3))} on the clock"
        facts = [counted(len(calls), "call"), counted(attempts, "attempt"), ended, *facts]
        inside = [drawing(calls)] if calls else []
        inside.append(el("p", "; ".join(_notes(story.values)), class_="note"))
    head = [
        el("span", story.outcome, class_=f"badge {story.outcome}"),
        el("code", story.node),
        el("span", " · ".join(facts), class_="note"),
        *(el("span", reason, class_="reason") for reason in story.reasons),
    ]
    return el("details", el("summary", *head), *inside, class_="bad" if bad else "fine", open=bad)


def _notes(values: Mapping[str, Any]) -> List[str]:
    notes: List[str] = []
    if values["earlier"]:
        notes.append(f"{counted(values['earlier'], 'earlier call')} not shown")
    if values["dropped"]:
        notes.append(f"{counted(values['dropped'], 'attempt')} no longer kept")
    if not values["calls"]:
        notes.append("no request reached the fake")
    return [*notes, f"seed {values['seed']}; {counted(values['memories'], 'memory')} in the end"]
