"""The report of a run as one HTML page: each test with its calls as swim lanes."""

from __future__ import annotations

from typing import Any, List, Mapping, Sequence, Tuple

from .html import Html, el, figures, layout, sideways
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
    main = el("main", _figures(outcomes, stories), legend(), only_bad, *tests)
    return layout("octamem report", title, main)


def _figures(outcomes: Mapping[str, int], stories: Sequence[TestStory]) -> Html:
    sums = [story.values["sums"] for story in stories if story.values is not None]
    return figures(
        [
            *_counts(outcomes),
            ("tests on the fake", len(sums)),
            ("calls", sum(each["calls"] for each in sums)),
            ("attempts", sum(each["attempts"] for each in sums)),
            ("faults met", sum(each["faults"] for each in sums)),
            ("memories stored", sum(each["stored"] for each in sums)),
        ]
    )


def _counts(outcomes: Mapping[str, int]) -> List[Tuple[str, int]]:
    names = [*(name for name in ORDER if name in outcomes), *sorted({*outcomes} - {*ORDER})]
    return [("errors" if name == "error" and outcomes[name] > 1 else name, outcomes[name]) for name in names]


def _test(story: TestStory) -> Html:
    bad = story.outcome in BAD
    facts = [f"{story.duration * 1000:.0f} ms"]
    none = "its rounds had fakes of their own" if story.chaos else "no fixture of the kit gave it a fake of its own"
    inside = [el("p", none, class_="note")]
    if story.values is not None:
        calls = story.values["calls"]
        sums = story.values["sums"]
        ended = f"{seconds(round(story.values['ended'], 3))} on the clock"
        facts = [counted(sums["calls"], "call"), counted(sums["attempts"], "attempt"), ended, *facts]
        inside = [drawing(calls, story.node)] if calls else []  # each has a name of its own: a reader jumps by them
        inside.append(el("p", "; ".join(_notes(story.values)), class_="note"))
    head = [
        el("span", story.outcome, class_=f"badge {story.outcome}"),
        el("code", story.node),
        el("span", " · ".join(facts), class_="note"),
        *(el("span", reason, class_="reason") for reason in story.reasons),
    ]
    for number, found in enumerate(story.chaos, 1):
        which = f"what hunt {number} of {story.node} found"
        inside.append(sideways(which, el("pre", found, class_="chaos")))
    return el("details", el("summary", *head), *inside, class_="bad" if bad else "fine", open=bad)


def _notes(values: Mapping[str, Any]) -> List[str]:
    notes: List[str] = []
    if values["hidden"]:
        notes.append(f"{counted(values['hidden'], 'earlier call')} not shown")
    if values["dropped"]:
        notes.append(f"{counted(values['dropped'], 'attempt')} no longer kept")
    if not values["calls"]:
        notes.append("no request reached the fake")
    return [*notes, f"seed {values['seed']}; {counted(values['memories'], 'memory')} in the end"]
