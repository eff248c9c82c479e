"""Answers of odd shapes, which the vendor's package and ours are compared on: see docs/differences.md."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, List

FOUND = [{"id": "a", "content": "c"}]


@dataclass(frozen=True)
class Answer:
    """One answer of the service to one call; a body of bytes is sent as it is."""

    operation: str
    body: Any
    status: int = 200

    @property
    def sent(self) -> bytes:
        """The bytes of the body."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body, ensure_ascii=False).encode()

    @property
    def shown(self) -> str:
        """The answer as the page shows it."""
        text = (repr(self.body)[2:-1] if isinstance(self.body, bytes) else self.sent.decode()) or "(empty)"
        return f"{self.status} {text if len(text) <= 90 else text[:60] + '…' + text[-20:]}"


def _each(operation: str, *bodies: Any) -> List[Answer]:
    return [Answer(operation, body) for body in bodies]


ANSWERS: List[Answer] = [
    *_each(
        "details",
        {"usage": 10.0},
        {"usage": "5", "limit": "10"},
        {"usage": 0.42, "unit": "GB", "plan": "free"},
        {"usage": "many", "plan": "free"},
        {"usage": {"bytes": 3}, "plan": "free"},
        {"limit": "unlimited", "usage": 3},
        {"usage": None, "limit": None},
        {"usage": True},
        {"success": True, "data": {"usage": 3, "limit": 9}},
        {"success": True, "plan": "free", "data": {"usage": 3}},
        {"usage": 1, "data": {"usage": 2}},
        {"data": [{"usage": 3}]},
        {"message": "Down for maintenance"},
        {"error": "The account is suspended", "code": "SUSPENDED"},
        {"success": False, "error": "Not now"},
        {"balance": 0.58, "usage": 1},
        b"\xef\xbb\xbf" + b'{"usage": 1}',
        '{"usage": 1}'.encode("utf-16-le"),
        b'{"usage": NaN, "plan": "free"}',
        b'{"usage": 1, "odd": ' + b"9" * 5000 + b"}",
        {},
        b"",
        [{"usage": 3}],
    ),
    *_each(
        "get",
        {"results": FOUND, "pending_id": 7},
        {"results": FOUND, "pending_id": ["p"]},
        {"results": FOUND, "success": "perhaps"},
        {"results": [{"id": 5, "content": "c"}]},
        {"results": [{"content": "c", "score": "0.9"}, {"content": "d", "source": {"kind": "chat"}}]},
        {"results": [None, 3, {"content": "c"}]},
        {"results": ["c", "d"]},
        {"results": {"id": "a", "content": "c"}},
        {"results": "none"},
        {"results": 3},
        {"results": None, "tokens": {"in": 3}},
        {"results": FOUND, "tokens": 642.0, "semantic_memory": ["c"]},
        {"success": True, "data": {"results": FOUND, "pending_id": "p"}},
        {"success": True, "pending_id": None, "data": {"results": FOUND}},
        {"success": True, "tokens": 3, "data": {"results": FOUND}},
        {"success": True, "data": FOUND},
        {"success": True, "data": ["c"]},
        {"data": {"data": {"results": FOUND}}},
        {"success": True, "data": {"semantic_memory": "c", "file_memory": [{"name": "a.pdf"}]}},
        {"memories": FOUND},
        {"results": [], "hits": {"items": FOUND}},
        {"results": FOUND, "error": "one shard is missing"},
        {"results": [], "error": "the index is offline"},
        {"message": "Down for maintenance"},
        {"status": "error", "message": "the index is offline"},
        {"pending_id": "p"},
        {},
        b'{"results": [{"content": "\\ud800"}]}',
        FOUND,
        b"<html>Please sign in</html>",
    ),
    *_each(
        "add",
        {"success": True, "id": 42},
        {"success": "true"},
        {"success": "perhaps", "id": "a"},
        {"success": False, "error": "full", "code": "FULL"},
        {"success": True, "data": {"success": False, "error": "full"}},
        {"success": True, "errors": [{"message": "full"}]},
        {"errors": [{"message": "full"}]},
        {"status": "error", "message": "not stored"},
        {"message": "Down for maintenance"},
        {"message": "Stored."},
        {"status": "queued", "eta": 3},
        {"id": "a", "status": "failed"},
        {"data": {"id": "a"}},
        [{"id": "a", "event": "ADD"}],
        {},
        b"",
        b"<html>Please sign in</html>",
        b"null",
    ),
    Answer("add", {"id": "a"}, 201),
    Answer("add", b"", 204),
    Answer("add", {"error": {"code": 429, "message": "Quota", "status": "RESOURCE_EXHAUSTED"}}, 429),
    Answer("add", {"type": "https://a.example/full", "title": "Full", "detail": "No space"}, 403),
    Answer("add", ["no", "object"], 409),
    Answer("add", b"<html>Bad gateway</html>", 502),
]


def leaves(value: Any) -> List[Any]:
    """Return the values in a JSON value that are neither null nor a list or an object."""
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [] if value is None else [value]
