"""The calls of a test as swim lanes in SVG: one lane for each call, its attempts from left to right."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import Any, Dict, Iterator, List, Mapping, Sequence, Tuple

from .html import Html, el, sideways
from .timeline import counted, seconds

__all__ = ["drawing", "legend"]

# All lengths are in pixels.
NAME = 186  # the width of the names, left of the lanes
LANE = 58
TOP = 30  # the height of the axis
BOX_WIDTH, BOX_HEIGHT = 50, 22
GAP = 22  # the least distance between two attempts of a lane
STEP = 16  # the distance between two attempts of different lanes, so that their order shows
STRETCH = 30.0  # for each doubling of the seconds between two attempts
WAIT = 40.0  # the width of the label of a wait
LETTER = 5.9  # the mean width of a letter in the small type
LABEL = 34  # the letters of a fault that are shown

LEGEND = (
    ("503", "one attempt and its answer; — for none"),
    ("↻", "sent again by {who}"),
    ("⇡", "sent again by a layer below {below}"),
    ("⚡", "the fault it met"),
    ("◆", "a memory was stored"),
    ("✓ ✕", "the last answer did or did not arrive as a success"),
)


@dataclass(frozen=True)
class _Box:
    """The box of one attempt: its lane, its left edge, and the values of the attempt."""

    row: int
    x: float
    values: Mapping[str, Any]

    @property
    def label(self) -> str:
        """The fault, cut to the width of its lane."""
        fault: str = self.values["fault"] or ""
        return fault if len(fault) <= LABEL else f"{fault[: LABEL - 1]}…"

    @property
    def end(self) -> float:
        """Its right edge, with the label of the fault."""
        return self.x + max(BOX_WIDTH + 14, LETTER * (len(self.label) + 2))


def drawing(calls: Sequence[Mapping[str, Any]], owner: str = "") -> Html:
    """Return the calls as swim lanes, in a frame that scrolls if the screen is narrow; `owner` made them.

    Time runs to the right. It is stretched and squeezed so that no two attempts of a lane overlap.
    """
    boxes = _boxes(calls)
    width = max((box.end for box in boxes), default=NAME) + GAP
    height = TOP + LANE * len(calls)
    drawn = [*_axis(boxes, height), *_names(calls)]
    last: Dict[int, _Box] = {}
    for box in boxes:
        if box.row in last:
            drawn += _wait(last[box.row], box)
        last[box.row] = box
    drawn += [_attempt(box) for box in boxes]
    drawn += [_end(box, delivered=calls[row]["delivered"]) for row, box in last.items()]
    label = f"{counted(len(calls), 'call')} as swim lanes{f', of {owner}' if owner else ''}"
    style = f"min-width: {width:.0f}px"
    svg = el("svg", *drawn, style=style, width="100%", height=height, role="img", aria_label=label)
    return sideways(label, svg)


def legend(who: str = "the SDK", below: str = "it") -> Html:
    """Return the meaning of the signs of a drawing; `who` sends a retry, and a layer below `below` a repeat."""
    signs = (el("span", el("i", sign), " ", text.format(who=who, below=below)) for sign, text in LEGEND)
    return el("p", *signs, class_="legend")


def _boxes(calls: Sequence[Mapping[str, Any]]) -> List[_Box]:
    """Return the attempts in their order, further apart if more time passed.

    By order, since many have the same time; by the logarithm of time, so that an hour fits beside a second.
    """
    boxes: List[_Box] = []
    last: Dict[int, _Box] = {}
    attempts = [(attempt, row) for row, call in enumerate(calls) for attempt in call["attempts"]]
    for attempt, row in sorted(attempts, key=lambda each: each[0]["seq"]):
        x = NAME + 10.0
        if boxes:
            passed = max(0.0, attempt["at"] - boxes[-1].values["at"])
            x = boxes[-1].x + STEP + (STRETCH * log2(1 + passed) + GAP if passed else 0.0)
        if row in last:
            x = max(x, last[row].end + (WAIT if attempt["waited"] else GAP / 2))
        last[row] = _Box(row, x, attempt)
        boxes.append(last[row])
    return boxes


def _middle(row: int) -> float:
    return TOP + LANE * row + LANE / 2 - 4


def _axis(boxes: Sequence[_Box], height: int) -> Iterator[Html]:
    free, shown = 0.0, None
    for box in boxes:
        moment = box.values["at"]
        if moment != shown and box.x >= free:
            text = seconds(round(moment, 3))
            yield el("line", class_="tick", x1=box.x, y1=TOP - 8, x2=box.x, y2=height)
            yield el("text", text, class_="moment", x=box.x, y=TOP - 13)
            free, shown = box.x + LETTER * len(text) + 14, moment


def _names(calls: Sequence[Mapping[str, Any]]) -> Iterator[Html]:
    several = len({call["key"] for call in calls}) > 1
    for row, call in enumerate(calls):
        top = TOP + LANE * row
        verb, _, name = call["name"].rpartition(" call ")
        yield el("line", class_="lane", x1=0, y1=top, x2="100%", y2=top)
        yield el("text", _cut(verb, 20), class_="name", x=12, y=_middle(row))
        under = f"call {name}" + (f" of {call['key']}" if several else "")
        yield el("text", under, class_="small", x=12, y=_middle(row) + 14)


def _wait(before: _Box, after: _Box) -> Iterator[Html]:
    y = _middle(after.row)
    left, right = before.x + BOX_WIDTH, after.x
    yield el("line", class_="wait", x1=left, y1=y, x2=right, y2=y)
    if after.values["waited"]:
        yield el("text", seconds(round(after.values["waited"], 3)), class_="waited", x=(left + right) / 2, y=y - 5)


def _attempt(box: _Box) -> Html:
    values, y = box.values, _middle(box.row)
    status, stored = values["status"], values["stored"]
    kind = "lost" if status is None else "good" if status < 300 else "poor" if status < 500 else "bad"
    mark = {"retry": "↻ ", "repeat": "⇡ "}.get(values["kind"], "")
    top = y - BOX_HEIGHT / 2
    drawn = [
        el("rect", class_=f"box {kind}", x=box.x, y=top, width=BOX_WIDTH, height=BOX_HEIGHT, rx=5),
        el("text", mark, status or "—", class_="status", x=box.x + BOX_WIDTH / 2, y=y + 4),
    ]
    if box.label:
        drawn.append(el("text", "⚡ ", box.label, class_="fault", x=box.x, y=y + 24))
    if stored:
        x = box.x + BOX_WIDTH - 3
        drawn.append(el("path", class_="commit", d=f"M{x:.1f} {top - 8:.1f}l7 7l-7 7l-7 -7z"))
        if len(stored) > 1:
            drawn.append(el("text", "×", len(stored), class_="stored", x=x + 10, y=top))
    return el("g", el("title", _description(values)), *drawn)


def _end(last: _Box, *, delivered: bool) -> Html:
    kind, sign = ("arrived", "✓") if delivered else ("gone", "✕")
    return el("text", sign, class_=kind, x=last.x + BOX_WIDTH + 6, y=_middle(last.row) + 4)


def _description(values: Mapping[str, Any]) -> str:
    facts: List[Tuple[str, object]] = [
        (f"attempt {values['number']} ({values['kind']})", f"at {seconds(values['at'])}"),
        ("waited", None if values["waited"] is None else seconds(values["waited"])),
        ("answer", values["status"] or "none"),
        ("asked to wait", None if values["retry_after"] is None else seconds(values["retry_after"])),
        ("fault", values["fault"]),
        ("search", values["found"]),
        ("stored", ", ".join(values["stored"]) or None),
        *(("note", note) for note in values["notes"]),
    ]
    return "\n".join(f"{name}: {value}" for name, value in facts if value is not None)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
