"""Events: a stream that says what changed, at a pace that a page can follow."""

from __future__ import annotations

import asyncio
from typing import Any, AsyncIterator, Dict, List, Mapping, Optional, Tuple

from starlette.concurrency import run_in_threadpool

from fake_server.core import Fake
from fake_server.core.clock import iso
from fake_server.core.journal.filters import Filter
from fake_server.core.journal.summary import summary
from fake_server.core.json_body import encode
from fake_server.core.wording import alternatives, expected, shown

from .answers import Answer
from .asked import Asked
from .desk import Desk

__all__ = ["TOPICS", "Follower", "follow"]

TOPICS = ("calls", "faults", "keys", "clock")
PACE = 0.1  # seconds from one event to the next, at least
MOST = 200  # calls of one event
QUIET = 15.0  # seconds after which a comment says that the stream still stands
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def follow(asked: Asked) -> Answer:
    """Return the stream of events from now on, or from after the event that Last-Event-ID names."""
    follower = Follower(asked, _topics(asked.fields.get("topics")))
    return Answer(_stream(follower), headers=_HEADERS, media_type="text/event-stream")


async def _stream(follower: Follower) -> AsyncIterator[bytes]:
    yield b": what changes follows\n\n"
    quiet = 0.0
    while True:
        frame = await run_in_threadpool(follower.next)
        quiet = 0.0 if frame else quiet + PACE
        if quiet >= QUIET:
            frame, quiet = b": nothing changed\n\n", 0.0
        if frame:
            yield frame
        await _pause(PACE)


async def _pause(seconds: float) -> None:
    """Wait without `asyncio.sleep`, which a test may replace."""
    loop = asyncio.get_running_loop()
    pause = loop.create_future()
    timer = loop.call_later(seconds, lambda: None if pause.done() else pause.set_result(None))
    try:
        await pause
    finally:
        timer.cancel()


class Follower:
    """One reader of the events: what it was told, and what it is to be told next.

    It holds no event back for a reader that is slow: such a one is told less often, and then the latest state.
    """

    def __init__(self, asked: Asked, topics: Tuple[str, ...]) -> None:
        self._desk: Desk = asked.desk
        self._fake: Fake = asked.fake
        self._key = asked.key
        self._filter = Filter.read(asked.fields)
        self._turns = list(topics)
        self._sent: Dict[str, Any] = {}
        self._number, self._resync = _position(asked)

    def next(self) -> bytes:
        """Return the next event, nothing if nothing changed; the topics take turns."""
        if self._resync is not None:
            reason, self._resync = self._resync, None
            return self._event("resync", {"reason": reason})
        for topic in list(self._turns):
            event = self._calls() if topic == "calls" else self._state(topic)
            if event:
                self._turns.remove(topic)
                self._turns.append(topic)
                return event
        return b""

    def _calls(self) -> bytes:
        if self._fake.call_changes == self._number:
            return b""
        changed = self._fake.calls_since(self._number, MOST, key=self._key)
        if changed is None:
            reason = "reset" if self._fake.calls_restarted > self._number else "too_old"
            self._number = self._fake.call_changes
            return self._event("resync", {"reason": reason})
        self._number = changed.number
        calls: List[Mapping[str, Any]] = []
        unmatched: List[str] = []
        for call in changed.calls:
            entries = list(call.entries)
            if entries and self._filter.passes(entries):
                calls.append(summary(entries))
            elif entries:
                unmatched.append(call.id)
        if not (calls or unmatched or changed.skipped):
            return b""
        return self._event("calls", {"calls": calls, "unmatched": unmatched, "skipped": changed.skipped})

    def _state(self, topic: str) -> bytes:
        state = self._fake.standing()
        seen = {
            "faults": (state.armed, state.fired),
            "keys": (state.keys, state.memories, state.settings),
            "clock": state.ahead,
        }[topic]
        if self._sent.get(topic) == seen:
            return b""
        self._sent[topic] = seen
        data: Dict[str, Mapping[str, Any]] = {
            "faults": {"armed": state.armed, "fired": state.fired},
            "keys": {"keys": state.keys, "memories": state.memories},
            "clock": {"now": iso(state.now), "ahead": state.ahead},
        }
        return self._event(topic, data[topic])

    def _event(self, name: str, data: Mapping[str, Any]) -> bytes:
        identity = self._desk.event_id(self._number)
        return b"".join((f"id: {identity}\nevent: {name}\ndata: ".encode(), encode(data), b"\n\n"))


def _topics(text: Optional[str]) -> Tuple[str, ...]:
    if text is None:
        return TOPICS
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if name not in TOPICS:
            raise ValueError(expected("topics", alternatives(TOPICS), shown(name), "separate several by commas"))
    return names


def _position(asked: Asked) -> Tuple[int, Optional[str]]:
    """Return the number after which changes are told, and why the reader must read all again, None if it need not."""
    latest = asked.fake.call_changes
    last = asked.headers.get("last-event-id")
    if not last:
        return latest, None
    epoch, _, number = last.rpartition(".")
    if not (epoch and number.isascii() and number.isdigit() and len(number) < 16):
        raise ValueError(expected("Last-Event-ID", "the id of an event", shown(last), "leave it out to begin now"))
    return (int(number), None) if epoch == asked.desk.epoch else (latest, "restarted")
