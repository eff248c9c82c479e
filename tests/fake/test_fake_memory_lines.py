"""Memories as JSON Lines over HTTP: what is exported imports the same, and every wrong line is named."""

from __future__ import annotations

import asyncio
import json
import urllib.request

import pytest

from fake_server import Fake
from fake_server.control.asked import Asked, RefusedError
from fake_server.control.commits import carry_out
from fake_server.control.desk import Desk
from fake_server.control.lines.memory_lines import AT_ONCE
from fake_server.control.routes import OPERATIONS

KEY = "sk-om-live-tests-0000000000000001"
OTHER = "sk-om-live-other-000000000000002"


def exported(served, query):
    with urllib.request.urlopen(f"{served.url}/_fake/memories.jsonl{query}", timeout=20) as got:
        return got.headers["content-type"], got.read()


def test_what_is_exported_imports_the_same(served):
    """The lines of one key give another key the same memories; without a key, those of all are given."""
    served.fake.remember(["tea", ("coffee", "Office"), {"content": "täglich\nTee", "type": "episodic"}], key=KEY)
    kind, lines = exported(served, f"?key={KEY}")
    assert (kind, lines.count(b"\n")) == ("application/jsonl", 3)
    assert served.control("POST", f"memories.jsonl?key={OTHER}", lines) == (
        200,
        {"stored": 3, "wrong": 0, "errors": []},
    )
    assert served.fake.memories(key=OTHER) == served.fake.memories(key=KEY)
    assert exported(served, "")[1] == lines * 2
    assert exported(served, "?key=nobody-0000000001")[1] == b""


def test_more_lines_than_one_slice_are_stored_and_given_in_order(served):
    """Thousands of lines are read, stored and written in their order."""
    texts = [f"memory {number}" for number in range(1234)]
    sent = "\n".join(map(json.dumps, texts)).encode()
    assert served.control("POST", f"memories.jsonl?key={KEY}", sent)[1]["stored"] == 1234
    assert [json.loads(line)["content"] for line in exported(served, f"?key={KEY}")[1].splitlines()] == texts


def test_every_wrong_line_is_named_and_nothing_is_stored(served):
    """A wrong line stores nothing and is named with the others; with `partial`, the right ones are stored."""
    served.fake.remember([{"id": "a", "content": "tea"}], key=KEY)
    sent = b'"one"\n\n{"content": ""}\n{"id": "a", "content": "x"}\nno JSON\n["two", "Home"]'
    status, answer = served.control("POST", f"memories.jsonl?key={KEY}", sent)
    assert (status, answer["code"], answer["stored"], answer["wrong"]) == (400, "VALIDATION_ERROR", 0, 3)
    assert [each["line"] for each in answer["errors"]] == [3, 4, 5]
    assert answer["error"].startswith("line 3: content must not be empty, and 2 more wrong lines; nothing was stored")
    assert [memory.content for memory in served.fake.memories(key=KEY)] == ["tea"]
    status, answer = served.control("POST", f"memories.jsonl?key={KEY}&partial=true", sent)
    assert (status, answer["stored"], answer["wrong"]) == (200, 2, 3)
    assert [memory.content for memory in served.fake.memories(key=KEY)] == ["tea", "one", "two"]


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("", 400, "key is required for POST memories.jsonl"),
        ("?key=", 404, "key must not be empty"),
        (f"?key={KEY}&partial=1", 400, "partial: expected true or false"),
        (f"?key={KEY}&part=true", 400, "part: unknown field"),
        (f"?key={OTHER}", 404, "key: expected one that the setting keys lists"),
    ],
)
def test_an_import_that_cannot_be_carried_out_is_refused(served, query, status, says):
    """A missing or unknown key and a wrong option store nothing."""
    served.fake.configure(keys=[KEY])
    got, answer = served.control("POST", f"memories.jsonl{query}", b'"tea"')
    assert (got, answer["error"].startswith(says), served.fake.memories()) == (status, True, [])


class Keeper:
    """A shell that commits one transaction after another, and does something once the first is committed."""

    def __init__(self, fake, then):
        self.fake = fake
        self.then = then
        self.commits = 0

    async def settled(self, transaction):
        with self.fake.lock:
            if transaction is None:
                return
            if self.then == "full" and self.commits:
                self.fake.transactions.revert("the disk is full")
                return
            self.fake.transactions.committed(self.fake.transactions.pending())
            self.commits += 1
            if self.then == "taken" and self.commits == 1:
                self.fake.remember([{"id": "last", "content": "theirs"}], key=KEY)


def imported(fake, keeper, chunks):
    asked = Asked(Desk(fake, keeper), KEY, {}, {}, {}, {}, chunks)
    return asyncio.run(carry_out(OPERATIONS["/memories.jsonl"]["POST"], asked, reads=False))


@pytest.mark.parametrize("then", ["full", "taken"])
def test_an_import_that_is_stopped_midway_says_what_it_stored(then):
    """A commit that fails, or an id that another takes, ends an import, which says how many memories are stored."""
    fake = Fake()
    fake.transactions.start()
    texts = [f"memory {number}" for number in range(2 * AT_ONCE)]
    sent = "\n".join([*map(json.dumps, texts), json.dumps({"id": "last", "content": "mine"})]).encode()

    async def chunks():
        yield sent

    with pytest.raises(RefusedError) as caught:
        imported(fake, Keeper(fake, then), chunks())
    stored = [memory.content for memory in fake.memories(key=KEY) if memory.content != "theirs"]
    expected = (503, "STORAGE_FAILED", AT_ONCE) if then == "full" else (409, "CHANGED_SINCE", 2 * AT_ONCE)
    assert (caught.value.status, caught.value.code, caught.value.more["stored"]) == expected
    assert stored == texts[: expected[2]]
    assert str(caught.value).startswith(f"{expected[2]} memories stored, then refused; send only the lines after them")


def test_an_import_that_is_committed_succeeds_whatever_fails_beside_it():
    """A commit that fails for another request makes no import fail that is committed."""
    fake = Fake()
    fake.transactions.start()
    keeper = Keeper(fake, "")

    async def chunks():
        yield b'"tea"'
        with fake.lock:
            fake.transactions.revert("the disk is full")  # of what another changed
        yield b'\n"coffee"'

    answer = imported(fake, keeper, chunks())
    assert (answer.content["stored"], len(fake.memories(key=KEY)), keeper.commits) == (2, 2, 1)
