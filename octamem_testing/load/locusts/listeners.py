"""What a load does beside Locust: each process checks the keys of its users, and the master adds up what they found."""

from __future__ import annotations

import json
import logging
import sys
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Set, Tuple

import gevent
from gevent.pool import Pool
from locust import events, runners
from locust.runners import MasterRunner, WorkerRunner

from octamem.testing import preload
from octamem_testing.load.comparison import Counts
from octamem_testing.load.locust_options import RESULT, TO_COMMAND
from octamem_testing.load.reading import KeyOfUser, check_key
from octamem_testing.load.result import CallRow, Result, shared
from octamem_testing.load.show.report import write_report
from octamem_testing.load.show.text import text

from .progress import show_progress

__all__ = ["CannotStart", "Run", "run_of"]

STOP, FOUND, STARTED = "octamem_stop", "octamem_found", "octamem_started"
"""The messages by which the master asks a worker to stop and check, and by which that answers; and one a user."""
AT_ONCE = 8
"""Keys that a process reads at the same time."""
LONGEST_CHECK = 600.0
"""Seconds that the master waits for workers which are alive."""
POLL = 0.05
SILENCE = 10
"""Seconds without a word of a worker after which it is lost; Locust's own three pass on a busy machine too."""

CannotStart = gevent.GreenletExit
"""What a user raises in on_start to end: for StopUser, Locust writes a traceback there."""

_log = logging.getLogger(__name__)


class Run:
    """The part of one process in a load, from the start of its users to what was found of their keys."""

    def __init__(self, environment: Any) -> None:
        self.errors: Counter[Tuple[str, str]] = Counter()
        self.searches: Counter[str] = Counter()
        self._environment = environment
        self._users: List[KeyOfUser] = []
        self._problems: List[str] = []
        self._found: Dict[str, Mapping[str, Any]] = {}
        self._workers: Set[str] = set()
        self._users_of: Counter[str] = Counter()

    def begin(self) -> None:
        """Forget what a test before this one left."""
        for each in (self.errors, self.searches, self._users, self._problems, self._found, self._users_of):
            each.clear()
        runner = self._environment.runner
        self._workers = {each for each in getattr(runner, "clients", ()) if _is_alive(runner, each)}

    def asked(self, name: str) -> str:
        """Return an option of the command line; a worker has those of its master."""
        return str(getattr(self._environment.parsed_options, name, "") or "")

    def add_user(self, user: KeyOfUser) -> None:
        """Take a user whose key is to be checked; a worker tells its master, for the case that it is lost."""
        self._users.append(user)
        if isinstance(self._environment.runner, WorkerRunner):
            self._environment.runner.send_message(STARTED)

    def cannot_start(self, reason: str) -> None:
        """Note why a user did not start, once for each reason."""
        if reason not in self._problems:
            self._problems.append(reason)
            _log.error("a user cannot start: %s", reason)

    def check(self) -> Dict[str, Any]:
        """Check the keys of this process, and return all that it found, as JSON."""
        checked = list(Pool(AT_ONCE).imap_unordered(check_key, self._users))
        failed: Counter[Tuple[str, str]] = Counter()
        attempts = 0
        for user in self._users:
            failed.update(user.record.failed_attempts)
            attempts += sum(user.record.attempts.values())
        return {
            "users": len(self._users),
            "counts": sum((Counts.read(each["counts"]) for each in checked), Counts()).plain(),
            "differences": [difference for each in checked for difference in each["differences"]],
            "problems": [*self._problems, *(problem for each in checked for problem in each["problems"])],
            "errors": [[*kind, count] for kind, count in self.errors.items()],
            "failed_attempts": [[*kind, count] for kind, count in failed.items()],
            "numbers": {
                "attempts": attempts,
                "searches": self.searches["made"],
                "searches_found": self.searches["found"],
            },
        }

    def connected(self, client_id: str, **_others: Any) -> None:
        """Note that a worker has come."""
        self._workers.add(client_id)

    def started(self, client_id: str) -> None:
        """Note that a worker has one more user."""
        self._users_of[client_id] += 1

    def found(self, client_id: str, found: Mapping[str, Any]) -> None:
        """Take what a worker found."""
        self._found[client_id] = found

    def collect(self) -> None:
        """Ask all workers to stop and check, and wait for what they found."""
        runner = self._environment.runner
        self._workers.update(runner.clients)
        runner.send_message(STOP)
        with gevent.Timeout(LONGEST_CHECK, False):
            while any(_is_alive(runner, each) for each in self._workers - self._found.keys()):
                gevent.sleep(POLL)
        for each in self._workers - self._found.keys():
            self._found[each] = _lost(self._users_of[each])

    def end(self, own: Optional[Mapping[str, Any]] = None) -> None:
        """Print the result, write it, and set the exit status; `own` is what a load without workers found."""
        found = list(self._found.values()) if own is None else [own]
        if not found:
            return
        stats = self._environment.stats
        seconds = max(0.0, (stats.last_request_timestamp or 0) - stats.start_time)
        result = Result(
            str(self._environment.host),
            sum(each["users"] for each in found),
            0 if own is not None else len(self._found),
            self.asked("octamem_faults"),
            _rows(stats, seconds),
            shared(found),
            datetime.fromtimestamp(stats.start_time, timezone.utc).isoformat(timespec="seconds"),
            round(seconds, 1),
            json.loads(self.asked("octamem_client") or "{}"),
        )
        self._environment.process_exit_code = 1 if result.wrong else 0
        file = self.asked("octamem_report")
        if file == TO_COMMAND:
            sys.stdout.write(f"{RESULT}{json.dumps(result.plain())}\n")
            return
        sys.stdout.write(f"{text(result)}\n")
        if file:
            write_report(Path(file), result)


def run_of(environment: Any) -> Run:
    """Return the run of an environment of Locust, which keeps it."""
    run: Optional[Run] = getattr(environment, "octamem_run", None)
    if run is None:
        run = environment.octamem_run = Run(environment)
    return run


@events.init_command_line_parser.add_listener
def _add_options(parser: Any) -> None:
    group = parser.add_argument_group("OctaMem", "Options of the users of octamem_testing.load")
    group.add_argument("--octamem-faults", default="", metavar="SCRIPT", help="Fault script for the key of each user.")
    group.add_argument("--octamem-client", default="", metavar="JSON", help="Options of each client, as a JSON object.")
    group.add_argument("--octamem-report", default="", metavar="FILE", help="Write the result to FILE.html or .json.")


@events.init.add_listener
def _listen(environment: Any, runner: Any, **_others: Any) -> None:
    """Take part in the events of one process; those of another environment are none of ours."""
    run = run_of(environment)
    for name in ("httpx", "locust.stats_logger"):  # a line for each request, and tables beside our own
        logging.getLogger(name).setLevel(logging.WARNING)
    environment.events.test_start.add_listener(lambda **_: run.begin())
    if isinstance(runner, MasterRunner):
        runners.HEARTBEAT_LIVENESS = SILENCE
        environment.events.worker_connect.add_listener(run.connected)
        runner.register_message(STARTED, lambda msg, **_: run.started(msg.node_id))
        runner.register_message(FOUND, lambda msg, **_: run.found(msg.node_id, msg.data))
        environment.events.test_stopping.add_listener(lambda **_: run.collect())
        environment.events.test_stop.add_listener(lambda **_: run.end())
        environment.events.quitting.add_listener(lambda **_: runner.quit())
        show_progress(environment, is_master=True)
    elif isinstance(runner, WorkerRunner):
        # Locust 2.34 passes the arguments by position, later releases by name.
        runner.register_message(STOP, lambda *_, **__: runner.stop(), concurrent=True)
        environment.events.test_stop.add_listener(lambda **_: _send_found(environment, runner, run))
        # Before Locust's own listener, which tells the master that this worker has quit.
        environment.events.quitting.add_listener(lambda **_: runner.stop())
    else:
        environment.events.test_stop.add_listener(lambda **_: run.end(run.check()))
        environment.events.quitting.add_listener(lambda **_: runner.stop())
        show_progress(environment)
    # Only now, since other greenlets run during an import: a worker may connect then.
    preload()
    # The run time is counted from the time that the loop has kept, which is that before all was imported.
    gevent.get_hub().loop.update_now()


def _send_found(environment: Any, runner: Any, run: Run) -> None:
    """Send the last figures of a worker, and then what it found: the master ends once it has that."""
    found = run.check()
    figures: Dict[str, Any] = {}
    environment.events.report_to_master.fire(client_id=runner.client_id, data=figures)
    runner.send_message("stats", figures)
    runner.send_message(FOUND, found)
    environment.process_exit_code = 0


def _lost(users: int) -> Dict[str, Any]:
    """Return what is found of a worker that is gone."""
    return {
        "users": users,
        "counts": Counts(not_checked=users).plain(),
        "problems": ["a worker was lost: what its users stored is not checked"],
        "differences": [],
        "errors": [],
        "failed_attempts": [],
        "numbers": {},
    }


def _percentile(entry: Any, part: float) -> float:
    """Return a percentile; Locust rounds times to two digits, so that one may be above the longest."""
    return min(float(entry.get_response_time_percentile(part) or 0), round(float(entry.max_response_time), 1))


def _is_alive(runner: Any, client_id: str) -> bool:
    node = runner.clients.get(client_id)
    return node is not None and node.state != "missing"


def _rows(stats: Any, seconds: float) -> Tuple[CallRow, ...]:
    return tuple(
        CallRow(
            entry.name,
            entry.num_requests,
            entry.num_failures,
            round(entry.num_requests / seconds, 1) if seconds else 0.0,
            _percentile(entry, 0.5),
            _percentile(entry, 0.99),
            round(float(entry.max_response_time), 1),
        )
        for entry in sorted(stats.entries.values(), key=lambda entry: str(entry.name))
        if entry.method == "octamem"
    )
