"""A snapshot as a file: what is written puts the same back, and a wrong line changes nothing."""

from __future__ import annotations

import json
import urllib.request

import pytest

from fake_server.core.clock import EARLIEST, LATEST

KEY = "sk-om-live-tests-0000000000000001"
OTHER = "sk-om-live-other-000000000000002"
MEMORY = {"id": "rec_a", "content": "tea"}
BEGIN = b'{"snapshot":1,"settings":{}}\n'


def written(served, query=""):
    with urllib.request.urlopen(f"{served.url}/_fake/snapshot{query}", timeout=20) as got:
        return got.read()


def state(served):
    return (
        {key: served.fake.memories(key=key) for key in (KEY, OTHER)},
        {key: served.fake.settings(key=key) for key in (None, KEY, OTHER)},
        served.control("GET", f"settings?key={KEY}")[1],
        served.details(key=KEY).data,
    )


def fill(served):
    served.control("PUT", "settings", {"unit": "requests", "indexing_delay": "2 polls"})
    served.add("tea at four", "Home")
    served.add("coffee")
    served.search("tea")
    served.control("PUT", f"settings?key={KEY}", {"limit": 9, "rights": ["add", "details"]})
    seed = {"content": "täglich\nTee", "type": "episodic", "source": "file", "file": "notes.pdf"}
    served.fake.remember([seed], key=OTHER)


@pytest.mark.parametrize("query", ["", "?keys=true"], ids=["by id", "in full"])
def test_a_file_puts_the_same_back(served, query):
    """Memories with their delays, usage, settings and counters are as they were when the file was written."""
    fill(served)
    before, lines = state(served), written(served, query)
    assert (KEY.encode() in lines) == (query != "")
    assert len(lines.splitlines()) == 1 + 2 + 3
    served.control("PUT", "settings", {"unit": "memories", "top_k": 3})
    served.control("DELETE", f"memories?key={KEY}")
    served.fake.remember(["more"], key=OTHER)
    if query:
        served.control("POST", "reset")
    status, answer = served.control("POST", "snapshot", lines)
    assert (status, answer["keys"], answer["memories"]) == (200, 2, 3)
    assert state(served)[:3] == before[:3]
    assert served.control("POST", f"undo/{answer['undo']}?force=true")[0] == 200
    assert state(served) != before


def test_a_file_of_one_key_is_given_to_another(served):
    """With ?key= a file names no key, and another key takes it."""
    fill(served)
    lines = written(served, f"?key={KEY}")
    assert KEY.encode() not in lines
    assert served.control("POST", f"snapshot?key={OTHER}", lines)[1]["memories"] == 2
    assert served.fake.memories(key=OTHER) == served.fake.memories(key=KEY)
    assert served.control("GET", f"settings?key={OTHER}")[1]["limit"] == 9


@pytest.mark.parametrize("moment", [EARLIEST, LATEST])
def test_a_memory_of_the_first_or_last_moment_is_found_and_listed(served, moment):
    """Whatever date a file may give a memory, answers write it."""
    exact = {"created": moment, "found_at": EARLIEST, "found_after": -1}
    lines = BEGIN + b'{"key":"%s"}\n' % KEY.encode() + json.dumps({"memory": {**MEMORY, **exact}}).encode()
    assert served.control("POST", "snapshot", lines)[0] == 200
    assert served.contents("tea") == ["tea"]
    assert served.control("GET", f"memories?key={KEY}")[0] == 200
    assert served.control("GET", f"explain?key={KEY}&query=tea")[0] == 200


def test_the_table_of_keys_is_written_only_in_full(served):
    """The setting `keys` stands in a file only with keys=true, and is then put back."""
    served.control("PUT", "settings", {"keys": [{"key": KEY, "limit": 5}], "top_k": 4})
    assert json.loads(written(served).splitlines()[0])["settings"] == {"top_k": 4}
    lines = written(served, "?keys=true")
    served.control("POST", "reset")
    assert served.control("POST", "snapshot", lines)[0] == 200
    assert served.fake.settings(key=KEY).limit == 5
    assert served.add(key=OTHER).status == 401


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (b"", "line 1: snapshot is required"),
        (b"{", "line 1: body: expected JSON"),
        (b'{"snapshot":2}', "line 1: snapshot: expected version 1, got 2"),
        (b'{"snapshot":1,"settings":{"topk":3}}', "topk: unknown setting"),
        (b'{"snapshot":1,"settings":null}', "snapshot: expected that of the server"),
        (BEGIN + b'{"key_id":"k99"}', "key_id: expected the id of a key that is known"),
        (BEGIN + b'{"key":"a b"}', "line 2: key: expected printable ASCII"),
        (BEGIN + b'\n{"key":"abc"}\n{"key":"abc"}', "line 4: key: expected another key"),
        (BEGIN + b'{"key":"abc","own":{"limit":-1}}', "limit: expected an int"),
        (BEGIN + b'{"key":"abc","made":true}', "line 2: made: expected an int"),
        (BEGIN + b'{"memory":{"id":"a","content":"x"}}', "line 2: a key before its memories is required"),
        (BEGIN + b'{"key":"abc"}\n{"memory":{"content":"x"}}', "line 3: id is required"),
        (BEGIN + b'{"key":"abc"}\n{"memory":{"id":"a","content":""}}', "line 3: content must not be empty"),
        (BEGIN + b'{"key":"abc"}\n{"memory":{"id":"a","text":"x"}}', "line 3: text: unknown field"),
        (BEGIN + b'{"key":"abc"}\n{"memory":[]}', "line 3: memory: expected an object"),
        (BEGIN + b'{"key":"abc"}\n{"memory":{"id":"a","content":"x","created":%d}}' % (1 << 60), "line 3: created: "),
        (BEGIN + b'{"key":"abc"}\n{"memory":{"id":"a","content":"x","found_at":%d}}' % -(1 << 60), "line 3: found_at"),
        (BEGIN + b'{"kye":"abc"}', "line 2: kye: unknown field"),
    ],
)
def test_a_wrong_file_changes_nothing(served, lines, says):
    """A file that cannot be read is refused with the line and the field, and all stays as it is."""
    fill(served)
    before = state(served)
    status, answer = served.control("POST", "snapshot", lines)
    assert (status in {400, 404}, answer["error"][: len(says)]) == (True, says)
    assert state(served) == before
