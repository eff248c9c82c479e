"""What a proxy answers to a control request that names no key, or one whose replica it could not tell."""

from __future__ import annotations

import json

__all__ = ["ESCAPED", "NAME_A_KEY", "PLAIN_KEY"]

ESCAPED = "%(2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])"
"""Letters, digits, `-`, `.`, `_` and `~` as %XX, in either case: no proxy decodes them before it hashes."""
NAME_A_KEY = json.dumps(
    {
        "error": "key: expected ?key=KEY, got none; through the proxy, each control request is of one key, "
        "and what concerns all keys is asked of each replica at its own address; commands name the key by --api-key",
        "code": "NAME_A_KEY",
    }
)
"""The body of the answer, as JSON without an apostrophe: both configurations quote it with two."""
PLAIN_KEY = json.dumps(
    {
        "error": "key: expected letters, digits, - . _ ~ as they are, got one of them as %XX; "
        "write only other characters as %XX",
        "code": "PLAIN_KEY",
    }
)
"""Likewise."""
