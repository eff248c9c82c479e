"""Whether the packages that a fixture or a name needs are installed, and are ours; if not, an error says what to do."""

from __future__ import annotations

from contextlib import contextmanager
from importlib.util import find_spec
from typing import Generator

from fake_server.lazy import install_hint

__all__ = ["NotInstalledError", "needed"]


class NotInstalledError(ImportError):
    """A package that a fixture or a name needs is not installed; the message has the command that installs it."""


@contextmanager
def needed(fixture: str, extra: str = "testing") -> Generator[None, None, None]:
    """Import in this block what a fixture needs; raises NotInstalledError if a package of an extra is missing.

    It raises too if the `octamem` that is found is the vendor's package of that name, 1.x on the public index, which
    has no `octamem.testing`.
    """
    if find_spec("octamem.testing") is None:
        raise NotInstalledError(_not_ours(fixture))
    try:
        yield
    except ModuleNotFoundError as error:
        hint = install_hint(fixture, error, extra)
        if hint is None:
            raise
        raise NotInstalledError(hint) from None


def _not_ours(fixture: str) -> str:
    import octamem

    found = f"{getattr(octamem, '__file__', None)}, version {getattr(octamem, '__version__', 'unknown')}"
    return (
        f"{fixture} needs the octamem that comes with this kit, got another ({found}), which has no octamem.testing: "
        "run `pip uninstall octamem`, then install ours from its repository (the package of the same name on the "
        "public index is the vendor's)"
    )
