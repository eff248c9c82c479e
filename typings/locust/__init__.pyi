from collections.abc import Callable
from typing import Any, TypeVar

from .event import Events

_F = TypeVar("_F", bound=Callable[..., Any])

events: Events

class User:
    abstract: bool
    host: str | None
    wait_time: Any
    tasks: Any
    environment: Any
    def __init__(self, environment: Any) -> None: ...
    def on_start(self) -> None: ...
    def on_stop(self) -> None: ...
    def context(self) -> dict[str, Any]: ...

def constant(wait_time: float) -> Callable[[Any], float]: ...
def task(weight: int) -> Callable[[_F], _F]: ...
