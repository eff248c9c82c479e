"""The state of one logical call, whose attempts share an Idempotency-Key or else key, endpoint and body."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from fake_server.core.known_keys import KnownKeys

__all__ = ["CallState"]


class CallState:
    """One call: its name, what the next attempt needs to know of those before, and the attempts that are kept."""

    __slots__ = (
        "attempts", "commits", "digest", "entries", "facts", "highest", "index", "keys", "latest", "name", "occurrence",
        "open", "rev",
    )  # fmt: skip

    def __init__(
        self, digest: str, occurrence: int, index: Dict[str, CallState], name: str, *, keys: KnownKeys
    ) -> None:
        self.digest = digest
        self.occurrence = occurrence
        self.attempts = 0
        self.commits = 0  # how many of them stored a memory
        self.highest = 0  # the highest X-OctaMem-Attempt so far
        self.latest: Optional[int] = None  # when its last attempt came, in ticks
        self.entries: List[Any] = []  # its attempts that the journal keeps, oldest first
        self.facts: Any = None  # its outcome and flags, and of which rev they are
        self.rev = 0  # how often something of it changed
        self.open = True
        self.keys = keys
        self.index = index
        self.name = name
        index[name] = self

    @property
    def id(self) -> str:
        """Its name: of the body and its occurrence, so that the same test names the same call in every run."""
        return f"{self.digest}-{self.occurrence}"

    @property
    def has_token(self) -> bool:
        """Whether its attempts share an Idempotency-Key."""
        return self.name != self.digest
