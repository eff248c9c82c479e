"""What changes in the journal of a server, as long as somebody looks; a server that restarts is waited for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, List, Mapping, Tuple

from .client import Control, UnreachableError

__all__ = ["News", "follow"]

BETWEEN = 0.25  # seconds between two looks
AGAIN = (0.5, 1.0, 2.0, 5.0)  # seconds until another try, the last for all further ones


@dataclass(frozen=True)
class News:
    """Calls that are new or have changed, oldest first; or a sentence about the server."""

    calls: Tuple[Mapping[str, Any], ...] = ()
    says: str = ""


def follow(control: Control, scope: Mapping[str, Any], pause: Callable[[float], None] = time.sleep) -> Iterator[News]:
    """Yield what is new, without end; raises UnreachableError if the server cannot be reached at the beginning."""
    seen: Dict[str, Any] = _states(_calls(control, scope))
    tries = 0
    while True:
        pause(AGAIN[min(tries, len(AGAIN)) - 1] if tries else BETWEEN)
        try:
            calls = _calls(control, scope)
        except UnreachableError as error:
            if not tries:
                yield News(says=f"{error.message.partition(';')[0]}; trying again")
            tries += 1
            continue
        if tries:
            yield News(says="the server answers again")
            tries = 0
        states = _states(calls)
        yield News(tuple(call for call in calls if seen.get(call["id"]) != states[call["id"]]))
        seen = states


def _calls(control: Control, scope: Mapping[str, Any]) -> List[Mapping[str, Any]]:
    calls: List[Mapping[str, Any]] = control.ask("GET", "/calls", **scope)["calls"]
    return calls


def _states(calls: List[Mapping[str, Any]]) -> Dict[str, Any]:
    return {call["id"]: [(each["seq"], each["status"]) for each in call["attempts"]] for call in calls}
