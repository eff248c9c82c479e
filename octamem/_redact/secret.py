"""A string that appears nowhere except through `reveal()`."""

from __future__ import annotations

from typing import Callable, NoReturn, SupportsIndex


class Secret:
    """A string that is in no repr, str, format, vars, pickle or copy; `reveal()` returns it."""

    # A closure keeps the string out of every attribute that a debugger or a crash reporter reads.
    __slots__ = ("reveal",)

    reveal: Callable[[], str]

    def __init__(self, text: str) -> None:
        self.reveal = lambda: text

    def __bool__(self) -> bool:
        return bool(self.reveal())

    def __repr__(self) -> str:
        return "Secret('[redacted]')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.reveal() == other.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __reduce_ex__(self, _protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a Secret cannot be pickled or copied; pass the key itself to the code that needs it")
