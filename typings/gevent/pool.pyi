from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

_T = TypeVar("_T")
_R = TypeVar("_R")

class Pool:
    def __init__(self, size: int) -> None: ...
    def imap_unordered(self, func: Callable[[_T], _R], iterable: Iterable[_T]) -> Iterator[_R]: ...
