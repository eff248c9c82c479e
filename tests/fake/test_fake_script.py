"""The fault language: every production, one canonical spelling, and refusals that name the column."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_server import ScriptError
from fake_server.core.faults.presets import PRESETS, preset
from fake_server.core.faults.script import AFTER, BEFORE, DEFAULT_URL, KINDS, LIES, MID, Rule, Script, Step, parse
from fake_server.core.faults.steps import MIDWAY


def only(text):
    """Give the one step of `add: TEXT`."""
    (rule,) = parse(f"add: {text}").rules
    (step,) = rule.steps
    return step


STEPS = {
    "503": Step("status", BEFORE, status=503),
    "200": Step("status", BEFORE, status=200),
    "599": Step("status", BEFORE, status=599),
    "ok": Step("ok", BEFORE),
    "slow": Step("slow", AFTER, seconds=1.0),
    "slow(1.5s)": Step("slow", AFTER, seconds=1.5),
    "slow(2)": Step("slow", AFTER, seconds=2.0),
    "slow(1s) @before": Step("slow", BEFORE, seconds=1.0),
    "hang": Step("hang", BEFORE),
    "reset": Step("reset", BEFORE),
    "close": Step("close", BEFORE),
    "truncate": Step("truncate", AFTER),
    "drip": Step("drip", AFTER, seconds=1.0),
    "drip(0.25s)": Step("drip", AFTER, seconds=0.25),
    "garbage": Step("garbage", AFTER),
    "wrong-type": Step("wrong-type", AFTER),
    "empty": Step("empty", AFTER),
    "redirect": Step("redirect", BEFORE, url=DEFAULT_URL),
    'redirect("http://x.invalid/a;b")': Step("redirect", BEFORE, url="http://x.invalid/a;b"),
    "redirect(elsewhere)": Step("redirect", BEFORE, url="elsewhere"),
    "429(retry-after=2)": Step("status", BEFORE, status=429, retry_after="2"),
    "429(retry-after=-5)": Step("status", BEFORE, status=429, retry_after="-5"),
    "429(retry-after=soon)": Step("status", BEFORE, status=429, retry_after="soon"),
    '429(retry-after="")': Step("status", BEFORE, status=429, retry_after=""),
    '503(retry-after="Thu, 01 Jan 2026 00:00:30 GMT")': Step(
        "status", BEFORE, status=503, retry_after="Thu, 01 Jan 2026 00:00:30 GMT"
    ),
    "503(retry-after='a \\' b')": Step("status", BEFORE, status=503, retry_after="a ' b"),
    '503(retry-after="a \\" \\\\ b")': Step("status", BEFORE, status=503, retry_after='a " \\ b'),
    "503(body=html)": Step("status", BEFORE, status=503, body="html"),
    "503(body=empty, retry-after=3)": Step("status", BEFORE, status=503, body="empty", retry_after="3"),
    '503(body="text")': Step("status", BEFORE, status=503, body="text"),
    "503(body=json)": Step("status", BEFORE, status=503),
    "503 @after": Step("status", AFTER, status=503),
    "hang @ after": Step("hang", AFTER),
    "garbage @before": Step("garbage", BEFORE),
    "500 x3": Step("status", BEFORE, status=500, count=3),
    "ok x2": Step("ok", BEFORE, count=2),
    "503 20%": Step("status", BEFORE, status=503, percent=20.0),
    "503 0%": Step("status", BEFORE, status=503, percent=0.0),
    "503 12.5 %": Step("status", BEFORE, status=503, percent=12.5),
    "503 100% seed=7": Step("status", BEFORE, status=503, percent=100.0, seed=7),
    "503 seed=-7 20%": Step("status", BEFORE, status=503, percent=20.0, seed=-7),
    "503 for 30s": Step("status", BEFORE, status=503, lasts=30.0),
    "503 for 0.5": Step("status", BEFORE, status=503, lasts=0.5),
    "503 @mid": Step("status", MID, status=503),
    "hang @mid 20%": Step("hang", MID, percent=20.0),
    "reset @ mid x2": Step("reset", MID, count=2),
    "close @mid": Step("close", MID),
    "truncate(chunked)": Step("truncate", AFTER, chunked=True),
    "lost": Step("lost", AFTER),
    "lost @after": Step("lost", AFTER),
    "twice x2 5%": Step("twice", AFTER, count=2, percent=5.0),
    "reset for 9s x2 @after 5% seed=1": Step("reset", AFTER, count=2, percent=5.0, seed=1, lasts=9.0),
}


SEARCHES = {
    "stale": Step("stale", AFTER, memories=1),
    "stale(2)": Step("stale", AFTER, memories=2),
    "missing": Step("missing", AFTER, memories=1),
    "missing(3) for 5s": Step("missing", AFTER, memories=3, lasts=5.0),
    "shuffled seed=4": Step("shuffled", AFTER, seed=4),
    "foreign @after": Step("foreign", AFTER),
}


@pytest.mark.parametrize("text", SEARCHES)
def test_each_lie_of_a_search_reads_as_what_it_means(text):
    """A lie in each of its spellings becomes the value that it names."""
    assert parse(f"search: {text}").rules == (Rule("search", (SEARCHES[text],)),)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_rule_that_prints_as_its_name(name):
    """A name stands for its steps for any endpoint, between other rules too, and prints as itself."""
    first, named, last = parse(f"add: 500; {name}\nsearch: 418").rules
    assert (named.endpoint, named.steps) == ("*", PRESETS[name])
    assert str(named) == ("outage(30s)" if name == "outage" else name)
    assert (str(first), str(last)) == ("add: 500 @before", "search: 418 @before")


def test_an_outage_lasts_as_long_as_it_says():
    """The time in the brackets is that of the outage, thirty seconds unless told."""
    assert parse("outage").rules == parse("outage(30s)").rules == parse("outage( 30 )").rules
    assert parse("outage(2.5s)").rules[0].steps == (Step("status", BEFORE, status=503, lasts=2.5),)
    assert str(parse("outage(2.5)")) == "outage(2.5s)"


@pytest.mark.parametrize("text", STEPS)
def test_each_production_reads_as_what_it_means(text):
    """A step in each of its spellings becomes the value that it names."""
    assert only(text) == STEPS[text]


def test_each_how_strikes_where_the_contract_says():
    """Left out, WHERE is before the handler for what refuses, and after it for what spoils an answer."""
    before = {"status", "ok", "hang", "reset", "close", "redirect"}
    after = {"slow", "truncate", "drip", "garbage", "wrong-type", "empty", *LIES}
    assert {kind for kind, phase in KINDS.items() if phase == BEFORE} == before
    assert {kind for kind, phase in KINDS.items() if phase == AFTER} == after


DOCUMENTED = [
    "add: 503, 429(retry-after=2), ok",
    "search: 500 x3",
    "*: reset @after",
    "add: hang @before; details: 500",
    "*: 503 20% seed=7",
    "details: slow(1.5s), truncate, garbage",
]


@pytest.mark.parametrize("text", DOCUMENTED)
def test_the_contracts_examples_read_and_print_back(text):
    """Each example of the contract is read, and its one spelling means the same."""
    script = parse(text)
    assert parse(str(script)) == script
    assert script.text == text


def test_rules_are_parted_by_semicolons_and_lines():
    """Semicolons, line ends and empty rules between them part rules, and white space of any kind means nothing."""
    text = "\n add : 503 ,\u00a0ok;;\n\tsearch:500\r\n*: reset;\n"
    assert [rule.endpoint for rule in parse(text).rules] == ["add", "search", "*"]
    assert str(parse(text)) == "add: 503 @before, ok; search: 500 @before; *: reset @before"


@pytest.mark.parametrize(
    ("text", "column", "expected", "got"),
    [
        ("", 1, 'a rule such as "add: 503"', "the end"),
        (" ; ;", 5, 'a rule such as "add: 503"', "the end"),
        ("503", 1, "an endpoint (add, search, details or *) or a preset (outage, brownout, flapping,", "'503'"),
        ("ad: 503", 1, "an endpoint", "'ad'"),
        ('"add": 503', 1, "an endpoint", "'\"add\"'"),
        ("add 503", 5, "\":\" after 'add'", "'503'"),
        ("add", 4, '":" after', "the end"),
        ("add:", 5, "a status such as 503 or a fault such as reset", "the end"),
        ("add: , 503", 6, "a status such as 503", "','"),
        ("add: status", 6, "a status such as 503", "'status'"),
        ("add: explode", 6, "a status such as 503", "'explode'"),
        ("add: 503, boom", 11, "a status such as 503", "'boom'"),
        ("add: 503,", 10, "a status such as 503", "the end"),
        ("add: 100", 6, "a status from 200 to 599", "'100'"),
        ("add: 600", 6, "a status", "'600'"),
        ("add: 999999999999", 6, "a status", "'999999999999'"),
        ("add: ٥٠٣", 6, "a status such as 503", "'٥٠٣'"),
        ("add: ok(1)", 8, "no options after 'ok'", "'('"),
        ("add: hang(5s)", 10, "no options after 'hang'", "'('"),
        ("add: 503()", 10, "retry-after= or body=, each once", "')'"),
        ("add: 503(after=2)", 10, "retry-after= or body=", "'after'"),
        ("add: 503(retry-after=1, retry-after=2)", 25, "retry-after= or body=, each once", "'retry-after'"),
        ("add: 503(retry-after 2)", 22, '"=" after', "'2'"),
        ("add: 503(retry-after=)", 22, "a value of retry-after", "')'"),
        ("add: 503(retry-after=Thu, 1 Jan)", 27, "retry-after= or body=", "'1'"),
        ('add: 503(retry-after="a\x00b")', 22, "a value of retry-after without control characters", "'\"a\\x00b\"'"),
        ('add: redirect("a\rb")', 15, "a URL, quoted without control characters", "'\"a\\rb\"'"),
        ("add: 503(body=xml)", 15, "json, html, empty or text", "'xml'"),
        ("add: 503(body=html", 19, '"," or ")"', "the end"),
        ("add: slow(soon)", 11, 'seconds such as "1.5s"', "'soon'"),
        ("add: slow(-1s)", 11, "seconds", "'-1s'"),
        ('add: slow("1s")', 11, "seconds", "'\"1s\"'"),
        ("add: slow(1s, 2s)", 15, '")" after the one option of slow', "'2s'"),
        ("add: redirect(http://x)", 19, '"," or ")"', "':'"),
        ("add: redirect()", 15, "a URL, quoted", "')'"),
        ("add: 503 @", 11, "before, mid or after", "the end"),
        ("add: 503 @half", 11, "before, mid or after", "'half'"),
        ('add: 503 @"mid"', 11, "before, mid or after", "'\"mid\"'"),
        ("add: slow @mid", 12, "before or after", "'mid'"),
        ("add: truncate @mid", 16, "before or after", "'mid'"),
        ("add: redirect @mid", 16, "before or after", "'mid'"),
        ("add: ok @mid", 9, '",", ";" or one of x3,', "'@'"),
        ("add: truncate(half)", 15, '"chunked"', "'half'"),
        ("add: truncate(chunked, chunked)", 24, '")" after the one option of truncate', "'chunked'"),
        ("add: lost @before", 12, "after", "'before'"),
        ("add: twice @mid", 13, "after", "'mid'"),
        ("search: stale(2) @before", 19, "after", "'before'"),
        ("search: foreign x2 503", 20, '",", ";" or one of @after, x3,', "'503'"),
        ("add: stale(2)", 6, "a fault of add", "'stale'"),
        ("add: 503, shuffled", 11, "a fault of add", "'shuffled'"),
        ("search: lost", 9, "a fault of search", "'lost'"),
        ("details: twice", 10, "a fault of details", "'twice'"),
        ("*: missing(2)", 4, "a fault of *", "'missing'"),
        ("*: lost", 4, "a fault of *", "'lost'"),
        ("search: stale(0)", 15, "a number of memories of at least 1", "'0'"),
        ("search: missing(1.5)", 17, "a number of memories of at least 1", "'1.5'"),
        ("search: stale()", 15, "a number of memories of at least 1", "')'"),
        ("search: stale(1, 2)", 18, '")" after the one option of stale', "'2'"),
        ("search: shuffled(2)", 17, "no options after 'shuffled'", "'('"),
        ("outage(", 8, 'seconds such as "1.5s"', "the end"),
        ("outage()", 8, 'seconds such as "1.5s"', "')'"),
        ("outage(soon)", 8, 'seconds such as "1.5s"', "'soon'"),
        ("outage(5s", 10, '")"', "the end"),
        ("outage(5s) x2", 12, "the end of the preset 'outage'", "'x2'"),
        ("brownout: 503", 9, "the end of the preset 'brownout'", "':'"),
        ("flapping(5s)", 9, "the end of the preset 'flapping'", "'('"),
        ("rate-limited, 503", 13, "the end of the preset 'rate-limited'", "','"),
        ("add: 503, outage", 11, "a status such as 503", "'outage'"),
        ("add: 503 @after @after", 17, '",", ";" or one of ', "'@'"),
        ("add: ok @after", 9, '",", ";" or one of x3,', "'@'"),
        ("add: 503 x0", 10, "a count of at least 1", "'x0'"),
        ("add: 503 for 0s", 14, "a time above 0s", "'0s'"),
        ("outage(0.0s)", 8, "a time above 0s", "'0.0s'"),
        ("add: 503 x2 x3", 13, '",", ";" or one of ', "'x3'"),
        ("add: 503 x", 10, '",", ";" or one of ', "'x'"),
        ("add: 503 101%", 10, "a percentage from 0 to 100", "'101'"),
        ("add: 503 a%", 10, "a percentage from 0 to 100", "'a'"),
        ("add: 503 5% 6%", 13, '",", ";" or one of ', "'6'"),
        ("add: 503 20", 10, '",", ";" or one of ', "'20'"),
        ("add: 503 seed", 14, '"=" after "seed"', "the end"),
        ("add: 503 seed=x", 15, "an int", "'x'"),
        ("add: 503 seed=1 seed=2", 17, '",", ";" or one of ', "'seed'"),
        ("add: 503 for", 13, "seconds", "the end"),
        ("add: 503 for ever", 14, "seconds", "'ever'"),
        ("add: 503 for 5s for 6s", 17, '",", ";" or one of ', "'for'"),
        ("add: 503 reset", 10, '",", ";" or one of ', "'reset'"),
        ("add: 503: 500", 9, '",", ";" or one of ', "':'"),
        ("add: 503 20%, ok", 15, "the end of the rule", "'ok'"),
        ("add: 503 for 5s, 500 20%, 429 x2", 27, "the end of the rule", "'429'"),
    ],
)
def test_a_refusal_names_the_column_and_what_was_expected(text, column, expected, got):
    """Each script that cannot be read says at which column, what was expected there and what was got."""
    with pytest.raises(ScriptError) as caught:
        parse(text)
    words = str(caught.value)
    assert f"column {column}: expected {expected}" in words
    assert re.search(f"got {re.escape(got)}(; .+)?$", words)


def test_a_quotation_mark_left_open_is_named_by_its_column():
    """An open quotation mark is refused where it stands."""
    with pytest.raises(ScriptError, match="column 22: expected a closing quotation mark, got '\"Thu, 01"):
        parse('add: 503(retry-after="Thu, 01')


def test_in_several_lines_the_line_is_named_too():
    """A script of several lines says which line and which column of it."""
    with pytest.raises(ScriptError, match=r"line 3, column 9: expected a status"):
        parse("add: 503\n\nsearch: boom")


def test_what_is_no_text_is_refused():
    """A script that is no text is a ScriptError, as every other bad script is."""
    for value in (None, 5, b"add: 503", ["add: 503"]):
        with pytest.raises(ScriptError, match="fault script: expected a text such as"):
            parse(value)


times = st.integers(0, 10**12).map(lambda number: number / 1000)
printable = st.text(st.characters(blacklist_categories=("C", "Z"), whitelist_characters=" "), max_size=20)


@st.composite
def steps(draw, endpoint):
    kind = draw(st.sampled_from(sorted(kind for kind in KINDS if LIES.get(kind, endpoint) == endpoint)))
    places = [KINDS[kind]] if kind == "ok" or kind in LIES else [BEFORE, AFTER, *([MID] if kind in MIDWAY else [])]
    made = {"phase": draw(st.sampled_from(places))}
    if kind == "status":
        made["status"] = draw(st.integers(200, 599))
        made["retry_after"] = draw(st.none() | printable)
        made["body"] = draw(st.sampled_from(["json", "html", "empty", "text"]))
    elif kind in {"slow", "drip"}:
        made["seconds"] = draw(times.filter(lambda value: value < 1e9))
    elif kind == "redirect":
        made["url"] = draw(printable)
    elif kind in {"stale", "missing"}:
        made["memories"] = draw(st.integers(1, 999_999_999))
    elif kind == "truncate":
        made["chunked"] = draw(st.booleans())
    made["count"] = draw(st.none() | st.integers(1, 999_999_999))
    made["percent"] = draw(st.none() | st.integers(0, 100_000_000).map(lambda number: number / 1_000_000))
    made["seed"] = draw(st.none() | st.integers(-(10**17), 10**17))
    made["lasts"] = draw(st.none() | times.filter(lambda value: 0 < value < 1e9))
    return Step(kind=kind, **made)


@st.composite
def rules(draw):
    endpoint = draw(st.sampled_from(["add", "search", "details", "*"]))
    several = draw(st.lists(steps(endpoint), min_size=1, max_size=4))
    kept = several[:1]
    for step in several[1:]:
        if kept[-1].stays and step.percent is None:
            break
        kept.append(step)
    return Rule(endpoint, tuple(kept))


outages = times.filter(lambda value: 0 < value < 1e9).map(lambda seconds: preset("outage", seconds))
presets = outages | st.sampled_from(sorted(PRESETS)).map(preset)


@pytest.mark.slow
@given(st.lists(rules() | presets, min_size=1, max_size=3))
def test_every_script_prints_as_what_reads_back(made):
    """The one spelling of any script is read as that same script, and prints as itself."""
    script = Script(tuple(made))
    again = parse(str(script))
    assert again == script
    assert str(again) == str(script)


WORDS = ["add", "*", ":", ",", ";", "\n", "503", "ok", "slow", "(", ")", "=", "@", "after", "x3", "5", "%", "for", "1s"]
WORDS += ["search", "stale", "missing", "shuffled", "lost", "twice", "mid", "before", "chunked", "truncate"]
WORDS += ["outage", "brownout", "flapping", "rate-limited", "lost-answers", "hang"]
WORDS += ["seed", "retry-after", "body", "html", '"a b"', "'", "\\", "redirect", "\u00e9", "\x0b"]


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_column(text):
    """Any text is a script or a ScriptError that names a column; nothing else comes out."""
    try:
        script = parse(text)
    except ScriptError as error:
        refused = str(error)
    else:
        assert parse(str(script)) == script
        return
    assert re.search(r"column \d+: expected .+, got", refused)
