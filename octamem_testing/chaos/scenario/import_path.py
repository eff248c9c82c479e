"""Import paths: MODULE:FUNCTION is read as a function, and a function is written as its import."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from traceback import extract_tb
from types import MethodType
from typing import Any, Callable, Iterable, List, NamedTuple, Optional

from octamem_testing.static import attribute_of, modules, space_of

__all__ = ["Home", "TargetError", "home_of", "scenario_at"]


class TargetError(ValueError):
    """A scenario that cannot be imported; the message says what was found, and what to do."""


class Home(NamedTuple):
    """Where a function is: `from module import root` imports it, and `name` leads to it, such as Notes.save."""

    module: str
    name: str

    @property
    def root(self) -> str:
        """The name to import."""
        return self.name.partition(".")[0]

    @property
    def target(self) -> str:
        """The function as the command line takes it."""
        return f"{self.module}:{self.name}"


def home_of(scenario: object) -> Optional[Home]:
    """Return where a scenario can be imported from; None if it cannot, such as a function inside of another."""
    if type(scenario) is MethodType:
        home, method = home_of(scenario.__self__), scenario.__name__
        known = home is not None and _is_called(scenario, method)
        return Home(home.module, f"{home.name}.{method}") if home is not None and known else None
    module, name = attribute_of(scenario, "__module__"), attribute_of(scenario, "__qualname__")
    if module == "__main__":
        return None
    if isinstance(module, str) and isinstance(name, str) and all(part.isidentifier() for part in name.split(".")):
        # If a decorator, or a later line of the module, has replaced it, the import would be another scenario.
        return Home(module, name) if _found_at(sys.modules.get(module), name) is scenario else None
    own = [module] if isinstance(module, str) and name is not None else [name for name, _ in modules()]
    return _found_in(scenario, own)


def _is_called(method: MethodType, name: str) -> bool:
    """Return whether an object gives a method by that name."""
    return name not in space_of(method.__self__) and attribute_of(method.__self__, name) is method.__func__


def _found_at(module: object, path: str) -> object:
    found: object = module
    for part in path.split("."):
        found = attribute_of(found, part)
    return found


def _found_in(scenario: object, modules: Iterable[str]) -> Optional[Home]:
    """Look in modules for a name of a scenario that has none of its own: a lambda, a partial or an object."""
    for module in modules:
        names = space_of(sys.modules.get(module)) if module != "__main__" else {}
        for name, value in list(names.items()):
            if value is scenario and type(name) is str and name.isidentifier() and not name.startswith("__"):
                return Home(module, name)
    return None


def scenario_at(target: str) -> Callable[..., object]:
    """Import the scenario that MODULE:FUNCTION names, also from the current folder; raises TargetError if it cannot."""
    module_name, colon, path = target.partition(":")
    if not colon or not all(part.isidentifier() for part in (*module_name.split("."), *path.split("."))):
        raise TargetError(f"scenario: expected MODULE:FUNCTION such as myapp.notes:save_all, got {target!r}")
    module = _module(module_name)
    found: Any = module
    for part in path.split("."):
        if not hasattr(found, part):
            raise TargetError(_no_such(part, module_name if found is module else target, _functions_of(found)))
        found = getattr(found, part)
    if not callable(found):
        raise TargetError(f"{target}: expected a function that takes a client, got {found!r:.80}")
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
                f"no module named {error.name!r} in {here} or in the environment; "
                "run the command in the folder that the module is imported from"
            ) from None
        raise TargetError(_failed(name, error)) from error
    except (Exception, SystemExit) as error:
        raise TargetError(_failed(name, error)) from error


def _failed(name: str, error: BaseException) -> str:
    frames = extract_tb(error.__traceback__)
    at = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
    return f"{name}: importing it fails with {type(error).__name__}: {error}{at}"


def _functions_of(found: object) -> List[str]:
    own = getattr(found, "__name__", None)
    return [
        name
        for name, value in vars(found).items()
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", own) in (own, "functools")
    ]


def _no_such(name: str, where: str, known: List[str]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else "; its functions are " + (", ".join(sorted(known)) or "none")
    return f"{where} has no function {name!r}{hint}"
