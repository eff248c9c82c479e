"""The HTTP answer behind a result or an error, as it is handed to the caller."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Dict, Iterator, Mapping, Optional, Tuple, Type

ReadHeaders = Callable[[], Mapping[str, str]]


class Headers(Mapping[str, str]):
    """Headers with names in lower case, found in any case; the repr shows no value.

    `read` is called once: when somebody first looks at them.
    """

    # A function, since an attribute would show to a debugger what the headers were before they were made fit to show.
    __slots__ = ("_read",)

    def __init__(self, read: ReadHeaders) -> None:
        self._read = read

    def read(self) -> _Known:
        """Return the headers as a dict."""
        values = self._read()
        if not isinstance(values, _Known):
            values = _Known((name.lower(), value) for name, value in values.items())
            self._read = values.itself
        return values

    def __getitem__(self, name: str) -> str:
        return self.read()[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self.read())

    def __len__(self) -> int:
        return len(self.read())

    def __hash__(self) -> int:
        return hash(frozenset(self.read().items()))

    def __repr__(self) -> str:
        return f"<{len(self)} header{'' if len(self) == 1 else 's'}: {', '.join(self)}>"

    def __reduce__(self) -> Tuple[Type[Headers], Tuple[ReadHeaders]]:
        return Headers, (self.read().itself,)


class _Known(Dict[str, str]):
    """Headers that have been read."""

    def itself(self) -> _Known:
        return self


@dataclass(frozen=True)
class HttpInfo:
    """The status, the headers and the request id of an HTTP answer; `request_id` is None if it had none.

    Header names are in lower case, and are found in any case. The key and the texts of the call are blanked. A repr
    shows the names of the headers, and no value.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    request_id: Optional[str] = None

    def __post_init__(self) -> None:
        """Take the headers over, whatever the case of their names."""
        if not isinstance(self.headers, Headers):
            object.__setattr__(self, "headers", Headers(dict(self.headers).copy))
