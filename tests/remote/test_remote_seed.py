"""`octamem-fake seed`: what is stored, what is told of wrong lines, and how a second run goes on."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fake_server.cli.remote import seed as module
from fake_server.cli.remote.client import Control
from fake_server.cli.remote.progress import Progress
from fake_server.core.tenants.seed_fields import SEED_FIELDS, as_seed

KEY = "sk-om-live-seeds-0000000000000001"
WRONG = b'"tea"\n{"text": "x"}\n\noops\n["cake", "Home"]\n{"content": ""}\n{"content": "jam", "type": "episodic"}\n'


def stored(fake, key=KEY):
    return [(memory.content, memory.context) for memory in fake.fake.memories(key=key)]


def seed(command, content, *options, name="m.jsonl"):
    Path(name).write_bytes(content)
    return command("seed", name, "--api-key", KEY, *options)


def test_the_right_lines_are_stored_and_each_wrong_one_is_named(command, fake):
    """Every wrong line is on standard error with its number, blank lines counted, and the others are stored."""
    ran = seed(command, WRONG)
    assert stored(fake) == [("tea", ""), ("cake", "Home"), ("jam", "")]
    assert fake.fake.memories(key=KEY)[2].type == "episodic"
    assert (ran.status, ran.out) == (1, "3 memories stored, 3 wrong lines\n")
    assert [line.partition(": ")[0] for line in ran.err.splitlines()] == [f"m.jsonl, line {n}" for n in (2, 4, 6)]
    assert "text: unknown field" in ran.err
    assert "content must not be empty" in ran.err


def test_a_second_run_stores_what_is_missing_alone(command, fake):
    """After a correction, an added line and a removed one, only what is new is stored."""
    seed(command, WRONG)
    ran = seed(command, b'"salt"\n' + WRONG.replace(b"oops", b'"bread"').replace(b'"tea"\n', b""))
    assert sorted(stored(fake)) == sorted([("tea", ""), ("cake", "Home"), ("jam", ""), ("salt", ""), ("bread", "")])
    assert ran.out == "2 memories stored, 2 already there, 2 wrong lines\n"
    assert ran.status == 1


def test_equal_lines_are_stored_as_often_as_they_stand_in_the_file(command, fake):
    """Two equal lines are two memories, in the first run and in the second."""
    for _ in range(2):
        assert seed(command, b'"tea"\n"tea"\n').status == 0
    assert stored(fake) == [("tea", ""), ("tea", "")]


def test_a_run_that_was_cut_off_goes_on_where_it_was(command, fake, monkeypatch):
    """What an interrupted run has stored is not stored again, and the interruption ends with 130."""
    monkeypatch.setattr("fake_server.cli.remote.seeding.MEMORIES", 20)
    lines = b"".join(b'"note %d"\n' % number for number in range(60))
    put, sent = module.store, []

    def interrupted(lines, control, *others, **options):
        def ask(method, path, body=None, **query):
            sent.append(method)
            if sent.count("POST") == 3:
                raise KeyboardInterrupt
            return asked(method, path, body, **query)

        asked, control.ask = control.ask, ask
        put(lines, control, *others, **options)

    monkeypatch.setattr(module, "store", interrupted)
    ran = seed(command, lines)
    assert (ran.status, len(stored(fake))) == (130, 40)
    assert "interrupted: at least 40 memories stored; run the command again to store the rest" in ran.err
    monkeypatch.setattr(module, "store", put)
    assert seed(command, lines).out == "20 memories stored, 40 already there\n"
    assert len({content for content, _ in stored(fake)}) == 60


@pytest.mark.slow
@pytest.mark.parametrize(("ended", "status"), [("SIGINT", 130), ("SIGTERM", -signal.SIGTERM), ("SIGKILL", -9)])
def test_a_process_that_was_ended_goes_on_where_it_was(command, fake, ended, status):
    """Of 20,000 lines none is lost and none is stored twice, however the first run ended in the middle of them."""
    texts = [f"note {number} of {'the file' * 30}" for number in range(19_998)] + ["twice"] * 2
    lines = [json.dumps(text).encode() + b"\n" for text in texts]
    words = [sys.executable, "-m", "fake_server", "seed", "-", "--api-key", KEY, "--url", fake.url]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        running.stdin.write(b"".join(lines[:9_000]))
        running.stdin.flush()  # and left open: what is ended cannot be over
        while not fake.control("GET", f"memories?key={KEY}&limit=1")[1]["memories"]:
            assert running.poll() is None
        running.send_signal(signal.Signals[ended])
        assert running.wait(60) == status
        running.stdin.close()
    there = len(stored(fake))
    assert 0 < there <= 9_000
    ran = seed(command, b"".join(lines))
    assert ran.out == f"{20_000 - there:,} memories stored, {there:,} already there\n"
    assert sorted(content for content, _ in stored(fake)) == sorted(texts)


@pytest.mark.parametrize("source", ["file", "standard input"])
def test_all_or_none_stores_nothing_if_a_line_is_wrong(command, fake, source):
    """With --all-or-none every wrong line is named once, and the right ones are stored once none is wrong."""
    right = b'"tea"\n"jam"\n'
    for content, status, count in ((WRONG, 1, 0), (right, 0, 2)):
        Path("m.jsonl").write_bytes(content)
        name, stdin = ("m.jsonl", b"") if source == "file" else ("-", content)
        ran = command("seed", name, "--api-key", KEY, "--all-or-none", stdin=stdin)
        assert (ran.status, len(stored(fake))) == (status, count)
        assert len(ran.err.splitlines()) == 3 * status


def test_all_or_none_stores_nothing_if_an_id_is_taken(command, fake):
    """A line whose id is stored with something else is wrong before any other is stored, and named once."""
    fake.fake.remember([{"id": "rec_1", "content": "tea"}], key=KEY)
    content = b'"jam"\n{"id": "rec_1", "content": "cake"}\n'
    ran = seed(command, content, "--all-or-none")
    assert (ran.status, ran.out, ran.err.count("rec_1")) == (1, "0 memories stored, 1 wrong line\n", 1)
    assert stored(fake) == [("tea", "")]
    assert seed(command, content, "--all-or-none", "--replace").out == "1 memory stored, 1 replaced\n"
    assert sorted(stored(fake)) == [("cake", ""), ("jam", "")]


def test_check_asks_no_server(command):
    """With --check the lines are read, the wrong ones are named, and no server needs to be there."""
    ran = seed(command, WRONG, "--check", "--url", "http://127.0.0.1:1")
    assert (ran.status, ran.out, len(ran.err.splitlines())) == (1, "3 lines can be stored, 3 wrong lines\n", 3)


def test_every_field_of_a_line_is_stored(command, fake):
    """What a line says of a memory is what the server has then, so that a second run finds it."""
    fields = {
        "id": "rec_a",
        "content": "tea",
        "previousContext": "Home",
        "type": "episodic",
        "source": "notes",
        "created_at": "2026-01-31T12:00:00Z",
        "file": {"id": "file_1", "name": "tea.md"},
    }
    assert set(fields) == set(SEED_FIELDS)
    line = json.dumps(fields).encode()
    assert seed(command, line).out == "1 memory stored\n"
    (memory,) = fake.fake.memories(key=KEY)
    assert as_seed(memory) == fields
    assert seed(command, line).out == "0 memories stored, 1 already there\n"


def test_lines_of_text_are_texts(command, fake):
    """Each line of a .txt file, or of any with --format text, is a memory as it stands."""
    assert seed(command, b'\xef\xbb\xbftea "at" four\r\n\n\xc3\xa9t\xc3\xa9\n', name="m.txt").status == 0
    assert seed(command, b"[1]\n\xff\n", "--format", "text").err == (
        "m.jsonl, line 2: expected UTF-8, got another byte at position 0\n"
    )
    assert stored(fake) == [('tea "at" four', ""), ("été", ""), ("[1]", "")]


def test_a_line_whose_id_is_stored_with_something_else_is_wrong_unless_it_replaces(command, fake):
    """An id of the file's own is there already if all that its line says is stored, and else needs --replace."""
    fake.fake.remember([{"id": "rec_a", "content": "tea", "type": "episodic"}], key=KEY)
    assert seed(command, b'{"id": "rec_a", "content": "tea"}\n').out == "0 memories stored, 1 already there\n"
    ran = seed(command, b'{"id": "rec_a", "content": "coffee"}\n{"id": "rec_b", "content": "jam"}\n')
    assert (ran.status, ran.out) == (1, "1 memory stored, 1 wrong line\n")
    assert "m.jsonl, line 1: id: expected a new id, got 'rec_a', under which another memory is stored" in ran.err
    ran = seed(command, b'{"id": "rec_a", "content": "coffee"}\n', "--replace")
    assert (ran.status, ran.out) == (0, "0 memories stored, 1 replaced\n")
    assert sorted(stored(fake)) == [("coffee", ""), ("jam", "")]


def test_what_somebody_else_stores_meanwhile_is_told_by_its_line(command, fake, monkeypatch):
    """A line whose id is taken between the look and the request is wrong, and the others are stored."""
    looked = Control.lines

    def look(*arguments, **options):
        yield from looked(*arguments, **options)
        fake.fake.remember([{"id": "rec_b", "content": "another"}], key=KEY)

    monkeypatch.setattr(Control, "lines", look)
    ran = seed(command, b'\n"tea"\n{"id": "rec_b", "content": "jam"}\n"cake"\n')
    assert (ran.status, ran.out) == (1, "2 memories stored, 1 wrong line\n")
    assert ran.err.startswith("m.jsonl, line 3: id: expected a new id, got 'rec_b'")


def test_json_tells_what_became_of_the_lines(command, fake):
    """With --json standard output is one object with the counts and each wrong line."""
    ran = seed(command, WRONG, "--json")
    assert ran.json["wrong"][1] == {"line": 4, "error": ran.json["wrong"][1]["error"]}
    assert {**ran.json, "wrong": len(ran.json["wrong"])} == {"stored": 3, "replaced": 0, "already": 0, "wrong": 3}


def test_the_key_is_that_of_the_program_that_is_tested(command, fake, monkeypatch):
    """Without --api-key it is OCTAMEM_API_KEY, else the first key of serve, which TOML may name."""
    Path("octamem-fake.toml").write_text('api-key = ["sk-of-toml", "second"]\n', encoding="utf-8")
    Path("m.jsonl").write_text('"tea"\n', encoding="utf-8")
    assert command("seed", "m.jsonl").status == 0
    monkeypatch.setenv("OCTAMEM_API_KEY", "sk-of-the-program")
    assert command("seed", "m.jsonl").status == 0
    assert [len(stored(fake, key)) for key in ("sk-of-toml", "sk-of-the-program")] == [1, 1]


def test_a_line_beyond_the_bound_is_wrong_and_the_next_is_read(command, fake, monkeypatch):
    """A line that is too long for any memory is not held, and the lines after it are read as ever."""
    monkeypatch.setattr("fake_server.core.tenants.seed_lines.MAX_LINE", 100)
    ran = seed(command, b'"%s"\n"tea"\n' % (b"x" * 200_000))
    assert (stored(fake), ran.err) == ([("tea", "")], "m.jsonl, line 1: line: expected at most 100 bytes, got 200002\n")


def test_a_text_of_a_file_cannot_steer_the_terminal(command, fake):
    """What an error repeats of a line is printed without control characters."""
    ran = seed(command, json.dumps({"content": "tea", "\x1b[2J": 1}).encode())
    assert ran.status == 1
    assert "\x1b" not in ran.err


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self):
        return True


def test_a_terminal_sees_how_far_it_is_and_a_pipe_does_not():
    """On a terminal one line is rewritten at most ten times a second, and taken away at the end."""
    times = iter((0.0, 0.0, 0.05, 0.2))
    terminal, pipe = Terminal(), io.StringIO()
    progress = Progress(200, stream=terminal, now=lambda: next(times))
    for done in (50, 60, 100):
        progress.read(done)
        progress.update(f"{done} stored")
    progress.end()
    shown = terminal.getvalue().split("\r\x1b[K")
    assert shown == [
        "",
        "[######..................]  25%  50 stored",
        "[############............]  50%  100 stored",
        "",
    ]
    Progress(200, stream=pipe).update("100 stored")
    assert pipe.getvalue() == ""
