"""The thread that writes the log: it keeps nobody waiting, counts what it drops, and says so."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import sys
import threading

import pytest

from fake_server.cli.log import logging_to_stderr
from fake_server.cli.output import PIECE, Output, writes_to
from fake_server.core import Fake, Request
from fake_server.delivery import log_request

AGES = 60  # seconds after which a test that hangs fails
SECRET = "sk-om-live-secret-00000000000001"


class Pipe:
    """A reader that reads once it is let; `taken` is set while a write waits for it."""

    def __init__(self):
        self.read = []
        self.taken = threading.Event()
        self.let = threading.Event()

    def write(self, piece):
        self.taken.set()
        assert self.let.wait(AGES)
        self.read.append(piece)
        return len(piece)

    @property
    def lines(self):
        return b"".join(self.read).decode().splitlines()


def gap(count, ended):
    return f"{count} missing {'in all' if ended else 'here'}"


@pytest.fixture
def pipe():
    pipe = Pipe()
    yield pipe
    pipe.let.set()


def test_lines_go_out_in_their_order_and_nothing_is_missing(pipe):
    """A reader who reads gets every line once, in order, and no word about missing ones."""
    pipe.let.set()
    output = Output(pipe.write, gap)
    for number in range(5000):
        output.put(f"line {number}")
    assert output.drain(AGES)
    output.close(AGES)
    assert pipe.lines == [f"line {number}" for number in range(5000)]
    assert output.dropped == 0


@pytest.mark.parametrize("bounds", [{"lines": 10}, {"size": 80}], ids=["by number", "by size"])
def test_beyond_the_bound_the_oldest_lines_are_dropped_and_counted_where_they_stood(pipe, bounds):
    """While nobody reads, the newest lines wait; later a line says at the gap how many are missing, and one in all."""
    output = Output(pipe.write, gap, **bounds)
    output.put("first")
    assert pipe.taken.wait(AGES)
    for number in range(100, 200):
        output.put(f"line{number}")  # 8 bytes with its end
    assert output.dropped == 90
    pipe.let.set()
    output.close(AGES)
    assert pipe.lines == ["first", "90 missing here", *[f"line{number}" for number in range(190, 200)], gap(90, True)]


def test_a_line_longer_than_the_bound_is_kept_alone(pipe):
    """The bound by size drops what waits, but never the newest line."""
    output = Output(pipe.write, gap, size=10)
    output.put("first")
    assert pipe.taken.wait(AGES)
    output.put("short")
    output.put("x" * 100)
    pipe.let.set()
    output.close(AGES)
    assert pipe.lines == ["first", "1 missing here", "x" * 100, "1 missing in all"]


def test_the_end_waits_for_no_reader_and_counts_what_is_lost(pipe):
    """If nobody reads until the end, what waits is dropped; a reader who comes then learns how much."""
    output = Output(pipe.write, gap)
    output.put("first")
    assert pipe.taken.wait(AGES)
    for _ in range(7):
        output.put("never read")
    output.close(0.0)
    assert output.dropped == 7
    pipe.let.set()
    output._thread.join(AGES)
    assert pipe.lines == ["first", "7 missing in all"]


@pytest.mark.parametrize("error", [BrokenPipeError, OSError, ValueError])
def test_a_line_that_cannot_be_written_is_counted_and_the_next_is_tried(error):
    """A closed pipe or a full disk ends nothing; once writing succeeds, the reader learns what is missing."""
    read = []
    broken = threading.Event()
    broken.set()

    def write(piece):
        if broken.is_set():
            raise error
        read.append(piece)
        return len(piece)

    output = Output(write, gap)
    output.put("lost")
    assert output.drain(AGES)
    assert output.dropped == 1
    broken.clear()
    output.put("kept")
    output.close(AGES)
    assert b"".join(read).decode().splitlines() == ["1 missing here", "kept", "1 missing in all"]


def test_a_descriptor_that_does_not_block_and_takes_parts_gets_every_byte():
    """A write that would block is tried again, and one that takes a part is followed by the rest."""
    read, tries = [], iter([BlockingIOError, 2, BlockingIOError, 1])

    def write(piece):
        step = next(tries, len(piece))
        if step is BlockingIOError:
            raise step
        read.append(piece[:step])
        return step

    output = Output(write, gap)
    output.put("whole")
    output.close(AGES)
    assert b"".join(read) == b"whole\n"


def test_a_piece_is_no_longer_than_a_pipe_takes_whole(pipe):
    """Lines go out together as far as a pipe takes them whole, so that none is torn when the server ends."""
    output = Output(pipe.write, gap)
    output.put("first")
    assert pipe.taken.wait(AGES)
    for _ in range(1000):
        output.put("x" * 99)
    pipe.let.set()
    output.close(AGES)
    assert max(map(len, pipe.read)) <= PIECE
    assert len(pipe.read) < 200
    assert all(piece.endswith(b"\n") for piece in pipe.read)


def test_what_cannot_be_encoded_is_escaped(pipe):
    """A lone surrogate, or a letter that the stream's encoding lacks, is written as its escape."""
    pipe.let.set()
    output = Output(pipe.write, gap, encoding="ascii")
    output.put("caf\xe9 \ud800")
    output.close(AGES)
    assert pipe.lines == [r"caf\xe9 \ud800"]


def test_a_stream_without_a_descriptor_is_written_to_and_none_is_nothing():
    """Text streams in memory take the bytes as text, and a process without standard error loses them."""
    stream = io.StringIO()
    assert writes_to(stream)("café\n".encode()) == 6
    assert stream.getvalue() == "café\n"
    assert writes_to(None)(b"gone\n") == 5


@pytest.fixture
def logged(monkeypatch):
    """Use the log with a level and a format; give what then stands on standard error."""

    def run(use, level="info", form="text"):
        stream = io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
        root = logging.getLogger()
        before = (root.level, list(root.handlers), logging.getLogger("fake_server").level)
        with logging_to_stderr(level, form) as log:
            use(log)
        assert sys.stderr is stream
        assert (root.level, list(root.handlers), logging.getLogger("fake_server").level) == before
        return stream.getvalue().splitlines()

    return run


def every_level(_log):
    for name in ("fake_server", "uvicorn.error", "asyncio"):
        for level in ("debug", "info", "warning", "error"):
            getattr(logging.getLogger(name), level)("%s %s", name, level)


@pytest.mark.parametrize(
    ("level", "ours", "others"),
    [("debug", "diwe", "diwe"), ("info", "iwe", "we"), ("warning", "we", "we"), ("error", "e", "e")],
)
def test_the_level_says_where_the_log_begins(logged, level, ours, others):
    """Our own lines begin at the level; those of others begin at warnings, unless it is debug or error."""
    lines = [line.split() for line in logged(every_level, level)]
    said = {name: "".join(level[0] for logger, level in lines if logger == name) for name, _ in lines}
    assert said == {"fake_server": ours, "uvicorn.error": others, "asyncio": others}


def test_json_is_one_object_a_line_whatever_writes_it(logged):
    """A record, a traceback, the banner, a print and the error of a thread are each an object with the same fields."""

    def use(log):
        log.say("ready\nnow", url="http://127.0.0.1:1")
        logging.getLogger("fake_server").info("one", extra={"facts": lambda: {"status": 200, "odd": {1}}})
        logging.getLogger("uvicorn.error").error("failed", exc_info=RuntimeError("two\nlines"))
        sys.stderr.write("printed\n")

    lines = [json.loads(line) for line in logged(use, form="json")]
    assert [(line["level"], line["logger"], line["message"].partition("\n")[0]) for line in lines] == [
        ("info", "fake_server", "ready"),
        ("info", "fake_server", "one"),
        ("error", "uvicorn.error", "failed"),
        ("error", "stderr", "printed"),
    ]
    assert (lines[0]["url"], lines[1]["status"]) == ("http://127.0.0.1:1", 200)
    assert "RuntimeError: two" in lines[2]["message"]
    assert all(line["time"].endswith("Z") for line in lines)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(("level", "count"), [("debug", 1), ("info", 1), ("warning", 0), ("error", 0)])
def test_the_line_of_a_request_is_what_logging_would_write(logged, level, count, form):
    """It goes past `logging`, at the levels that have such lines alone, and is the same to the last field."""
    exchange = Fake().take(Request("POST", "/api/memory/add", {"authorization": "Bearer sk-om-live-abcdef"}, b"{"))
    writers = (lambda log: log.request(exchange.entry), lambda _log: log_request(exchange.entry))
    lines = [logged(writer, level, form) for writer in writers]
    parts = [[json.loads(line) if form == "json" else line for line in each] for each in lines]
    for part in (*parts[0], *parts[1]):
        if form == "json":
            del part["time"]
    assert parts[0] == parts[1]
    assert len(parts[0]) == count


def test_a_record_that_cannot_be_formatted_is_said_and_raises_nothing(logged):
    """A log call with the wrong arguments leaves its traceback in the log."""
    record = logging.LogRecord("fake_server", logging.INFO, __file__, 1, "%d", ("no number",), None)
    # To our handler alone: pytest's own raises.
    lines = logged(lambda _log: logging.getLogger().handlers[-1].handle(record), form="json")
    assert any("TypeError" in json.loads(line)["message"] for line in lines)


def test_a_full_pipe_holds_up_neither_who_logs_nor_the_end(full_pipe, monkeypatch):
    """With standard error full from the start, records and prints return at once, and so does the end of the log."""
    reading, writing = full_pipe
    with os.fdopen(os.dup(writing), "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        with logging_to_stderr("info", "text") as log:
            for number in range(12_000):
                logging.getLogger("fake_server").info("line %d", number)
            sys.stderr.write("printed\n")
            assert log.dropped >= 1_000
    # The thread that still waits ends.
    os.set_blocking(reading, False)
    with contextlib.suppress(BlockingIOError):
        while os.read(reading, 1 << 16):
            pass
