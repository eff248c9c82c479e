"""A module that is imported when something of it is first asked for."""

from __future__ import annotations

from importlib import import_module


class LazyModule:
    """Stands for a module in annotations, so that `typing.get_type_hints` finds it and importing us does not pay."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> object:
        return getattr(import_module(self._name), attribute)
