"""A served fake, and requests to it that are sent as they stand, so that every refusal is seen as a client sees it."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Tuple
from urllib.parse import urlsplit

from errors_catalogue import Http
from errors_helpers import KEY
from typing_extensions import Self

from fake_server import Fake, create_app
from fake_server.server import serve_in_thread

USUAL = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}


class Served:
    """A fake on a free port for the length of a block, reset before each case."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._address: Tuple[str, int] = ("", 0)

    def __enter__(self) -> Self:
        running = self._stack.enter_context(serve_in_thread(create_app(Fake(seed=1))))
        parts = urlsplit(running.url)
        self._address = (str(parts.hostname), int(parts.port or 0))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def message(self, case: Http) -> str:
        """Send what a case sends, and return the status, the code and the message of the answer."""
        self._control("POST /_fake/reset", None)
        for each in self._control("GET /_fake/snapshots", None)[1]["snapshots"]:  # which a reset leaves
            self._control(f"DELETE /_fake/snapshots/{each['id']}", None)
        undo = "u_1"
        for request, fields in case.before:
            status, said = self._control(request, fields)
            if status >= 300:
                raise AssertionError(f"{case.id}: {request} was answered with {status} {said}")
            undo = said.get("undo", undo)
        status, body = self._sent(self._written(replace(case, request=case.request.replace("u_1", undo))))
        return f"{status} {body.get('code')}: {body.get('error')}" if status >= 400 else "(no message)"

    def _control(self, request: str, fields: Any) -> Tuple[int, Any]:
        body = b"" if fields is None else json.dumps(fields).encode()
        usual = "".join(f"{name}: {value}\r\n" for name, value in USUAL.items())
        head = (
            f"{request} HTTP/1.1\r\nHost: localhost\r\n{usual}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        return self._sent(head.encode() + body)

    def _written(self, case: Http) -> bytes:
        if case.raw:
            return case.raw
        body = case.body if isinstance(case.body, bytes) else case.body.encode()
        usual = USUAL if "/api/" in case.request else {}
        headers = {
            "Host": "localhost",
            "Connection": "close",
            "Content-Length": str(len(body)),
            **usual,
            **case.headers,
        }
        lines = [f"{case.request} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items() if value)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    def _sent(self, request: bytes) -> Tuple[int, Any]:
        with socket.create_connection(self._address, timeout=30) as connection:
            connection.sendall(request)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body) if body else {}
