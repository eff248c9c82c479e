"""The failure reason: why a phase of a test failed, in one line, without keys and texts of memories."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Iterable, Iterator, List, Mapping, Set

if TYPE_CHECKING:
    from fake_server.core import Fake

__all__ = ["failure_reason", "texts_in", "texts_of"]

SHOWN = 240  # characters
BEGINNING = 20  # characters: so long a beginning of a text counts as the text
REDACTED = "…"
OURS = "AssertionError: expected: "
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)+'|\"(?:[^\"\\]|\\.)+\"")
_CUT = "..."  # pytest shortens a text in its middle


def failure_reason(longrepr: Any, texts: Iterable[str] = ()) -> str:
    """Return the first line of a failure, cut at 240 characters.

    `longrepr` is what the report of pytest holds, of any type. None of `texts` is shown, neither whole nor as a part of
    a quotation. Of the kit's own assertions the line with "got:" is shown too, without any quotation.
    """
    lines = [line.strip() for line in _message(longrepr).splitlines() if line.strip()]
    if not lines:
        return "the test failed without a message"
    line = " ".join(lines[:2]) if lines[0].endswith(":") else lines[0]
    if line.startswith(OURS):  # its quotations are texts of memories
        line = _QUOTED.sub(f"'{REDACTED}'", "; ".join(lines[:2]))
    line = _redacted(line, {text for text in texts if text.strip()})
    line = line.encode("utf-8", "backslashreplace").decode()  # a lone surrogate could not be sent or written
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


def texts_of(fake: Fake) -> Set[str]:
    """Return what a failure reason must not show: the keys of a fake, and the texts that it holds or was sent."""
    texts = {*fake.keys()}
    for memory in fake.memories():
        texts |= {memory.content, memory.context}
    for call in fake.calls:
        texts |= {call.content or "", call.query or "", call.previous_context or ""}
    return texts


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in the memories of a marker, even of memories in a wrong form."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from texts_in(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from texts_in(each)


def _message(longrepr: Any) -> str:
    crash = getattr(longrepr, "reprcrash", None)
    if crash is not None:
        return str(crash.message)
    if hasattr(longrepr, "errorstring"):  # a fixture that does not exist
        return str(longrepr.errorstring)
    lines = str(longrepr).splitlines()
    # In a traceback as text, such as of a file that cannot be imported, the lines with errors begin with E.
    return "\n".join(line[1:] for line in lines if line.startswith("E  ")) or str(longrepr)


def _redacted(line: str, texts: Set[str]) -> str:
    known: List[str] = sorted({*texts, *(repr(text)[1:-1] for text in texts)}, key=len, reverse=True)

    def quoted(match: re.Match[str]) -> str:
        inside, mark = match[0][1:-1], match[0][0]
        pieces = [piece for piece in inside.split(_CUT) if piece]
        part = any(all(piece in text for piece in pieces) for text in known)
        return f"{mark}{REDACTED}{mark}" if part else match[0]

    line = _QUOTED.sub(quoted, line)
    for text in known:
        if text in line:
            line = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", REDACTED, line)
        while len(text) > BEGINNING and text[:BEGINNING] in line:
            at = line.index(text[:BEGINNING])
            shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(line[at:], text)))
            line = f"{line[:at]}{REDACTED}{line[at + shared :]}"
    return line
