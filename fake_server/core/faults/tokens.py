"""The words and marks of a fault script, each with its line and column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import List, Optional

from fake_server.core.wording import blanked, shown

__all__ = ["Flaw", "ScriptError", "Token", "position", "tokens"]


@dataclass(frozen=True)
class Flaw:
    """Where a script cannot be read, and why; lines and columns count characters from 1.

    `repair` is what may stand there in place of what was `found`, None if nothing can be offered.
    """

    line: int
    column: int
    length: int
    expected: str
    found: str
    repair: Optional[str] = None


class ScriptError(ValueError):
    """A fault script that cannot be read; names the column, what was expected there and what was got.

    `flaw` says the same in fields; it is None for what is no script at all.
    """

    def __init__(self, message: str, flaw: Optional[Flaw] = None) -> None:
        super().__init__(message)
        self.flaw = flaw


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
            rest = text[at:].partition("\n")[0]
            raise ScriptError(
                position(text, line, column) + f"expected a closing quotation mark, got {shown(text[at:], 20)}",
                Flaw(line, column, len(rest), "a closing quotation mark", blanked(rest, len(rest)), _closed(rest)),
            )
        kind = str(match.lastgroup)
        if kind != "space":
            found.append(Token(kind, match[0], column, line))
        at = match.end()
        if match[0] == "\n":
            line, line_start = line + 1, at
    found.append(Token("end", "", len(text) - line_start + 1, line))
    return found


def _closed(rest: str) -> Optional[str]:
    """Return a text with the mark that closes it; none for one that may hold more than the text."""
    return rest + rest[0] if re.fullmatch(r"[\"'][^\\,;)\s]+", rest) else None


def position(text: str, line: int, column: int) -> str:
    """Return the beginning of an error about a script: the script, and where in it."""
    where = f"line {line}, column {column}" if "\n" in text.strip("\n") else f"column {column}"
    return f"fault script {shown(text.strip(), 120)}, {where}: "
