"""Markdown as memories: each paragraph, list item and block of code is one, under the heading above it."""

from __future__ import annotations

import re
from typing import Iterator, List, Optional, Sequence, Tuple

_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*")
_RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*")
_ITEM = re.compile(r"( {0,3}(?:[-*+]|\d{1,9}[.)])[ \t]+)(?=\S)")
_FENCE = re.compile(r"\s*(`{3,}(?=[^`]*$)|~{3,})")
_NO_PARAGRAPH = re.compile(r" {4}|\s*[>|]")
_COMMENT = re.compile(r"<!--.*-->", re.DOTALL)

Block = Tuple[int, str, str]


def blocks(lines: Sequence[str]) -> Iterator[Block]:
    """Yield the line, the text and the heading of each block; front matter and comments are no blocks."""
    reader = _Reader()
    start = _after_front_matter(lines)
    for number, line in enumerate(lines[start:], start + 1):
        yield from reader.read(number, line)
    yield from reader.end()


def _after_front_matter(lines: Sequence[str]) -> int:
    if lines and lines[0].rstrip() == "---":
        for number, line in enumerate(lines[1:], 2):
            if line.rstrip() in ("---", "..."):
                return number
    return 0


def _with_spaces(line: str) -> str:
    """Return the line with its indentation in spaces."""
    text = line.lstrip(" \t")
    return line[: len(line) - len(text)].expandtabs(4) + text


class _Reader:
    """The block that is being read, and the heading above it."""

    def __init__(self) -> None:
        self.heading = ""
        self._start = 0
        self._block: List[str] = []
        self._indent = 0
        """The columns by which the lines of a list item are indented; 0 outside of one."""
        self._blank = False
        self._fence: Optional[str] = None
        self._comment = False

    def read(self, number: int, line: str) -> Iterator[Block]:
        """Take one line, and yield the block that ends before it, if one does."""
        if self._fence is not None or self._comment:
            self._append(number, line)
            if self._is_closed_by(line):
                self._fence, self._comment = None, False
                yield from self._end_outside_item()
            return
        if not line.strip():
            self._blank = True
            return
        line = _with_spaces(line)
        indented = len(line) - len(line.lstrip(" "))
        if self._indent and indented >= self._indent:
            self._append(number, line)
            self._open_fence(line)
            return
        if self._is_underline(line):
            self.heading, self._block = " ".join("\n".join(self._block).split()), []
            return
        if self._blank or _RULE.fullmatch(line) or _ITEM.match(line) or _HEADING.fullmatch(line):
            yield from self.end()
        yield from self._begin(number, line)

    def _is_closed_by(self, line: str) -> bool:
        """Return whether a line closes the code or the comment that is open."""
        if self._fence is None:
            return "-->" in line
        closing = line.strip()
        return closing.startswith(self._fence) and not closing.strip(self._fence[0])

    def _begin(self, number: int, line: str) -> Iterator[Block]:
        heading = _HEADING.fullmatch(line)
        if heading:
            self.heading = (heading[1] or "").strip()
            return
        if _RULE.fullmatch(line):
            return
        item = _ITEM.match(line)
        if item:
            self._indent = len(item[1].expandtabs(4))
            line = " " * self._indent + line[len(item[1]) :]
        is_comment = not self._block and line.startswith("<!--")
        self._comment = is_comment and "-->" not in line
        self._append(number, line)
        self._open_fence(line)
        if is_comment and not self._comment:
            yield from self._end_outside_item()

    def _is_underline(self, line: str) -> bool:
        is_paragraph = bool(self._block) and not self._indent and not _NO_PARAGRAPH.match(self._block[0])
        return is_paragraph and not self._blank and bool(_UNDERLINE.fullmatch(line))

    def _open_fence(self, line: str) -> None:
        fence = _FENCE.match(line)
        self._fence = fence[1] if fence else None

    def _append(self, number: int, line: str) -> None:
        if not self._block:
            self._start = number
        elif self._blank:
            self._block.append("")
        self._blank = False
        cut = len(line) - len(line.lstrip(" "))
        self._block.append(line[min(cut, self._indent) :].rstrip())

    def _end_outside_item(self) -> Iterator[Block]:
        # What follows in a list item belongs to it all the same.
        if not self._indent:
            yield from self.end()

    def end(self) -> Iterator[Block]:
        """Yield the block that was read, if there is one, and begin with none."""
        text = "\n".join(self._block).strip("\n")
        if text.strip() and not _COMMENT.fullmatch(text.strip()):
            yield self._start, text, self.heading
        self._block, self._indent, self._blank, self._fence = [], 0, False, None
        self._comment = False
