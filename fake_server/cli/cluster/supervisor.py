"""The supervisor of a cluster: it starts replicas and proxy, starts a replica again that ended, and ends all."""

from __future__ import annotations

import signal
import socket
import sys
import time
from collections import deque
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Callable, Deque, Dict, Generator, Optional, Sequence, Tuple

from .layout import LOOPBACK, Layout, Replica, kept_replicas
from .moving import moved
from .processes import Program
from .proxies import PROXIES, check, config_of

__all__ = ["ClusterError", "supervise"]

_READY_SECONDS = 60.0  # a file of a million memories takes some twenty
_END_SECONDS = 10.0
_POLL_SECONDS = 0.02
_RESTARTS = 5
"""Restarts of one replica within a minute, after which it is given up: it cannot stay up."""
_MINUTE = 60.0

Tell = Callable[[str], None]


class ClusterError(RuntimeError):
    """A replica or a proxy that does not start, or does not stay up."""


def supervise(layout: Layout, options: Sequence[str], tell: Tell) -> None:
    """Run a cluster until SIGINT or SIGTERM; `options` are given to `serve` of each replica.

    If the last run in the folder had another number of replicas, the keys are moved first. Raises ClusterError,
    MovingError and LayoutError; all that was started has ended then.
    """
    kept = kept_replicas(layout.folder)
    layout.write_config(config_of(layout))
    check(layout)
    events: SimpleQueue[Optional[Program]] = SimpleQueue()
    with ExitStack() as stack:
        stack.enter_context(_signals(lambda: events.put(None)))
        cluster = _Cluster(layout, options, events, tell)
        stack.callback(cluster.end)
        if kept and kept != len(layout.replicas):
            cluster.rebalance(layout.of_count(kept))
        cluster.start()
        layout.keep_count()
        tell(f"octamem-fake cluster ready on {layout.url}")
        cluster.watch()


class _Cluster:
    """The programs of one run."""

    def __init__(
        self, layout: Layout, options: Sequence[str], events: SimpleQueue[Optional[Program]], tell: Tell
    ) -> None:
        self._layout = layout
        self._options = options
        self._events = events
        self._tell = tell
        self._replicas: Dict[str, Program] = {}
        self._proxy: Optional[Program] = None
        self._restarts: Dict[str, Deque[float]] = {}

    def start(self) -> None:
        """Start every replica that does not run, then the proxy."""
        self._start_replicas(self._layout.replicas)
        self._start_proxy(self._layout)

    def rebalance(self, before: Layout) -> None:
        """Move the keys of the last run's replicas to those of this one, before any client is let in."""
        now, most = self._layout, max(before, self._layout, key=lambda each: len(each.replicas))
        self._tell(f"{len(before.replicas)} replicas before, {len(now.replicas)} now: moving keys")
        self._start_replicas(most.replicas)
        private = replace(now, port=_free_port())
        private.write_config(config_of(private))
        self._start_proxy(private)
        total = moved(private.port, most.replicas, now, self._tell)
        self._tell(f"{total} keys moved")
        self._end_proxy()
        now.write_config(config_of(now))
        kept = {each.name for each in now.replicas}
        _end([self._replicas.pop(name) for name in list(self._replicas) if name not in kept])

    def watch(self) -> None:
        """Start a replica again whenever one ends, until a signal comes; raises ClusterError if that does not help."""
        while True:
            ended = self._events.get()
            if ended is None:
                return
            if ended is self._proxy:
                raise ClusterError(f"{ended.name} ended with {_status(ended.code)}")
            if self._replicas.get(ended.name) is ended:
                self._restart(ended)

    def end(self) -> None:
        """End the proxy, so that no new request comes, then the replicas, each with its file closed."""
        self._end_proxy()
        _end(list(self._replicas.values()))

    def _start_replicas(self, replicas: Tuple[Replica, ...]) -> None:
        for each in replicas:
            if each.name not in self._replicas:
                program = Program(each.name, _serve(each, self._options), self._events.put)
                self._replicas[each.name] = program
                program.start()
        for each in replicas:
            self._wait_for(self._replicas[each.name], each.port)

    def _start_proxy(self, layout: Layout) -> None:
        proxy = PROXIES[layout.proxy]
        self._proxy = Program(proxy.program, proxy.command(layout, proxy.runs), self._events.put)
        self._proxy.start()
        self._wait_for(self._proxy, layout.port)

    def _end_proxy(self) -> None:
        if self._proxy is not None:
            self._proxy.end(PROXIES[self._layout.proxy].ends)
            self._proxy.join(_END_SECONDS)
            self._proxy = None

    def _restart(self, ended: Program) -> None:
        times = self._restarts.setdefault(ended.name, deque())
        now = time.monotonic()
        times.append(now)
        while times[0] < now - _MINUTE:
            times.popleft()
        if len(times) > _RESTARTS:
            raise ClusterError(
                f"{ended.name} ended {len(times)} times within a minute, the last time with {_status(ended.code)}"
            )
        self._tell(f"{ended.name} ended with {_status(ended.code)}; starting it again")
        ended.start()

    def _wait_for(self, program: Program, port: int) -> None:
        """Wait until a program answers on its port; raises ClusterError if it ends, or takes too long."""
        latest = time.monotonic() + _READY_SECONDS
        while not _answers(port):
            if program.code is not None:
                raise ClusterError(
                    f"{program.name} did not start on port {port}: it ended with {_status(program.code)}; "
                    "what it wrote stands above"
                )
            if time.monotonic() > latest:
                raise ClusterError(f"{program.name} did not answer on port {port} within {_READY_SECONDS:g} s")
            try:
                event = self._events.get(timeout=_POLL_SECONDS)
            except Empty:
                continue
            if event is None:
                raise KeyboardInterrupt


def _serve(replica: Replica, options: Sequence[str]) -> Sequence[str]:
    served = ("--host", LOOPBACK, "--port", str(replica.port), "--persist", str(replica.file), "--quiet")
    return (sys.executable, "-m", "fake_server", "serve", *served, *options)


def _end(programs: Sequence[Program]) -> None:
    for each in programs:
        each.end(signal.SIGTERM)
    for each in programs:
        each.join(_END_SECONDS)


def _answers(port: int) -> bool:
    with closing(HTTPConnection(LOOPBACK, port, timeout=5)) as connection:
        try:
            connection.request("GET", "/_fake/health")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False


def _status(code: Optional[int]) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"


def _free_port() -> int:
    with closing(socket.socket()) as opened:
        opened.bind((LOOPBACK, 0))
        port: int = opened.getsockname()[1]
        return port


@contextmanager
def _signals(ends: Callable[[], None]) -> Generator[None, None, None]:
    """Call `ends` at SIGINT and SIGTERM, in place of what they do."""

    def handle(_number: int, _frame: Optional[FrameType]) -> None:
        ends()

    before = {each: signal.signal(each, handle) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
