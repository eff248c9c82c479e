"""The supervisor of a cluster: it starts replicas and proxy, starts a replica again that ended, and ends all."""

from __future__ import annotations

import signal
import sys
import time
from collections import deque
from contextlib import ExitStack, suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import Callable, Deque, Dict, Mapping, Optional, Sequence, Tuple, Union

from fake_server.cli.banner import BASE_URL, TOKEN_VARIABLE
from fake_server.cli.doctor.probe import probe
from fake_server.cli.programs.guard import Guard
from fake_server.cli.programs.program import Program, end_signals
from fake_server.core.wording import plural
from fake_server.server import listen

from .claim import ClusterError, alone, check_free
from .ending import END_SECONDS, Ending
from .layout import LOOPBACK, LastRun, Layout, Replica, last_run
from .moving import moved
from .proxies import PROXIES, check, config_of
from .returning import await_return

__all__ = ["ClusterError", "supervise"]

_READY_SECONDS = 60.0  # a file of a million memories takes some twenty
_POLL_SECONDS = 0.02
_MEANWHILE = 0.2
"""Seconds in which a signal explains why a proxy ended."""
_RESTARTS = 20
"""Restarts of one replica within a minute, after which it is given up: it cannot stay up."""
_MINUTE = 60.0

Tell = Callable[[str], None]
Event = Union[Program, str, None]
"""A program that ended, a line to be told, or None for a signal that ends all."""


class _EndAskedError(Exception):
    """SIGINT or SIGTERM came."""


def supervise(layout: Layout, options: Sequence[str], tell: Tell, *, token: Optional[str] = None) -> None:
    """Run a cluster until SIGINT or SIGTERM; `options` are given to `serve` of each replica.

    If the last run in the folder had another layout, the keys are moved first. `token` is that of the control API of
    each replica, if it is to ask for one. Raises ClusterError, LayoutError, and what a move raises; then all that was
    started has ended.
    """
    before = last_run(layout.folder)
    events: SimpleQueue[Event] = SimpleQueue()
    with suppress(_EndAskedError), ExitStack() as stack:
        stack.enter_context(alone(layout))
        layout.write_config(config_of(layout))
        check(layout)
        check_free(layout.port)
        stack.enter_context(end_signals(lambda: events.put(None)))
        guard = Guard()
        stack.callback(guard.end)
        cluster = _Cluster(layout, options, token, events, tell, guard)
        stack.callback(cluster.end)
        if before is not None and before != layout.run:
            cluster.rebalance(before)
        cluster.start()
        tell(f"octamem-fake cluster ready on {layout.url}")
        tell(f"export {BASE_URL}={layout.url}")
        cluster.watch()


class _Cluster:
    """The programs of one run."""

    def __init__(
        self,
        layout: Layout,
        options: Sequence[str],
        token: Optional[str],
        events: SimpleQueue[Event],
        tell: Tell,
        guard: Optional[Guard] = None,
    ) -> None:
        self._guard = guard
        self._layout = layout
        self._options = options
        self._token = token
        self._events = events
        self._tell = tell
        self._replicas: Dict[str, Program] = {}
        self._places: Dict[str, Replica] = {}
        self._proxy: Optional[Program] = None
        self._restarts: Dict[str, Deque[float]] = {}

    def start(self) -> None:
        """Start every replica that does not run, then the proxy."""
        self._start_replicas(self._layout.replicas)
        # Before a client can store anything: if this run is killed, the next one must know where.
        self._layout.write_run(self._layout.run)
        self._start_proxy(self._layout)

    def rebalance(self, before: LastRun) -> None:
        """Move the keys of the last run's replicas to those of this one, before any client is let in."""
        now = self._layout
        every = now.of_count(max(before.replicas, len(now.replicas))).replicas
        self._tell(f"the last run had {_words(before)}, this one has {_words(now.run)}: moving keys")
        self._start_replicas(every)
        now.write_run(LastRun(len(every)))
        with listen(LOOPBACK, 0) as free:
            private = replace(now, port=free.getsockname()[1])
        private.write_config(config_of(private))
        proxy = self._start_proxy(private)
        total = moved(private.port, every, now, token=self._token, tell=self._tell, check=self._look)
        self._tell(f"{plural(total, 'key')} moved")
        _end([proxy], PROXIES[now.proxy].ends)
        now.write_config(config_of(now))
        _end([self._replicas.pop(each.name) for each in every if each not in now.replicas], signal.SIGTERM)

    def watch(self) -> None:
        """Start a replica again whenever one ends, until a signal comes; raises ClusterError if that does not help."""
        while True:
            self._handle(self._events.get())

    def _look(self) -> None:
        """Do what `watch` does with all that has come so far."""
        with suppress(Empty):
            while True:
                self._handle(self._events.get_nowait())

    def _handle(self, ended: Event) -> None:
        if ended is None:
            raise _EndAskedError
        if isinstance(ended, str):
            self._tell(ended)
            return
        if ended is not self._proxy and ended is not self._replicas.get(ended.name):
            return
        if not ended.was_ready:
            raise ClusterError(f"{ended.name} did not start: it ended with {ended.status}; what it wrote stands above")
        if ended is self._proxy:
            ended.kill()  # of nginx, workers go on without their master
            with suppress(Empty):  # a service manager may end all processes at once
                while True:
                    if self._events.get(timeout=_MEANWHILE) is None:
                        raise _EndAskedError
            raise ClusterError(f"{ended.name} ended with {ended.status}")
        self._restart(ended)

    def end(self) -> None:
        """End the proxy, so that no new request comes, then the replicas, each with its file closed."""
        ending = Ending(self._events, self._tell)
        if self._proxy is not None:
            ending.end([self._proxy], PROXIES[self._layout.proxy].ends)
        ending.end([*self._replicas.values()], signal.SIGTERM)

    def _start_replicas(self, replicas: Tuple[Replica, ...]) -> None:
        new = [each for each in replicas if each.name not in self._replicas]
        for each in new:
            check_free(each.port)
        for each in new:
            program = Program(
                each.name,
                _serve(each, self._options),
                self._events.put,
                _environment(self._token),
                guard=self._guard,
                lines=lambda program, _: program.be_ready(),  # the only line that `serve` writes
            )
            self._replicas[each.name], self._places[each.name] = program, each
            program.start()
        for each in new:
            # By its own word: on this port another cluster's replica may answer, if both start at once.
            self._wait_for(self._replicas[each.name], each.port, lambda program: program.is_ready)

    def _start_proxy(self, layout: Layout) -> Program:
        proxy = PROXIES[layout.proxy]
        command = proxy.command(layout, proxy.runs)
        self._proxy = program = Program(proxy.program, command, self._events.put, guard=self._guard)
        program.start()
        self._wait_for(program, layout.port, lambda _: probe(layout.url, LOOPBACK).is_fake)
        program.be_ready()
        return program

    def _restart(self, ended: Program) -> None:
        times = self._restarts.setdefault(ended.name, deque())
        now = time.monotonic()
        times.append(now)
        while times[0] < now - _MINUTE:
            times.popleft()
        if len(times) > _RESTARTS:
            raise ClusterError(
                f"{ended.name} ended {len(times)} times within a minute, the last time with {ended.status}"
            )
        place = self._places[ended.name]
        self._tell(
            f"{ended.name} ended with {ended.status}; starting it again on port {place.port}, "
            f"restart {len(times)} of at most {_RESTARTS} a minute"
        )
        ended.start()
        await_return(ended, place, self._token, self._events.put)

    def _wait_for(self, program: Program, port: int, answers: Callable[[Program], bool]) -> None:
        """Wait until a program answers; raises ClusterError if it ends, or takes too long."""
        latest = time.monotonic() + _READY_SECONDS
        while not answers(program):
            if time.monotonic() > latest:
                raise ClusterError(f"{program.name} did not answer on port {port} within {_READY_SECONDS:g} s")
            with suppress(Empty):
                self._handle(self._events.get(timeout=_POLL_SECONDS))


def _serve(replica: Replica, options: Sequence[str]) -> Sequence[str]:
    served = ("--host", LOOPBACK, "--port", str(replica.port), "--persist", str(replica.file), "--quiet")
    return (sys.executable, "-m", "fake_server", "serve", *served, *options)


def _end(programs: Sequence[Program], how: signal.Signals) -> None:
    for each in programs:
        each.end(how)
    for each in programs:
        each.join(END_SECONDS)


def _environment(token: Optional[str]) -> Mapping[str, str]:
    """Return the variables for a replica; a token among its arguments could be read by everybody."""
    return {} if token is None else {TOKEN_VARIABLE: token}


def _words(run: LastRun) -> str:
    if run.proxy is None:
        return f"{plural(run.replicas, 'replica')} that may have any key"
    return f"{plural(run.replicas, 'replica')} behind {run.proxy} on port {run.port}"
