"""The wording of error messages: what was expected, what was got, and what to do, in the words of who reads them."""

from __future__ import annotations

import json
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Callable, Dict, Generator, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Sequence

from rapidfuzz import fuzz, process

from .redaction import beginning, without_likely_keys

__all__ = [
    "Audience",
    "alternatives",
    "blanked",
    "expected",
    "json_kind",
    "kind_of",
    "name_shown",
    "nearest",
    "nothing",
    "plain",
    "plural",
    "read_by",
    "required",
    "shown",
    "unknown",
]

_SHOWN = 80  # characters of a value or a name
_LISTED = 10  # names that a message lists
_NEAR = 60.0  # similarity in percent from which a name may have been meant
_KINDS: Dict[type, str] = {
    type(None): "null",
    bool: "a boolean",
    str: "a string",
    int: "a number",
    float: "a number",
    list: "an array",
    dict: "an object",
}


class Audience(NamedTuple):
    """Who reads a message: which keys they must not see, whether they wrote JSON, and their word for nothing."""

    blank: Callable[[str], str] = without_likely_keys
    is_json: bool = False
    nothing: str = "None"


_AUTHOR = Audience()
_AUDIENCE: ContextVar[Audience] = ContextVar("audience", default=_AUTHOR)


@contextmanager
def read_by(audience: Audience) -> Generator[None, None, None]:
    """Write the messages inside for other readers than the author of a program in Python."""
    token = _AUDIENCE.set(audience)
    try:
        yield
    finally:
        _AUDIENCE.reset(token)


def expected(path: str, what: str, got: str = "", then: str = "") -> str:
    """Return the sentence about a value at a path that is not what was expected there."""
    return f"{path}: expected {what}{got and f', got {got}'}{then and f'; {then}'}"


def required(path: str) -> str:
    """Return the sentence about a value that is missing."""
    return f"{path} is required"


def unknown(path: str, kind: str, known: Sequence[str], see: str = "") -> str:
    """Return the sentence about a name that does not exist, with what to do instead.

    That is all known names if they are few, else the nearest, else what to `see`, or all of them if there is nothing.
    """
    meant = None if len(known) <= _LISTED else nearest(path.rpartition(".")[2], known)
    if meant is not None:
        return f"{path}: unknown {kind}; did you mean {meant}?"
    if see and len(known) > _LISTED:
        return f"{path}: unknown {kind}; see {see}"
    return f"{path}: unknown {kind}; expected {alternatives(known)}"


def nearest(name: str, known: Iterable[str]) -> Optional[str]:
    """Return the known name that is most similar to a name, None if none is similar."""
    found = process.extractOne(name[:_SHOWN], list(known), scorer=fuzz.ratio, score_cutoff=_NEAR)
    return None if found is None else found[0]


def alternatives(values: Iterable[object]) -> str:
    """Write a choice as a sentence has it: `a, b or c`."""
    names: List[str] = [str(each) for each in values]
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def shown(value: Any, most: int = _SHOWN) -> str:
    """Return the beginning of a value as its reader writes it; its type if Python cannot write it.

    That is so of an int of too many digits.
    """
    audience = _AUDIENCE.get()
    try:
        if isinstance(value, str):
            return repr(blanked(value, most))[:most]
        if audience.is_json:
            return _first(_written(value, audience), most)
        return beginning(repr(value), most, audience.blank)
    except Exception:  # noqa: BLE001 - a repr of an author's own may raise anything
        return kind_of(value)


def name_shown(name: object) -> str:
    """Return the beginning of a name in printable ASCII, so that no line break or lone surrogate is in a message."""
    return ascii(blanked(str(name)))[1:-1][:_SHOWN]


def blanked(text: str, most: int = _SHOWN) -> str:
    """Return the beginning of a text without the keys that the reader must not see."""
    return beginning(text, most, _AUDIENCE.get().blank)


def nothing() -> str:
    """Return the reader's word for no value."""
    return _AUDIENCE.get().nothing


def kind_of(value: Any) -> str:
    """Name the kind of a value: that of a JSON value to who wrote JSON, its type to a program in Python."""
    return json_kind(value) if _AUDIENCE.get().is_json else type(value).__name__


def json_kind(value: Any) -> str:
    """Name the kind of a JSON value, or the type of any other."""
    return _KINDS.get(type(value), type(value).__name__)


def _first(parts: Iterable[str], most: int) -> str:
    """Join parts, and make no more of them than are shown."""
    text = ""
    for part in parts:
        text += part
        if len(text) >= most:
            break
    return text[:most]


def _written(value: Any, audience: Audience) -> Iterator[str]:
    """Yield the parts of a value as JSON."""
    if value is None:
        yield audience.nothing
    elif isinstance(value, str):
        text = beginning(value, _SHOWN, audience.blank)
        yield json.dumps(text, ensure_ascii=not text.isprintable())
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, Mapping):
        for at, (name, each) in enumerate(value.items()):
            yield ", " if at else "{"
            yield from _written(name, audience)
            yield ": "
            yield from _written(each, audience)
        yield "}" if value else "{}"
    elif isinstance(value, (list, tuple)):
        for at, each in enumerate(value):
            yield ", " if at else "["
            yield from _written(each, audience)
        yield "]" if value else "[]"
    else:
        yield repr(value)


def plural(count: int, one: str, many: str = "") -> str:
    """Write a number with its noun, `many` if that is not `one` with an s."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def plain(number: float) -> str:
    """Write a number of up to six decimals in full: an exponent would not read back."""
    text = f"{number:.6f}"
    return text.rstrip("0").rstrip(".")
