"""The result of a load in the terminal, as a page and as JSON: wrong counts first to be seen, and nothing secret."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict

import pytest

from octamem_testing.load.comparison import Counts
from octamem_testing.load.result import MOST_DIFFERENCES, CallRow, Result, Shared, shared
from octamem_testing.load.show.page import page
from octamem_testing.load.show.report import write_report
from octamem_testing.load.show.text import MOST_LINES, text

CALLS = (CallRow("add", 1200, 3, 40.5, 12.0, 1000.0, 2473.2), CallRow("search", 600, 0, 20.0, 9.0, 30.0, 31.0))


def part(users: int = 1, **others: Any) -> Dict[str, Any]:
    """Give what one process found."""
    none = {"counts": Counts().plain(), "differences": [], "problems": [], "errors": [], "failed_attempts": []}
    return {"users": users, **none, "numbers": {}, **others}


def twin(number: int) -> Dict[str, Any]:
    return {
        "kind": "stored twice",
        "key_id": "k7 of r2",
        "memory_id": f"rec_{number}",
        "beside": "rec_first",
        "in_doubt": True,
    }


RIGHT = Result("http://fake.test", 20, 2, "add: 503 x2", CALLS, Shared(Counts(20, 1197, 1197)))


def test_when_and_how_the_users_called_is_said() -> None:
    """A result says when it began, for how long, and which options the clients had, and is read as it was written."""
    told = replace(RIGHT, begun="2026-11-29T14:39:37+00:00", seconds=23.4, client={"retry_unknown_writes": False})
    line = "20 users in 2 workers at http://fake.test for 23 s from 2026-11-29T14:39:37+00:00, faults: add: 503 x2"
    assert text(told).splitlines()[0] == f"{line}, clients with retry_unknown_writes=False"
    assert Result.read(json.loads(json.dumps(told.plain()))) == told


def test_right_counts_are_said_to_be_right() -> None:
    """A result without a wrong count says so in its last line, in the terminal and on the page."""
    assert RIGHT.wrong == ()
    assert text(RIGHT).splitlines()[-1] == "every count is right"
    assert "Every count is right." in page(RIGHT)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        ({"missing": 1}, "1 acknowledged memory is missing"),
        ({"missing": 2}, "2 acknowledged memories are missing"),
        ({"stored_twice": 2}, "2 memories are stored twice"),
        ({"refused_and_stored": 2}, "2 refused memories are stored"),
        ({"never_sent": 1}, "1 memory is stored that no user sent"),
        ({"extra_attempts": 3}, "3 attempts came that no client made"),
        ({"not_checked": 1}, "1 key is not checked"),
    ],
)
def test_each_wrong_count_is_said(count: Dict[str, int], words: str) -> None:
    """Each count that must be 0 is wrong if it is not, in words."""
    wrong = replace(RIGHT, shared=Shared(Counts(20, 1197, 1197, **count)))
    assert wrong.wrong == (words,)
    assert f"wrong: {words}" in text(wrong)
    assert words in page(wrong)


def test_unknown_adds_alone_are_not_wrong() -> None:
    """A write of which the client said that it does not know may be stored or not."""
    assert replace(RIGHT, shared=Shared(Counts(20, 1197, 1198, 2, 1))).wrong == ()
    assert "2, 1 of them stored" in text(replace(RIGHT, shared=Shared(Counts(20, 1197, 1198, 2, 1))))


def test_a_load_in_which_no_call_succeeded_is_wrong() -> None:
    """Counts of nothing prove nothing, whether no call was made or each failed."""
    for calls in ((), (CallRow("add", 5, 5, 1.0, 1.0, 1.0, 1.0),)):
        assert replace(RIGHT, calls=calls).wrong == ("no call succeeded, so nothing was counted",)


def test_the_parts_of_all_processes_are_added() -> None:
    """Counts, errors by kind, attempts and searches are sums; the same problem is told once."""
    one = part(
        counts=Counts(2, 5, 6, stored_twice=1).plain(),
        differences=[twin(1)],
        problems=["no"],
        errors=[["add", "InternalServerError 503, refused", 2]],
        failed_attempts=[["add", "503, refused", 7]],
        numbers={"attempts": 10, "searches": 3, "searches_found": 2},
    )
    both = shared([one, {**one, "errors": [["search", "APITimeoutError, unknown", 1], *one["errors"]]}])
    assert both.counts == Counts(4, 10, 12, stored_twice=2)
    assert both.problems == ("no",)
    assert [(row.call, row.count) for row in both.errors] == [("add", 4), ("search", 1)]
    assert [row.count for row in both.failed_attempts] == [14]
    assert (both.attempts, both.searches, both.searches_found) == (20, 6, 4)


def test_many_differences_are_cut_and_counted() -> None:
    """The terminal names a few differences and a report more; how many are left out is said, and counts have all."""
    found = shared([part(counts=Counts(stored_twice=500).plain(), differences=[twin(each) for each in range(500)])])
    result = replace(RIGHT, shared=found)
    assert len(found.differences) == MOST_DIFFERENCES
    assert text(result).count("stored twice: key k7 of r2") == MOST_LINES
    assert f"and {500 - MOST_LINES} more" in text(result)
    assert page(result).count("stored twice: key") == MOST_DIFFERENCES
    assert f"and {500 - MOST_DIFFERENCES} more" in page(result)


def test_a_report_is_written_as_its_name_says(tmp_path: Path) -> None:
    """A file that ends with .json has the result to be read back, and one that ends with .html a page."""
    result = replace(RIGHT, shared=shared([part(differences=[twin(1)], errors=[["add", "<b>", 1]])]))
    write_report(tmp_path / "load.json", result)
    read = json.loads((tmp_path / "load.json").read_text(encoding="utf-8"))
    assert Result.read(read) == result
    assert {row["call"]: (row["p50"], row["p99"]) for row in read["calls"]}["add"] == (12.0, 1000.0)
    write_report(tmp_path / "load.html", result)
    html = (tmp_path / "load.html").read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert "<b>" not in html.partition("Calls that failed")[2].partition("</table>")[0]
