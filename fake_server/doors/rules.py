"""The rules of a server's door as one value: the first that refuses a request says why."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import FrozenSet, Optional

from .control_token import missing_token
from .cors import NO_CORS, Cors
from .head import Refusal, RequestHead
from .hosts import foreign_host, hosts_of
from .origins import foreign_origin, foreign_site, malformed_origin

__all__ = ["Rules"]


@dataclass(frozen=True)
class Rules:
    """Which requests a server answers.

    `bound` is the address that it listens on, `allowed` has further names for it, `token` is what its control API asks
    for, and `cors` says which pages of another origin may call the service.
    """

    bound: str
    allowed: FrozenSet[str] = frozenset()
    token: Optional[str] = dataclasses.field(default=None, repr=False)
    cors: Cors = NO_CORS

    def refusal(self, head: RequestHead) -> Optional[Refusal]:
        """Return why a request is refused, None if it may pass."""
        hosts, malformed = hosts_of(head)
        refused = malformed or foreign_host(head, hosts, self.bound, self.allowed) or malformed_origin(head)
        if refused is not None or self.cors.admits(head):
            return refused
        return foreign_origin(head, hosts) or foreign_site(head) or missing_token(head, self.token)
