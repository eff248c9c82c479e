"""Undo: each action that destroys something leaves a step that puts it back."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Optional

from fake_server.core import Snapshot
from fake_server.core.wording import plural, shown

from .asked import Asked, RefusedError, flag, known
from .kept import MOST_BYTES, UndoStep, UnknownIdError, shown_item

__all__ = ["can_undo", "list_undo", "restore", "undo"]


def can_undo(
    asked: Asked,
    what: str,
    put_back: Callable[[], None],
    *,
    lost: Callable[[], int] = lambda: 0,
    size: int = 0,
    resets: bool = False,
) -> Optional[str]:
    """Keep a step that puts back what an action has just taken away, and return its id; None if it is too large.

    `lost` counts the memories that came since and that the undo would take away.
    """
    if size > MOST_BYTES:
        return None
    desk, fake = asked.desk, asked.fake
    key = asked.key
    since = 0 if resets else fake.attempts
    step = UndoStep(desk.undo.new_id(), what, fake.now(), key, size, put_back, lost, since, resets)
    desk.undo.put(step)
    return step.id


def restore(asked: Asked, snapshot: Snapshot) -> Optional[str]:
    """Put back what a snapshot kept of the key, or of all, and return the id of the step that undoes it."""
    fake, key = asked.fake, asked.key
    before = fake.snapshot(key=key)
    fake.restore(snapshot)

    def lost() -> int:
        return fake.snapshot(key=key).since(before, snapshot)

    return can_undo(asked, "restore", lambda: fake.restore(before), lost=lost, size=before.size)


def list_undo(asked: Asked) -> Mapping[str, Any]:
    """Return what can be undone, newest first."""
    return {"undo": [_shown(asked, step) for step in reversed(asked.desk.undo.all(asked.key))]}


def undo(asked: Asked) -> Mapping[str, Any]:
    """Undo a step, unless it would take away what came since and `force` is not said."""
    force = flag(asked, "force")
    known(asked.fields, ())
    with asked.fake.lock:
        named = asked.path["id"]
        step = next((each for each in asked.desk.undo.all(asked.key) if each.id == named), None)
        if step is None:
            raise UnknownIdError(f"nothing can be undone under the id {shown(named)}; see GET undo")
        if not force:
            _refuse_loss(asked, step)
        step.put_back()
        asked.desk.undo.remove(step.id)
    return {"undone": _shown(asked, step)}


def _refuse_loss(asked: Asked, step: UndoStep) -> None:
    """Raise RefusedError if the undo of a step would take away what came since."""
    memories = step.lost()
    if not (memories or step.resets):
        return
    calls = _calls_since(asked, step)
    if memories or calls:
        raise RefusedError(
            409,
            "CHANGED_SINCE",
            f"{plural(calls, 'call')} came since, and the undo takes away "
            f"{plural(memories, 'memory', 'memories')}; add ?force=true to undo it all the same",
            calls=calls,
            memories=memories,
        )


def _calls_since(asked: Asked, step: UndoStep) -> int:
    entries = asked.fake.requests(key=step.key)
    return len({(entry.key, entry.call.id) for entry in entries if entry.seq > step.since})


def _shown(asked: Asked, step: UndoStep) -> Dict[str, Any]:
    return {**shown_item(asked.fake, step), "what": step.what}
