"""The wording of error messages: what was expected, what was got, and what to do, for who reads them."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Callable, Generator, Iterable, List, NamedTuple, Optional, Sequence

from rapidfuzz import fuzz, process

from .redaction import beginning, without_likely_keys

__all__ = [
    "Audience",
    "alternatives",
    "blanked",
    "expected",
    "name_shown",
    "nearest",
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


class Audience(NamedTuple):
    """Who reads a message: which keys they must not see."""

    blank: Callable[[str], str] = without_likely_keys


_AUTHOR = Audience()
_AUDIENCE: ContextVar[Audience] = ContextVar("audience", default=_AUTHOR)


@contextmanager
def read_by(audience: Audience) -> Generator[None, None, None]:
    """Write the messages inside for other readers than the author of a program."""
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
    """Return the beginning of a value's repr; its type if Python cannot write it, as an int of too many digits."""
    try:
        # Blanked first: in a repr, a key with a quotation mark or a backslash is written otherwise.
        text = repr(blanked(value, most) if isinstance(value, str) else value)
    except Exception:  # noqa: BLE001 - a repr of an author's own may raise anything
        return type(value).__name__
    return blanked(text, most)


def name_shown(name: object) -> str:
    """Return the beginning of a name in printable ASCII, so that no line break or lone surrogate is in a message."""
    return ascii(blanked(str(name)))[1:-1][:_SHOWN]


def blanked(text: str, most: int = _SHOWN) -> str:
    """Return the beginning of a text without the keys that its reader must not see."""
    return beginning(text, most, _AUDIENCE.get().blank)


def plural(count: int, one: str, many: str = "") -> str:
    """Write a number with its noun, `many` if that is not `one` with an s."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def plain(number: float) -> str:
    """Write a number of up to six decimals in full: an exponent would not read back."""
    text = f"{number:.6f}"
    return text.rstrip("0").rstrip(".")
