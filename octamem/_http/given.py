"""Checks what a client is given to send through: a transport or a client of httpx, and of no other library."""

from __future__ import annotations

from typing import Any, Type

import httpx

from octamem._redact.show import invalid, show
from octamem._settings import check_methods

_LOOK_ALIKES = ("httpx2", "httpcore", "httpcore2")
"""Libraries whose transports have the methods of httpx's, and take requests of another class."""


def check_transport(value: Any, expected: str, *methods: str) -> Any:
    """Return the transport if it has the methods, which one of another library may have by chance; None for None."""
    library = "" if isinstance(value, (httpx.BaseTransport, httpx.AsyncBaseTransport)) else _library_of(value)
    if library:
        raise _foreign("transport", expected, value, library)
    return check_methods(value, "transport", expected, *methods)


def check_client(value: Any, transport: Any, kind: Type[Any], client: str) -> Any:
    """Return the open httpx client of the kind that fits; None for None. `client` is the name of our own class."""
    if value is None:
        return None
    expected = f"an httpx.{kind.__name__} for {client}"
    library = _library_of(value)
    if library:
        raise _foreign("http_client", expected, value, library)
    if not isinstance(value, kind):
        other = isinstance(value, (httpx.Client, httpx.AsyncClient))
        got = f"an httpx.{type(value).__name__}" if other else show(value)
        raise invalid("http_client", f"must be {expected}", got)
    if transport is not None:
        advice = f"give the transport to the httpx client: httpx.{kind.__name__}(transport=...)"
        raise invalid("http_client", "must not be given beside transport", advice=advice)
    if value.is_closed:
        raise invalid("http_client", "must be open", f"an httpx.{kind.__name__} that is closed")
    return value


def _library_of(value: object) -> str:
    """Return the name of the look-alike of httpx that a class of the value comes from, or ""."""
    roots = {base.__module__.partition(".")[0] for base in type(value).__mro__}
    return next((library for library in _LOOK_ALIKES if library in roots), "")


def _foreign(option: str, expected: str, value: object, library: str) -> Exception:
    advice = f"octamem sends through httpx, and {library} is another library with its own requests and responses"
    return invalid(option, f"must be {expected}", f"{type(value).__name__} of {library}", advice)
