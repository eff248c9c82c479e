"""What the client of one key said of each add: the record that the memories of the key are compared with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from typing import Dict, Iterator, List, Literal, Optional, Tuple

from octamem import OctaMemError

__all__ = ["Add", "Record", "State", "digest"]

State = Literal["open", "acknowledged", "unknown", "refused"]
"""What is known of an add: `open` if it has not ended, `refused` if it was never sent, too."""


@dataclass
class Add:
    """One call that adds a memory; `in_doubt` is set if an attempt may have been carried out and got no answer."""

    state: State = "open"
    memory_id: Optional[str] = None
    in_doubt: bool = False

    def acknowledge(self, memory_id: Optional[str]) -> None:
        """Note that the client returned a result."""
        self.state, self.memory_id = "acknowledged", memory_id

    def fail(self, error: BaseException) -> None:
        """Note what the client raised: all but its own errors leave it open whether the memory is stored."""
        known = isinstance(error, OctaMemError) and error.outcome in {"not_sent", "refused"}
        self.state = "refused" if known and not self.in_doubt else "unknown"


class Record:
    """The adds of one key by the digest of their content, and how many attempts its client made."""

    def __init__(self) -> None:
        self.attempts: Counter[str] = Counter()
        self.failed_attempts: Counter[Tuple[str, str]] = Counter()
        self._adds: Dict[str, List[Add]] = {}

    def begin(self, content: str) -> Add:
        """Note an add that is about to be made."""
        add = Add()
        self._adds.setdefault(digest(content), []).append(add)
        return add

    def of(self, content_digest: str) -> List[Add]:
        """Return the adds of one content, oldest first."""
        return self._adds.get(content_digest, [])

    @property
    def contents(self) -> Iterator[str]:
        """The digest of each content."""
        return iter(self._adds)

    @property
    def has_open(self) -> bool:
        """Whether a call has not ended, so that its last attempt was not counted."""
        return any(add.state == "open" for adds in self._adds.values() for add in adds)


def digest(content: str) -> str:
    """Return what stands for a content: a run may make millions, and none of them is shown."""
    return blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
