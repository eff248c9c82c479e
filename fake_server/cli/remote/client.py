"""A client of the control API: what a command asks of a server, and what it says if that fails."""

from __future__ import annotations

import json
import socket
import ssl
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from select import select
from typing import Any, Dict, Iterator, Mapping, Optional, Tuple, Union
from urllib.parse import quote, urlencode, urlsplit

import click

from .strangers import MOST, is_no_http, reason_of, within
from .text import printable

__all__ = ["Address", "Control", "RefusedError", "UnreachableError", "path_part", "read_url"]

TIMEOUT = 60.0  # seconds: an import of a large file is indexed before it is answered
QUIET = 40.0  # seconds without a byte of a stream; of events, there is at least a comment every 15
ROOT = "/_fake"
ADVICE = "start one with octamem-fake serve, or name another with --url"

_COMMANDS = {
    "GET calls": "octamem-fake calls",
    "GET faults": "octamem-fake faults",
    "GET snapshots": "octamem-fake snapshot",
    "GET undo": "octamem-fake undo",
    "DELETE snapshots/": "octamem-fake snapshot delete ",
}
"""The command in place of each route that an error tells to use."""

_OF_PROXY = {502, 503, 504}

Body = Union[bytes, Mapping[str, Any], None]


class RefusedError(click.ClickException):
    """What the server refused, with its status, the code of its answer and all of that."""

    def __init__(self, message: str, status: int, answer: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.status = status
        self.code = str(answer.get("code", ""))
        self.answer = answer


class UnreachableError(click.ClickException):
    """A server that does not answer, or whose connection broke."""


@dataclass(frozen=True)
class Address:
    """Where a server is, and the token that its control API may ask for; the repr does not show that."""

    url: str
    token: Optional[str] = field(default=None, repr=False)


def read_url(text: str) -> str:
    """Return a base URL without a slash at its end; raises ValueError for a text that is none."""
    wanted = "expected a URL such as http://127.0.0.1:8642"
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        plain = not (parts.username or parts.password or parts.query or parts.fragment)
    except ValueError:
        usable = plain = False
    if not (usable and plain and text.isascii() and text.isprintable() and " " not in text):
        raise ValueError(f"{wanted}, with neither user nor query; got another text")
    return text.rstrip("/")


def path_part(text: str) -> str:
    """Return an id or a name as one part of a path, whatever characters and bytes a terminal gave it."""
    return quote(text, safe="", errors="surrogateescape")


class Control:
    """The control API of one server; no proxy is used, whatever the environment says.

    A request may take `timeout` seconds; `advice` is what an error says to do if no server answers.
    """

    def __init__(self, address: Address, *, timeout: float = TIMEOUT, advice: str = ADVICE) -> None:
        self._address = address
        self._timeout = timeout
        self._advice = advice
        self._connection: Optional[HTTPConnection] = None
        self._known = False
        self.replica: Optional[str] = None
        """The replica of a cluster that gave the latest answer; None if one server stands alone."""

    @property
    def url(self) -> str:
        """The base URL of the server."""
        return self._address.url

    @property
    def has_token(self) -> bool:
        """Whether a control token was given, right or wrong."""
        return self._address.token is not None

    def ask(self, method: str, path: str, body: Body = None, **query: Any) -> Any:
        """Return the JSON of an answer; raises RefusedError for an error, UnreachableError if none comes."""
        return _json(self._what(method, path), *self._answer(method, path, body, query))

    def text(self, path: str, **query: Any) -> str:
        """Return an answer that is a text; raises as `ask` does."""
        response, raw = self._answer("GET", path, None, query)
        if response.status >= 400:
            _json(self._what("GET", path), response, raw)
        return raw.decode("utf-8", "replace")

    def lines(self, path: str, headers: Optional[Mapping[str, str]] = None, **query: Any) -> Iterator[bytes]:
        """Open a connection of its own, and return the lines of an answer as they come; raises as `ask` does."""
        self.check()
        connection, what = self._connected(QUIET), self._what("GET", path)
        try:
            connection.request("GET", self._target(path, query), headers={**self._headers(), **(headers or {})})
            response = connection.getresponse()
            if response.status >= 400:
                _json(what, response, response.read())
        except BaseException as error:
            self._end(connection)
            if isinstance(error, (OSError, HTTPException)):
                raise self._unreachable(what, error) from None
            raise
        return self._read(what, connection, response)

    def _read(self, what: str, connection: HTTPConnection, response: HTTPResponse) -> Iterator[bytes]:
        try:
            yield from response
        except (OSError, HTTPException) as error:
            raise self._unreachable(what, error) from None
        finally:
            self._end(connection)

    def check(self) -> None:
        """Raise if no fake answers: neither a key nor the token must reach another server."""
        if self._connection is not None and _is_over(self._connection):
            self.close()
        if self._known:
            return
        what = self._what("GET", "/health")
        response, raw = self._health(what)
        if response.status == 403:
            _json(what, response, raw)
        try:
            ready = response.status == 200 and json.loads(raw).get("status") == "ready"
        except (ValueError, AttributeError, RecursionError):
            ready = False
        if not ready:
            self.close()
            raise click.ClickException(
                f"{what}: the answer is {response.status}, so no fake is served there; give the URL that octamem-fake "
                "serve printed as --url or OCTAMEM_BASE_URL, or let octamem-fake doctor look for the reason"
            )
        self._known = True

    def _health(self, what: str) -> Tuple[HTTPResponse, bytes]:
        """Ask whoever answers, on a new connection, and read no more than a fake would say."""
        self.close()
        connection = self._connection = self._connected(self._timeout)
        try:
            with within(self._timeout, connection):
                connection.request("GET", self._target("/health", {}))
                response = connection.getresponse()
                return response, response.read(MOST)
        except (OSError, HTTPException) as error:
            self.close()
            raise self._unreachable(what, error) from None

    def _answer(self, method: str, path: str, body: Body, query: Mapping[str, Any]) -> Tuple[HTTPResponse, bytes]:
        raw, what = json.dumps(body).encode() if isinstance(body, Mapping) else body, self._what(method, path)
        # A kept connection may be closed just now: once more, then. Whether a POST was carried out is unknown.
        is_last = method != "GET"
        while True:
            self.check()
            try:
                return self._once(method, path, raw, query)
            except (OSError, HTTPException) as error:
                self.close()
                if is_last or isinstance(error, (TimeoutError, socket.timeout)):
                    raise self._unreachable(what, error) from None
                is_last = True

    def _once(
        self, method: str, path: str, raw: Optional[bytes], query: Mapping[str, Any]
    ) -> Tuple[HTTPResponse, bytes]:
        self._connection = self._connection or self._connected(self._timeout)
        self._connection.request(method, self._target(path, query), raw, self._headers())
        response = self._connection.getresponse()
        self.replica = response.getheader("X-OctaMem-Replica")
        return response, response.read()

    def _connected(self, timeout: float) -> HTTPConnection:
        parts = urlsplit(self.url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        return kind(str(parts.hostname), parts.port, timeout=timeout)

    def _target(self, path: str, query: Mapping[str, Any]) -> str:
        given = {name: value for name, value in query.items() if value is not None}
        return (
            f"{urlsplit(self.url).path}{ROOT}{path}{'?' if given else ''}{urlencode(given, errors='surrogateescape')}"
        )

    def _headers(self) -> Dict[str, str]:
        token = self._address.token if self._known else None
        return {} if token is None else {"Authorization": f"Bearer {token}"}

    def _what(self, method: str, path: str) -> str:
        return f"{method} {self.url}{ROOT}{path}"

    def _unreachable(self, what: str, error: Exception) -> UnreachableError:
        reason = reason_of(error)
        if isinstance(error, ssl.SSLError):
            return UnreachableError(f"{what}: TLS failed: {reason}; octamem-fake serve speaks http://")
        if is_no_http(error):
            return UnreachableError(f"{what}: another server answers, with {reason}; {self._advice}")
        return UnreachableError(f"{what}: no server answers: {printable(reason)}; {self._advice}")

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._end(self._connection)
            self._connection = None

    def _end(self, connection: HTTPConnection) -> None:
        connection.close()
        self._known = False  # another server may answer the next one


def _is_over(connection: HTTPConnection) -> bool:
    """Return whether the server has closed a connection, as it does with one that was idle for long."""
    found: Optional[socket.socket] = connection.sock
    return found is None or bool(select([found], [], [], 0)[0])


def _json(what: str, response: HTTPResponse, raw: bytes) -> Any:
    """Return the JSON of an answer; raises RefusedError for an error."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        value = None
    if response.status < 400 and value is not None:
        return value
    answer: Mapping[str, Any] = value if isinstance(value, dict) else {}
    said = printable(str(answer.get("error") or f"the server answered with {response.status}, which is no JSON"))
    for route, command in _COMMANDS.items():
        said = said.replace(route, command)
    if value is None and response.status in _OF_PROXY:
        said += "; the proxy of a cluster does so while the replica of the key is down, so try again"
    if response.status == 401:
        said += "; give the token that octamem-fake serve printed as --control-token or OCTAMEM_FAKE_CONTROL_TOKEN"
    raise RefusedError(f"{what}: {said}", response.status, answer)
