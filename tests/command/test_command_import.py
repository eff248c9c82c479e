"""`python -m octamem import`: what is sent, what the journal knows, and how an import continues."""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import signal
from collections import Counter
from itertools import count
from pathlib import Path

import httpx
import pytest

from octamem import AddProgress
from octamem._command.journal import Journal
from octamem._command.progress import Progress
from octamem_testing import FakeTransport

NAMES = [f"note {number}" for number in range(12)]
TEXT = "".join(f"{name}\n" for name in NAMES)
JOURNAL = "notes.txt.octamem-journal"


class Killed(BaseException):
    """The end of a process, as far as code that runs in one can tell."""


class Killing(httpx.BaseTransport):
    """End the process at one request: before the service sees it, or after it has carried it out."""

    def __init__(self, fake, at, *, after):
        self._inner = FakeTransport(fake)
        self._left = at
        self._after = after

    def handle_request(self, request):
        self._left -= 1
        if self._left == 0 and not self._after:
            raise Killed
        response = self._inner.handle_request(request)
        if self._left == 0:
            raise Killed
        return response


def records(name=JOURNAL):
    return [json.loads(line) for line in Path(name).read_text().splitlines()]


def test_every_entry_is_stored_once_however_often_the_command_runs(command):
    """The first run stores everything, and a second one finds nothing to send."""
    command.file("notes.txt", TEXT)
    printed = command("import", "notes.txt")
    assert (printed.status, printed.out, printed.err) == (0, "notes.txt: 12 of 12 entries are stored\n", "")
    assert sorted(command.contents()) == sorted(NAMES)
    sent = command.sent()
    again = command("import", "notes.txt")
    assert (again.status, command.sent()) == (0, sent)
    assert "12 of 12 entries are stored, 12 of them by an earlier run" in again.out


def test_entries_have_their_contexts(command):
    """The context of an entry is what the format says, or else what --context says."""
    command.file("guests.md", "Ana\n\n# Tea\nBen\n")
    assert command("import", "guests.md").status == 0
    command.file("guests.txt", "Cem\n")
    assert command("import", "guests.txt", "--context", "Cake").status == 0
    stored = {memory.content: memory.context for memory in command.fake.memories(key=command.key)}
    assert stored == {"Ana": "", "Ben": "Tea", "Cem": "Cake"}


def test_equal_lines_are_stored_as_often_as_they_come(command):
    """Two equal lines are two memories, since each has its own idempotency key."""
    command.file("notes.txt", "Tea\nTea\n")
    assert command("import", "notes.txt").status == 0
    assert command.contents() == ["Tea", "Tea"]


def test_all_wrong_lines_are_told_and_nothing_is_sent(command):
    """Every line that is no memory is told with its number before anything is sent, and no journal begins."""
    command.file("notes.jsonl", '"a"\n17\n"b"\n{"text": "c"}\n' + "nope\n" * 30)
    printed = command("import", "notes.jsonl")
    assert (printed.status, printed.out, command.sent()) == (2, "", 0)
    lines = [line.partition(" ")[0] for line in printed.err.splitlines()]
    assert lines == [f"notes.jsonl:{number}:" for number in (2, 4, *range(5, 35))] + ["notes.jsonl:"]
    assert "32 entries are wrong; nothing was sent" in printed.err
    assert not list(command.folder.glob("*journal"))


@pytest.mark.parametrize(
    ("name", "more"),
    [("notes.doc", ()), ("notes", ()), ("notes.json", ()), ("missing.txt", ()), ("folder.txt", ())],
)
def test_a_file_that_cannot_be_read_is_refused(command, name, more):
    """A suffix that names no format, a missing file and a folder are told, with status 2."""
    (command.folder / "folder.txt").mkdir()
    if "notes" in name:
        command.file(name, TEXT)
    printed = command("import", name, *more)
    assert (printed.status, command.sent()) == (2, 0)
    assert printed.err.startswith(f"{name}: the ")


def test_the_format_can_be_given(command):
    """--format counts more than the suffix, and an empty file is a finished import."""
    command.file("notes.doc", "Tea\n")
    assert command("import", "notes.doc", "--format", "text").status == 0
    assert command.contents() == ["Tea"]
    command.file("empty.txt", "\n")
    assert command("import", "empty.txt").out == "empty.txt: 0 of 0 entries are stored\n"


def test_an_entry_that_is_refused_is_told_and_tried_again(command):
    """The others are stored, the status is 1, and the next run sends that entry alone."""
    command.file("notes.txt", TEXT)
    command.fake.faults("add: ok x4, 400")
    printed = command("import", "notes.txt", "--concurrency", "1")
    assert printed.status == 1
    assert printed.out == "notes.txt: 11 of 12 entries are stored\n"
    assert printed.err.startswith("notes.txt:5: The request is not valid (status 400, ")
    assert printed.err.endswith("notes.txt: 1 of 12 entries are left; run the same command to continue\n")
    sent = command.sent()
    assert command("import", "notes.txt").status == 0
    assert command.sent() == sent + 1
    assert Counter(command.contents()) == Counter(NAMES)


def test_a_refused_key_stops_the_import(command, answering):
    """After a 401 nothing more is sent, and the import continues when the key is good."""
    command.file("notes.txt", TEXT * 10)
    served = command.transport
    command.transport = answering(401, {"error": "no"})
    printed = command("import", "notes.txt", "--concurrency", "2")
    assert printed.status == 1
    assert printed.err.count("check the API key") <= 2
    command.transport = served
    assert command("import", "notes.txt").status == 0
    assert Counter(command.contents()) == Counter(NAMES * 10)


def test_a_service_that_is_down_ends_the_import(command):
    """After twenty failures in a row the rest is not tried; the next run stores everything."""
    command.file("notes.txt", TEXT * 20)
    command.fake.faults("add: 400 x240")
    printed = command("import", "notes.txt", "--concurrency", "2")
    assert printed.status == 1
    assert command.sent() <= 20 + 4 * 2
    assert "stopped after 20 failures in a row" in printed.err
    command.fake.disarm()
    assert command("import", "notes.txt").status == 0
    assert Counter(command.contents()) == Counter(NAMES * 20)


@pytest.mark.parametrize("honoured", [True, False])
def test_a_lost_answer_is_told_by_its_line(command, honoured):
    """An entry whose answer was lost may be stored twice, and the report names its line, now and later."""
    command.serve(idempotency=honoured)
    command.file("notes.txt", TEXT)
    command.fake.faults("add: ok x2, reset @after, ok x5, 503 @after")
    printed = command("import", "notes.txt", "--concurrency", "1")
    assert printed.status == 3
    assert "notes.txt: line 3, 8 may be stored twice" in printed.err
    expected = Counter(NAMES) if honoured else Counter([*NAMES, "note 2", "note 7"])
    assert Counter(command.contents()) == expected
    assert command("import", "notes.txt", "--json").json["maybe_twice"] == [3, 8]


@pytest.mark.parametrize("concurrency", [1, 3])
@pytest.mark.parametrize("honoured", [True, False])
@pytest.mark.parametrize("after", [True, False])
def test_a_crash_at_any_request_loses_nothing(command, honoured, after, concurrency):
    """Killed at one request after another, twice, an import ends with every entry, and names what may be twice."""
    for at in (1, 2, 7, 12):
        command.serve(idempotency=honoured)
        served = command.transport
        name = command.file(f"notes-{at}.txt", TEXT)
        for _ in range(2):
            command.transport = Killing(command.fake, at, after=after)
            with contextlib.suppress(Killed):
                command("import", name, "--concurrency", str(concurrency))
        command.transport = served
        printed = command("import", name, "--json")
        stored = Counter(command.contents())
        assert set(stored) == set(NAMES)
        twice = {NAMES.index(content) + 1 for content, count in stored.items() if count > 1}
        assert twice <= set(printed.json["maybe_twice"])
        assert not (twice and honoured)
        assert printed.status == (3 if printed.json["maybe_twice"] else 0)
        assert len(printed.json["maybe_twice"]) <= 2 * concurrency


def test_a_journal_that_was_cut_anywhere_in_a_line_continues(command):
    """A line that a crash cut counts as never written: its entry is sent again, with the same key, and told."""
    command.file("notes.txt", TEXT)
    command("import", "notes.txt", "--concurrency", "1")
    whole = Path(JOURNAL).read_bytes()
    last = whole.rstrip(b"\n").rindex(b"\n") + 1
    before_last = whole[: last - 1].rindex(b"\n") + 1
    for cut in range(before_last, len(whole)):
        Path(JOURNAL).write_bytes(whole[:cut])
        printed = command("import", "notes.txt", "--json")
        assert printed.json["stored"] == 12
        assert printed.json["maybe_twice"] == ([12] if cut >= last else [])
    assert Counter(command.contents()) == Counter(NAMES)


@pytest.mark.parametrize("cut", [0, 1, 40])
def test_a_journal_without_a_whole_first_line_begins_anew(command, cut):
    """Nothing is sent before the first line is on the disk, so a part of it says that nothing was sent."""
    command.file("notes.txt", TEXT)
    command("import", "notes.txt")
    Path(JOURNAL).write_bytes(Path(JOURNAL).read_bytes()[:cut])
    command.serve()
    assert command("import", "notes.txt").status == 0
    assert Counter(command.contents()) == Counter(NAMES)


@pytest.mark.parametrize(
    "damage", [b"nonsense\n", b"{}\n", b"[]\n", b'{"imported":"x"}\n', b'{"sending":[]}\n', b"17\n", b"\xff\n", b"\n"]
)
@pytest.mark.parametrize("place", ["first", "middle"])
def test_a_file_that_is_no_journal_is_refused(command, damage, place):
    """A foreign or damaged journal is never guessed at: nothing is sent, and the message says what to do."""
    command.file("notes.txt", TEXT)
    command("import", "notes.txt")
    sent = command.sent()
    whole = Path(JOURNAL).read_bytes()
    begin = 0 if place == "first" else whole.index(b"\n") + 1
    Path(JOURNAL).write_bytes(whole[:begin] + damage + whole[begin:])
    printed = command("import", "notes.txt")
    assert (printed.status, command.sent()) == (2, sent)
    assert "this is not the journal of an import" in printed.err
    assert Path(JOURNAL).read_bytes() == whole[:begin] + damage + whole[begin:]


@pytest.mark.parametrize("content", [TEXT, "Tea", '{"content": "Tea"}', "x" * 500])
def test_a_file_that_is_named_as_the_journal_by_mistake_stays_whole(command, content):
    """A file of the user's own, with or without a line break at its end, is refused and never changed."""
    command.file("notes.txt", TEXT)
    command.file("mine.txt", content)
    printed = command("import", "notes.txt", "--journal", "mine.txt")
    assert (printed.status, command.sent()) == (2, 0)
    assert Path("mine.txt").read_text() == content


@pytest.mark.parametrize("changed", [TEXT + "more\n", TEXT[7:], TEXT.replace("3", "x"), "note 1\nnote 0\n", ""])
def test_a_file_that_has_changed_is_refused(command, changed):
    """The keys of an import belong to its entries: after any change nothing is sent, and the choices are told."""
    command.file("notes.txt", TEXT)
    command("import", "notes.txt")
    sent = command.sent()
    command.file("notes.txt", changed)
    printed = command("import", "notes.txt")
    assert (printed.status, command.sent()) == (2, sent)
    assert (
        "notes.txt: the file has changed since its import began: it had 12 entries, of which 12 are stored"
        in printed.err
    )
    command.file("notes.txt", TEXT.replace("\n", "\r\n"))
    assert command("import", "notes.txt").status == 0
    assert command("import", "notes.txt", "--context", "Tea").status == 2


def test_another_memory_needs_another_journal(command, monkeypatch):
    """A journal is of one key and one address; --journal begins another, --same-memory says that it is the same."""
    command.file("notes.txt", TEXT)
    command("import", "notes.txt")
    monkeypatch.setenv("OCTAMEM_API_KEY", "sk-om-live-another-000000000000002")
    printed = command("import", "notes.txt")
    assert printed.status == 2
    assert "its import began with another key or at another address" in printed.err
    assert command("import", "notes.txt", "--same-memory").status == 0
    assert len(command.contents()) == 12
    assert command("import", "notes.txt", "--journal", "second.journal").status == 0
    assert command.sent() == 24


def test_two_imports_of_one_file_do_not_run_at_once(command):
    """The journal is locked while an import runs, and free when it has ended."""
    command.file("notes.txt", TEXT)
    held = Journal(Path(JOURNAL))
    printed = command("import", "notes.txt")
    assert (printed.status, command.sent()) == (2, 0)
    assert "another import of this file is running" in printed.err
    held.close()
    assert command("import", "notes.txt").status == 0


@pytest.mark.parametrize("journal", ["no/such/folder/journal", ".", "/dev/full", "/dev/zero"])
def test_without_a_journal_nothing_is_sent(command, journal):
    """A journal that cannot be opened, or that is no file, is told before anything is sent."""
    command.file("notes.txt", TEXT)
    printed = command("import", "notes.txt", "--journal", journal)
    assert (printed.status, command.sent()) == (2, 0)
    assert "the journal cannot be written: " in printed.err


@pytest.mark.parametrize("room", [0, 100, 300, 700])
def test_a_full_disk_ends_the_import_and_loses_nothing(command, room):
    """Where the journal cannot grow, nothing more is sent; with room again, the import continues."""
    command.file("notes.txt", TEXT)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        printed = command("import", "notes.txt", "--concurrency", "3")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert printed.status == 1
    assert "notes.txt.octamem-journal: the journal cannot be written: " in printed.err
    assert command.sent() < 12
    assert command("import", "notes.txt", "--json").json["stored"] == 12
    assert Counter(command.contents()) == Counter(NAMES)


def test_the_journal_holds_the_keys_and_no_secret(command):
    """Each key is written before its request is sent; neither the API key nor a text stands in the journal."""
    command.file("notes.txt", TEXT)
    keys = []

    class Noting(FakeTransport):
        def handle_request(self, request):
            key = request.headers["idempotency-key"]
            assert f'"key":"{key}"' in Path(JOURNAL).read_text()
            keys.append(key)
            return super().handle_request(request)

    command.transport = Noting(command.fake)
    assert command("import", "notes.txt").status == 0
    text = Path(JOURNAL).read_text()
    assert command.key not in text
    assert "note " not in text
    assert sorted(keys) == sorted({record["key"] for record in records() if "sending" in record})
    assert len(keys) == 12
    assert oct(Path(JOURNAL).stat().st_mode)[-2:] == "00" or os.name == "nt"


def test_the_report_is_there_as_json(command):
    """With --json, standard output is one object that says what came of each entry."""
    command.file("notes.txt", TEXT)
    command.fake.faults("add: ok x3, 400")
    report = command("import", "notes.txt", "--json", "--concurrency", "1").json
    ((failed),) = report.pop("failed")
    assert failed["line"] == 4
    assert report == {
        "file": "notes.txt",
        "entries": 12,
        "stored": 11,
        "stored_before": 0,
        "left": [4],
        "maybe_stored": [],
        "maybe_twice": [],
        "stopped": None,
    }


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_an_import_cleanly(command, number, status):
    """The calls in flight end and are written down, nothing more is sent, and the next run continues."""
    command.file("notes.txt", TEXT * 20)
    requests = count(1)

    class Signalling(FakeTransport):
        def handle_request(self, request):
            response = super().handle_request(request)
            if next(requests) == 5:
                os.kill(os.getpid(), number)
            return response

    command.transport = Signalling(command.fake)
    before = signal.getsignal(number)
    printed = command("import", "notes.txt", "--concurrency", "2")
    assert signal.getsignal(number) is before
    assert printed.status == status
    assert f"stopped by {'Ctrl-C' if number == signal.SIGINT else 'SIGTERM'}" in printed.err
    assert 5 <= command.sent() < 240
    assert len(command.contents()) == command.sent()
    assert len([record for record in records() if "stored" in record]) == command.sent()
    finished = command("import", "notes.txt")
    assert finished.status == 0
    assert Counter(command.contents()) == Counter(NAMES * 20)


class Screen(io.StringIO):
    def __init__(self, *, terminal):
        super().__init__()
        self._terminal = terminal

    def isatty(self):
        return self._terminal


def progress(*, terminal, every):
    """Return what is written of a hundred items, one each `every` seconds."""
    screen = Screen(terminal=terminal)
    times = iter([0.0, *(every * number for number in range(1, 101))])
    shown = Progress(screen, 120, 20, lambda: next(times))
    for done in range(1, 101):
        shown(AddProgress(done, done // 50))
    shown.end()
    return screen.getvalue()


def test_a_terminal_shows_one_line_that_moves_on():
    """On a terminal the line is written over, and removed at the end; elsewhere there is a line now and then."""
    written = progress(terminal=True, every=0.5)
    assert "\n" not in written
    assert "\r\x1b[K69 of 120 stored, 1 failed, 2 a second, 0:25 left" in written
    assert written.endswith("\r\x1b[K")
    plain = progress(terminal=False, every=0.5)
    assert plain.splitlines()[0] == "40 of 120 stored, 2 a second, 0:40 left"
    assert plain.count("\n") == 5
    assert "\x1b" not in plain
    assert progress(terminal=True, every=0.0001) == ""
