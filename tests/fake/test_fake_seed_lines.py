"""Memories as lines: every line is a memory or an error of its own, whatever pieces the bytes come in."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_server import Fake, SeedError
from fake_server.cli.build import store_file
from fake_server.core.tenants.seed_lines import MAX_LINE, SeedLine, WrongLine, seed_lines

LINES = [
    b'"tea"',
    b'["tea","Home"]',
    b'{"content":"tea","id":"a"}',
    b'{"content":"milk","id":"b","type":"episodic"}',
    b"tea",
    b'{"text":"tea"}',
    b'"\xff"',
    b'"\xc3\xa9t\xc3\xa9"',
    b"",
    b"  ",
]


@st.composite
def files_in_pieces(draw):
    """Draw a file and the places at which it is cut."""
    lines = draw(st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from([b"\n", b"\r\n", b"\r"])), max_size=8))
    whole = draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + b"".join(line + end for line, end in lines)
    whole += draw(st.sampled_from([b"", b'"no end"']))
    return whole, sorted(draw(st.lists(st.integers(0, len(whole)), max_size=6)))


@given(files_in_pieces())
def test_the_pieces_of_a_file_change_nothing(file):
    """A file cut anywhere, within CRLF or its byte order mark too, has the lines that it has whole."""
    whole, cuts = file
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)])]
    lines = list(seed_lines(pieces))
    assert lines == list(seed_lines([whole]))
    given_lines = whole.removeprefix(b"\xef\xbb\xbf").splitlines()
    assert [line.number for line in lines] == [at for at, line in enumerate(given_lines, 1) if line.strip()]


def test_each_wrong_line_has_its_number_and_its_error():
    """Wrong lines keep no other from being read, and an id that comes twice names the line that has it."""
    text = b'"tea"\n\ntea\n{"content":"a","id":"x"}\n{"content":"b","id":"x"}\n{"content":"c","id":"y"}\n["d"]\n5\n'
    lines = list(seed_lines([text], lambda identity: identity == "y"))
    assert [str(line) for line in lines if isinstance(line, WrongLine)] == [
        "line 3: expected JSON, got an error at column 1: Expecting value",
        "line 5: id: expected a new id, got 'x', which line 4 has",
        "line 6: id: expected a new id, got 'y', which is stored already",
        "line 7: memory: expected a pair (text, context), got 1 value",
        "line 8: memory: expected a text, a pair (text, context) or an object, got int",
    ]
    assert [line.seed.content for line in lines if isinstance(line, SeedLine)] == ["tea", "a"]


def test_a_wrong_line_takes_no_id():
    """An id of a line that is refused is free for a later one."""
    text = b'{"content":"","id":"x"}\n{"content":"tea","id":"x"}'
    wrong, right = seed_lines([text])
    assert (wrong.number, right.number, right.seed.id) == (1, 2, "x")


def test_plain_lines_are_texts():
    """A plain line is a memory as it is, quotation marks and brackets included."""
    lines = list(seed_lines([b'tea\n"quoted"\n\n[1]\n\xff\n'], plain=True))
    assert [line.seed.content for line in lines[:3]] == ["tea", '"quoted"', "[1]"]
    assert str(lines[3]) == "line 5: expected UTF-8, got another byte at position 0"


def test_a_line_of_any_length_is_held_up_to_a_bound():
    """A line past the bound is refused with its whole length, and the next one is read."""
    piece = b"x" * (1 << 20)
    pieces = [b'"', *[piece] * 20, b'"\n"tea"\n']
    wrong, right = seed_lines(pieces)
    assert str(wrong) == f"line 1: line: expected at most {MAX_LINE} bytes, got {20 * len(piece) + 2}"
    assert right.seed.content == "tea"


def test_a_file_names_every_wrong_line(tmp_path):
    """The error of a seed file has each wrong line with file and number, in order."""
    path = tmp_path / "seed.jsonl"
    path.write_text('"tea"\ntea\n\n{"content":1}\n"milk"\n["a"]\n', encoding="utf-8")
    with pytest.raises(SeedError) as caught:
        store_file(Fake(), path)
    said = str(caught.value).splitlines()
    assert [line.partition(", line ")[2].partition(":")[0] for line in said] == ["2", "4", "6"]
    assert all(line.startswith(str(path)) for line in said)


def test_a_file_of_wrong_lines_is_told_within_bounds(tmp_path):
    """Past a thousand wrong lines, the error says how many more there are."""
    path = tmp_path / "seed.jsonl"
    path.write_text("tea\n" * 1_234, encoding="utf-8")
    with pytest.raises(SeedError) as caught:
        store_file(Fake(), path)
    said = str(caught.value).splitlines()
    assert (len(said), said[-1]) == (1_001, f"and 234 more lines of {path}")


def test_a_file_of_many_pieces_is_stored_in_its_order(tmp_path):
    """A file larger than what is read at a time has its memories in order, and an id is known to its end."""
    path = tmp_path / "seed.jsonl"
    texts = [f"memory {number} {'x' * 100}" for number in range(5_000)]
    path.write_text("".join(json.dumps({"content": each, "id": f"rec_{each[7:12]}"}) + "\n" for each in texts))
    fake = Fake()
    assert store_file(fake, path) == 5_000
    assert [memory.content for memory in fake.memories()] == texts
    with path.open("a") as file:
        file.write('{"content":"tea","id":"rec_0 xxx"}\n')
    with pytest.raises(SeedError, match="line 5001: id: expected a new id, got 'rec_0 xxx', which line 1 has"):
        store_file(Fake(), path)
