"""What the control API keeps for later, within bounds: steps that can be undone, and snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, Generic, List, Optional, Sequence, TypeVar, Union

from fake_server.core import Fake, Snapshot
from fake_server.core.clock import iso
from fake_server.core.key_text import blank_key

__all__ = ["MOST_BYTES", "Kept", "SavedSnapshot", "UndoStep", "UnknownIdError", "shown_item"]

MOST = 20  # steps or snapshots
MOST_BYTES = 256 << 20  # that they keep from being freed


class UnknownIdError(KeyError):
    """An id or name under which nothing is kept."""

    def __str__(self) -> str:
        """The message alone, without KeyError's quotation marks."""
        return str(self.args[0])


@dataclass(frozen=True)
class UndoStep:
    """A change that can be undone: what it was, when, and what the undo would take away that came since.

    `since` is the number of the last attempt before it; `resets` says that the undo takes the calls since away too.
    """

    id: str
    what: str
    at: int
    key: Optional[str]
    size: int
    put_back: Callable[[], None]
    lost: Callable[[], int]
    since: int = 0
    resets: bool = False


@dataclass(frozen=True)
class SavedSnapshot:
    """A snapshot under an id, and a name if it was given one."""

    id: str
    name: Optional[str]
    at: int
    key: Optional[str]
    size: int
    snapshot: Snapshot


def shown_item(fake: Fake, item: Union[UndoStep, SavedSnapshot]) -> Dict[str, Any]:
    """Return what is told of every item: its id, when it was made, and whose it is, with the key blanked."""
    return {"id": item.id, "at": iso(item.at), "key": blank_key(item.key), "key_id": fake.known_id(item.key)}


Item = TypeVar("Item", UndoStep, SavedSnapshot)


class Kept(Generic[Item]):
    """Items by id, oldest first; ids are never used again. Any thread may list them; who changes them holds a lock."""

    def __init__(self, letter: str) -> None:
        self._letter = letter
        self._made = 0
        self._items: Dict[str, Item] = {}

    def new_id(self) -> str:
        """Return the id of an item to come."""
        self._made += 1
        return f"{self._letter}_{self._made}"

    def all(self, key: Optional[str] = None) -> List[Item]:
        """List the items, oldest first; with a key, those of that key."""
        items = list(self._items.values())  # in one step, since another thread may change them meanwhile
        return [each for each in items if key is None or each.key == key]

    def remove(self, identity: str) -> None:
        """Keep an item no longer."""
        self._items.pop(identity, None)

    def take_back(self, before: Sequence[Item], after: Sequence[Item]) -> None:
        """Undo what one action added and removed; what others did since stays."""
        had, has = {each.id for each in before}, {each.id for each in after}
        items: List[Item] = [each for each in before if each.id not in has]
        items += [each for each in self._items.values() if each.id in had or each.id not in has]
        items.sort(key=lambda each: int(each.id.rpartition("_")[2]))
        self._items = {each.id: each for each in items}

    def has_room(self, size: int) -> bool:
        """Return whether another item of a size is within the bounds."""
        return len(self._items) < MOST and size + sum(each.size for each in self._items.values()) <= MOST_BYTES

    def put(self, item: Item) -> None:
        """Keep an item, in the place of the oldest ones beyond the bounds."""
        while self._items and not self.has_room(item.size):
            del self._items[next(iter(self._items))]
        self._items[item.id] = item
