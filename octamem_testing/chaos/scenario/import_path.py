"""Where a scenario is: MODULE:FUNCTION read into the function, and a function written as the import that gives it."""

from __future__ import annotations

import sys
from contextlib import suppress
from difflib import get_close_matches
from importlib import import_module
from inspect import getattr_static
from pathlib import Path
from traceback import extract_tb
from types import FunctionType, MethodType
from typing import Any, Callable, Iterable, List, NamedTuple, Optional

from octamem_testing.static import is_a, modules, space_of

__all__ = ["Home", "TargetError", "home_of", "scenario_at"]


class TargetError(ValueError):
    """A scenario that cannot be had; the text says what was looked for, what was found, and what to do."""


class Home(NamedTuple):
    """Where a function is to be had: `from module import root`, in which `name` leads to it, such as Notes.save."""

    module: str
    name: str

    @property
    def root(self) -> str:
        """What is to be imported."""
        return self.name.partition(".")[0]

    @property
    def target(self) -> str:
        """The function as the command takes it."""
        return f"{self.module}:{self.name}"


def home_of(scenario: object) -> Optional[Home]:
    """Say where a scenario can be imported from; None where it cannot, as of a function inside of another."""
    if type(scenario) is MethodType:
        home, method = home_of(scenario.__self__), scenario.__name__
        known = home is not None and _is_called(scenario, method)
        return Home(home.module, f"{home.name}.{method}") if home is not None and known else None
    module, name = said(scenario, "__module__"), said(scenario, "__qualname__")
    if module == "__main__":
        return None
    if isinstance(module, str) and isinstance(name, str) and all(part.isidentifier() for part in name.split(".")):
        # What a decorator, or a later line of the module, has put in its place would be another scenario.
        return Home(module, name) if _found_at(sys.modules.get(module), name) is scenario else None
    own = [module] if isinstance(module, str) and name is not None else [name for name, _ in modules()]
    return _held_in(scenario, own)


def said(thing: object, name: str) -> object:
    """Give what an object says of itself, None if it says nothing or fails."""
    if type(thing) is not FunctionType and not is_a(thing, type):
        return _static(thing, name)
    return getattr(thing, name, None)


def _is_called(method: MethodType, name: str) -> bool:
    """Say whether a method is had from its object by that name."""
    return name not in space_of(method.__self__) and _static(method.__self__, name) is method.__func__


def _static(thing: object, name: str) -> object:
    with suppress(Exception):
        found = getattr_static(thing, name, None)
        return found.__func__ if type(found) in (staticmethod, classmethod) else found
    return None


def _found_at(module: object, path: str) -> object:
    found: object = module
    for part in path.split("."):
        found = _static(found, part)
    return found


def _held_in(scenario: object, modules: Iterable[str]) -> Optional[Home]:
    """Look for what has no name of its own, a lambda, a partial or an object, among the names of modules."""
    for module in modules:
        held = space_of(sys.modules.get(module)) if module != "__main__" else {}
        for name, value in list(held.items()):
            if value is scenario and type(name) is str and name.isidentifier() and not name.startswith("__"):
                return Home(module, name)
    return None


def scenario_at(target: str) -> Callable[..., object]:
    """Import the scenario that MODULE:FUNCTION names, from the current folder too; raises TargetError."""
    module_name, colon, path = target.partition(":")
    if not colon or not all(part.isidentifier() for part in (*module_name.split("."), *path.split("."))):
        raise TargetError(f"the scenario is {target!r}: write MODULE:FUNCTION, as in myapp.notes:save_all")
    module = _module(module_name)
    found: Any = module
    for part in path.split("."):
        if not hasattr(found, part):
            raise TargetError(_no_such(part, module_name if found is module else target, _functions_of(found)))
        found = getattr(found, part)
    if not callable(found):
        raise TargetError(f"{target} is {found!r:.80}, which cannot be called: name a function that takes a client")
    scenario: Callable[..., object] = found
    return scenario


def _module(name: str) -> object:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise TargetError(
                f"there is no module {error.name!r} in {here} or among what is installed: "
                "name it as an import would, from the folder that it is imported from"
            ) from None
        raise TargetError(_failed(name, error)) from error
    except (Exception, SystemExit) as error:
        raise TargetError(_failed(name, error)) from error


def _failed(name: str, error: BaseException) -> str:
    frames = extract_tb(error.__traceback__)
    at = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
    return f"the module {name!r} cannot be imported: {type(error).__name__}: {error}{at}"


def _functions_of(found: object) -> List[str]:
    own = getattr(found, "__name__", None)
    return [
        name
        for name, value in vars(found).items()
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", own) in (own, "functools")
    ]


def _no_such(name: str, where: str, there_are: List[str]) -> str:
    near = get_close_matches(name, there_are, n=1)
    hint = f"; did you mean {near[0]}?" if near else ": its functions are " + (", ".join(sorted(there_are)) or "none")
    return f"{where} has no function {name!r}{hint}"
