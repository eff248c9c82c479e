"""The words of messages: who wrote JSON reads the words of JSON, and the author of a program those of Python."""

from __future__ import annotations

import json
import re

import pytest

from fake_server import Fake, SeedError, SettingError
from fake_server.core.settings import setting_fields

PYTHON = re.compile(r"\b(None|True|False|NoneType|bool|dict|list|tuple|str|float)\b(?! of\b)")
VALUES = [None, True, False, 3.5, "x", [None, True], {"a": None}, [], {}]
NAMES = [item.name for of_key in (False, True) for item in setting_fields(of_key=of_key)]
KEY = "sk-om-live-words-0000000000000001"


def python_words(error):
    """Return the words of Python in a message, outside of what it quotes."""
    return PYTHON.findall(re.sub(r"\"[^\"]*\"|'[^']*'", "", error.replace("a list of", "")))


@pytest.mark.parametrize("name", [*dict.fromkeys(NAMES), "rite"])
@pytest.mark.parametrize("query", ["", f"?key={KEY}"], ids=["server", "key"])
def test_a_setting_is_refused_in_the_words_of_json(served, name, query):
    """Whatever JSON value a setting is given, its refusal has no word of Python's."""
    for value in VALUES:
        status, answer = served.control("PUT", f"settings{query}", {name: value})
        if status == 400:
            assert python_words(answer["error"]) == []
        served.control("POST", "reset", {})


BODIES = {
    "memories": [{"memories": value} for value in VALUES] + [{"memories": [value]} for value in VALUES],
    "fields of a memory": [
        {"memories": [{"content": "tea", name: value}]}
        for name in ("content", "previousContext", "id", "type", "source", "created_at", "file")
        for value in VALUES
    ],
}
ROUTES = {
    **{what: ("POST", f"memories?key={KEY}", bodies) for what, bodies in BODIES.items()},
    "replace": ("POST", f"memories?key={KEY}", [{"memories": [], "replace": value} for value in VALUES]),
    "script": ("POST", "faults", [{"script": value, "seed": value} for value in VALUES]),
    "seed": ("PUT", "faults", [{"script": "add: 503", "seed": value} for value in VALUES]),
    "checked": ("POST", "faults/check", [{"script": value} for value in VALUES]),
    "name": ("POST", "snapshots", [{"name": value} for value in VALUES]),
    "seconds": ("POST", "clock/advance", [{"seconds": value} for value in VALUES]),
    "edit": ("PUT", f"memories/a?key={KEY}", [{name: value} for name in ("id", "type", "file") for value in VALUES]),
    "bodies": ("PUT", "settings", VALUES),
    "lines": ("POST", f"memories.jsonl?key={KEY}", [json.dumps(value).encode() for value in VALUES]),
    "snapshot": (
        "POST",
        "snapshot",
        [
            f'{{"snapshot": 1, "settings": {{}}}}\n{line}'.encode()
            for value in map(json.dumps, VALUES)
            for line in (
                value,
                f'{{"key": {value}}}',
                f'{{"key": "k", "own": {value}}}',
                f'{{"key": "k", "made": {value}}}',
                f'{{"key": "k"}}\n{{"memory": {{"id": {value}, "content": "x"}}}}',
                f'{{"key": "k"}}\n{{"memory": {{"id": "a", "content": "x", "created": {value}}}}}',
            )
        ]
        + [f'{{"snapshot": {value}, "settings": {value}}}'.encode() for value in map(json.dumps, VALUES)],
    ),
}


@pytest.mark.parametrize("what", ROUTES)
def test_a_body_is_refused_in_the_words_of_json(served, what):
    """No refusal of a control request has a word of Python's: who sent JSON may know none."""
    served.fake.remember([{"id": "a", "content": "tea"}], key=KEY)
    method, route, bodies = ROUTES[what]
    refused = [served.control(method, route, body)[1] for body in bodies]
    messages = [each["error"] for answer in refused for each in [*answer.get("errors", []), answer] if "error" in each]
    assert messages
    assert [(message, python_words(message)) for message in messages if python_words(message)] == []


@pytest.mark.parametrize("endpoint", ["add", "search", "details"])
def test_the_service_refuses_in_the_words_of_json(service, endpoint):
    """The same is true of the routes of the service."""
    for value in VALUES:
        for body in (
            value,
            {"content": value},
            {"query": value},
            {"content": "x", "query": "x", "previousContext": value},
        ):
            answer = service.call(endpoint, body)
            assert answer.status == 200 or python_words(answer.data["error"]) == []


@pytest.mark.parametrize(
    ("says", "refused"),
    [
        ("got True", lambda: Fake(wire=True)),
        ("or None, got -1", lambda: Fake(limit=-1)),
        ("got NoneType", lambda: Fake().remember(None)),
        ("got str", lambda: Fake(keys="x")),
    ],
)
def test_a_program_reads_the_words_of_python(says, refused):
    """Who calls the fake from Python is told what Python calls it."""
    with pytest.raises((SettingError, SeedError), match=says):
        refused()
