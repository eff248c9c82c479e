"""What changes among the calls of a server, as long as somebody looks; a server that restarts is waited for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Callable, Iterator, Mapping, Tuple

from fake_server.core.wording import plural

from .client import Control, UnreachableError
from .events import read_events

__all__ = ["News", "follow"]

AGAIN = (0.5, 1.0, 2.0, 5.0)  # seconds until another try, the last for all further ones
MOST = 200  # calls that are read at once, if no more are asked for

_RESYNC = {
    "restarted": "the server was restarted: these are its calls",
    "reset": "the server was reset: these are its calls",
    "too_old": "calls may be missing here: more came than could be told",
}

Call = Mapping[str, Any]


@dataclass(frozen=True)
class News:
    """Calls that are new or have changed, oldest first; or a sentence about the server."""

    calls: Tuple[Call, ...] = ()
    says: str = ""


def follow(
    control: Control, wanted: Mapping[str, Any], *, before: int = 0, pause: Callable[[float], None] = time.sleep
) -> Iterator[News]:
    """Yield what is new among the calls that a query lists, without end, and at first the newest `before` of them.

    Raises UnreachableError only if the server cannot be reached at the beginning.
    """
    following = _Following(control, wanted)
    listed = following.read(max(before, MOST))
    yield News(listed[max(len(listed) - before, 0) :])
    tries, is_gone = 0, False
    while True:
        try:
            events = following.events()
            if is_gone:
                yield News(says="the server answers again")
            tries, is_gone = 0, False
            yield from events
        except UnreachableError as error:
            if not is_gone:
                yield News(says=f"{error.message.partition(';')[0]}; trying again")
            is_gone = True
        pause(AGAIN[min(tries, len(AGAIN) - 1)])
        tries += 1


class _Following:
    """How far the calls that a query lists have been read."""

    def __init__(self, control: Control, wanted: Mapping[str, Any]) -> None:
        self._control = control
        self._wanted = wanted
        self._last = ""

    def read(self, limit: int = MOST) -> Tuple[Call, ...]:
        """Return the newest calls, oldest first."""
        answer = self._control.ask("GET", "/calls", limit=limit, **self._wanted)
        self._last = answer["as_of"]
        return tuple(answer["calls"])

    def events(self) -> Iterator[News]:
        """Connect, and return what the events tell, until the connection ends."""
        return self._news(self._control.lines("/events", {"Last-Event-ID": self._last}, topics="calls", **self._wanted))

    def _news(self, lines: Iterator[bytes]) -> Iterator[News]:
        for event in read_events(lines):
            self._last = event.id
            if event.name == "resync":
                yield News(self.read(), _RESYNC.get(event.data["reason"], _RESYNC["too_old"]))
            elif event.name == "calls":
                yield News(tuple(event.data["calls"]), _missing(event.data["skipped"]))


def _missing(skipped: int) -> str:
    return f"{plural(skipped, 'call')} more came than are shown here" if skipped else ""
