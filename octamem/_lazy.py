"""Names and modules that are imported when they are first used."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Callable, List, Mapping, Tuple


class LazyModule:
    """Stand for a module in annotations, so that `typing.get_type_hints` finds it and our import stays cheap."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> object:
        return getattr(import_module(self._name), attribute)


def lazy_names(module: str, homes: Mapping[str, str]) -> Tuple[Callable[[str], object], Callable[[], List[str]]]:
    """Return the `__getattr__` and `__dir__` of a module whose names are at home elsewhere; dir() shows `__all__`.

    A home is a module, followed by a colon and the name there if that is another one.
    """
    namespace = vars(sys.modules[module])

    def load(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        home, _, there = homes[name].partition(":")
        value: object = getattr(import_module(home), there or name)
        namespace[name] = value
        return value

    def names() -> List[str]:
        return sorted(namespace["__all__"])

    return load, names
