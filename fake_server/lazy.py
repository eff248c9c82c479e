"""Names that load when they are first used, and the line that installs what one of them needs."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any, Callable, List, Mapping, Optional, Tuple

__all__ = ["check_installed", "install_hint", "lazy_names"]

_OURS = ("octamem", "octamem_testing", "fake_server")


def lazy_names(package: str, homes: Mapping[str, str]) -> Tuple[Callable[[str], Any], Callable[[], List[str]]]:
    """Return the `__getattr__` and `__dir__` of a package whose names stand in the modules `homes` and load at use.

    A name raises ModuleNotFoundError with the line that installs what it needs.
    """

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            return getattr(import_module(homes[name], package), name)
        except ModuleNotFoundError as error:
            hint = install_hint(f"{package}.{name}", error)
            if hint is None:
                raise
            raise ModuleNotFoundError(hint, name=error.name) from None

    return load, lambda: sorted({*homes, *(name for name in vars(import_module(package)) if name.startswith("__"))})


def check_installed(name: str) -> None:
    """Raise ModuleNotFoundError, as an import would, if a package is not installed; it is not loaded."""
    if find_spec(name) is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def install_hint(what: str, error: ModuleNotFoundError, extra: str = "server") -> Optional[str]:
    """Return which package `what` needs and which extra installs it; None if the missing module is one of ours."""
    missing = (error.name or "").partition(".")[0]
    if missing in ("", *_OURS):
        return None
    return (
        f'{what} needs {missing}, which is not installed: pip install ".[{extra}]"\n'
        "(in a checkout of our repository: the octamem of the public index is the vendor's, and has no such extra)"
    )
