"""A test's calls as swim lanes: one lane a call, its attempts from left to right, drawn as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import log2
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from .timeline import seconds

__all__ = ["lanes"]

# All lengths in pixels of the drawing.
NAME = 186  # where the lanes begin, right of their names
LANE = 58
TOP = 30  # the axis
BOX_WIDTH, BOX_HEIGHT = 50, 22
GAP = 22  # between two attempts of a lane, at least
STEP = 16  # from one attempt to the next in another lane, so that their order shows
STRETCH = 30.0  # for each doubling of the seconds that pass between two attempts
WAIT = 40.0  # what a wait's label takes
LETTER = 5.9  # width of a letter of the small type, on average
LABEL = 34  # letters of a fault that are shown


@dataclass(frozen=True)
class _Placed:
    """One attempt where it stands: its lane, its left edge, and the values of it."""

    row: int
    x: float
    values: Mapping[str, Any]

    @property
    def label(self) -> str:
        """The fault, cut to what fits."""
        fault: str = self.values["fault"] or ""
        return fault if len(fault) <= LABEL else f"{fault[: LABEL - 1]}…"

    @property
    def end(self) -> float:
        """Its right edge, with its fault's name."""
        return self.x + max(BOX_WIDTH + 14, LETTER * (len(self.label) + 2))


def lanes(calls: Sequence[Mapping[str, Any]]) -> str:
    """Draw the calls; time runs to the right, stretched and squeezed so that each attempt has its place."""
    placed = _placed(calls)
    width = max((each.end for each in placed), default=NAME) + GAP
    height = TOP + LANE * len(calls)
    drawn = [_axis(placed, height), _names(calls)]
    before: Dict[int, _Placed] = {}
    for each in placed:
        if each.row in before:
            drawn.append(_wait(before[each.row], each))
        before[each.row] = each
    drawn += [_attempt(each) for each in placed]
    drawn += [_end(last, delivered=calls[row]["delivered"]) for row, last in before.items()]
    return (
        f'<svg style="min-width: {width:.0f}px" width="100%" height="{height}" role="img" '
        f'aria-label="{len(calls)} calls as swim lanes">{"".join(drawn)}</svg>'
    )


def _placed(calls: Sequence[Mapping[str, Any]]) -> List[_Placed]:
    """Set the attempts in the order they came, further apart where time passed.

    By order, since many come at one moment; by the logarithm of time, so that an hour fits beside a second.
    """
    found: List[_Placed] = []
    last: Dict[int, _Placed] = {}
    attempts = [(attempt, row) for row, call in enumerate(calls) for attempt in call["attempts"]]
    for attempt, row in sorted(attempts, key=lambda each: each[0]["seq"]):
        x = NAME + 10.0
        if found:
            passed = max(0.0, attempt["at"] - found[-1].values["at"])
            x = found[-1].x + STEP + (STRETCH * log2(1 + passed) + GAP if passed else 0.0)
        if row in last:
            x = max(x, last[row].end + (WAIT if attempt["waited"] else GAP / 2))
        last[row] = _Placed(row, x, attempt)
        found.append(last[row])
    return found


def _middle(row: int) -> float:
    return TOP + LANE * row + LANE / 2 - 4


def _axis(placed: Sequence[_Placed], height: int) -> str:
    drawn: List[str] = []
    free, shown = 0.0, None
    for each in placed:
        moment = each.values["at"]
        if moment != shown and each.x >= free:
            text = seconds(round(moment, 3))
            drawn.append(
                f'<line class="tick" x1="{each.x:.1f}" y1="{TOP - 8}" x2="{each.x:.1f}" y2="{height}"/>'
                f'<text class="moment" x="{each.x:.1f}" y="{TOP - 13}">{escape(text)}</text>'
            )
            free, shown = each.x + LETTER * len(text) + 14, moment
    return "".join(drawn)


def _names(calls: Sequence[Mapping[str, Any]]) -> str:
    several = len({call["key"] for call in calls}) > 1
    drawn: List[str] = []
    for row, call in enumerate(calls):
        top = TOP + LANE * row
        verb, _, name = call["name"].rpartition(" call ")
        under = f"call {name}" + (f" of {call['key']}" if several else "")
        drawn.append(
            f'<line class="lane" x1="0" y1="{top}" x2="100%" y2="{top}"/>'
            f'<text class="name" x="12" y="{_middle(row):.1f}">{escape(_cut(verb, 20))}</text>'
            f'<text class="small" x="12" y="{_middle(row) + 14:.1f}">{escape(under)}</text>'
        )
    return "".join(drawn)


def _wait(before: _Placed, after: _Placed) -> str:
    y = _middle(after.row)
    left, right = before.x + BOX_WIDTH, after.x
    waited = after.values["waited"] or 0.0
    label = f'<text class="waited" x="{(left + right) / 2:.1f}" y="{y - 5:.1f}">{seconds(round(waited, 3))}</text>'
    line = f'<line class="wait" x1="{left:.1f}" y1="{y:.1f}" x2="{right:.1f}" y2="{y:.1f}"/>'
    return line + (label if waited else "")


def _attempt(each: _Placed) -> str:
    values, y = each.values, _middle(each.row)
    status, stored = values["status"], values["stored"]
    kind = "lost" if status is None else "good" if status < 300 else "poor" if status < 500 else "bad"
    mark = {"retry": "↻ ", "repeat": "⇡ "}.get(values["kind"], "")
    box = (
        f'<rect class="box {kind}" x="{each.x:.1f}" y="{y - BOX_HEIGHT / 2:.1f}" width="{BOX_WIDTH}" '
        f'height="{BOX_HEIGHT}" rx="5"/>'
        f'<text class="status" x="{each.x + BOX_WIDTH / 2:.1f}" y="{y + 4:.1f}">{mark}{status or "—"}</text>'
    )
    if each.label:
        box += f'<text class="fault" x="{each.x:.1f}" y="{y + 24:.1f}">⚡ {escape(each.label)}</text>'
    if stored:
        x, top = each.x + BOX_WIDTH - 3, y - BOX_HEIGHT / 2 - 1
        box += f'<path class="commit" d="M{x:.1f} {top - 7:.1f}l7 7l-7 7l-7 -7z"/>'
        if len(stored) > 1:
            box += f'<text class="stored" x="{x + 10:.1f}" y="{top + 1:.1f}">×{len(stored)}</text>'
    return f"<g><title>{escape(_said(values))}</title>{box}</g>"


def _end(last: _Placed, *, delivered: bool) -> str:
    x, y = last.x + BOX_WIDTH + 6, _middle(last.row) + 4
    kind, sign = ("arrived", "✓") if delivered else ("gone", "✕")
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{sign}</text>'


def _said(values: Mapping[str, Any]) -> str:
    told: List[Tuple[str, object]] = [
        (f"attempt {values['number']} ({values['kind']})", f"at {seconds(values['at'])}"),
        ("waited", None if values["waited"] is None else seconds(values["waited"])),
        ("answer", values["status"] or "none"),
        ("asked to wait", None if values["retry_after"] is None else seconds(values["retry_after"])),
        ("fault", values["fault"]),
        ("stored", ", ".join(values["stored"]) or None),
        *(("note", note) for note in values["notes"]),
    ]
    return "\n".join(f"{name}: {value}" for name, value in told if value is not None)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
