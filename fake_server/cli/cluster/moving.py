"""Rebalancing: after a change of the number of replicas, each key goes to the replica that the proxy now names."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import Callable, Dict, Iterator, List, NamedTuple, Tuple
from urllib.parse import quote

from .layout import LOOPBACK, Layout, Replica

__all__ = ["MovingError", "moved"]

_SECONDS = 300.0  # for one request: a key may hold a million memories
_HEADER = "X-OctaMem-Replica"


class MovingError(RuntimeError):
    """A replica or the proxy that did not do what a move needs."""


class _Held(NamedTuple):
    """One key of a snapshot: the key, and its lines."""

    key: str
    lines: List[bytes]


def moved(proxy_port: int, sources: Tuple[Replica, ...], layout: Layout, tell: Callable[[str], None]) -> int:
    """Move each key to its replica, and return how many were moved; no client may be served meanwhile.

    `sources` are all replicas that may hold keys, `layout` has those of now, and the proxy on `proxy_port` says whose a
    key is. A move copies a key before it deletes the old one, so one that is interrupted can begin again. Raises
    MovingError, and then every key is where it was, or on both replicas.
    """
    names: Dict[str, Replica] = {}
    for replica in layout.replicas:
        names[replica.name] = names[replica.address] = replica
    total = 0
    for source in sources:
        count = 0
        for held, owner in list(_leaving(source, lambda key: _owner(proxy_port, key, names))):
            _post(owner, f"/_fake/snapshot?key={_quoted(held.key)}", b"".join([_START, *held.lines]))
            _post(source, f"/_fake/reset?key={_quoted(held.key)}", b"{}")
            count += 1
        if count:
            tell(f"{source.name}: {count} {'key' if count == 1 else 'keys'} moved")
        total += count
    return total


_START = json.dumps({"snapshot": 1, "settings": None}).encode() + b"\n"


def _quoted(key: str) -> str:
    return quote(key, safe="-._~")


def _owner(proxy_port: int, key: str, names: Dict[str, Replica]) -> Replica:
    """Return the replica to which the proxy sends a key."""
    connection = HTTPConnection(LOOPBACK, proxy_port, timeout=_SECONDS)
    try:
        connection.request("GET", "/_cluster/replica", headers={"Authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        answer.read()
        name = answer.headers.get(_HEADER, "")
    except OSError as error:
        raise MovingError(f"the proxy on port {proxy_port} does not answer: {error}") from None
    finally:
        connection.close()
    if name not in names:
        raise MovingError(f"{_HEADER}: expected a replica of the layout, got {name!r} (status {answer.status})")
    return names[name]


def _leaving(source: Replica, owner_of: Callable[[str], Replica]) -> Iterator[Tuple[_Held, Replica]]:
    """Read what a replica holds, line by line, and yield each key that is another's, with its owner."""
    connection = HTTPConnection(LOOPBACK, source.port, timeout=_SECONDS)
    try:
        connection.request("GET", "/_fake/snapshot?keys=true")
        answer = connection.getresponse()
        if answer.status != 200:
            raise MovingError(f"{source.name} answered GET /_fake/snapshot with {answer.status}")
        answer.readline()  # of the settings of the replica, which stay
        held, owner = _Held("", []), source
        for line in answer:
            fields = json.loads(line)
            if "memory" not in fields:
                if owner != source:
                    yield held, owner
                held, owner = _Held(fields["key"], []), owner_of(fields["key"])
            if owner != source:
                held.lines.append(line)
        if owner != source:
            yield held, owner
    except OSError as error:
        raise MovingError(f"{source.name} on {source.address} does not answer: {error}") from None
    finally:
        connection.close()


def _post(replica: Replica, path: str, body: bytes) -> None:
    connection = HTTPConnection(LOOPBACK, replica.port, timeout=_SECONDS)
    try:
        connection.request("POST", path, body)
        answer = connection.getresponse()
        content = answer.read()
    except OSError as error:
        raise MovingError(f"{replica.name} on {replica.address} does not answer: {error}") from None
    finally:
        connection.close()
    if answer.status != 200:
        route = path.partition("?")[0]  # without the key
        raise MovingError(f"{replica.name} answered POST {route} with {answer.status}: {content[:200]!r}")
