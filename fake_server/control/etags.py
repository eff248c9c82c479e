"""Entity tags: a change of what somebody else has changed meanwhile is refused (RFC 9110, section 13)."""

from __future__ import annotations

import re
from functools import wraps
from hashlib import blake2b
from typing import Any, Callable, Mapping, Optional

from fake_server.core.json_body import BadBody, encode
from fake_server.core.wording import expected, shown

from .answers import Answer
from .asked import Asked

__all__ = ["is_named", "tag_of", "tagged"]

Read = Callable[[Asked], Mapping[str, Any]]

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = re.compile(rf"[ \t]*(?:\*|(?:,[ \t]*)*{_TAG}(?:[ \t]*,(?:[ \t]*{_TAG})?)*)[ \t]*")


def tag_of(content: bytes) -> str:
    """Return the strong entity tag of a body."""
    return f'"{blake2b(content, digest_size=8).hexdigest()}"'


def is_named(tag: str, text: str, *, weak: bool) -> bool:
    """Return whether the value of a header names a tag, by the weak comparison or the strong one."""
    return text.strip() == "*" or any(each == tag or (weak and each == f"W/{tag}") for each in re.findall(_TAG, text))


def tagged(action: Read, read: Read) -> Callable[[Asked], Answer]:
    """Return an action whose answer has a tag, and which runs only if what `read` gives is as the client has it.

    `action` answers with what `read` then gives. An action that only reads is `read` itself.
    """

    @wraps(action)
    def conditional(asked: Asked) -> Answer:
        with asked.fake.lock:  # what is compared here is what is changed here
            current = read(asked)
            tag = tag_of(encode(current))
            if action is read:
                known = _names(asked, "if-none-match", tag, weak=True)
                return Answer(b"", 304, {"ETag": tag}) if known else Answer(current, headers={"ETag": tag})
            if _names(asked, "if-match", tag) is False or _names(asked, "if-none-match", tag, weak=True):
                return Answer(
                    {
                        "error": "this has changed, or is not what the request says; current has what it is now",
                        "code": "PRECONDITION_FAILED",
                        "current": current,
                    },
                    412,
                    {"ETag": tag},
                )
            changed = action(asked)
            return Answer(changed, headers={"ETag": tag_of(encode(read(asked)))})

    return conditional


def _names(asked: Asked, header: str, tag: str, *, weak: bool = False) -> Optional[bool]:
    """Return whether a header names a tag, by the weak comparison or the strong one; None without the header."""
    text = asked.headers.get(header)
    if text is None:
        return None
    if not _TAGS.fullmatch(text):
        raise BadBody(expected(header.title(), 'an asterisk or a list of tags such as "1a2b"', shown(text)))
    return is_named(tag, text, weak=weak)
