"""Lists of any length: the control API writes them a piece at a time."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from fake_server import Fake, Request
from fake_server.control.asked import Asked
from fake_server.control.calls import list_calls
from fake_server.control.desk import Desk
from fake_server.control.journal import list_requests
from fake_server.control.lines.memory_lines import export_lines
from fake_server.control.lines.snapshot_lines import write_snapshot
from fake_server.control.listing import PIECE, list_answer
from fake_server.control.memories import list_memories

LISTS = {
    "requests": list_requests,
    "calls": list_calls,
    "memories": list_memories,
    "memories.jsonl": export_lines,
    "snapshot": write_snapshot,
}
COUNT, SIZE = 100, 40_000


async def nothing():
    yield b""


@pytest.mark.parametrize("items", [[], [1], ["tea", {"a": [1]}], ["x" * PIECE] * 3])
@pytest.mark.parametrize("rest", [{}, {"dropped": 0, "next": None}])
def test_a_list_is_the_json_of_all_of_it(items, rest):
    """The pieces are one JSON object, whatever is in the list and beside it; none is far larger than a piece."""
    content = list_answer("items", iter(items), rest).content
    pieces = [content] if isinstance(content, bytes) else list(content)  # one that is short is no stream
    assert json.loads(b"".join(pieces)) == {"items": items, **rest}
    assert max(map(len, pieces)) < 2 * PIECE + 100


@pytest.mark.parametrize("name", LISTS)
def test_a_long_list_is_never_in_memory(name):
    """To read a list of megabytes takes a small part of its size, and gives every item."""
    fake = Fake()
    key = fake.api_key
    for number in range(COUNT):
        body = json.dumps({"content": f"{number} ".ljust(SIZE, "x")}).encode()
        fake.decide(Request("POST", "/api/memory/add", {"authorization": f"Bearer {key}"}, body))
    asked = Asked(Desk(fake), None, {}, {}, {}, {}, nothing())
    tracemalloc.start()
    try:
        size = sum(map(len, LISTS[name](asked).content))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > COUNT * SIZE
    assert peak < size / 2
