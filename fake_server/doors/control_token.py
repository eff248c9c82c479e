"""The control token: whoever asks the control API of a server that other machines reach must send it."""

from __future__ import annotations

import hmac
import secrets
from typing import Optional

from fake_server.paths import ROOT

from .head import Refusal, RequestHead

__all__ = ["missing_token", "new_token"]

OPEN = frozenset({f"{ROOT}/health"})
"""The paths that ask for no token: whoever waits for a server to begin has none yet."""

_CHALLENGE = ((b"www-authenticate", b'Bearer realm="octamem-fake control"'),)
_HOW = "send Authorization: Bearer TOKEN with the token that the server printed, or was given, at its start"


def new_token() -> str:
    """Return a token that nobody can guess."""
    return secrets.token_hex(16)  # no character of it means anything to a shell or an option


def missing_token(head: RequestHead, token: Optional[str]) -> Optional[Refusal]:
    """Return why a request without the token is refused, None if it has it or needs none."""
    # The page itself asks for the token: a browser that opens it cannot send one.
    if token is None or not head.controls or head.path in OPEN or head.of_page:
        return None
    given = head.all("authorization")
    if not given:
        return _refusal("Authorization: the control token is required")
    # Not shown: it may be a key, or the token of another server.
    return None if _is(given[0], token) and len(given) == 1 else _refusal("Authorization: not the control token")


def _is(header: str, token: str) -> bool:
    scheme, _, credentials = header.partition(" ")
    # In a time that tells nothing of how much of it is right.
    same = hmac.compare_digest(credentials.strip(" ").encode(), token.encode())
    return scheme.lower() == "bearer" and same


def _refusal(what: str) -> Refusal:
    return Refusal(401, "CONTROL_TOKEN_REQUIRED", f"{what}; {_HOW}", _CHALLENGE)
