"""Rebalancing: after a change of the layout, each key goes to the replica that the proxy now names."""

from __future__ import annotations

import json
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPException
from typing import Callable, Dict, Optional, Sequence

from fake_server.cli.remote.client import Address, Control
from fake_server.core.wording import plural

from .layout import LOOPBACK, Layout, Replica

__all__ = ["MovingError", "moved"]

_SECONDS = 300.0  # for one request: a key may hold a million memories
_HEADER = "X-OctaMem-Replica"
_ADVICE = "start the cluster again, and the move goes on"


class MovingError(RuntimeError):
    """A proxy that does not say whose a key is."""


def moved(
    proxy_port: int,
    sources: Sequence[Replica],
    layout: Layout,
    *,
    token: Optional[str],
    tell: Callable[[str], None],
    check: Callable[[], None],
) -> int:
    """Move each key to its replica, and return how many were moved; no client may be served meanwhile.

    `sources` are all replicas that may hold keys, those of the layout among them. The proxy on `proxy_port` says whose
    a key is. `check` is called before each key; what it raises ends the move. A key is copied before it is deleted
    where it was: after an error it is there, or on both replicas, and the next move completes this one. Raises
    MovingError, and ClickException if a replica refuses or does not answer.
    """
    owners = {replica.name: replica for replica in layout.replicas}
    total = 0
    with ExitStack() as stack:
        controls = {each: Control(Address(each.url, token), timeout=_SECONDS, advice=_ADVICE) for each in sources}
        for control in controls.values():
            stack.callback(control.close)
        held = {each: _keys(controls[each]) for each in sources}
        for source in sources:
            count = 0
            for key in list(held[source]):
                check()
                owner = _owner(proxy_port, key, owners)
                if owner == source:
                    continue
                # A replica that has its memories already was given them by a move that was interrupted.
                if not held[owner].get(key):
                    lines = controls[source].lines("/snapshot", key=key, keys="true")
                    controls[owner].ask("POST", "/snapshot", b"".join(lines), key=key)
                    held[owner][key] = held[source][key]
                controls[source].ask("POST", "/reset", {}, key=key)
                count += 1
            if count:
                tell(f"{source.name}: {plural(count, 'key')} moved")
            total += count
    return total


def _keys(control: Control) -> Dict[str, bool]:
    """Return the keys of a replica, and whether each has memories; these are read line by line, and not kept."""
    found: Dict[str, bool] = {}
    key = ""
    lines = control.lines("/snapshot", keys="true")
    next(lines, None)  # of the settings of the replica, which stay
    for line in lines:
        if line.startswith(b'{"memory"'):
            found[key] = True
        else:
            key = json.loads(line)["key"]
            found[key] = False
    return found


def _owner(proxy_port: int, key: str, owners: Dict[str, Replica]) -> Replica:
    """Return the replica to which the proxy sends a key."""
    with closing(HTTPConnection(LOOPBACK, proxy_port, timeout=_SECONDS)) as connection:
        try:
            connection.request("GET", "/_cluster/replica", headers={"Authorization": f"Bearer {key}"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, HTTPException) as error:
            raise MovingError(f"the proxy on port {proxy_port} does not answer: {error}; {_ADVICE}") from None
    name = answer.headers.get(_HEADER, "")
    if name not in owners:
        raise MovingError(f"{_HEADER}: expected a replica of the layout, got {name!r} (status {answer.status})")
    return owners[name]
