"""The headers that a client adds to each of its requests: checked once, and as secret as the key."""

from __future__ import annotations

import re
from typing import Dict, Mapping, Tuple

from ._redact.secret import Secret
from ._redact.show import invalid, show, size_of

ExtraHeaders = Tuple[Tuple[str, Secret], ...]

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?|")
_PLAIN_NAME = re.compile(r"(?=.{1,40}$)[A-Za-z]+(-[A-Za-z]+)*")
"""The names that are shown: a key in the wrong place has digits."""

_SHORTEST = 4
"""Shorter values, such as a version, are no secret."""

_OURS = frozenset(
    {
        "accept",
        "accept-encoding",
        "authorization",
        "content-encoding",
        "content-length",
        "content-type",
        "host",
        "idempotency-key",
        "transfer-encoding",
        "x-octamem-attempt",
    }
)


def check_headers(value: object, option: str) -> ExtraHeaders:
    """Return the names and values of the headers; none for None. No value is shown in an error."""
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        raise invalid(option, "must be a mapping of header names to values", show(value))
    found: Dict[str, Tuple[str, Secret]] = {}
    for name, text in value.items():
        header = _check_name(name, option)
        if header.lower() in found:
            raise invalid(option, "must name each header once", f"{_shown(header)} in two spellings")
        found[header.lower()] = (header, _check_value(text, f"{option}[{_shown(header)}]"))
    return tuple(found.values())


def secrets_of(given: object) -> Tuple[Secret, ...]:
    """Return the values of headers that no message may show, and what follows a scheme such as Bearer in them."""
    pairs = given.items() if isinstance(given, Mapping) else given if isinstance(given, tuple) else ()
    values = [value.reveal() if isinstance(value, Secret) else value for _name, value in pairs]
    parts = {part for value in values if isinstance(value, str) for part in (value, value.rpartition(" ")[2])}
    return tuple(Secret(part) for part in sorted(parts, key=len, reverse=True) if len(part) >= _SHORTEST)


def _check_name(name: object, option: str) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        got = show(name) if not isinstance(name, str) else _shown(name)
        raise invalid(option, "must have header names of letters, digits and dashes", got)
    if name.lower() in _OURS:
        raise invalid(option, f"must not name {name.lower()}", advice="the client sets that header itself")
    return name


def _check_value(text: object, path: str) -> Secret:
    if not isinstance(text, str):
        raise invalid(path, "must be a str", show(text))
    if not _VALUE.fullmatch(text):
        rule = "must be printable ASCII without spaces at its ends"
        raise invalid(path, rule, "another character", "encode the value (it is not shown)")
    return Secret(text)


def _shown(name: str) -> str:
    return repr(name) if _PLAIN_NAME.fullmatch(name) else size_of(name)
