"""The words and marks of a fault script, each with its line and column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import List

__all__ = ["ScriptError", "Token", "position", "tokens"]


class ScriptError(ValueError):
    """A fault script that cannot be read; names the column, what was expected there and what was got."""


_TOKEN = re.compile(
    r"""(?P<space>[^\S\n]+) | (?P<end>[;\n]) | (?P<mark>[,:()=@%]) | (?P<word>[^\s,:;()=@%"']+) |
        (?P<quoted>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Token:
    """A word, a mark or a quoted text."""

    kind: str
    text: str
    column: int
    line: int

    def is_(self, text: str) -> bool:
        """Return whether it is this word or mark, unquoted."""
        return self.kind != "quoted" and self.text == text


def tokens(text: str) -> List[Token]:
    """Return the tokens of a script, an end last; raises ScriptError for a quotation mark that is not closed."""
    found: List[Token] = []
    at, line, line_start = 0, 1, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        column = at - line_start + 1
        if match is None:
            raise ScriptError(
                position(text, line, column) + f"expected a closing quotation mark, got {text[at : at + 20]!r}"
            )
        kind = str(match.lastgroup)
        if kind != "space":
            found.append(Token(kind, match[0], column, line))
        at = match.end()
        if match[0] == "\n":
            line, line_start = line + 1, at
    found.append(Token("end", "", len(text) - line_start + 1, line))
    return found


def position(text: str, line: int, column: int) -> str:
    """Return the beginning of an error about a script: the script, and where in it."""
    where = f"line {line}, column {column}" if "\n" in text.strip("\n") else f"column {column}"
    return f"fault script {text.strip()!r:.120}, {where}: "
