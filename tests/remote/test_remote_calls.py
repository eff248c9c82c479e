"""`octamem-fake calls`: the list, one call, and what comes while one looks."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
from contextlib import closing, suppress

import pytest
from remote_terminal import Screen

from fake_server.cli.remote import calls as module
from fake_server.cli.remote.call_text import HEADER
from fake_server.cli.remote.client import Address, Control, UnreachableError
from fake_server.cli.remote.events import Event, read_events
from fake_server.cli.remote.follow import News, follow
from fake_server.cli.remote.live_table import LiveTable

KEY = "sk-om-live-calls-0000000000000001"


@pytest.fixture
def asking(served):
    """Give a client of the control API."""
    with closing(Control(Address(served.url))) as control:
        yield control


@pytest.fixture
def made(fake):
    """Make a call that stores after a 503, one that finds it, and one that finds nothing under another key."""
    fake.fake.faults("add: 503")
    headers = {"idempotency-key": "one"}
    for _ in range(2):
        fake.add("tea at four", key=KEY, headers=headers)
    fake.search("tea", key=KEY)
    fake.search("tea", key="other-key-of-sixteen")
    return fake


def test_calls_are_listed_with_what_became_of_them(command, made):
    """A row has the attempts of the call, what came of it and what was asked, and no key."""
    ran = command("calls")
    header, *rows = ran.out.splitlines()
    assert (ran.status, header.split()) == (0, list(HEADER))
    assert [re.split(r"  +", row)[3:] for row in rows] == [
        ["add", "503 > 200", "1 stored", "tea at four"],
        ["search", "200", "1 found", "tea"],
        ["search", "200", "Nothing found: no memories", "tea"],
    ]
    assert KEY not in ran.out
    assert len(command("calls", "--limit", "1").out.splitlines()) == 2
    assert len(command("calls", "--api-key", KEY, "--json").json["calls"]) == 2


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--endpoint", "search"], 2),
        (["--outcome", "answered"], 3),
        (["--flag", "nothing_found"], 1),
        (["--status", "503"], 1),
        (["--fault", "503"], 1),
        (["--text", "FOUR"], 1),
        (["--context", "Office"], 0),
        (["--since", "1h"], 3),
        (["--since", "2099-01-01T00:00:00Z"], 0),
    ],
    ids=lambda each: each[0] if isinstance(each, list) else "",
)
def test_filters_say_which_calls_are_listed(command, made, options, count):
    """Each option lists the calls that have what it names, and none is said if there is none."""
    assert len(command("calls", *options, "--json").json["calls"]) == count
    assert (command("calls", *options).out == "no such calls\n") == (count == 0)


def test_a_time_that_cannot_be_read_is_refused_with_status_2(command):
    """The message says how a time is written, and how an age is."""
    ran = command("calls", "--since", "yesterday")
    assert ran.status == 2
    assert "expected a time such as 2026-01-31T12:00:00Z, or how long ago, such as 10m, got 'yesterday'" in ran.err


def test_no_calls_yet_says_what_to_do(command, fake):
    """An empty journal is told with the command that looks for the reason."""
    assert command("calls").out == (
        "no calls yet; octamem-fake doctor says whether your program talks to this server\n"
    )


def test_a_call_is_shown_with_its_verdict_and_each_attempt(command, made):
    """What happened, what was sent, and each attempt's fault, answer and effect."""
    (call, *_, empty) = command("calls", "--json").json["calls"]
    ran = command("calls", call["id"])
    assert ran.status == 0
    for said in ('"content": "tea at four"', "  fault       503 @before", "attempt 2 (retry) at ", call["stored"][0]):
        assert said in ran.out
    assert command("calls", call["id"], "--json").json["verdict"]["title"] in ran.out
    nothing = command("calls", empty["id"]).out
    assert "No memory is stored under k2." in nothing
    assert re.search("stored under the key +0 +<- here\n", nothing)


@pytest.mark.parametrize("form", ["pytest", "curl", "fault", "request", "answers"])
def test_a_call_is_printed_as_code(command, made, form):
    """What the server writes for a call is printed as it is."""
    (call, *_) = command("calls", "--json").json["calls"]
    ran = command("calls", call["id"], "--as", form)
    assert (ran.status, KEY in ran.out) == (0, False)
    assert {"pytest": "def test_", "curl": "curl ", "fault": "add: 503"}.get(form, "{") in ran.out


def test_a_call_that_is_not_there_is_said_with_status_1(command, made):
    """The message names the id, and how to list those that there are."""
    ran = command("calls", "nope")
    assert (ran.status, ran.out) == (1, "")
    assert "expected the id of a call in the journal, got nope" in ran.err


@pytest.mark.parametrize("options", [["x", "--follow"], ["x", "--flag", "fault"], ["--as", "curl"]])
def test_what_does_not_go_together_is_refused_with_status_2(command, options):
    """An id is one call, so nothing filters it; what prints a call as code needs an id."""
    ran = command("calls", *options)
    assert (ran.status, ran.out) == (2, "")
    assert "ids" in ran.err


def test_a_memory_cannot_steer_the_terminal(command, fake):
    """Control characters of a text stand in no row, and a line break breaks none."""
    fake.add("\x1b[2Jtea\n\x07at\u202efour")
    ran = command("calls")
    assert len(ran.out.splitlines()) == 2
    assert not re.search("[\x1b\x07\u202e]", ran.out)


def test_a_row_changes_where_it_stands_as_long_as_it_is_on_the_screen():
    """A call that goes on is written over its row; one that has left the screen is added below."""
    screen = Screen(4)
    table = LiveTable(("ID", "STATE"), screen, lambda: (12, 4))
    for identity in ("a", "b"):
        table.show(identity, (identity, "open"))
    table.show("a", ("a", "200 and more than fits"))
    assert screen.lines == ["ID  STATE", "a   200 an…", "b   open", ""]
    table.say("gone")
    table.show("c", ("c", "open"))
    table.show("a", ("a", "late"))
    assert screen.lines == ["ID  STATE", "a   200 an…", "b   open", "gone", "c   open", "a   late", ""]


def test_the_header_stands_above_its_columns_however_they_grow():
    """A table that began empty is written again when a cell needs more room, as far as it is on the screen."""
    screen = Screen(4)
    table = LiveTable(("ID", "KEY", "STATE"), screen, lambda: (40, 4))
    table.show("call-1", ("call-1", "k1", "open"))
    assert screen.lines == ["ID      KEY  STATE", "call-1  k1   open", ""]
    table.say("the server answers again")
    table.show("call-2", ("call-2", "k2 sk-o…0001", "open"))
    at = [line.index(word) for line, word in zip(screen.lines, ("STATE", "open", "server answers", "open"))]
    assert (at[0], at[1], at[3]) == (22, 22, 22)
    table.show("call-1", ("call-1", "k1 sk-o…0000002", "200"))
    assert screen.lines[0] == "ID      KEY           STATE"  # no longer on the screen
    assert [line.index(word) for line, word in zip(screen.lines[1::2], ("200", "open"))] == [25, 25]


def test_events_are_read_as_the_standard_has_them():
    """Data of several lines is one text, comments and empty events are left out, and an id stays until the next."""
    sent = b': hello\nid: a.1\nevent: calls\ndata: {"calls":\ndata: []}\n\ndata:{"x": 1}\r\n\r\nevent: empty\n\nid\n'
    assert list(read_events(sent.splitlines(keepends=True))) == [
        Event("a.1", "calls", {"calls": []}),
        Event("a.1", "message", {"x": 1}),
    ]


def event(name, **data):
    return [b"event: %s\n" % name.encode(), b"data: %s\n" % json.dumps(data).encode(), b"id: e.%d\n" % len(data), b"\n"]


class Server:
    """A control API that gives its answers one after another: lists, streams, and errors."""

    def __init__(self, lists, streams):
        self.lists, self.streams, self.asked, self.resumed = list(lists), list(streams), [], []

    def ask(self, method, path, **query):
        self.asked.append((path, query))
        return self._next(self.lists)

    def lines(self, path, headers, **query):
        self.asked.append((path, query))
        self.resumed.append(headers["Last-Event-ID"])
        return iter(self._next(self.streams))

    def _next(self, answers):
        answer = answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


def summary(identity, rev=1):
    return {"id": identity, "rev": rev}


def listed(*calls):
    return {"calls": list(calls), "as_of": "e.0"}


def followed(server, **options):
    """Give all news until the server has nothing more to say, and the pauses."""
    pauses, news = [], []
    with suppress(IndexError):
        for each in follow(server, options.pop("wanted", {}), pause=pauses.append, **options):
            news.append(each)  # noqa: PERF402 - it may end in the middle
    return [each for each in news if each != News()], pauses


def test_what_is_followed_is_what_the_events_tell():
    """Calls of before are not shown unless some are wanted, and the stream begins where the list ended."""
    a, b = summary("a"), summary("b")
    for before, old in ((0, []), (1, [News((b,))])):
        server = Server([listed(a, b)], [event("calls", calls=[summary("b", 2)], skipped=3)])
        assert followed(server, before=before)[0] == [
            *old,
            News((summary("b", 2),), "3 calls more came than are shown here"),
        ]
        assert server.resumed[0] == "e.0"


def test_as_many_calls_of_before_are_shown_as_are_wanted():
    """More than are read otherwise are asked for, and none of them is left out."""
    server = Server([listed(*[summary(str(number)) for number in range(500)])], [[]])
    (shown,), _ = followed(server, before=500)
    assert len(shown.calls) == server.asked[0][1]["limit"] == 500
    fewer = (summary("a"), summary("b"), summary("c"))
    assert followed(Server([listed(*fewer)], [[]]), before=4)[0] == [News(fewer)]


def test_the_filters_of_the_list_are_those_of_the_events():
    """What the list is asked for, the stream is asked for too."""
    server = Server([listed()], [[]])
    followed(server, wanted={"flag": "fault"})
    assert server.asked[:2] == [
        ("/calls", {"limit": 200, "flag": "fault"}),
        ("/events", {"topics": "calls", "flag": "fault"}),
    ]


def test_a_new_call_is_followed_through_its_attempts(served, asking):
    """A real stream tells a call that is made, and tells it again once it has another attempt."""
    headers = {"idempotency-key": "one"}
    served.search("before", key=KEY)
    served.fake.faults("add: 503")
    news = follow(asking, {})
    assert next(news) == News()
    lanes = []
    while [503, 200] not in lanes:
        served.add("tea", key=KEY, headers=headers)
        lanes += [[each["status"] for each in call["attempts"]] for call in next(news).calls]
    news.close()


def test_a_server_that_goes_away_is_waited_for_and_its_restart_is_told():
    """The first failure is told once, the pauses grow, and after a restart the calls of the new server are shown."""
    gone = UnreachableError("GET x: no server answers; start one")
    restarted = event("resync", reason="restarted")
    server = Server([listed(), listed(summary("a"))], [[], *[gone] * 6, restarted, gone])
    news, pauses = followed(server)
    assert news == [
        News(says="GET x: no server answers; trying again"),
        News(says="the server answers again"),
        News((summary("a"),), "the server was restarted: these are its calls"),
        News(says="GET x: no server answers; trying again"),
    ]
    assert pauses == [0.5, 1.0, 2.0, 5.0, 5.0, 5.0, 5.0, 0.5, 1.0]


def test_a_server_that_is_not_there_at_the_beginning_is_an_error(command):
    """Only a server that answered once is waited for."""
    assert command("calls", "--follow", "--url", "http://127.0.0.1:1").status == 1


@pytest.mark.parametrize("form", ["lines", "json", "terminal"])
def test_following_prints_what_comes(command, fake, asking, monkeypatch, form):
    """In a pipe each attempt is a line, with --json each change an object, on a terminal the call one row."""
    fake.fake.faults("add: 503")
    headers = {"idempotency-key": "one"}

    def two_attempts(control, wanted, **_):
        for _ in range(2):
            fake.add("tea", key=KEY, headers=headers)
            yield News(tuple(control.ask("GET", "/calls", limit=10, **wanted)["calls"]))
        yield News(says="the server answers again")
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "follow", two_attempts)
    if form == "terminal":
        screen = Screen(20)
        screen.isatty = lambda: True
        monkeypatch.setattr(module.sys, "stdout", screen)
        with pytest.raises(KeyboardInterrupt):
            module._follow(asking, {}, 0, as_json=False)
        assert len(screen.lines) == 4
        assert "503 > 200  1 stored" in screen.lines[1]
        assert screen.lines[2] == "the server answers again"
        return
    ran = command("calls", "--follow", *(["--json"] if form == "json" else []))
    assert (ran.status, ran.err) == (130, "the server answers again\n")
    first, second = ran.out.splitlines()
    if form == "json":
        assert [len(json.loads(line)["attempts"]) for line in (first, second)] == [1, 2]
    else:
        assert ("1: 503" in first, "2: 200" in second, KEY in ran.out) == (True, True, False)


@pytest.mark.slow
def test_ctrl_c_ends_a_follower_with_130(served):
    """A process that follows prints what comes, and ends on SIGINT with 130 and no traceback."""
    following = subprocess.Popen(
        [sys.executable, "-m", "fake_server", "calls", "--follow"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "OCTAMEM_BASE_URL": served.url},
    )  # fmt: skip
    try:
        while not select.select([following.stdout], [], [], 0.1)[0]:
            served.add("tea", key=KEY)
        assert "tea" in following.stdout.readline()
        following.send_signal(signal.SIGINT)
        _, err = following.communicate(timeout=60)
    finally:
        following.kill()
    assert (following.returncode, err) == (130, "")
