"""What an answer with a successful status says of the call itself: that it succeeded, that it failed, or neither."""

from __future__ import annotations

from typing import FrozenSet, List, Mapping

from octamem._results.fields import as_flag

from .envelope import says_nothing

STORED_STATUSES = (201, 202, 204)
"""The statuses that say by themselves that something was stored."""

STORED_WORDS = frozenset({"ok", "success", "created", "accepted", "queued", "pending", "stored", "saved", "added"})
"""The whole value of a `status` or a `message` that says that a memory was stored."""

FAILED_WORDS = frozenset({"error", "failed", "failure", "rejected"})
"""The whole value of a `status` or a `message` that reports an error."""

_IDS = ("id", "pending_id", "ids", "uuid", "_id")
_TALK = ("message", "msg", "detail", "title", "code", "status", "error", "errors")
"""The fields in which a service, or a gateway before it, speaks of the call instead of answering it."""

_SPEAKING = frozenset({"data", "results", *_TALK})
"""The fields that may say something of the call, or hold an object that does."""

Levels = List[Mapping[str, object]]


def is_plain(payload: Mapping[str, object]) -> bool:
    """Return whether the answer says `success: true`, and nothing else of the call."""
    return payload.get("success") is True and payload.keys().isdisjoint(_SPEAKING)


def levels_of(payload: Mapping[str, object], *, items: bool) -> Levels:
    """Return the objects of an answer that may speak of the call: itself, what is under `data`, and the items."""
    found: Levels = [payload]
    inner = payload.get("data")
    while isinstance(inner, dict):
        found.append(inner)
        inner = inner.get("data")
    lists = [inner, *[level.get("results") for level in found]] if items else []
    for listed in lists:
        if isinstance(listed, list):
            found.extend(item for item in listed if isinstance(item, dict))
    return found


def says_success(answer: Levels, *, expected: bool = True) -> bool:
    """Return whether `success` is true at one of the levels, or false if that is `expected`."""
    return any(as_flag(level.get("success")) is expected for level in answer)


def has_error(answer: Levels) -> bool:
    """Return whether a level reports an error: a non-empty `error` or `errors`, or a word for it."""
    return any(
        _is_error(level.get("error")) or _is_error(level.get("errors")) or _has_word(level, FAILED_WORDS)
        for level in answer
    )


def says_stored(answer: Levels) -> bool:
    """Return whether a level says that a memory was stored: `success: true`, an id, or one of the words."""
    return says_success(answer) or any(_has_id(level) or _has_word(level, STORED_WORDS) for level in answer)


def is_only_talk(answer: Mapping[str, object]) -> bool:
    """Return whether an answer speaks of the call, and neither says that it succeeded nor holds a list or an object."""
    if as_flag(answer.get("success")) or _has_word(answer, STORED_WORDS):
        return False
    others = (value for name, value in answer.items() if name not in _TALK)
    return any(answer.get(name) for name in _TALK) and not any(isinstance(it, (dict, list)) and it for it in others)


def _is_error(value: object) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


def _has_id(level: Mapping[str, object]) -> bool:
    values = (level.get(name) for name in _IDS)
    return any(not says_nothing(value) and not isinstance(value, (bool, dict)) for value in values)


def _has_word(level: Mapping[str, object], words: FrozenSet[str]) -> bool:
    for name in ("status", "message"):
        value = level.get(name)
        if isinstance(value, str) and value.strip(" \t\r\n.!").lower() in words:
            return True
    return False
