"""The files of an import: what is one memory in each format, and how every wrong line is told."""

from __future__ import annotations

import pytest

from octamem._command.entries import digest, ranges, read


def found(text, form, context=""):
    """Return the entries of a file as (line, content, context)."""
    entries, problems = read(text if isinstance(text, bytes) else text.encode(), form, context)
    assert problems == []
    assert [entry.index for entry in entries] == list(range(len(entries)))
    return [(entry.line, entry.content, entry.context) for entry in entries]


def problems(text, form):
    """Return the problems of a file as "line: text"."""
    return [
        f"{each.line}: {each.text}" for each in read(text if isinstance(text, bytes) else text.encode(), form, "")[1]
    ]


def test_a_text_file_has_one_memory_a_line():
    """Blank lines are skipped, white space at the ends is removed, and line numbers are those of the file."""
    text = "﻿one\r\n\r\n   two  \n\n\nthree four\n five"
    assert found(text, "text") == [(1, "one", ""), (3, "two", ""), (6, "three four", ""), (7, "five", "")]
    assert found("a\x0cb\x85c\x1dd\n", "text", "Tea") == [(1, "a\x0cb\x85c\x1dd", "Tea")]
    assert found("", "text") == found("\n \n", "text") == []


def test_json_lines_are_what_add_takes():
    """A line is a content, a params dict, or a pair; --context is for those that have none."""
    text = (
        '"one"\n\n{"content": "two", "previousContext": "own"}\n{"content": "three"}\n["four", "own"]\n["five", null]\n'
    )
    assert found(text, "jsonl", "given") == [
        (1, "one", "given"),
        (3, "two", "own"),
        (4, "three", "given"),
        (5, "four", "own"),
        (6, "five", "given"),
    ]
    assert found('"line\\nbreak \\u2028"\n', "jsonl") == [(1, "line\nbreak \u2028", "")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{nope", "not JSON: "),
        ('{"content": "a"', "not JSON: "),
        ("17", "expected a JSON string, or an object such as "),
        ("null", "expected a JSON string"),
        ("[1, 2, 3]", "expected a JSON string"),
        ('["a", 0]', "previous_context must be a str, got int"),
        ("[3, null]", "content must be a str, got int"),
        ('{"text": "a"}', "params must only have the keys content and previousContext, got 'text'"),
        ('{"content": "a", "previous_context": "b"}', "params must only have the keys content and previousContext"),
        ('{"content": 17}', "content must be a str, got int"),
        ('{"previousContext": "a"}', "add() is missing content"),
        ('"  "', "content must not be blank"),
        ('"stone \\ud800"', "content must be valid Unicode"),
        ("[" * 100_000, "not JSON that can be read"),
        ("9" * 5_000, ""),
    ],
)
def test_each_wrong_json_line_says_what_is_expected(line, said):
    """A line that is no memory is told with its number and the reason, and without its text."""
    (told,) = problems(f'"first"\n{line}\n"last"\n', "jsonl")
    assert told.startswith(f"2: {said}")
    assert "stone" not in told


MARKDOWN = """\
---
title: Guests
---
Ana drinks her tea
without milk.

# Guests

<!-- a note to myself -->
- Ben is allergic to nuts.
- [x] Cem arrives
  on Friday.

  With his dog.
  - It is called Rex.
* Dan

Tables
------
| a | b |
|---|---|
| 1 | 2 |

***

## Code #
Run this:
```sh
# no heading

\tmake   # tabs stay
```
1. First
2) Second

Below:

    # indented code

> A quote
goes on.
~~~
- no item
"""


def test_markdown_has_one_memory_a_block():
    """Paragraphs, items with all below them, tables, quotes and code are memories, under the heading above them."""
    assert found(MARKDOWN, "markdown") == [
        (4, "Ana drinks her tea\nwithout milk.", ""),
        (10, "Ben is allergic to nuts.", "Guests"),
        (11, "[x] Cem arrives\non Friday.\n\nWith his dog.\n- It is called Rex.", "Guests"),
        (16, "Dan", "Guests"),
        (20, "| a | b |\n|---|---|\n| 1 | 2 |", "Tables"),
        (27, "Run this:\n```sh\n# no heading\n\n\tmake   # tabs stay\n```", "Code"),
        (33, "First", "Code"),
        (34, "Second", "Code"),
        (36, "Below:", "Code"),
        (38, "    # indented code", "Code"),
        (40, "> A quote\ngoes on.\n~~~\n- no item", "Code"),
    ]


def test_a_context_that_is_given_counts_more_than_a_heading():
    """With --context all memories of a Markdown file have that one."""
    assert {entry[2] for entry in found(MARKDOWN, "markdown", "Given")} == {"Given"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# \ntext", [(2, "text", "")]),
        ("#no heading", [(1, "#no heading", "")]),
        ("---\nnot closed", [(2, "not closed", "")]),
        ("Title\n===\ntext", [(3, "text", "Title")]),
        ("- a\n\n- b", [(1, "a", ""), (3, "b", "")]),
        ("- a\n\ntext", [(1, "a", ""), (3, "text", "")]),
        ("- a\nlazy", [(1, "a\nlazy", "")]),
        ("-\ttab\n\tmore", [(1, "tab\nmore", "")]),
        ("- ```\n  - code\n  ```\n- b", [(1, "```\n- code\n```", ""), (4, "b", "")]),
        ("````\n```\n````\ntext", [(1, "````\n```\n````", ""), (4, "text", "")]),
        ("~~~\na\n~~~\n~~~\nb\n~~~", [(1, "~~~\na\n~~~", ""), (4, "~~~\nb\n~~~", "")]),
        ("```\ncode\n```\nTitle\n===\ntext", [(1, "```\ncode\n```", ""), (6, "text", "Title")]),
        ("```\ncode\n```\n---\ntext", [(1, "```\ncode\n```", ""), (5, "text", "")]),
        ("    code\n---\ntext", [(1, "    code", ""), (3, "text", "")]),
        ("> quote\n---\ntext", [(1, "> quote", ""), (3, "text", "")]),
        ("| a |\n|---|\n---\ntext", [(1, "| a |\n|---|", ""), (4, "text", "")]),
        ("<!-- a -->\nTitle\n---\ntext", [(4, "text", "Title")]),
        ("<!-- a\nb -->\ntext", [(3, "text", "")]),
        ("<!-- a\n\nb -->\n\nc", [(5, "c", "")]),
        ("<!-- a\n\nb --> c", [(1, "<!-- a\n\nb --> c", "")]),
        ("a <!-- b -->", [(1, "a <!-- b -->", "")]),
        ("<!-- open\n\nto the end", [(1, "<!-- open\n\nto the end", "")]),
        ("a\n***\nb", [(1, "a", ""), (3, "b", "")]),
        ("a\n# H\nb\n\n# \nc", [(1, "a", ""), (3, "b", "H"), (6, "c", "")]),
    ],
)
def test_the_edges_of_markdown(text, expected):
    """What looks like an element and is none stays text; nothing of a file is lost."""
    assert found(text, "markdown") == expected


@pytest.mark.parametrize("form", ["text", "jsonl", "markdown"])
def test_bytes_that_are_no_utf8_are_told_line_by_line(form):
    """Each line that cannot be decoded is a problem of its own."""
    assert [line for line in problems(b'"a"\n\xff\n"b"\n"c \xc3"\n', form) if "not UTF-8" in line] == [
        "2: byte 1 is not UTF-8; save the file as UTF-8",
        "4: byte 4 is not UTF-8; save the file as UTF-8",
    ]
    assert problems("tea".encode("utf-16"), form) == ["1: the file is UTF-16; save it as UTF-8"]


def test_a_digest_tells_two_files_apart():
    """It depends on contents, contexts and order, and not on what the formats ignore."""

    def of(text, form="text", context=""):
        return digest(read(text.encode(), form, context)[0])

    assert of("a\nb") == of("\ufeffa\r\n\n  b\n") == of('"a"\n"b"', "jsonl")
    assert len({of("a\nb"), of("b\na"), of("a"), of("a\nb", context="c"), of("ab"), of('"a\\nb"', "jsonl")}) == 6


def test_line_numbers_are_told_as_ranges():
    """Neighbouring lines are one range."""
    assert ranges([9, 1, 2, 3, 3, 7]) == "1-3, 7, 9"
    assert ranges([]) == ""
