"""What our HTML pages share: one sheet that needs nothing from outside, no script, no font, no picture."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import Any, Iterable, Mapping, Sequence, Tuple

from .swimlanes import lanes

__all__ = ["can_be_written", "drawing", "legend", "sheet", "sums"]

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
.draw { overflow-x: auto; border-top: 1px solid var(--line); }
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
    ("↻", "sent again by {who}"),
    ("⇡", "sent again by a layer below {below}"),
    ("⚡", "the fault it met"),
    ("◆", "a memory was stored"),
    ("✓ ✕", "the last answer did or did not arrive as a success"),
)


def sheet(heading: str, said: str, body: str, *, style: str = "") -> str:
    """Write a page: heading, the line below it (both as text), then the body as HTML, with `style` beside our own."""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(heading)}</title>\n<style>{STYLE}{style}</style>\n</head>\n<body>\n"
        f"<header><h1>{escape(heading)}</h1><p>{escape(said)}</p></header>\n{body}\n</body>\n</html>\n"
    )


def sums(numbers: Iterable[Tuple[str, object]]) -> str:
    """Write figures side by side, each over its name."""
    items = "".join(f"<li><b>{escape(str(number))}</b><span>{escape(name)}</span></li>" for name, number in numbers)
    return f'<ul class="sums">{items}</ul>'


def legend(who: str = "the SDK", below: str = "it") -> str:
    """Say what the signs of a drawing mean; `who` sends again, and a layer below `below`."""
    told = ((sign, said.format(who=who, below=below)) for sign, said in LEGEND)
    signs = "".join(f"<span><i>{escape(sign)}</i> {escape(said)}</span>" for sign, said in told)
    return f'<p class="legend">{signs}</p>'


def drawing(calls: Sequence[Mapping[str, Any]]) -> str:
    """Draw calls as swim lanes, in a frame that scrolls by itself where the screen is narrow."""
    return f'<div class="draw">{lanes(calls)}</div>'


def can_be_written(file: Path) -> bool:
    """Say whether a page can be written there: over a file, or into a folder, that is there and may be written to."""
    try:
        return file.parent.is_dir() and os.access(file if file.exists() else file.parent, os.W_OK)
    except OSError:  # of a folder that may not even be looked into
        return False
