"""`python -m octamem search`, `add` and `details`: what they print, where, and with which exit status."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest

from octamem._version import __version__

KEY = "sk-om-live-command-0000000000000001"


def test_what_is_added_is_found(command):
    """`add` stores a memory under its context, and `search` prints it as text to read."""
    added = command("add", "Ana drinks her tea without milk.", "--context", "Guests")
    assert (added.status, added.err) == (0, "")
    assert added.out.startswith("stored rec_")
    found = command("search", "How does Ana take her tea?", "--context", "Guests")
    assert found.status == 0
    assert found.out.startswith("1. Ana drinks her tea without milk.\n   semantic · score ")
    assert command("search", "tea", "--context", "Elsewhere").out == "no memory matches\n"


def test_json_is_the_whole_result(command):
    """With --json, each of the three prints one JSON object that has the fields of the result."""
    assert command("add", "Tea at four", "--json").json["id"].startswith("rec_")
    assert command("search", "tea", "--json").json["results"][0]["content"] == "Tea at four"
    assert command("details", "--json").json["usage"] == 1


def test_details_are_lines_to_read(command):
    """`details` prints one fact a line, and says that there is no limit if there is none."""
    printed = command("details")
    assert printed.status == 0
    assert {"usage: 0", "limit: none", "unit: memories"} <= set(printed.out.splitlines())


def test_a_content_is_read_from_standard_input(command):
    """`add -` stores what comes on standard input."""
    assert command("add", "-", stdin="Two lines\nof text").status == 0
    assert command.contents() == ["Two lines\nof text"]


def test_the_same_key_stores_once(command):
    """`--idempotency-key` reaches the service, so that a script may run the command again."""
    for _ in range(2):
        assert command("add", "Tea", "--idempotency-key", "note-1").status == 0
    assert command.contents() == ["Tea"]


def test_a_memory_cannot_steer_the_terminal(command):
    """Control characters of a stored memory are not printed; line breaks and tabs are."""
    command("add", "red \x1b[31m tea\r\nand\tcake \x07\x9b2J")
    printed = command("search", "tea").out
    assert "red �[31m tea\n   and\tcake ��2J" in printed
    assert not set(printed) & {"\x1b", "\x07", "\x9b", "\r"}


def test_the_streams_are_printed_if_there_are_no_records(command, answering):
    """An answer that has its memories in streams alone is not shown as empty."""
    command.transport = answering(200, {"semantic_memory": "Ana drinks tea."})
    assert "Ana drinks tea." in command("search", "tea").out


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "check the API key"), (400, "correct the call"), (404, "check base_url"), (413, "send a shorter text")],
)
def test_a_refusal_is_one_line_and_status_1(command, answering, status, said):
    """What the service refuses is told on standard error, with what to do, and without a traceback."""
    command.transport = answering(status, {"error": f"no, {KEY}"})
    printed = command("add", "Tea")
    assert (printed.status, printed.out) == (1, "")
    assert said in printed.err
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("serch", "tea"),
        ("search",),
        ("search", "tea", "cake"),
        ("add", " "),
        ("details", "more"),
        ("details", "--timeout", "soon"),
        ("details", "--timeout", "0"),
        ("details", "--base-url", "platform.octamem.com"),
        ("add", "Tea", "--idempotency-key", " spaced "),
        ("import",),
        ("import", "notes.txt", "--concurrency", "0"),
        ("import", "notes.txt", "--concurrency", "many"),
        ("import", "notes.txt", "--format", "xml"),
    ],
)
def test_a_wrong_command_line_is_status_2_and_sends_nothing(command, words):
    """A command line that makes no sense is refused before anything is sent."""
    command.file("notes.txt", "Tea\n")
    printed = command(*words)
    assert printed.status == 2
    assert printed.err
    assert printed.out == ""
    assert command.fake.requests() == []


@pytest.mark.parametrize(
    "words",
    [
        (KEY,),
        ("search", "tea", KEY),
        ("search", "tea", f"--apikey={KEY}"),
        ("search", "tea", "--api-key", KEY),
        ("details", "--timeout", KEY),
        ("details", "--base-url", KEY),
        ("import", "notes.txt", "--format", KEY),
        ("import", "notes.txt", "--concurrency", KEY),
        ("import", KEY),
    ],
)
def test_a_key_in_a_wrong_place_is_not_printed(command, words):
    """A key that stands anywhere on the command line is in no refusal; the fixture looks for it."""
    printed = command(*words)
    assert printed.status == 2
    assert KEY not in printed.err


def test_a_missing_key_is_told(command, monkeypatch):
    """Without OCTAMEM_API_KEY the command says that it is needed."""
    monkeypatch.delenv("OCTAMEM_API_KEY")
    printed = command("details")
    assert printed.status == 1
    assert "OCTAMEM_API_KEY" in printed.err


def test_an_interrupt_is_status_130(command, monkeypatch):
    """Ctrl-C during a call ends with 130, and without a traceback."""

    class Interrupted(type(command.transport)):
        def handle_request(self, request):
            raise KeyboardInterrupt

    command.transport = Interrupted(command.fake)
    printed = command("details")
    assert (printed.status, printed.out, printed.err) == (130, "", "stopped by Ctrl-C\n")


def test_an_interrupt_while_the_command_loads_is_status_130(command, monkeypatch):
    """Ctrl-C before the parts of the command are loaded ends with 130 too."""

    class Interrupting:
        def find_spec(self, name, *_):
            if name == "octamem._command.main":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "octamem._command.main", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    printed = command("details")
    assert (printed.status, printed.out, printed.err) == (130, "", "stopped by Ctrl-C\n")


@pytest.mark.slow
def test_the_module_is_a_program():
    """`python -m octamem` runs in a process of its own, whatever its output is connected to."""
    ran = subprocess.run(
        [sys.executable, "-m", "octamem", "--version"], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.strip() == f"octamem {__version__}"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_terminal_can_show_a_memory(command, monkeypatch, encoding):
    """A character that the terminal does not have is printed as its code, and JSON stays JSON."""
    command("add", "Tea ☕ für 2")
    for words in (["search", "tea"], ["search", "tea", "--json"]):
        # As Python opens the output of a process in such a terminal.
        terminal = io.TextIOWrapper(io.BytesIO(), encoding=encoding, line_buffering=True)
        monkeypatch.setattr(sys, "stdout", terminal)
        assert command(*words).status == 0
        text = terminal.buffer.getvalue().decode(encoding)
        assert "Tea" in text
        assert "--json" not in words or json.loads(text)["results"][0]["content"] == "Tea ☕ für 2"
