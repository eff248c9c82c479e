"""The names that the code of the catalogue uses beside those of the packages: clients on a service that fails."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shlex
import socket
import ssl
import sys
import time
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from io import StringIO
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Type

import httpx
import trio
from click.testing import CliRunner

import fake_server
import octamem
from fake_server import Clock, Fake, Request, create_app
from octamem import AsyncOctaMem, OctaMem, OctaMemError
from octamem_testing import chaos

KEY = "sk-om-live-0000000000000001"


class Patient:
    """A clock on which no wait takes time."""

    def __init__(self) -> None:
        self.time = 1_767_225_600.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.time += seconds


class ClosingClock(Patient):
    """A clock that closes the client while it waits."""

    def __init__(self, close: Callable[[], None]) -> None:
        super().__init__()
        self.close = close

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.close()


def answered(
    status: int = 200, body: Any = b"", headers: Optional[Mapping[str, str]] = None, **options: Any
) -> OctaMem:
    """Give a client that the service answers so."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=content, headers=headers))
    return OctaMem(KEY, transport=transport, **{"max_retries": 0, "clock": Patient(), **options})


def failing(error: Exception, cause: Optional[Exception] = None) -> OctaMem:
    """Give a client whose transport raises an error, which has a cause."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise error from cause

    return OctaMem(KEY, transport=httpx.MockTransport(fail), max_retries=0, clock=Patient())


def late(deadline: float) -> OctaMem:
    """Give a client whose service takes longer than its deadline, and then times out."""
    clock = Patient()

    def fail(_: httpx.Request) -> httpx.Response:
        clock.sleep(deadline + 1)
        raise httpx.ReadTimeout("timed out")

    return OctaMem(KEY, transport=httpx.MockTransport(fail), deadline=deadline, clock=clock)


def tls_error(kind: Type[ssl.SSLError], reason: str) -> ssl.SSLError:
    """Give an error as ssl itself builds it."""
    error = kind(1, reason)
    error.reason = reason
    if isinstance(error, ssl.SSLCertVerificationError):
        error.verify_message = reason
    return error


class _AsyncOnly(httpx.AsyncByteStream):
    async def __aiter__(self) -> Any:
        yield b"{}"


class _SyncOnly(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        yield b"{}"


def answered_async_stream() -> OctaMem:
    """Give a client whose transport answers as that of an async client does."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=_AsyncOnly()))
    return OctaMem(KEY, transport=transport, max_retries=0)


def answered_sync_stream() -> AsyncOctaMem:
    """Give an async client whose transport answers as that of a sync client does."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=_SyncOnly()))
    return AsyncOctaMem(KEY, transport=transport, max_retries=0)


def transport_of_httpx2() -> Any:
    """Give what looks like a transport of httpx2, a library with the same names."""

    def close(_: object) -> None:
        """Close nothing."""

    return type("HTTPTransport", (), {"__module__": "httpx2", "handle_request": close, "close": close})()


def blocking() -> OctaMem:
    """Give a client in a process whose sockets are blocked by a tool, whose errors are no OSError."""

    class Blocking(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise RuntimeError("A test tried to use socket.socket.")

    return OctaMem(KEY, transport=Blocking())


def redirected() -> OctaMem:
    """Give a client on an httpx client of the caller's, whose service redirects to something odd."""
    answer = httpx.Response(302, headers={"location": "x" * 70_000})
    return OctaMem(KEY, http_client=httpx.Client(transport=httpx.MockTransport(lambda _: answer)))


def hooked() -> OctaMem:
    """Give a client on an httpx client of the caller's, whose hook asks another server, which refuses."""

    def ask(_: httpx.Response) -> None:
        request = httpx.Request("GET", "https://gate.example/token")
        httpx.Response(403, request=request).raise_for_status()

    service = httpx.MockTransport(lambda _: httpx.Response(200, json={"success": True}))
    return OctaMem(KEY, http_client=httpx.Client(transport=service, event_hooks={"response": [ask]}))


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: List[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")


def logged(call: Callable[[], object], logger: str = "octamem") -> str:
    """Make a call, and give what was logged meanwhile."""
    handler = _Lines()
    log = logging.getLogger(logger)
    log.addHandler(handler)
    try:
        call()
    finally:
        log.removeHandler(handler)
    return "\n".join(handler.lines)


@contextmanager
def not_installed(name: str, *, loads: str = "") -> Iterator[None]:
    """Hide a package for the block, so that the packages of ours which `loads` names are loaded again without it."""
    before = dict(sys.modules)
    for module in list(before):
        if any(module == each or module.startswith(f"{each}.") for each in loads.split()):
            del sys.modules[module]
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for module in set(sys.modules) - set(before):
            del sys.modules[module]
        sys.modules.update(before)


def called(fake: Fake, endpoint: str = "search", body: Any = None, key: str = KEY) -> str:
    """Ask a fake in process, and give what it refused with."""
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    raw = json.dumps({"query": "tea"} if body is None else body).encode()
    outcome: Any = fake.decide(Request("POST", f"/api/memory/{endpoint}", headers, raw))
    answer = json.loads(outcome.body)
    return f"{outcome.status} {answer.get('code')}: {answer.get('error')}"


def why(explanation: Any) -> str:
    """Give why the memory that was asked for is not among the hits."""
    return "; ".join(explanation.as_dict()["memory"]["why"])


def post(endpoint: str, *, token: Optional[str] = None, **body: Any) -> int:
    """Ask the service as a program without an SDK does, and give the status; 0 for a connection that was lost."""
    headers = {"authorization": f"Bearer {os.environ['OCTAMEM_API_KEY']}"}
    if token is not None:
        headers["idempotency-key"] = token
    with httpx.Client(trust_env=False, verify=False) as client:
        try:
            url = f"https://platform.octamem.com/api/memory/{endpoint}"
            return client.post(url, json=body, headers=headers).status_code
        except httpx.TransportError:
            return 0


def broken(scenario: Callable[..., Any], schedule: str, invariant: Any) -> str:
    """Make one round, and give the first line of what its failure says."""
    try:
        chaos.replay(scenario, schedule, invariants=[invariant])
    except chaos.ChaosFailure as failure:
        return str(failure).partition("\n")[0]
    return ""


def command(line: str) -> str:
    """Run `octamem-fake` with these words, and give what it says below its lines of usage."""
    from fake_server.cli import main

    result = CliRunner().invoke(main, shlex.split(line), prog_name="octamem-fake")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    if not result.exit_code:
        return ""
    _, error, rest = result.output.partition("Error: ")
    return error + rest if error else result.output


def program(line: str) -> str:
    """Run `python -m octamem` with these words, and give what it says below its lines of usage."""
    from octamem._command.main import main

    err = StringIO()
    with redirect_stdout(StringIO()), redirect_stderr(err), suppress(SystemExit):
        main(shlex.split(line))
    return "\n".join(line for line in err.getvalue().splitlines() if not line.startswith(("usage:", "    ")))


def names() -> Dict[str, Any]:
    """Return what the code of a case finds beside Python's own names."""
    return {
        "__name__": "notes",
        "AsyncOctaMem": AsyncOctaMem,
        "Clock": Clock,
        "ClosingClock": ClosingClock,
        "Fake": Fake,
        "KEY": KEY,
        "OctaMem": OctaMem,
        "Request": Request,
        "OctaMemError": OctaMemError,
        "answered": answered,
        "answered_async_stream": answered_async_stream,
        "answered_sync_stream": answered_sync_stream,
        "asyncio": asyncio,
        "blocking": blocking,
        "broken": broken,
        "called": called,
        "chaos": chaos,
        "hooked": hooked,
        "command": command,
        "create_app": create_app,
        "failing": failing,
        "fake_server": fake_server,
        "httpx": httpx,
        "late": late,
        "logged": logged,
        "not_installed": not_installed,
        "octamem": octamem,
        "post": post,
        "redirected": redirected,
        "socket": socket,
        "ssl": ssl,
        "time": time,
        "transport_of_httpx2": transport_of_httpx2,
        "tls_error": tls_error,
        "trio": trio,
        "why": why,
    }
