from collections.abc import Callable
from typing import Any, TypeVar

_F = TypeVar("_F", bound=Callable[..., None])

class EventHook:
    def add_listener(self, handler: _F) -> _F: ...
    def fire(self, *, reverse: bool = ..., **kwargs: Any) -> None: ...

class Events:
    init: EventHook
    init_command_line_parser: EventHook
