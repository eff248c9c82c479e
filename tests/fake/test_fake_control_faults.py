"""Faults over the control API: an error's fields and repair, checking, ids, steps, and entity tags."""

from __future__ import annotations

import json
import math
import random
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from fake_server.core import ScriptError, parse

KEY = "sk-om-live-tests-0000000000000001"
OTHER = "sk-om-live-other-000000000000002"
SCRIPTS = (
    "add: 503(retry-after=2, body=html) x2, reset @after 20% seed=7; search: slow(1.5s) @before, stale(3) x2",
    "details: hang for 30s, truncate(chunked)\noutage(30s)",
    'add: redirect("http://x") @mid; flapping',
    "add: drip(2s), ok x3, lost, twice",
)


def ask(served, method, route, body=None, **headers):
    """Ask the control API with headers; give the status, the headers and the JSON."""
    address = urlsplit(served.url)
    connection = HTTPConnection(address.hostname, address.port, timeout=20)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, f"/_fake/{route}", None if body is None else json.dumps(body), sent)
        got = connection.getresponse()
        text = got.read()
        return got.status, got.headers, json.loads(text) if text else None
    finally:
        connection.close()


def mended(text, flaw):
    lines = text.split("\n")
    line = lines[flaw.line - 1]
    at = flaw.column - 1
    assert line[at : at + flaw.length] == flaw.found
    lines[flaw.line - 1] = line[:at] + flaw.repair + line[at + flaw.length :]
    return "\n".join(lines)


def place(text):
    """Give where a script cannot be read, the end of the world if it can."""
    try:
        parse(text)
    except ScriptError as error:
        return error.flaw.line, error.flaw.column
    return math.inf, 0


@pytest.mark.parametrize(
    ("text", "found", "repair"),
    [
        ("add: 503 x0", "x0", "x1"),
        ("ADD: 503", "ADD", "add"),
        ("get: 503", "get", "search"),
        ("add 503", "503", ": 503"),
        ("add= 503", "=", ":"),
        ("add: 5O3", "5O3", "503"),
        ("add: 5xx", "5xx", "500"),
        ("add: 503x2", "503x2", "503 x2"),
        ("add: 503 3x", "3x", "x3"),
        ("add: 503 for 5m", "5m", "300s"),
        ("add: slow(500ms)", "500ms", "0.5s"),
        ("add: slow(1s", "", ")"),
        ("add: 503(retry=2)", "retry", "retry-after"),
        ("add: 503(body=HTML)", "HTML", "html"),
        ("add: truncate(chunk)", "chunk", "chunked"),
        ("search: stale(0)", "0", "1"),
        ("search: stale @before", "before", "after"),
        ("add: 503 after", "after", "@after"),
        ("add: 503 200%", "200", "100"),
        ("add: 503 seed7", "seed7", "seed=7"),
        ('add: 503(body="html', '"html', '"html"'),
    ],
)
def test_a_repair_stands_where_the_error_is(text, found, repair):
    """What is offered in place of what was found mends the script, or leaves an error further on."""
    with pytest.raises(ScriptError) as caught:
        parse(text)
    flaw = caught.value.flaw
    assert (flaw.found, flaw.repair) == (found, repair)
    assert place(mended(text, flaw)) > (flaw.line, flaw.column)


@pytest.mark.parametrize("text", ["", "add: 700", "add: 503,", "add: 503 x2 x3", "add: boom", "add: 503 @"])
def test_no_repair_is_offered_if_nothing_can_be_meant(text):
    """An error that leaves open what was meant has no repair."""
    with pytest.raises(ScriptError) as caught:
        parse(text)
    assert caught.value.flaw.repair is None


def test_no_repair_leaves_the_error_where_it_was():
    """Whatever is mistyped, a repair in its place leads further into the script."""
    chance = random.Random(7)
    offered = 0
    for _ in range(3000):
        letters = list(chance.choice(SCRIPTS))
        for _ in range(chance.choice((1, 1, 2))):
            at = chance.randrange(len(letters))
            letters[at : at + chance.choice((0, 1))] = chance.choice(["", *"abx0123s%@:=,;() O-"])
        text = "".join(letters)
        try:
            parse(text)
        except ScriptError as error:
            flaw = error.flaw
            if flaw.repair is None or "quotation" in flaw.expected:
                continue
            offered += 1
            assert place(mended(text, flaw)) > (flaw.line, flaw.column), text
    assert offered > 500


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_script_that_cannot_be_read_is_told_in_fields(served, method):
    """The refusal of a script says line, column, length, what was expected and found, and a repair."""
    status, answer = served.control(method, "faults", {"script": "add: 503\nsearch: 500 x0"})
    assert (status, answer["code"]) == (400, "VALIDATION_ERROR")
    assert {name: answer[name] for name in ("line", "column", "length", "expected", "found", "repair")} == {
        "line": 2,
        "column": 13,
        "length": 2,
        "expected": "a count of at least 1",
        "found": "x0",
        "repair": "x1",
    }


def test_a_check_arms_nothing(served):
    """A check answers with the steps of a script, or with the fields of its error, and arms nothing."""
    good = served.control("POST", "faults/check", {"script": "add: 503 x2; search: ok"})
    assert good == (
        200,
        {
            "ok": True,
            "script": "add: 503 @before x2; search: ok",
            "steps": [{"endpoint": "add", "text": "503 @before x2"}, {"endpoint": "search", "text": "ok"}],
        },
    )
    status, bad = served.control("POST", "faults/check", {"script": "add: 503 x0"})
    assert (status, bad["ok"], bad["column"], bad["repair"]) == (200, False, 10, "x1")
    assert served.control("POST", "faults/check", {"script": 5})[1]["ok"] is False
    assert served.control("POST", "faults/check", {})[0] == 400
    assert served.control("GET", "faults")[1] == {"faults": []}


def test_a_fault_has_an_id_its_steps_and_the_last_call(served):
    """A fault says when it was armed, how often each step was met and is left, and which call met it last."""
    served.fake.advance(5)
    served.control("POST", "faults", {"script": "add: 503, 429; search: 500 20%"})
    assert served.add().status == 503
    (fault,) = served.control("GET", "faults")[1]["faults"]
    assert fault["armed_at"] == "2026-01-01T00:00:05Z"
    assert fault["steps"] == [
        {"endpoint": "add", "text": "503 @before", "fired": 1, "left": 0},
        {"endpoint": "add", "text": "429 @before", "fired": 0, "left": 1},
        {"endpoint": "search", "text": "500 @before 20%", "fired": 0, "left": None},
    ]
    assert fault["last_call"] == served.control("GET", "calls")[1]["calls"][0]["id"]


def test_one_fault_is_disarmed_by_its_id(served):
    """DELETE of an id ends that script, whoever's it is, and an id of another key or of a reset one is unknown."""
    for query in ("", f"?key={KEY}"):
        served.control("POST", f"faults{query}", {"script": "add: 503"})
    (server,) = served.control("GET", "faults")[1]["faults"]
    (own,) = served.control("GET", f"faults?key={KEY}")[1]["faults"]
    assert server["id"] != own["id"]
    assert served.control("DELETE", f"faults/{own['id']}?key={OTHER}")[0] == 404
    assert served.control("DELETE", f"faults/{own['id']}")[0] == 200
    assert served.control("GET", f"faults?key={KEY}")[1] == {"faults": []}
    assert served.control("DELETE", f"faults/{own['id']}") == (
        404,
        {"error": f"no fault has the id {own['id']!r}; see GET faults", "code": "NOT_FOUND"},
    )
    assert served.control("DELETE", f"faults/{server['id']}")[1]["faults"] == []
    served.fake.reset()
    served.control("POST", "faults", {"script": "add: 503"})
    assert served.control("GET", "faults")[1]["faults"][0]["id"] not in {server["id"], own["id"]}


@pytest.mark.parametrize(
    ("route", "change"), [("settings", {"limit": 50}), ("faults", {"script": "add: 503"})], ids=["settings", "faults"]
)
@pytest.mark.parametrize("query", ["", f"?key={KEY}"], ids=["server", "key"])
def test_a_change_of_what_was_changed_meanwhile_is_refused(served, route, change, query):
    """A PUT whose If-Match is old is a 412 with what there is now, and changes nothing."""
    _, headers, first = ask(served, "GET", f"{route}{query}")
    status, changed, _ = ask(served, "PUT", f"{route}{query}", change, if_match=headers["etag"])
    assert status == 200
    assert changed["etag"] == ask(served, "GET", f"{route}{query}")[1]["etag"] != headers["etag"]
    status, refused, answer = ask(served, "PUT", f"{route}{query}", change, if_match=headers["etag"])
    assert (status, answer["code"], refused["etag"]) == (412, "PRECONDITION_FAILED", changed["etag"])
    assert answer["current"] == ask(served, "GET", f"{route}{query}")[2] != first


@pytest.mark.parametrize(
    ("name", "value", "method", "status"),
    [
        ("if-match", "*", "PUT", 200),
        ("if-match", 'W/{tag}, "x"', "PUT", 412),
        ("if-match", '"x", {tag}', "PUT", 200),
        ("if-match", "x", "PUT", 400),
        ("if-match", "", "PUT", 400),
        ("if-none-match", "*", "PUT", 412),
        ("if-none-match", "W/{tag}", "PUT", 412),
        ("if-none-match", '"x"', "PUT", 200),
        ("if-none-match", "W/{tag}", "GET", 304),
        ("if-none-match", "{tag}", "HEAD", 304),
        ("if-none-match", '"x"', "GET", 200),
    ],
)
def test_tags_are_compared_as_http_says(served, name, value, method, status):
    """If-Match takes a strong tag alone, If-None-Match a weak one too, and an asterisk is any."""
    tag = ask(served, "GET", "settings")[1]["etag"]
    got = ask(served, method, "settings", {} if method == "PUT" else None, **{name: value.format(tag=tag)})
    assert got[0] == status
