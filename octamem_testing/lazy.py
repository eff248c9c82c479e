"""Packages whose public names load at their first use, so that importing them needs no extra."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Callable, Dict, List, Mapping, Sequence, Tuple

__all__ = ["lazy_names"]


def lazy_names(
    package: str, homes: Mapping[str, Sequence[str]], *, extra: str = "testing"
) -> Tuple[Callable[[str], Any], Callable[[], List[str]]]:
    """Return the `__getattr__` and `__dir__` of a package from its modules, each with the names that it defines.

    A module without names is a public name itself. `extra` installs what they need.
    """
    home_of: Dict[str, str] = {name: module for module, names in homes.items() for name in names}
    modules = {module.rpartition(".")[2]: module for module, names in homes.items() if not names}

    def load(name: str) -> Any:
        """Load a public name; raises NotInstalledError if its extra is not installed."""
        if name not in home_of and name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        from .installed import needed

        with needed(f"{package}.{name}", extra):
            if name in modules:
                return import_module(modules[name])
            value = getattr(import_module(home_of[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> List[str]:
        return sorted({*vars(sys.modules[package]), *home_of, *modules})

    return load, names
