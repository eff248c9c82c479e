"""How the work of the fake grows with what a stranger sends: no input twice as long takes much more than twice."""

from __future__ import annotations

import gc
import json
import time
from http.client import HTTPConnection
from typing import Any, Callable
from urllib.parse import urlsplit

import pytest

from fake_server import Fake, Request
from fake_server.cli.build import build
from fake_server.core.faults.script import MAX_CHANCES, MAX_CHARACTERS, MAX_STEPS, ScriptError, parse
from fake_server.core.json_body import BadBody, read_value
from fake_server.core.search import reading
from fake_server.core.search.text import tokens

KEY = "sk-om-live-0123456789abcdef"
HEADERS = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
GROWTH = 2.5  # of the time when an input is twice as long: 2, and room for a loaded machine
ENOUGH = 0.004  # seconds from which a measurement says something
ROUNDS = [2, pytest.param(10, marks=pytest.mark.proof)]
MOST_ROUNDS = 20
GIANT = 1 << 24
PATIENCE = 30.0  # seconds for an answer: a loaded machine may take some, and quadratic work takes hours

Run = Callable[[int], Callable[[], Any]]


def seconds(run: Callable[[], Any]) -> float:
    """Measure the processor time of one run, whatever it is refused with; nothing kept of an earlier run serves it."""
    reading._READINGS.clear()
    tokens._KNOWN.clear()
    gc.collect()
    gc.disable()
    try:
        began = time.process_time()
        run()
        return time.process_time() - began
    finally:
        gc.enable()


def growth_of(one: Callable[[], float], two: Callable[[], float], rounds: int) -> float:
    """Measure both in turn, and compare the least of each, since whatever else runs only adds to it.

    Return the growth as soon as it is small enough, but not before `rounds` rounds: no single measurement decides.
    """
    least = [float("inf"), float("inf")]
    growth = 0.0
    for done in range(1, MOST_ROUNDS + 1):
        least = [min(least[0], one()), min(least[1], two())]
        growth = least[1] / max(least[0], ENOUGH / 4)
        if done >= rounds and growth < GROWTH:
            break
    return growth


@pytest.fixture(params=ROUNDS)
def require_linear(request: pytest.FixtureRequest) -> Callable[[Run, int, int], None]:
    """Fail if twice the input takes more than GROWTH times the time, measured at a size that takes long enough."""

    def require(prepare: Run, size: int, most: int) -> None:
        while 2 * size <= most and seconds(prepare(size)) < ENOUGH:
            size *= 2
        growth = growth_of(lambda: seconds(prepare(size)), lambda: seconds(prepare(2 * size)), request.param)
        assert growth < GROWTH, f"of {size} and {2 * size}, the time grew by {growth:.1f}"

    return require


def asked(endpoint: str, body: bytes, **headers: str) -> Callable[[], Any]:
    """Prepare a request to a new fake, and the reading of its journal."""
    fake = Fake(max_body=GIANT, max_content=GIANT)
    fake.remember(["the tea is hot", "a cat sat on the mat"], key=KEY)
    request = Request("POST", f"/api/memory/{endpoint}", {**HEADERS, **headers}, body)

    def run() -> None:
        fake.decide(request)
        assert fake.requests()[0].as_dict()
        assert fake.calls

    return run


BODIES = {
    "a string that never closes": lambda n: b"[" * 65 + b'"' + b'\\"' * n,
    "many strings that never close": lambda n: b"[" * 65 + b'"\\' * n,
    "a backslash at the end": lambda n: b"[" * 65 + b'"' + b"\\" * (n | 1),
    "brackets": lambda n: b"[" * n,
    "objects in objects": lambda n: b'{"a":' * n,
    "brackets in a string": lambda n: b"[" * 65 + b'"' + b"[" * n,
    "surrogates": lambda n: b'{"content":"' + b"\\ud83d" * n + b'"}',
    "many names": lambda n: b"{" + b",".join(b'"%d":1' % each for each in range(n)) + b"}",
    "one name": lambda n: b"{" + b",".join([b'"a":1'] * n) + b"}",
    "digits": lambda n: b'{"content":' + b"1" * n + b"}",
    "decimals": lambda n: b'{"content":0.' + b"1" * n + b"}",
    "lines": lambda n: b"{" + b"\n" * n + b"x",
}
SCRIPTS = {
    "steps": lambda n: "add: " + ",".join(["503"] * n),
    "rules": lambda n: ";".join(["add: 503"] * n),
    "lines": lambda n: "\n" * n + "bad",
    "a quotation mark that never closes": lambda n: 'add: 503(retry-after="' + '\\"' * n,
    "quotation marks": lambda n: "add: 503(retry-after=" + "\"'" * n,
    "modifiers": lambda n: "add: 503 " + "@mid " * n,
    "spaces": lambda n: "add:" + " " * n + "x",
    "a word": lambda n: "add: " + "9" * n,
}
TEXTS = {
    "a word": lambda n: "a" * n,
    "words": lambda n: " ".join(f"{each:x}" for each in range(n)),
    "marks in any order": lambda n: "e" + "\u0301\u0316" * n,
    "Thai marks": lambda n: "\u0e01" + "\u0e48\u0e38" * n,
    "marks of Hindi": lambda n: "\u0915" + "\u094d\u093c" * n,
    "marks that are two": lambda n: "\u0f40" + "\u0f75\u0f73" * n,
    "a number in a name": lambda n: "a-" + "1" * n,
    "a number before a name": lambda n: "1" * n + "-a",
    "groups of digits": lambda n: "1234 " * n,
    "thousands": lambda n: "1" + ",000" * n + ",0",
    "joints": lambda n: "a-" * n,
    "one joint": lambda n: "a" + "_" * n + "1",
    "humps": lambda n: "aB" * n,
    "ligatures": lambda n: "\ufdfa" * n,
    "Han": lambda n: "\u6f22\u5b57" * n,
    "misspelt words": lambda n: " ".join(f"tae{each:x}" for each in range(n)),
}
HEADS = {
    "authorization": lambda n: "Bearer " + " " * n + "x",
    "content-type": lambda n: "application/" + " ;" * n,
    "content-encoding": lambda n: "identity , " * n,
    "content-length": lambda n: "9" * n,
    "idempotency-key": lambda n: "k" * n,
    "x-octamem-attempt": lambda n: "1" * n,
    "x-octamem-fault": lambda n: "add: " + "9" * n,
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", BODIES)
def test_a_body_is_read_in_linear_time(require_linear, kind):
    """A request body of any sort, and the journal that shows it, take twice the time at most when it is doubled."""
    require_linear(lambda n: asked("add", BODIES[kind](n)), 4_000, 1 << 20)


@pytest.mark.slow
@pytest.mark.parametrize("kind", SCRIPTS)
def test_a_fault_script_is_read_in_linear_time(require_linear, kind):
    """A fault script of any sort, up to its limits, takes twice the time at most when it is doubled."""

    def prepare(n):
        def run():
            try:
                parse(SCRIPTS[kind](n))
            except ScriptError as error:
                assert "at most 100000 characters" not in str(error)  # noqa: PT017 - most of these are refused, for another reason

        return run

    require_linear(prepare, 500, 5_000)


@pytest.mark.slow
@pytest.mark.parametrize("kind", TEXTS)
def test_a_query_is_answered_in_linear_time(require_linear, kind):
    """A query of any sort takes twice the time at most when it is doubled."""
    # An answer to a question of 500 characters is kept, and asked for again it takes no time.
    require_linear(lambda n: asked("search", json.dumps({"query": TEXTS[kind](n)}).encode()), 501, 100_200)


@pytest.mark.slow
@pytest.mark.parametrize("kind", TEXTS)
def test_a_memory_is_indexed_in_linear_time(require_linear, kind):
    """A memory text of any sort is stored and indexed in twice the time at most when it is doubled."""

    def prepare(n):
        fake, text = Fake(max_content=GIANT), TEXTS[kind](n)

        def run():
            fake.remember([text], key=KEY)
            fake.explain("tea", key=KEY)

        return run

    require_linear(prepare, 500, 100_000)


@pytest.mark.slow
def test_words_of_a_query_are_explained_in_linear_time(require_linear):
    """To explain a query of twice the words against a memory of twice the words takes twice the time at most."""

    def prepare(n):
        fake, text = Fake(), " ".join(f"word{each:x}" for each in range(n))
        fake.remember([text], key=KEY)
        fake.explain("tea", key=KEY)
        return lambda: fake.explain(text, key=KEY)

    require_linear(prepare, 16, 128)


@pytest.mark.slow
def test_copies_are_found_in_linear_time(require_linear):
    """A search that finds twice the copies of its query takes twice the time at most."""

    def prepare(n):
        fake = Fake(top_k=GIANT)
        fake.remember(["tea"] * n, key=KEY)
        fake.explain("coffee", key=KEY)
        return lambda: fake.decide(Request("POST", "/api/memory/search", HEADERS, b'{"query":"tea"}'))

    require_linear(prepare, 500, 16_000)


@pytest.mark.slow
@pytest.mark.parametrize("kind", BODIES)
def test_a_seed_line_is_read_in_linear_time(require_linear, kind):
    """A line of a seed file takes twice the time at most when it is doubled."""

    def prepare(n):
        line = BODIES[kind](n)

        def run():
            try:
                value = read_value(line)
                Fake().remember([value], key=KEY)
            except (BadBody, ValueError):
                return

        return run

    require_linear(prepare, 4_000, 1 << 20)


@pytest.mark.slow
@pytest.mark.parametrize("name", HEADS)
def test_a_header_is_read_in_linear_time(require_linear, name):
    """A header takes twice the time at most when it is doubled."""
    require_linear(lambda n: asked("add", b'{"content":"tea"}', **{name: HEADS[name](n)}), 4_000, 1 << 20)


@pytest.mark.slow
def test_a_setting_is_read_in_linear_time(require_linear):
    """A rate with any number of spaces in it takes twice the time at most when they are doubled."""

    def prepare(n):
        def run():
            with pytest.raises(ValueError, match="CALLS/SECONDS"):
                Fake().configure(rate="1/1" + " " * n + "x")

        return run

    require_linear(prepare, 4_000, 1 << 20)


@pytest.mark.slow
@pytest.mark.parametrize(
    "written", ["add: " + "503," * 4_999 + "503", ";".join(["add: 503"] * 5_000)], ids=["steps", "rules"]
)
def test_a_long_script_makes_no_attempt_slower(written):
    """An attempt under an armed script takes as long whether it has a few steps or thousands, used up or not."""

    def attempts(script):
        fake = Fake()
        fake.faults(script)
        for _ in range(500):
            fake.decide(Request("POST", "/api/memory/add", HEADERS, b'{"content":"tea"}'))

        def run():
            for _ in range(200):
                assert fake.decide(Request("POST", "/api/memory/add", HEADERS, b'{"content":"tea"}')).status == 503

        return run

    few = "add: 503 x9999"
    growth = growth_of(lambda: seconds(attempts(few)), lambda: seconds(attempts(written)), 2)
    assert growth < GROWTH, f"an attempt took {growth:.1f} times as long"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("add: " + "ok," * MAX_STEPS + "ok", "10000 steps"),
        ("flapping;" * (MAX_STEPS // 10 + 1), "10000 steps"),
        ("add: 503" + " " * MAX_CHARACTERS, "at most 100000 characters, got 100008"),
        ("add: " + ",".join(["503 1%"] * (MAX_CHANCES + 1)), "100 percentages in a row"),
    ],
    ids=["steps", "presets", "characters", "percentages"],
)
def test_a_script_past_its_limits_is_refused(script, said):
    """A script of more characters, steps or percentages in a row than its limit is refused, in a header too."""
    with pytest.raises(ScriptError, match=said):
        Fake().faults(script)
    with pytest.raises(ValueError, match=said):
        build((), (script,), {})
    fake = Fake()
    answer = fake.decide(
        Request("POST", "/api/memory/add", {**HEADERS, "x-octamem-fault": script}, b'{"content":"tea"}')
    )
    assert (answer.status, said in json.loads(answer.body)["error"]) == (400, True)


@pytest.mark.parametrize("digits", [19, 5_000])
def test_a_status_of_many_digits_is_refused(digits):
    """A status of more digits than Python reads as a number is refused as any other that is none."""
    with pytest.raises(ScriptError, match="expected a status from 200 to 599"):
        parse("add: " + "9" * digits)


def test_a_script_at_its_limits_is_armed():
    """A script of as many steps and percentages as its limits allow is armed, and all of it is owed."""
    assert Fake().faults("add: " + ",".join(["ok"] * MAX_STEPS)).left == MAX_STEPS
    rule = ",".join(["503 1% x1"] * MAX_CHANCES)
    assert Fake().faults(f"add: {rule}, ok, {rule}").left == 2 * MAX_CHANCES + 1


def test_marks_in_any_order_are_the_same_word():
    """A letter with hundreds of marks is found by the same marks in another order."""
    fake = Fake()
    fake.remember(["e" + "\u05b0\u05b4" * 300 + " tea", "coffee"], key=KEY)
    found = fake.explain("e" + "\u05b4" * 300 + "\u05b0" * 300, key=KEY)
    assert [hit.memory.content[-3:] for hit in found.hits] == ["tea"]


@pytest.mark.parametrize("text", ['"' + "[" * 65 + '"', '"' + '\\"[' * 65 + '"', '"\\\\"', '{"a":"' + "{" * 99 + '"}'])
def test_brackets_in_strings_are_no_nesting(text):
    """Brackets within a string, behind escaped marks too, are not counted as levels."""
    assert read_value(f"[{text}]".encode()) == [json.loads(text)]


def test_the_journal_shows_a_body_as_it_was_read():
    """What the handler read of a body is shown without being shared: to change what is shown changes no journal."""
    fake = Fake()
    fake.decide(Request("POST", "/api/memory/add", HEADERS, b'{"content": "tea", "content": "coffee"}'))
    (entry,) = fake.requests()
    entry.request["content"] = "water"
    assert entry.request == {"content": "coffee"}


@pytest.mark.slow
def test_a_hostile_body_stops_no_server(process):
    """A body of unclosed strings is refused while others are served, and the server ends when it is told to."""
    server = process()
    address = urlsplit(server.url)
    for kind in ("a string that never closes", "many strings that never close"):
        connection = HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE)
        connection.request("POST", "/api/memory/add", BODIES[kind](500_000), HEADERS)
        assert connection.getresponse().status == 400
        connection.close()
    assert server.end() == 0
