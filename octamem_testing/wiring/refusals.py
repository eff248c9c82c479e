"""Refused calls: the error for the caller, and the record by which their test fails."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Callable, Generator, List, Optional, Sequence, Tuple, Type

import httpx

from . import BASE_URL, HOST, URL_VARIABLE
from .blocks import current, late
from .urls import OWN_SERVERS, Url, is_refused, is_wrong_host, service_path

__all__ = [
    "EscapeError",
    "HttpxEscapeError",
    "admit",
    "check_host",
    "judged",
    "late_calls",
    "on_record",
    "record",
    "refuse_late",
    "sending",
    "sending_now",
    "take_escapes",
]

HTTP = (
    "octamem_mock, which catches the OctaMem calls of every client in this process (clients built at import, threads, "
    "httpx, httpx2, requests, urllib3, aiohttp, http.client)"
)
SOCKET = "octamem_server, which is reached by anything that speaks HTTP"


ALLOW = "; octamem_escape = allow in the ini file lets such calls leave"


class EscapeError(RuntimeError):
    """A call to OctaMem that no fixture of the kit caught; nothing was sent."""


class HttpxEscapeError(EscapeError, httpx.UnsupportedProtocol):
    """The same for clients on httpx: an error that says that nothing was sent, and that no retry helps."""


@dataclass(frozen=True)
class _Call:
    what: str
    remedy: str


_ESCAPES: List[_Call] = []
_LATE: List[Tuple[str, str]] = []
_LISTENERS: List[Callable[[str, str], None]] = []
_SENDING: ContextVar[Optional[Tuple[Url, str]]] = ContextVar("octamem-sending", default=None)


@contextmanager
def sending(url: Url, method: str = "") -> Generator[None, None, None]:
    """Note what the connections are for that are opened in this block, be it through a proxy."""
    former = _SENDING.set((url, method))
    try:
        yield
    finally:
        _SENDING.reset(former)


def sending_now() -> Optional[Tuple[Url, str]]:
    """Return the URL and the method of the request for which this code runs, None if there is none."""
    return _SENDING.get()


def admit(url: Url, error: Type[EscapeError] = EscapeError, remedy: str = HTTP, *, peer: Optional[Url] = None) -> None:
    """Let a connection be opened, or a request be sent on one; raises EscapeError if it would reach the service.

    `peer` is who is at the other end of the connection, such as a proxy: one of the kit's servers leads nowhere else.
    """
    if (peer or url).origin in OWN_SERVERS:
        refuse_late(peer or url, error)
        return
    for each in dict.fromkeys(((_SENDING.get() or (url, ""))[0], url)):
        refuse_late(each, error)
        block = current()
        if block is not None and not block.allow and is_refused(each):
            raise record(
                f"a call to {each} was caught by no fixture; it was refused, and nothing was sent",
                remedy + ALLOW,
                error,
            )


def refuse_late(url: Url, error: Type[EscapeError] = EscapeError) -> None:
    """Refuse a call to OctaMem from a thread whose test has ended; raises EscapeError."""
    owner = late()
    if owner is not None and (is_refused(url) or url.origin in OWN_SERVERS or service_path(url) is not None):
        _LATE.append((owner.name, str(url)))
        raise error(
            f"octamem: a thread of {owner.name} called {url} after its test had ended; nothing was sent. "
            "What to do: wait for the thread in that test"
        )


def check_host(url: Url) -> None:
    """Refuse a client of ours on a host that is not the service's; raises EscapeError."""
    if is_wrong_host(url):
        what = f"a client's base URL has the host {url.host!r}, which is not the service ({HOST}); nothing was sent"
        remedy = f"{BASE_URL} as its base URL; if {url.host} is a gateway of yours, set {URL_VARIABLE} to its base URL"
        raise record(what, remedy, HttpxEscapeError)


def record(what: str, remedy: str, error: Type[EscapeError] = EscapeError) -> EscapeError:
    """Record a refused call, and return the error for its caller."""
    call = _Call(what, remedy)
    _ESCAPES.append(call)
    for tell in _LISTENERS:
        tell(what, remedy)
    # One line: the client of the caller quotes it in a sentence of its own.
    return error(f"octamem: {what}. What to do: use {remedy}")


def on_record(tell: Callable[[str, str], None]) -> None:
    """Tell somebody else of each call that is refused from now on, and what to do."""
    _LISTENERS.append(tell)


def complaint(calls: List[_Call]) -> str:
    """Return what is wrong with refused calls, and what to do; "" for none."""
    if not calls:
        return ""
    kinds = list(dict.fromkeys(call.what for call in calls))
    more = [] if len(kinds) <= 5 else [f"... and {len(kinds) - 5} more"]
    times = f" ({len(calls)} times)" if len(calls) > 1 else ""
    remedies = "; ".join(dict.fromkeys(f"use {call.remedy}" for call in calls))
    return f"octamem: {'; '.join(kinds[:5] + more)}{times}\nwhat to do: {remedies}"


def take_escapes(earlier: Sequence[object] = ()) -> str:
    """Return what is wrong with the calls that were refused since the last time, or since `earlier`; "" for none."""
    known = {id(call) for call in earlier}
    calls = [call for call in _ESCAPES if id(call) not in known]
    _ESCAPES[:] = [call for call in _ESCAPES if id(call) in known]
    return complaint(calls)


@contextmanager
def judged() -> Generator[None, None, None]:
    """Raise EscapeError at the end of the block if a call was refused in it, whatever became of its error."""
    earlier = _ESCAPES.copy()
    yield
    message = take_escapes(earlier)
    if message:
        raise EscapeError(message)


def late_calls() -> List[str]:
    """Return a line for each test whose threads called OctaMem after its end, and forget them."""
    calls = _LATE.copy()
    _LATE.clear()
    return [f"a thread of {name} called {url} after its test had ended" for name, url in dict.fromkeys(calls)]
