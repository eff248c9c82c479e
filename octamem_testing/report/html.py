"""The HTML layout of our pages: elements and one style sheet, with no script, font or picture from outside."""

from __future__ import annotations

import os
from contextlib import suppress
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Iterable, Tuple, Union

__all__ = ["TABLES", "Html", "can_be_written", "el", "figures", "layout", "sideways", "write_page"]

TABLES = """
h2 { margin: 32px 0 6px; font-size: 16px; line-height: 24px; font-weight: 600; }
table { border-collapse: collapse; }
th, td { padding: 6px 14px; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { color: var(--text-2); font-weight: 600; font-size: 13px; } th:first-child, td:first-child { text-align: left; }
.sideways { margin: 16px 0; border: 1px solid var(--line); border-radius: 10px; }
"""
"""The style of a page of tables of figures, each under a heading."""
_EMPTY = frozenset({"input", "line", "meta", "path", "rect"})
"""The elements that we use without children."""


class Html(str):
    """HTML, as opposed to a text that must be escaped."""

    __slots__ = ()


def el(tag: str, *children: object, **attributes: Union[str, float, bool, None]) -> Html:
    """Return an element; a child is escaped unless it is Html.

    In the name of an attribute `_` stands for `-`, and a `_` at its end is dropped, as in `class_`. A float is written
    with one digit; an attribute with True has no value, and one with None or False is left out.
    """
    opening = tag + "".join(map(_attribute, attributes, attributes.values()))
    if tag in _EMPTY:
        return Html(f"<{opening}/>")
    inner = "".join(child if isinstance(child, Html) else escape(str(child)) for child in children)
    return Html(f"<{opening}>{inner}</{tag}>")


def layout(heading: str, subtitle: str, *body: Html, style: str = "") -> str:
    """Return a page: the heading, the line below it, then the body, with `style` after the common style sheet."""
    styles = (files("fake_server") / "dashboard" / "tokens.css", files("octamem_testing.report") / "style.css")
    css = "".join(style.read_text(encoding="utf-8") for style in styles)
    head = [
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", heading),
        el("style", Html(f"\n{css}{style}")),
    ]
    header = el("header", el("h1", heading), el("p", subtitle))
    parts = [el("head", *head), el("body", Html("\n".join(["", header, *body, ""])))]
    return f"<!doctype html>\n{el('html', *parts, lang='en')}\n"


def sideways(label: str, *children: Html) -> Html:
    """Return a part that scrolls sideways if the screen is narrow, by keyboard too; `label` is its name."""
    return el("div", *children, class_="sideways", tabindex=0, role="region", aria_label=label)


def figures(numbers: Iterable[Tuple[str, object]]) -> Html:
    """Return figures side by side, each above its name."""
    return el("ul", *(el("li", el("b", number), el("span", name)) for name, number in numbers), class_="sums")


def write_page(file: Path, text: str) -> None:
    """Write a page whole, or leave the file as it was; what is no UTF-8 is escaped. Raises OSError."""
    content = text.encode("utf-8", "backslashreplace")
    if file.exists() and not file.is_file():  # a pipe or a terminal, which nothing can replace
        file.write_bytes(content)
        return
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(file)
    finally:
        with suppress(OSError):
            beside.unlink()


def can_be_written(file: Path) -> bool:
    """Whether a page can be written there: the file or its folder exists and is writable."""
    try:
        return file.parent.is_dir() and os.access(file if file.exists() else file.parent, os.W_OK)
    except OSError:  # the folder may be unreadable
        return False


def _attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = f"{value:.1f}" if isinstance(value, float) else escape(str(value))
    return f' {name}="{text}"'
