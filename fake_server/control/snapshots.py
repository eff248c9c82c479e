"""Control of the snapshots: save what is kept, list, put back, delete."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Mapping, Optional

from fake_server.core.json_body import BadBody, text_field
from fake_server.core.wording import expected, shown

from .answers import Answer
from .asked import Asked, RefusedError, known
from .kept import SavedSnapshot, UnknownIdError, shown_item
from .undo import restore

__all__ = ["delete_snapshot", "list_snapshots", "restore_snapshot", "save_snapshot"]

LONGEST = 200  # characters of a name; percent-encoded, they are within what a server reads of a path


def list_snapshots(asked: Asked) -> Mapping[str, Any]:
    """Return the snapshots, oldest first."""
    return {"snapshots": [_shown(asked, each) for each in asked.desk.snapshots.all(asked.key)]}


def save_snapshot(asked: Asked) -> Answer:
    """Save what is kept of the server or of a key, under a name if one is given."""
    known(asked.fields, ("name",))
    name = _new_name(asked)
    snapshots = asked.desk.snapshots
    with asked.fake.lock:
        other = next((each for each in snapshots.all() if name is not None and name in {each.id, each.name}), None)
        if other is not None:
            got = f"{shown(name)}, which {other.id} has"
            raise BadBody(expected("name", "a new name", got, f"choose another, or DELETE snapshots/{other.id}"))
        snapshot = asked.fake.snapshot(key=asked.key)
        if not snapshots.has_room(snapshot.size):
            raise RefusedError(
                503,
                "CAPACITY",
                "the snapshots take all the room that there is; free some with DELETE snapshots/ID",
            )
        saved = SavedSnapshot(snapshots.new_id(), name, asked.fake.now(), asked.key, snapshot.size, snapshot)
        snapshots.put(saved)
    return Answer(_shown(asked, saved), 201)


def restore_snapshot(asked: Asked) -> Mapping[str, Any]:
    """Put back what a snapshot kept; the journal, armed faults and the time stay."""
    known(asked.fields, ())
    with asked.fake.lock:
        saved = _named(asked)
        undo = restore(replace(asked, key=saved.key), saved.snapshot)
    return {**_shown(asked, saved), "undo": undo}


def delete_snapshot(asked: Asked) -> Mapping[str, Any]:
    """Delete a snapshot, and return those that are left."""
    with asked.fake.lock:
        asked.desk.snapshots.remove(_named(asked).id)
        return list_snapshots(asked)


def _new_name(asked: Asked) -> Optional[str]:
    """Return the name that is given, None without one; raises BadBody for one that no path could have."""
    if asked.fields.get("name") is None:
        return None
    name = text_field(asked.fields, "name")
    if name in {".", ".."}:
        raise BadBody(expected("name", "another than . and .., which a browser takes out of a path", shown(name)))
    if len(name) > LONGEST:
        raise BadBody(expected("name", f"at most {LONGEST} characters", str(len(name))))
    return name


def _named(asked: Asked) -> SavedSnapshot:
    named = asked.path["id"]
    for each in asked.desk.snapshots.all(asked.key):
        if named in {each.id, each.name}:
            return each
    raise UnknownIdError(f"no snapshot has the id or name {shown(named)}; see GET snapshots")


def _shown(asked: Asked, saved: SavedSnapshot) -> Dict[str, Any]:
    return {
        **shown_item(asked.fake, saved),
        "name": asked.fake.blanked(saved.name),
        "memories": len(saved.snapshot),
        "bytes": saved.size,
    }
