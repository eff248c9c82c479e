"""Static lookups: inspect objects of the user without running their code."""

from __future__ import annotations

import sys
from contextlib import suppress
from inspect import getattr_static
from types import FunctionType, GetSetDescriptorType, MethodType, ModuleType
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple, cast

__all__ = [
    "attribute_of",
    "in_trio_task",
    "is_a",
    "is_class",
    "is_kind",
    "modules",
    "name_of",
    "own_names",
    "space_of",
    "text_of",
]

_type_dict: Callable[[type], Mapping[str, Any]] = type.__dict__["__dict__"].__get__
_type_mro: Callable[[type], Tuple[type, ...]] = type.__dict__["__mro__"].__get__
_module_dict: Callable[[object], Optional[Dict[str, Any]]] = vars(ModuleType)["__dict__"].__get__


def is_a(value: object, *kinds: type) -> bool:
    """Return whether a value is of one of these kinds, whatever its `__class__` says."""
    return any(kind in _type_mro(type(value)) for kind in kinds)


def is_class(value: object) -> bool:
    """Return whether a value is a class, whatever its `__class__` says."""
    return type in _type_mro(type(value))


def is_kind(value: object, *kinds: type) -> bool:
    """Return whether the class of a value counts as one of these kinds, abstract ones included."""
    # An abstract class may ask the class of the value, whose metaclass may fail at that.
    with suppress(Exception, SystemExit):
        return issubclass(type(value), kinds)
    return False


def attribute_of(thing: object, name: str) -> object:
    """Return an attribute of an object, None if it has none or makes it by code of its own."""
    if type(thing) is MethodType:
        thing = thing.__func__
    if type(thing) is FunctionType:
        return getattr(thing, name, None)
    with suppress(Exception, SystemExit):
        found: Any = getattr_static(thing, name, None)
        if type(found) in (staticmethod, classmethod):
            return cast("object", found.__func__)
        return cast("object", found.__get__(thing)) if _is_slot_of_class(found, thing) else found
    return None


def _is_slot_of_class(found: object, thing: object) -> bool:
    return type(found) is GetSetDescriptorType and is_a(thing, type)


def modules() -> List[Tuple[str, object]]:
    """List what the process has imported: modules, and objects that replace a module."""
    return [(name, module) for name, module in list(sys.modules.items()) if type(name) is str]


def space_of(module: object) -> Dict[str, Any]:
    """Return the names that a module, or an object that replaces one, holds itself."""
    if ModuleType in _type_mro(type(module)):
        found: object = _module_dict(module)
    else:
        found = _instance_dict(module)
    return cast("Dict[str, Any]", found) if type(found) is dict else {}


def own_names(kind: type) -> Mapping[str, Any]:
    """Return the names that a class holds itself."""
    return _type_dict(kind)


def text_of(space: Mapping[str, Any], name: str) -> str:
    """Return the str under a name, "" if there is none."""
    found = space.get(name)
    return found if type(found) is str else ""


def name_of(space: Mapping[str, Any]) -> str:
    """Return the name of the module whose names these are, "" if it has none."""
    return text_of(space, "__name__")


def in_trio_task() -> bool:
    """Return whether trio runs this code, without importing trio."""
    ask = space_of(sys.modules.get("trio.lowlevel")).get("in_trio_task")
    return ask is not None and bool(ask())


def _instance_dict(thing: object) -> object:
    for kind in _type_mro(type(thing)):
        held = _type_dict(kind).get("__dict__")
        if held is not None:
            # Another kind of descriptor is code of theirs.
            return held.__get__(thing) if type(held) is GetSetDescriptorType and kind is not type else None
    return None
