"""The meaning of a transport's exception: a timeout or another failure, and what to tell the user."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import List, Optional, Sequence, Tuple

import httpx

from octamem._call.classification import Failure

_DEEPEST = 10
"""No transport nests its exceptions deeper, and some might nest them in a cycle."""


class Late(Exception):
    """The deadline passed while the body was being read."""


def failure_of(error: Exception, handled: Optional[BaseException] = None, *, taken: bool = True) -> Failure:
    """Return the failure that an exception of a transport means.

    `handled` is the exception that the caller was handling when it made the call; it is not part of the failure.
    `taken`: the body of the request was read, so that it may have been sent.
    """
    if isinstance(error, Late):
        return Failure("the deadline has passed", limit="deadline")
    error = _first_of(error)
    try:
        words, reason = _words(_chain(error, handled))
    except Exception:  # noqa: BLE001 - an exception of a user's own class may raise here too
        words, reason = _name_of(error), ""
    # Only the class is kept: the exception refers to the request, and so to the key.
    kind = type(error) if isinstance(error, httpx.TransportError) and type(error).__module__ == "httpx" else None
    for timeout, limit, arrived in _TIMEOUTS:
        if isinstance(error, timeout):
            return Failure(words, limit, arrived, True, kind)
    if _is_bad_redirect(error):
        return Failure("the answer redirects to an address that is no URL", transient=False, kind=kind, reason="moved")
    known = isinstance(error, (httpx.TransportError, OSError))
    # An exception of another kind may mean anything, but what was never read was never sent.
    never = isinstance(error, _NEVER_ARRIVED) or not (known or taken)
    transient = known and not isinstance(error, _FINAL)
    reason = "proxy" if isinstance(error, httpx.ProxyError) else reason or ("" if known or taken else "prevented")
    return Failure(words, None, not never, transient, kind, reason)


def _is_bad_redirect(error: Exception) -> bool:
    """Return whether httpx failed to build the next request of a redirect, which it does even if nobody follows it."""
    return isinstance(error, httpx.RemoteProtocolError) and isinstance(error.__context__, httpx.InvalidURL)


# The first match counts; the exceptions of a user's own transport come last. asyncio's timeout is another class than
# TimeoutError before Python 3.11, and the socket's before 3.10.
_TIMEOUTS = (
    (httpx.ConnectTimeout, "connect", False),
    (httpx.PoolTimeout, "pool", False),
    (httpx.ReadTimeout, "read", True),
    (httpx.WriteTimeout, "write", True),
    (httpx.TimeoutException, "time", True),
    (TimeoutError, "time", True),
    (socket.timeout, "time", True),
    (asyncio.TimeoutError, "time", True),
)
_NEVER_ARRIVED = (
    httpx.ConnectError,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    socket.gaierror,
    ConnectionRefusedError,
)
_FINAL = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)


def _first_of(error: Exception) -> Exception:
    """Return the first error of a group, or of groups in it: a task group raises its errors in one."""
    for _ in range(_DEEPEST):
        inside: Sequence[object] = getattr(error, "exceptions", ())
        if not (isinstance(inside, (tuple, list)) and inside and isinstance(inside[0], Exception)):
            break
        error = inside[0]
    return error


def _chain(error: BaseException, handled: Optional[BaseException]) -> List[BaseException]:
    chain = [error]
    while len(chain) < _DEEPEST:
        # The context too, because httpcore removes the cause from its errors. trio raises a group for the addresses of
        # a host: the first one counts.
        group: Sequence[Optional[BaseException]] = getattr(chain[-1], "exceptions", (None,))
        inner = group[0] or chain[-1].__cause__ or chain[-1].__context__
        if inner is None or inner is handled:
            break
        chain.append(inner)
    return chain


def _words(chain: List[BaseException]) -> Tuple[str, str]:
    """Return the cause in words, and the reason that selects the advice ("" for the default)."""
    for error in chain:
        if isinstance(error, socket.gaierror):
            return f"the host name cannot be resolved ({error.strerror})", "name"
        if isinstance(error, ssl.SSLError):
            # Only the errors that ssl itself builds have these attributes.
            reason = getattr(error, "verify_message", "") or getattr(error, "reason", "") or "no secure connection"
            return f"TLS failed ({reason})", _tls_reason(error)
        if isinstance(error, ConnectionRefusedError):
            return "the connection was refused", "refused"
        if isinstance(error, ConnectionResetError):
            return "the connection was reset", ""
    name = _name_of(chain[0])
    said = str(chain[0]) or str(chain[-1])
    return (f"{said} ({name})" if said else name), ""


def _name_of(error: BaseException) -> str:
    """Return the name of the first class of an error that is not private."""
    return next(kind.__name__ for kind in type(error).__mro__ if not kind.__name__.startswith("_"))


def _tls_reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate"
    # The answer was not TLS but plain HTTP, as local servers usually speak it.
    plain = getattr(error, "reason", None) in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")
    return "no tls" if plain else "tls"
