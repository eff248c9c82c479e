"""The HTTP answer behind a result or an error, as it is handed to the caller."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterator, Mapping, Optional


class _Headers(Mapping[str, str]):
    """Headers with names in lower case, found in any case; the repr shows no value."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._values = {name.lower(): value for name, value in headers.items()}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"<{len(self)} header{'' if len(self) == 1 else 's'}: {', '.join(self)}>"


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
        object.__setattr__(self, "headers", _Headers(self.headers))
