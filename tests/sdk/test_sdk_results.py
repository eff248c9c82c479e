"""How a result is shown: its repr, its table in a notebook, its text for a prompt, and its times as datetimes."""

from __future__ import annotations

import copy
import pickle
import re
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from typing import Any, Dict, List, Optional, Tuple

import pytest

import octamem
from octamem import AddResult, MemoryDetails, MemoryRecord, SearchResult
from octamem._models import with_unreadable

UTC = timezone.utc
NASTY = "<script>alert('tea & \"milk\"')</script>"


@pytest.mark.parametrize(
    ("sent", "moment"),
    [
        ("2026-02-14T09:12Z", datetime(2026, 2, 14, 9, 12, tzinfo=UTC)),
        ("2026-02-14T09:12:30.5Z", datetime(2026, 2, 14, 9, 12, 30, 500_000, tzinfo=UTC)),
        ("2026-02-14T09:12:00+02:00", datetime(2026, 2, 14, 7, 12, tzinfo=UTC)),
        ("2026-02-14 09:12", datetime(2026, 2, 14, 9, 12, tzinfo=UTC)),
        ("2026-02-14", datetime(2026, 2, 14, tzinfo=UTC)),
        ("1771060320", datetime(2026, 2, 14, 9, 12, tzinfo=UTC)),
        (1771060320, datetime(2026, 2, 14, 9, 12, tzinfo=UTC)),
        (1771060320000, datetime(2026, 2, 14, 9, 12, tzinfo=UTC)),
        (1771060320.5, datetime(2026, 2, 14, 9, 12, 0, 500_000, tzinfo=UTC)),
        ("0001-01-01T00:00+14:00", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))),
        (None, None),
        ("", None),
        ("yesterday", None),
        ("Sat, 14 Feb 2026 09:12:00 GMT", None),
        (True, None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
        ("9" * 5000, None),
        (["2026-02-14"], None),
        ({"at": 3}, None),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_time_is_also_a_datetime_and_no_time_is_none(sent: Any, moment: Optional[datetime]) -> None:
    """`created` is `created_at` as a datetime that can be compared, and never raises."""
    record = MemoryRecord.model_validate({"created_at": sent})
    assert record.created == moment
    assert record.created is None or record.created.tzinfo is not None
    assert record.created_at is sent or record.created_at == sent


def test_created_is_no_field_of_the_data() -> None:
    """A record that is dumped, compared or read again is as the service sent it."""
    record = MemoryRecord(created_at="2026-02-14T09:12Z", content="c")
    assert record.created is not None
    assert "created" not in record.model_dump()
    assert MemoryRecord.model_validate(record.model_dump()) == record


def found(**fields: Any) -> SearchResult:
    """Return a result with two records and these fields."""
    records = [{"id": "a", "score": 0.9, "content": "Tea at four"}, {"content": "Milk\nfirst", "mood": "calm"}]
    return SearchResult.model_validate({"success": True, "pending_id": "p", "results": records, **fields})


def test_a_search_prints_a_record_a_line_and_nothing_empty() -> None:
    """The repr leaves out what is None or empty, and the streams that repeat the records."""
    shown = (
        "SearchResult(success=True, pending_id='p', tokens=0, results=[\n"
        "  MemoryRecord(id='a', score=0.9, content='Tea at four'),\n"
        "  MemoryRecord(content='Milk\\nfirst', mood='calm'),\n"
        "])"
    )
    result = found(semantic_memory="Tea at four", tokens=0, file_memory=[], previous_context="")
    assert repr(result) == str(result) == f"{result}" == shown


@pytest.mark.parametrize(
    ("result", "shown"),
    [
        (SearchResult(), "SearchResult()"),
        (SearchResult(semantic_memory="Tea"), "SearchResult(semantic_memory='Tea')"),
        (AddResult(id="a"), "AddResult(success=True, id='a')"),
        (MemoryDetails(success=False, usage=0), "MemoryDetails(success=False, usage=0)"),
        (MemoryDetails.model_validate({"usage": 3, "limit": None}), "MemoryDetails(usage=3, limit=None)"),
        (MemoryRecord(), "MemoryRecord()"),
        (MemoryRecord(score=0.0), "MemoryRecord(score=0.0)"),
    ],
    ids=repr,
)
def test_a_repr_shows_what_a_result_says(result: Any, shown: str) -> None:
    """False and 0 say something, and so does a limit that is null; None and an empty text do not."""
    assert repr(result) == shown


def test_a_repr_shows_what_could_not_be_read() -> None:
    """An odd value is not hidden behind a None."""
    details = MemoryDetails(limit=3)
    with_unreadable(details, {"usage": 0.42})
    assert repr(details) == "MemoryDetails(limit=3, unreadable={'usage': 0.42})"
    for again in (pickle.loads(pickle.dumps(details)), copy.deepcopy(details), details.model_copy()):
        assert again.unreadable == {"usage": 0.42}
        assert again == details
    assert "unreadable" not in details.model_dump()


class Page(HTMLParser):
    """Collects the tags and the texts of a page, and checks that each tag is closed in its place."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: List[str] = []
        self.tags: List[str] = []
        self.texts: List[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        assert attrs == []
        self.open.append(tag)
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize(
    "result",
    [
        found(**{NASTY: NASTY}),
        SearchResult.model_validate({"results": [{"content": NASTY, NASTY: [NASTY]}]}),
        SearchResult(semantic_memory=NASTY, file_memory=[{"name": NASTY}]),
        AddResult.model_validate({"id": NASTY}),
        MemoryDetails.model_validate({"plan": {NASTY: NASTY}}),
        MemoryRecord.model_validate({"content": NASTY, NASTY: NASTY}),
    ],
    ids=lambda result: type(result).__name__,
)
def test_a_table_of_a_notebook_shows_texts_and_runs_none(result: Any) -> None:
    """Whatever a memory holds is escaped, names of fields too."""
    page = Page(result._repr_html_())
    assert set(page.tags) <= {"table", "tr", "th", "td"}
    assert "alert('tea & \"milk\"')" in "".join(page.texts).replace("\\", "")


def test_a_table_has_a_row_for_each_record_and_a_column_for_each_field() -> None:
    """Records with different fields share the columns."""
    page = Page(found()._repr_html_())
    assert page.tags.count("table") == 2
    assert page.texts == [
        "success",
        "True",
        "pending_id",
        "p",
        *["id", "score", "content", "mood", "a", "0.9"],
        "Tea at four",
        "Milk\nfirst",
        "calm",
    ]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"file_memory": [{"name": "plan.pdf"}, {"name": "plan.pdf"}]}, "Relevant files:\n- plan.pdf"),
        (
            {"semantic_memory": "Tea", "file_memory": [{"name": "a.pdf"}, "b.txt", {"filename": "c.md", "size": 3}]},
            "Facts:\n- Tea\n\nRelevant files:\n- a.pdf\n- b.txt\n- c.md",
        ),
        (
            {"results": [{"content": "Tea", "type": "episodic"}], "file_memory": [{"name": "a\n- b: c"}]},
            "Events:\n- Tea\n\nRelevant files:\n- a\n  - b: c",
        ),
        ({"file_memory": {"name": "one.pdf"}}, "Relevant files:\n- one.pdf"),
        ({"file_memory": "one.pdf"}, "Relevant files:\n- one.pdf"),
        ({"file_memory": [{"size": 3}, None, 7, {"name": ""}, {"name": 5}, " "]}, ""),
        ({"file_memory": 3}, ""),
        ({"semantic_memory": ["Tea", "Milk"]}, "Facts:\n- Tea\n  Milk"),
        ({"results": [{"content": {"drink": "thé"}, "type": 3}]}, 'Memories:\n- {"drink": "thé"}'),
        ({"results": [{"content": {}, "type": "semantic"}, {"content": []}]}, ""),
    ],
    ids=str,
)
def test_a_prompt_has_the_files_and_what_is_of_an_odd_type(fields: Dict[str, Any], text: str) -> None:
    """format() lists the names of files after the memories, and writes an odd content as it is."""
    assert SearchResult.model_validate(fields).format() == text


def test_a_schema_of_a_result_can_be_made() -> None:
    """A web framework may answer with a result, and describe it."""
    for model in (SearchResult, AddResult, MemoryDetails, MemoryRecord):
        assert model.model_json_schema()["type"] == "object"
        assert model.model_json_schema(mode="serialization")["type"] == "object"


@pytest.mark.parametrize("module", [octamem, __import__("octamem.testing").testing])
def test_dir_shows_public_names_alone(module: Any) -> None:
    """What dir() and a completion list is what may be used."""
    assert dir(module) == sorted(module.__all__)
    assert all(getattr(module, name) is not None for name in dir(module))
    assert [name for name in dir(module) if re.match("_(?!_version__)", name)] == []
