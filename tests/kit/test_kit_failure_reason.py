"""Why a test failed, in one line, and what of it is left out."""

from __future__ import annotations

import pytest

from fake_server.core import Fake
from octamem_testing.report.failure_reason import SHOWN, failure_reason, texts_in, texts_of

LONG = "The launch moved to April 15, since the venue was taken on the first of the month."


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("ValueError: no\nmore of it", "ValueError: no"),
        ("\n  \nlate", "late"),
        ("", "the test failed without a message"),
        ("Failed: not injected:\n  503 @before\n  more", "Failed: not injected: 503 @before"),
        ("a.py:1: in <module>\n    import x\nE   ImportError: no x", "ImportError: no x"),
        ("x" * 300, "x" * (SHOWN - 1) + "…"),
        (
            "AssertionError: expected: 'tea' stored once\ngot: stored 2 times\nmore",
            "AssertionError: expected: '…' stored once; got: stored 2 times",
        ),
    ],
)
def test_a_reason_is_one_line(told: str, reason: str) -> None:
    """The first line that says anything is the reason, with the next one where it ends in a colon."""
    assert failure_reason(told) == reason


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (f"note {LONG} is gone", "note … is gone"),
        (f"E: {LONG!r} == 'tea'", "E: '…' == 'tea'"),
        (f"E: assert '{LONG[:9]}...{LONG[-9:]}' == ''", "E: assert '…' == ''"),
        (f"E: cut {LONG[:40]}", "E: cut …"),
        ('assert "it\'s" in two\\nlines', 'assert "…" in …'),
        ("KeyError: 'office'", "KeyError: '…'"),
        ("the key sk-of-mine", "the key …"),
        ("there is no field 'text'", "there is no field 'text'"),
        ("an item, not x", "an item, not …"),
    ],
)
def test_a_reason_tells_no_text(line: str, left: str) -> None:
    """A text that the fake knows is left out, whole, cut short, or written as Python writes it; other words stay."""
    fake = Fake(api_key="sk-of-mine")
    fake.remember([(LONG, "office"), "it's", "two\nlines", "x"])
    assert failure_reason(line, texts_of(fake)) == left


def test_the_texts_of_a_marker_are_known() -> None:
    """Whatever shape a marker's memories have, their texts are found, even where the marker is refused."""
    assert [*texts_in(["a", ("b", "c"), {"content": "d", "source": 4}, 5, None])] == ["a", "b", "c", "d"]
