"""What a request or a control action changes of what is kept, as values that a shell can write down and undo."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Mapping, NamedTuple, Optional, Union

from .memory import Memory

__all__ = [
    "AllReset",
    "AnswerDropped",
    "AnswerKept",
    "Change",
    "ClockMoved",
    "Counted",
    "Counters",
    "Emptied",
    "FaultsChanged",
    "Forgotten",
    "KeyClosed",
    "KeySettingsChanged",
    "SettingsChanged",
    "Stored",
    "nothing",
]

Undo = Callable[[], None]


def nothing() -> None:
    """Undo nothing: the undo of a change that is undone with an earlier one."""


class Counters(NamedTuple):
    """What is counted for one key: operations carried out, searches, ids made, and how far its clock is ahead."""

    accepted: int = 0
    searches: int = 0
    made: int = 0
    ahead: int = 0


@dataclass(frozen=True)
class _ServerChange:
    """A change of the whole server; `undo` puts back what was before, if all later changes are undone."""

    undo: Undo = field(repr=False, compare=False)

    @property
    def key(self) -> Optional[str]:
        """The key that changed, None for the whole server."""
        return None


@dataclass(frozen=True)
class _KeyChange:
    """A change of one key; `undo` puts back what was before, if all later changes are undone."""

    undo: Undo = field(repr=False, compare=False)
    key: str = field(repr=False)


@dataclass(frozen=True)
class Stored(_KeyChange):
    """A memory was stored as the newest of its key."""

    memory: Memory = field(repr=False)


@dataclass(frozen=True)
class Forgotten(_KeyChange):
    """The memory of an id was deleted."""

    id: str


@dataclass(frozen=True)
class Emptied(_KeyChange):
    """All memories of a key were deleted."""


@dataclass(frozen=True)
class Counted(_KeyChange):
    """The counters of a key went on."""

    counters: Counters


@dataclass(frozen=True)
class KeySettingsChanged(_KeyChange):
    """The settings that a key has of its own are now these."""

    own: Mapping[str, Any]


@dataclass(frozen=True)
class AnswerKept(_KeyChange):
    """The first answer to an Idempotency-Key is kept: `sent` is the digest of the body that it answers."""

    endpoint: str
    token: str = field(repr=False)
    sent: bytes = field(repr=False)
    answer: Any = field(repr=False)


@dataclass(frozen=True)
class AnswerDropped(_KeyChange):
    """The answer to an Idempotency-Key is no longer kept."""

    endpoint: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class KeyClosed(_KeyChange):
    """A key is as if it had never been used."""


@dataclass(frozen=True)
class SettingsChanged(_ServerChange):
    """The settings of the server that differ from those it was built with, by name."""

    changed: Mapping[str, Any] = field(repr=False)  # the setting `keys` holds keys


@dataclass(frozen=True)
class ClockMoved(_ServerChange):
    """The clock of the server is so many ticks ahead."""

    ahead: int


@dataclass(frozen=True)
class FaultsChanged:
    """Other scripts are in force, of a key or (None) of the server: nobody keeps them, but they are undone too."""

    undo: Undo = field(repr=False, compare=False)
    key: Optional[str] = field(repr=False)


@dataclass(frozen=True)
class AllReset(_ServerChange):
    """All is as the server was built: no key, no memory, the first settings."""


Change = Union[
    Stored,
    Forgotten,
    Emptied,
    Counted,
    KeySettingsChanged,
    AnswerKept,
    AnswerDropped,
    KeyClosed,
    SettingsChanged,
    ClockMoved,
    FaultsChanged,
    AllReset,
]
