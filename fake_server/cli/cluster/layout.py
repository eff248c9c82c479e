"""The layout of a cluster: its folder, and the address and the file of each replica, as values."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, Optional, Sequence, Tuple

from fake_server.core.wording import expected, shown

__all__ = ["LOOPBACK", "NAMES", "LastRun", "Layout", "LayoutError", "Replica", "last_run", "read_address"]

LOOPBACK = "127.0.0.1"
"""The address on which replicas and proxy listen."""
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - only in what is printed
"""The address on which a proxy listens for other machines."""
MOST = 1000
"""The most replicas of a layout: ports are few, and a proxy of Debian keeps some hundred points of each in its ring."""
NAMES = {"nginx": "nginx.conf", "haproxy": "haproxy.cfg"}
"""The proxies, each with the name of its configuration."""

_FILE = "cluster.json"
_REPLICA = re.compile(r"replica-([1-9][0-9]{0,3})\.db", re.ASCII)
_ADDRESS = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\]):([0-9]{1,5})", re.ASCII)
_LAST_PORT = 65_535


class LayoutError(ValueError):
    """A layout that cannot be, or a folder that holds none."""


class LastRun(NamedTuple):
    """What the last run left in a folder: files of so many replicas, the proxy that chose among them, and its port.

    nginx hashes the ports of the replicas too. Without a proxy, any replica may have a key: the run ended while keys
    were moved, or nothing is known of it but its files.
    """

    replicas: int
    proxy: Optional[str] = None
    port: Optional[int] = None


@dataclass(frozen=True)
class Replica:
    """One server of a cluster: `name` is that in the proxy's configuration, `file` keeps what it stores."""

    name: str
    port: int
    file: Path
    host: str = LOOPBACK

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The address of its service and of its page."""
        return f"http://{self.address}"


@dataclass(frozen=True)
class Layout:
    """A proxy on `port` of the address `host`, before `replicas`; all files are in `folder`."""

    folder: Path
    proxy: str
    port: int
    replicas: Tuple[Replica, ...]
    host: str = LOOPBACK

    @classmethod
    def of(cls, folder: Path, proxy: str, port: int, count: int) -> Layout:
        """Return the layout of so many replicas, on the ports that follow; raises LayoutError if they are not there."""
        if not 1 <= count <= MOST:
            raise LayoutError(expected("replicas", f"from 1 to {MOST}", str(count)))
        if proxy not in NAMES:
            raise LayoutError(expected("proxy", " or ".join(NAMES), shown(proxy)))
        if not 1 <= port <= _LAST_PORT - count:
            raise LayoutError(expected("port", f"from 1 to {_LAST_PORT - count}, as each replica needs one", str(port)))
        folder = folder.absolute()
        numbers = range(1, count + 1)
        return cls(folder, proxy, port, tuple(_replica(folder, port, number) for number in numbers))

    def elsewhere(self, addresses: Sequence[Tuple[str, int]]) -> Layout:
        """Return the layout whose replicas are at these hosts and ports, and whose proxy others can reach."""
        replicas = (
            Replica(f"r{number}", port, self.folder / f"replica-{number}.db", host)
            for number, (host, port) in enumerate(addresses, 1)
        )
        return replace(self, host=EVERY_ADDRESS, replicas=tuple(replicas))

    @property
    def url(self) -> str:
        """The address of the cluster."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def config(self) -> Path:
        """The file of the proxy's configuration."""
        return self.folder / NAMES[self.proxy]

    def of_count(self, count: int) -> Layout:
        """Return the same layout with another number of replicas."""
        return Layout.of(self.folder, self.proxy, self.port, count)

    def write_config(self, config: str) -> None:
        """Write the proxy's configuration."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config.write_text(config, encoding="utf-8")

    @property
    def run(self) -> LastRun:
        """What the next run must know of this one."""
        return LastRun(len(self.replicas), self.proxy, self.port)

    def write_run(self, run: LastRun) -> None:
        """Write down for the next run where the keys are."""
        new = self.folder / f"{_FILE}.new"
        new.write_text(json.dumps(run._asdict()) + "\n", encoding="utf-8")
        new.replace(self.folder / _FILE)


def read_address(text: str) -> Tuple[str, int]:
    """Return the host and the port of a replica on another machine; raises LayoutError for a text that has none."""
    found = _ADDRESS.fullmatch(text)
    if found is None or not 1 <= int(found[2]) <= _LAST_PORT:
        raise LayoutError(f"expected HOST:PORT such as 10.0.0.11:8642, got {shown(text)}")
    return found[1], int(found[2])


def last_run(folder: Path) -> Optional[LastRun]:
    """Return what the last run in a folder wrote down, None if there was none; raises LayoutError if unreadable.

    Without what was written, the files of replicas say how many there were.
    """
    path = folder / _FILE
    if not path.exists():
        count = max((int(found[1]) for found in map(_REPLICA.fullmatch, _names(folder)) if found), default=0)
        return LastRun(min(count, MOST)) if count else None
    try:
        run = LastRun(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        run = LastRun(0)
    if isinstance(run.replicas, bool) or not isinstance(run.replicas, int) or not 1 <= run.replicas <= MOST:
        raise LayoutError(
            f'{path}: expected the number of replicas, as in {{"replicas": 4}}; write how many replicas have files'
        )
    return run


def _names(folder: Path) -> Sequence[str]:
    return [each.name for each in folder.iterdir()] if folder.is_dir() else ()


def _replica(folder: Path, port: int, number: int) -> Replica:
    return Replica(f"r{number}", port + number, folder / f"replica-{number}.db")
