"""The pages on the fake are held to the code: the settings and limits listed, the scripts shown, the curl lines run."""

from __future__ import annotations

import json
import re
import shlex
import urllib.request
from pathlib import Path

import pytest

from fake_server import ScriptError
from fake_server.cli import main, output
from fake_server.control import events, kept, listing
from fake_server.control.etags import tag_of
from fake_server.control.routes import OPERATIONS
from fake_server.core.faults.answers import CODES
from fake_server.core.faults.presets import PRESETS
from fake_server.core.faults.script import BEFORE, KINDS, LIES, parse
from fake_server.core.journal import journal
from fake_server.core.json_body import encode
from fake_server.core.key_text import LONGEST_KEY
from fake_server.core.settings import Settings, setting_fields
from fake_server.core.tenants import answers
from fake_server.serving import limits

DOCS = Path(__file__).parents[2] / "docs"


def page(name):
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def table(text, first):
    """Give the rows of the table whose first heading is `first`, as lists of cells."""
    rows = text.split(f"| {first} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def listed(text, first):
    """Give a table of settings as names and defaults."""
    return {row[0].strip("` "): json.loads(row[2].strip("` ")) for row in table(text, first)}


def test_fidelity_lists_exactly_the_settings_with_their_true_defaults():
    """The two tables of fidelity name every setting of the server and of a key, and nothing else."""
    text = page("fidelity")
    assert listed(text, "setting") == Settings().public()
    own = {name: value for name, value in Settings().public(of_key=True).items() if name in {"rights", "state"}}
    assert listed(text, "setting of a key") == own
    assert {item.name for item in (*setting_fields(), *setting_fields(of_key=True))} == {
        *listed(text, "setting"),
        *listed(text, "setting of a key"),
    }


def test_every_other_value_that_fidelity_names_is_taken():
    """Each value in the last column that is written as one is accepted by its setting."""
    checked = 0
    for row in table(page("fidelity"), "setting"):
        name = row[0].strip("` ")
        for text in re.findall(r"`([^`]+)`", row[3]):
            try:
                value = json.loads(text)
            except ValueError:
                continue
            assert getattr(Settings().changed({name: value}), name) == value
            checked += 1
    assert checked >= 12


def test_fidelity_names_the_codes_that_we_made_up():
    """Each code of an injected status that the service does not document stands on the page, beside its status."""
    text = " ".join(page("fidelity").split())
    assert {status for status in CODES if f"`{CODES[status][0]}` ({status})" not in text} == {400, 401, 403, 404, 429}


def blocks(text, language):
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


SCRIPTS = blocks(page("faults"), "fault")


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_on_the_page_is_one(script):
    """Each example of the faults page is read, line by line and as a whole."""
    assert len(parse(script).rules) >= len(script.strip().splitlines())
    for line in script.strip().splitlines():
        assert parse(str(parse(line))) == parse(line)


def test_the_faults_page_shows_every_kind_with_its_phase():
    """The table of kinds has each one, the table of phases the right defaults, and inline examples are scripts."""
    text = page("faults")
    shown = [re.findall(r"`([a-z0-9-]+)`", row[0])[0] for row in table(text, "kind")]
    assert {name for name in shown if not name.isdigit()} == set(KINDS) - {"status", *LIES}
    before, mid, after = (set(re.findall(r"`([a-z-]+)`", row[2])) for row in table(text, "phase"))
    assert mid == set()
    assert before == {kind for kind, phase in KINDS.items() if phase == BEFORE} - {"status", "ok"}
    assert after == {kind for kind, phase in KINDS.items() if phase != BEFORE} - set(LIES)
    for row in table(text, "kind"):
        for call in re.findall(r"`([a-z]+\([^`]+\))`", row[2]):
            assert parse(f"*: {call}")
    for row in table(text, "modifier"):
        modifier = row[0].strip("` ")
        assert parse(f"*: 503 {modifier}")


def test_the_faults_page_shows_every_lie_with_its_endpoint():
    """The table of lies names each with the one endpoint that can tell it, and its examples are scripts."""
    rows = table(page("faults"), "lie")
    assert {row[0].strip("` "): row[1] for row in rows} == LIES
    for row in rows:
        for call in re.findall(r"`([a-z]+\([^`]+\))`", row[2]):
            assert parse(f"{row[1]}: {call}")


def test_the_faults_page_shows_what_every_preset_stands_for():
    """Each preset of the table is the rule that stands beside it, and none is missing."""
    rows = table(page("faults"), "preset")
    for row in rows:
        (named,), (written,) = (parse(re.findall(r"`([^`]+)`", cell)[0]).rules for cell in row)
        assert (named.endpoint, named.steps) == (written.endpoint, written.steps)
    assert {row[0].strip("` ").partition("(")[0] for row in rows} == set(PRESETS)


def test_the_control_page_names_every_field_of_the_ledger(served):
    """Each field of a call, and of its attempts, stands on the page."""
    served.add()
    (call,) = served.control("GET", "calls")[1]["calls"]
    section = page("control").split("## Calls", 1)[1].split("\n## ", 1)[0]
    assert [name for name in (*call, *call["attempts"][0]) if f"`{name}`" not in section] == []


def test_the_error_on_the_faults_page_is_the_real_one():
    """The refusal that the page shows is the text that the parser gives."""
    (shown,) = blocks(page("faults"), "text")
    with pytest.raises(ScriptError) as caught:
        parse("add: 503 x0")
    assert str(caught.value) == shown.strip()


CALL = "09bd37d7-1"  # what the page shows as the id of a call
LINES = [line for block in blocks(page("control"), "sh") for line in block.splitlines() if line.startswith("curl")]


def _armed(served):
    return served.control("POST", "faults", {"script": "add: 503"})[1]["faults"][-1]["id"]


def _stored(served):
    return served.fake.remember(["tea"], key="your-api-key")[0].id


def _called(served):
    served.add()
    return served.fake.calls[-1].id


# What the lines of the page speak of, and how a server comes to have it.
NAMED = {
    CALL: _called,
    "f_1": _armed,
    "rec_1": _stored,
    "u_1": lambda served: served.control("POST", "reset")[1]["undo"],
    "s_1": lambda served: served.control("POST", "snapshots", {})[1]["id"],
    '"0123456789abcdef"': lambda served: tag_of(encode(served.fake.settings().public())),
}


@pytest.mark.parametrize("line", LINES)
def test_every_curl_line_of_the_control_page_is_answered(served, line):
    """Each line of the page is sent as curl would, to a server that has what it names, and answered with a success."""
    served.fake.remember(["tea"], key="your-api-key")
    for name, make in NAMED.items():
        if name in line:
            line = line.replace(name, make(served))
    words = shlex.split(line)
    method = words[words.index("-X") + 1] if "-X" in words else "GET"
    body = words[words.index("-d") + 1].encode() if "-d" in words else None
    given = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
    (url,) = [word for word in words if word.startswith("http")]
    request = urllib.request.Request(served.url + url.removeprefix("http://127.0.0.1:8642"), body, given, method=method)
    with urllib.request.urlopen(request, timeout=20) as got:
        assert (got.status in {200, 201}, got.read(1) in {b"{", b":", b"d", b"i"}) == (True, True), line
    for each in served.control("GET", "snapshots")[1]["snapshots"]:  # which a reset leaves
        served.control("DELETE", f"snapshots/{each['id']}")


def test_the_control_page_has_every_route_and_method():
    """No route and no method of the control API is missing from the page."""
    wanted = {(method, path) for path, operations in OPERATIONS.items() for method in operations}
    patterns = {path: re.compile(re.sub(r"\\{\w+(:path)?\\}", "[^/]+", re.escape(path))) for path in OPERATIONS}
    shown = set()
    for line in LINES:
        method = re.search(r"-X (\w+)", line)
        named = re.search(r"/_fake(/[^\s?']*)", line)[1]
        fits = [path for path in OPERATIONS if named == path] or [
            path for path, pattern in patterns.items() if pattern.fullmatch(named)
        ]
        shown.add((method[1] if method else "GET", fits[0]))
    assert shown == wanted


def test_the_control_page_names_every_field_of_the_journal(served):
    """Each field of an entry stands on the page."""
    served.add()
    (entry,) = served.control("GET", "requests")[1]["requests"]
    assert all(f"`{name}`" in page("control") for name in entry)


def test_the_server_page_names_the_true_default_of_each_bound_and_limit():
    """Its tables of limits and bounds begin each default with the one of the option, and they leave none out."""
    text = page("server")
    connections = text.split("## Connections", 1)[1].split("## Bounds", 1)[0]
    told = {}
    for names, default, _ in table(connections, "option"):
        told.update(zip(re.findall(r"`(--[a-z-]+)`", names), re.findall(r"\d+", default)))
    for name, bound, _ in table(text.split("## Bounds", 1)[1], "option"):
        told[name.strip("` ")] = re.findall(r"\(([\d,]+)\)", bound)[0]
    serve = {each.opts[0]: each.default for each in main.commands["serve"].params if each.default is not None}
    bounded = re.compile("--(max|header|body|write|idle)-[a-z-]+|--(journal|answer)-bytes")
    assert {name: int(number.replace(",", "")) for name, number in told.items()} == {
        name: default for name, default in serve.items() if bounded.fullmatch(name)
    }


def mebibytes(count):
    return f"{count >> 20} MiB"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("server", f"A key has at most {LONGEST_KEY} characters."),
        ("server", f"A key's journal keeps {journal.CAPACITY:,} attempts and {mebibytes(journal.CAPACITY_BYTES)} of"),
        ("server", f"answers to {answers.MOST:,} values of `Idempotency-Key`, and {mebibytes(answers.MOST_BYTES)} of"),
        ("server", f"at most {output.LINES:,} lines and {mebibytes(output.BYTES)} wait"),
        ("server", f"waits {output.CLOSING} seconds for a slow reader"),
        ("server", f"keeps {limits.RESERVED} of them for everything else"),
        ("control", f"At most {kept.MOST} snapshots and {mebibytes(kept.MOST_BYTES)} are kept"),
        ("control", f"The last {kept.MOST} steps are kept, as far as they take {mebibytes(kept.MOST_BYTES)} at most"),
        ("control", f"With `limit` (at most {listing.MOST}), it has the newest"),
        ("control", f"A comment comes every {events.QUIET:.0f} seconds if nothing changes."),
    ],
)
def test_a_fixed_bound_stands_on_its_page(name, told):
    """Each number of the pages that no option sets is the one of the code."""
    assert told in " ".join(page(name).split())
