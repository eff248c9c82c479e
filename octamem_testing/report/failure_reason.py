"""Why a phase of a test failed, in one line, without the keys and texts that the test's fake knows."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Iterable, Iterator, List, Mapping, Set

if TYPE_CHECKING:
    from fake_server.core import Fake

__all__ = ["reason_of", "texts_in", "texts_of"]

SHOWN = 240  # characters
TELLING = 20  # characters: so long a beginning of a text is the text
LEFT_OUT = "…"
OURS = "AssertionError: expected: "
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)+'|\"(?:[^\"\\]|\\.)+\"")
_CUT = "..."  # how pytest shortens a text: from its middle


def reason_of(told: Any, texts: Iterable[str] = ()) -> str:
    """Give the first line of what pytest keeps of a failure, cut at 240 characters.

    `told` is the longrepr of a report, of whatever kind. Of `texts` nothing is shown, whole or in part of a quotation.
    Of an assertion of ours what came is shown as well, and nothing that is quoted.
    """
    lines = [line.strip() for line in _message(told).splitlines() if line.strip()]
    if not lines:
        return "it failed without a word"
    line = " ".join(lines[:2]) if lines[0].endswith(":") else lines[0]
    if line.startswith(OURS):  # in quotes it has what was expected to be sent or stored
        line = _QUOTED.sub(f"'{LEFT_OUT}'", "; ".join(lines[:2]))
    line = _without(line, {text for text in texts if text.strip()})
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


def texts_of(fake: Fake) -> Set[str]:
    """Give what a reason must not show of a fake: its keys, and the texts that it holds or was sent."""
    texts = {*fake.keys()}
    for memory in fake.memories():
        texts |= {memory.content, memory.context}
    for call in fake.calls:
        texts |= {call.content or "", call.query or "", call.previous_context or ""}
    return texts


def texts_in(value: Any) -> Iterator[str]:
    """Give every text in what a marker holds as memories, whether or not it can be read."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from texts_in(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from texts_in(each)


def _message(told: Any) -> str:
    crash = getattr(told, "reprcrash", None)
    if crash is not None:
        return str(crash.message)
    if hasattr(told, "errorstring"):  # a fixture that does not exist
        return str(told.errorstring)
    lines = str(told).splitlines()
    # A traceback as text, such as that of a file that cannot be imported, has its errors on lines of their own.
    return "\n".join(line[1:] for line in lines if line.startswith("E  ")) or str(told)


def _without(line: str, texts: Set[str]) -> str:
    known: List[str] = sorted({*texts, *(repr(text)[1:-1] for text in texts)}, key=len, reverse=True)

    def quoted(match: re.Match[str]) -> str:
        said, mark = match[0][1:-1], match[0][0]
        pieces = [piece for piece in said.split(_CUT) if piece]
        part = any(all(piece in text for piece in pieces) for text in known)
        return f"{mark}{LEFT_OUT}{mark}" if part else match[0]

    line = _QUOTED.sub(quoted, line)
    for text in known:
        if text in line:
            line = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", LEFT_OUT, line)
        while len(text) > TELLING and text[:TELLING] in line:
            at = line.index(text[:TELLING])
            shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(line[at:], text)))
            line = f"{line[:at]}{LEFT_OUT}{line[at + shared :]}"
    return line
