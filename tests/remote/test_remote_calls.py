"""`octamem-fake calls`: the list, one call, and what comes while one looks."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
from contextlib import closing
from itertools import count

import pytest

from fake_server.cli.remote import calls as module
from fake_server.cli.remote.call_text import HEADER
from fake_server.cli.remote.client import Address, Control, UnreachableError
from fake_server.cli.remote.follow import AGAIN, News, follow
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
        ["search", "200", "nothing found", "tea"],
    ]
    assert KEY not in ran.out
    assert len(command("calls", "--limit", "1").out.splitlines()) == 2
    assert len(command("calls", "--api-key", KEY, "--json").json["calls"]) == 2


def test_no_calls_yet_says_how_to_make_one(command, fake):
    """An empty journal is told with what points a program at the server."""
    assert "no calls yet; octamem-fake env prints the exports" in command("calls").out


def test_a_call_is_shown_with_each_attempt(command, made):
    """What was sent, each attempt's fault, answer and effect, and the waits between them."""
    (call, *_) = command("calls", "--json").json["calls"]
    ran = command("calls", call["id"])
    assert ran.status == 0
    for said in (
        '"content": "tea at four"',
        "fault       503 @before",
        "attempt 2 (retry, ",
        f"stored {call['stored'][0]}",
    ):
        assert said in ran.out
    assert command("calls", call["id"], "--json").json["id"] == call["id"]


def test_a_call_that_is_not_there_is_said_with_status_1(command, made):
    """The message names the id, and how to list those that there are."""
    ran = command("calls", "nope")
    assert (ran.status, ran.out) == (1, "")
    assert "the journal has no call 'nope'; list them with octamem-fake calls" in ran.err
    assert command("calls", "nope", "--follow").status == 2


def test_a_memory_cannot_steer_the_terminal(command, fake):
    """Control characters of a text stand in no row, and a line break breaks none."""
    fake.add("\x1b[2Jtea\n\x07at\u202efour")
    ran = command("calls")
    assert len(ran.out.splitlines()) == 2
    assert not re.search("[\x1b\x07\u202e]", ran.out)


class Screen:
    """A terminal of a few lines that knows what the table writes: text, line ends, cursor up and down, clear line."""

    def __init__(self, lines):
        self.lines, self.row, self.height = [""], 0, lines

    def write(self, text):
        for part in re.findall(r"\x1b\[(\d+)([A-Z])|([^\x1b])", text):
            number, verb, plain = part
            if verb == "A":
                self.row -= int(number)
                assert self.row > len(self.lines) - 1 - self.height, "beyond the top of the screen"
            elif verb == "B":
                self.row += int(number)
            elif verb == "K":
                self.lines[self.row] = ""
            elif plain == "\n":
                self.row += 1
                self.lines += [""] * (self.row == len(self.lines))
            elif plain != "\r":
                self.lines[self.row] += plain

    def flush(self):
        pass


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


def test_what_is_followed_is_what_changed_since_one_looks(served, asking):
    """Calls of before are not shown; a new one is, and again once it has another attempt."""
    headers = {"idempotency-key": "one"}
    served.search("before", key=KEY)
    served.fake.faults("add: 503")
    news = follow(asking, {}, pause=lambda _: served.add("tea", key=KEY, headers=headers))
    for lane in ([503], [503, 200]):
        (call,) = next(news).calls
        assert [each["status"] for each in call["attempts"]] == lane


def test_a_server_that_goes_away_is_waited_for(asking, monkeypatch):
    """The first failure is told, the pauses grow, and the calls of the server that answers again are shown."""
    pauses, turns, asked = [], count(), asking.ask

    def ask(method, path, **query):
        if 1 <= next(turns) <= len(AGAIN) + 1:
            raise UnreachableError("GET x: no server answers; start one")
        return asked(method, path, **query)

    monkeypatch.setattr(asking, "ask", ask)
    news = follow(asking, {}, pause=pauses.append)
    assert next(news) == News(says="GET x: no server answers; trying again")
    assert next(news) == News(says="the server answers again")
    assert pauses[1:] == [*AGAIN, AGAIN[-1]]


@pytest.mark.parametrize("form", ["lines", "json", "terminal"])
def test_following_prints_what_comes(command, fake, asking, monkeypatch, form):
    """In a pipe each attempt is a line, with --json each change an object, on a terminal the call one row."""
    fake.fake.faults("add: 503")
    headers = {"idempotency-key": "one"}

    def two_attempts(control, scope):
        for _ in range(2):
            fake.add("tea", key=KEY, headers=headers)
            yield News(tuple(control.ask("GET", "/calls", **scope)["calls"]))
        yield News(says="the server answers again")
        raise KeyboardInterrupt

    screen = Screen(20)
    screen.isatty = lambda: form == "terminal"
    monkeypatch.setattr(module, "follow", two_attempts)
    if form == "terminal":
        monkeypatch.setattr(module.sys, "stdout", screen)
        with pytest.raises(KeyboardInterrupt):
            module._follow(asking, {}, as_json=False)
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
