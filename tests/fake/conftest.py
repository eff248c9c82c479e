"""What the tests of the fake share: a fake from a command line, and raw sockets."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterator, List, Mapping, Optional, Tuple
from urllib.parse import urlsplit

import pytest

from fake_server.cli import main
from fake_server.cli.build import build as fake_of
from fake_server.core.settings import setting_fields


@pytest.fixture
def commanded(build_around) -> Callable[..., Any]:
    """Build a service in process from the options of `octamem-fake serve`."""

    def build(*arguments: str) -> Any:
        given = main.commands["serve"].make_context("serve", list(arguments)).params
        settings = {item.name: given[item.name].value for item in setting_fields() if given[item.name] is not None}
        fake = fake_of(given["api_keys"], given["fault_scripts"], settings)

        return build_around(fake)

    return build


def _talk(url: str, sent: bytes, *, timeout: float = 30.0) -> bytes:
    """Send bytes as they are, and read until the server closes or has answered what Content-Length says."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=timeout) as connection:
        connection.sendall(sent)
        got = b""
        while True:
            head, gap, body = got.partition(b"\r\n\r\n")
            if gap:
                lengths = [
                    int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
                ]
                if lengths and len(body) >= lengths[0]:
                    return got
            piece = connection.recv(65536)
            if not piece:
                return got
            got += piece


@pytest.fixture
def raw() -> Callable[..., Tuple[int, Any]]:
    """Send bytes over a socket of one's own; give the status, and the body as JSON where it is that."""

    def send(url: str, sent: bytes) -> Tuple[int, Any]:
        head, _, body = _talk(url, sent).partition(b"\r\n\r\n")
        try:
            value = json.loads(body)
        except ValueError:
            value = body
        return int(head.split()[1]), value

    return send


@pytest.fixture
def talk() -> Callable[..., bytes]:
    """Send bytes over a socket of one's own, and give all that comes back."""
    return _talk


class Process:
    """`octamem-fake serve` as a process of its own, ready; every wait in it has an end."""

    def __init__(
        self,
        *arguments: str,
        stderr: int = subprocess.PIPE,
        cwd: Optional[Path] = None,
        env: Optional[Mapping[str, str]] = None,
    ) -> None:
        self.stderr: Optional[str] = None
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "fake_server", "serve", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            cwd=cwd,
            env={**os.environ, **(env or {})},
        )
        self._guard = threading.Timer(300, self.popen.kill)
        self._guard.start()
        self.stdout = self.popen.stdout.readline()
        match = re.fullmatch(r"octamem-fake ready on (http://\S+)\n", self.stdout)
        if match is None:
            raise AssertionError(f"no ready line but {self.stdout!r}, and {self.finish()!r}")
        self.url = match[1]
        self.peak = 0
        self.seconds = 0.0

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal; give the exit status, and keep the time it took and the peak of memory in bytes.

        No time counts in which this thread or the server's was ready, and a loaded machine had no processor for it.
        """
        status = Path(f"/proc/{self.popen.pid}/status")
        high = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
        began, queued = time.monotonic(), self._queued()
        self.popen.send_signal(number)
        if high:  # while it is not taken, the end of a process leaves what is told of it
            os.waitid(os.P_PID, self.popen.pid, os.WEXITED | os.WNOWAIT)
            queued = self._queued() - queued
        _, ended, used = os.wait4(self.popen.pid, 0)
        self.seconds = time.monotonic() - began - queued
        self.popen.returncode = os.waitstatus_to_exitcode(ended)
        # On Linux what wait4 tells begins with the memory of who started the process: this test run's.
        self.peak = int(high[1]) * 1024 if high else used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return self.popen.returncode

    def _queued(self) -> float:
        """Return for how many seconds this thread and the first of the server were ready, and no processor was."""
        told = [Path(f"/proc/{each}/schedstat") for each in ("thread-self", self.popen.pid)]
        return sum(int(each.read_text().split()[1]) for each in told if each.exists()) / 1e9

    def finish(self) -> str:
        """End it if it still runs, and give what it wrote to standard error, if that is ours to read."""
        if self.stderr is not None:
            return self.stderr
        self._guard.cancel()
        if self.popen.poll() is None:
            self.popen.kill()
        rest, err = self.popen.communicate()
        self.stdout += rest
        self.stderr = err or ""
        return self.stderr


@pytest.fixture
def process() -> Iterator[Callable[..., Process]]:
    """Start `octamem-fake serve --port 0` with more arguments, and with a `stderr`, `cwd` and `env` of its own."""
    running: List[Process] = []

    def start(*arguments: str, **others: Any) -> Process:
        running.append(Process(*arguments, **others))
        return running[-1]

    yield start
    for each in running:
        each.finish()


@pytest.fixture
def loopback_addresses() -> List[str]:
    """List those that this machine has: many containers have the one of IPv6 switched off."""
    with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return ["127.0.0.1", "[::1]"]
    return ["127.0.0.1"]


@pytest.fixture
def full_pipe() -> Iterator[Tuple[int, int]]:
    """Give both ends of a pipe that takes no further byte."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    for size in (1 << 16, 1):
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writing, b"." * size)
    os.set_blocking(writing, True)
    yield reading, writing
    with contextlib.suppress(OSError):
        os.close(reading)
    os.close(writing)
