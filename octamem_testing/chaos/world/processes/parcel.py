"""A parcel: what a life hands to its parent, pickled, with the parts described that cannot be pickled."""

from __future__ import annotations

import _thread
import io
import pickle
import sys
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Dict, Type
from weakref import WeakSet

from fake_server.core.lock import FairLock
from fake_server.core.search.languages import Language, language
from octamem_testing.chaos.scenario.errors import message_of, place_of, remember_place

__all__ = ["Described", "PortableError", "pack", "portable_error", "portable_value", "travels", "unpack"]

_LOCK: Type[Any] = type(_thread.allocate_lock())
_R_LOCK: Type[Any] = type(_thread.RLock())


@dataclass(frozen=True)
class Described:
    """A value that could not leave its process: only its `repr` did."""

    shown: str

    def __repr__(self) -> str:
        """What the value looked like."""
        return self.shown


def pack(value: Any) -> bytes:
    """Return a value, which may hold a fake, as bytes."""
    file = io.BytesIO()
    _Pickler(file, pickle.HIGHEST_PROTOCOL).dump(value)
    return file.getvalue()


def unpack(parcel: bytes) -> Any:
    """Return a value as `pack` was given it, its locks free."""
    return pickle.loads(parcel)  # noqa: S301 - our own child wrote it, or a part of the same hunt


class _Pickler(pickle.Pickler):
    """Pickles a fake as well: its locks are new ones, and a language is known by its name."""

    def reducer_override(self, value: Any, /) -> Any:
        """Say how a value is built again."""
        kind = type(value)
        if kind is FairLock:
            return FairLock, ()
        if kind is _LOCK:
            return _thread.allocate_lock, ()
        if kind is _R_LOCK:
            return _thread.RLock, ()
        if kind is WeakSet:
            return WeakSet, (list(value),)
        if kind is Language:
            return language, (value.name,)
        return NotImplemented


def portable_value(value: Any) -> Any:
    """Return a value that can be pickled: itself, or a description."""
    if travels(value):
        return value
    try:
        return Described(repr(value))
    except Exception as error:  # noqa: BLE001 - the program's own code may fail in any way
        return Described(f"<{type(value).__name__}, whose repr fails with {type(error).__name__}>")


def portable_error(error: BaseException) -> PortableError:
    """Return an error in a form that can be pickled, with its type, its message and where it was raised."""
    place = place_of(error)
    if travels(error):
        return PortableError(error, "", "", (), place)
    kind = type(error)
    bases = tuple((base.__module__, base.__qualname__) for base in kind.__mro__)
    return PortableError(None, kind.__name__, message_of(error), bases, place)


@dataclass(frozen=True)
class PortableError:
    """An error itself, or what is known of one that cannot be pickled: its name, message and bases."""

    error: Any
    name: str
    message: str
    bases: Any
    place: str

    def restored(self) -> BaseException:
        """Return the error, or one of its name and message that is caught as it would be."""
        error: BaseException = self.error if self.error is not None else self._stand_in()
        remember_place(error, self.place)
        return error

    def _stand_in(self) -> BaseException:
        base = next(filter(None, (_error_kind(*each) for each in self.bases)), Exception)
        message = self.message
        members: Dict[str, Any] = {"__str__": lambda _: message, "__init__": lambda _, *__: None}
        kind: Any = type(self.name, (base,), members)
        error: BaseException = kind(message)
        return error


def _error_kind(module: str, name: str) -> Any:
    """Return the class of an error by its name, None if it is not there or cannot be derived from."""
    try:
        found = attrgetter(name)(sys.modules[module])
        type("_", (found,), {})
    except Exception:  # noqa: BLE001 - the program's own code may fail in any way
        return None
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


def travels(value: Any) -> bool:
    """Whether a value can be pickled and read again as what it is: code of its own may do anything at that."""
    try:
        read = unpack(pack(value))
        return type(read) is type(value) and str(read) == str(value)
    except Exception:  # noqa: BLE001
        return False
