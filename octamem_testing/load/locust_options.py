"""The options of Locust by which each process of a load is started."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, List, Mapping, Optional, Tuple

__all__ = ["LOCUSTFILE", "RESULT", "TO_COMMAND", "Asked"]

LOCUSTFILE = Path(__file__).parent / "locusts" / "locustfile.py"
"""The users of a load that names no others."""
TO_COMMAND = "-"
"""The report that is a line of standard output, which the command reads: a file would stay if that is killed."""
RESULT = "octamem-load-result "
"""What stands before the result in that line."""

LOOPBACK = "127.0.0.1"
STOP_SECONDS = 10
"""Seconds that a call in flight has to end when the load does; what is then cut off is unknown."""
_MASTER = (("host", LOOPBACK), ("port", "5557"))  # Locust's own defaults
MOST_AT_ONCE = 100
"""Users that start in a second if nobody says how many: Locust warns of more."""


@dataclass(frozen=True)
class Asked:
    """What the command was asked for; `extra` are options of Locust that come after all others."""

    url: str
    locustfile: Path
    users: int = 1
    spawn_rate: Optional[float] = None
    seconds: int = 0
    workers: int = 0
    faults: Tuple[str, ...] = ()
    client: Mapping[str, Any] = field(default_factory=dict)
    extra: Tuple[str, ...] = ()

    @property
    def is_worker(self) -> bool:
        """Whether this is a worker of a master elsewhere."""
        return "--worker" in self.extra

    @property
    def is_distributed(self) -> bool:
        """Whether processes of other machines take part."""
        return self.is_worker or "--master" in self.extra

    @property
    def master(self) -> str:
        """The address of the master that a worker asks, as Locust's options name it."""
        named = dict(zip(self.extra, self.extra[1:]))
        named.update((name, value) for name, equals, value in (each.partition("=") for each in self.extra) if equals)
        host, port = (named.get(f"--master-{name}", default) for name, default in _MASTER)
        return f"{host}:{port}"

    def first(self, port: int) -> List[str]:
        """Return the options of the only process, or of the master, which writes the result."""
        if self.is_worker:
            return [*self._common(), *self.extra]
        rate = self.spawn_rate or min(self.users, MOST_AT_ONCE)
        return [
            *(*self._common(), "--headless", "--only-summary", "--stop-timeout", str(STOP_SECONDS)),
            *("--users", str(self.users), "--spawn-rate", f"{rate:g}"),
            *(("--run-time", str(self.seconds)) if self.seconds else ()),
            *("--octamem-faults", ";".join(self.faults), "--octamem-report", TO_COMMAND),
            *(self._master(port) if self.workers else ()),
            *self.extra,
        ]

    def of_workers(self, port: int) -> List[List[str]]:
        """Return the options of each worker that is started here."""
        return [[*self._common(), "--worker", "--master-host", LOOPBACK, "--master-port", str(port)]] * self.workers

    def _common(self) -> Tuple[str, ...]:
        file = str(self.locustfile.absolute())
        return ("-f", file, "--host", self.url, "--loglevel", "WARNING", "--octamem-client", json.dumps(self.client))

    def _master(self, port: int) -> Tuple[str, ...]:
        bind = ("--master", "--master-bind-host", LOOPBACK, "--master-bind-port", str(port))
        return (*bind, "--expect-workers", str(self.workers))
