"""How far an attempt came: the stage that it reached, the stage that was cut, and what the client saw of it."""

from __future__ import annotations

from typing import Optional

from fake_server.core.clock import TICKS

from .entry import Entry

__all__ = ["STAGES", "client_saw", "cut", "duration", "is_open", "reached"]

STAGES = ("request", "checked", "committed", "answered")
"""The stages of an attempt in their order; the stage of its work is "committed" for a search too."""


def is_open(entry: Entry) -> bool:
    """Return whether an attempt still waits for its answer, or its answer is still being sent."""
    return entry.ended is None


def duration(entry: Entry) -> Optional[float]:
    """Return the seconds of the key's clock from the arrival of an attempt to its end; None while it is open."""
    return None if entry.ended is None else (entry.ended - entry.ticks) / TICKS


def reached(entry: Entry) -> Optional[str]:
    """Return the last stage that an attempt came through; None if its body did not even come whole."""
    if _answered(entry):
        return "answered"
    if entry.handled is None:
        return None if _is_midway(entry) else "request"
    if entry.handled == 503 or "lost" in entry.effect:
        return "checked"
    return "committed" if entry.handled == 200 else "request"


def cut(entry: Entry) -> Optional[str]:
    """Return the stage that a fault, a refusal or the client's leaving kept an attempt from; None if there is none."""
    if entry.handled is None:
        return None if is_open(entry) and not entry.fault else _cut_before(entry)
    if entry.handled == 503 or "lost" in entry.effect:
        return "commit"
    if entry.handled != 200:
        return "check"
    return None if _answered(entry) or is_open(entry) else "answer"


def client_saw(entry: Entry) -> str:
    """Return what the client saw of an attempt.

    It is "waiting", "answer", "part" or "spoilt" of an answer, "sent" if the connection ended with it, so that nobody
    can know, "reset", "close" or "hang" without any, or "left" if the client went first.
    """
    if entry.lost:
        return "left"
    if entry.dropped is not None:
        return entry.dropped
    if is_open(entry):
        return "waiting"
    if entry.spoilt:
        return "part" if (entry.fault or "").startswith("truncate") else "spoilt"
    return "answer" if entry.confirmed else "sent"


def _answered(entry: Entry) -> bool:
    """Return whether the handler's own answer went out whole."""
    if entry.status is None or entry.lost or entry.spoilt or is_open(entry):
        return False
    return entry.handled == entry.status == 200 and "lost" not in entry.effect


def _is_midway(entry: Entry) -> bool:
    return entry.fault is not None and entry.fault.endswith("@mid")


def _cut_before(entry: Entry) -> Optional[str]:
    """Return the stage before which an attempt ended whose handler did not run."""
    if _is_midway(entry):
        return "request"
    waits = is_open(entry) and entry.status is None and entry.dropped is None
    return None if waits else "check"
