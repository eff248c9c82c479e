"""What a proxy answers to a control request that names no key."""

from __future__ import annotations

import json

__all__ = ["NAME_A_KEY"]

NAME_A_KEY = json.dumps(
    {
        "error": "key: expected ?key=KEY, got none; through the proxy, each control request is of one key, "
        "and what concerns all keys is asked of each replica at its own address",
        "code": "NAME_A_KEY",
    }
)
"""The body of the answer, as JSON without an apostrophe: both configurations quote it with two."""
