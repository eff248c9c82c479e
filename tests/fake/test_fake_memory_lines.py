"""Memories as JSON Lines over HTTP: what is exported imports the same, and every wrong line is named."""

from __future__ import annotations

import json
import urllib.request

import pytest

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
