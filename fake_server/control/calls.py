"""Reading of the calls: a page of them under filters, and one with all that is known of it."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence

from fake_server.core.journal.calls import call_of, groups_of
from fake_server.core.journal.entry import Entry
from fake_server.core.journal.filters import Filter
from fake_server.core.journal.outcome import counted, flags
from fake_server.core.journal.summary import summary
from fake_server.core.journal.verdict import verdict
from fake_server.core.service.copy_text import FORMS
from fake_server.core.wording import alternatives, expected, name_shown, shown

from .answers import Answer
from .asked import Asked, RefusedError, needed, whole_number
from .listing import MOST, list_answer, newest

__all__ = ["copy_call", "find_call", "list_calls", "read_call"]


def list_calls(asked: Asked) -> Answer:
    """Return calls under filters, oldest first: all of them with their bodies, or the newest `limit` without."""
    wanted = Filter.read(asked.fields)
    limit = whole_number(asked.fields, "limit", most=MOST)
    as_of = asked.desk.event_id(asked.fake.call_changes)  # read first: what changes from here on is an event
    counts = [call for call in groups_of(asked.fake.requests(key=asked.key)) if wanted.counts(call)]
    listed = [call for call in counts if wanted.passes(call)]
    before = asked.fields.get("before")
    if before is not None:
        listed = listed[: _place(counts, listed, before)]
    page, more = newest(listed, limit)
    calls = (call_of(call).as_dict() if limit is None else summary(call) for call in page)
    rest = {
        "next": page[0][0].call.id if more else None,
        "counts": counted([flags(call) for call in counts]),
        "attempts": sum(map(len, counts)),
        "dropped": asked.fake.dropped(key=asked.key),
        "as_of": as_of,
    }
    return list_answer("calls", calls, rest)


def read_call(asked: Asked) -> Mapping[str, Any]:
    """Return one call with its bodies and the verdict on it."""
    call = find_call(asked)
    elsewhere = asked.fake.elsewhere(call[-1])
    shown_call: Dict[str, Any] = {
        **summary(call),
        **call_of(call).as_dict(),
        "verdict": verdict(call, elsewhere or ()).as_dict(),
    }
    if elsewhere is not None:
        shown_call["attempts"][-1]["search"]["elsewhere"] = [each.as_dict() for each in elsewhere]
    return shown_call


def copy_call(asked: Asked) -> Answer:
    """Return one call as a test, a line of curl, a fault script, its request or its answers."""
    form = needed(asked.fields, "as")
    if form not in FORMS:
        raise ValueError(expected("as", alternatives(FORMS), shown(form)))
    url = f"http://{asked.headers.get('host', 'localhost')}"
    text = asked.fake.copied(form, find_call(asked), url=url)
    return Answer(text, media_type="application/json" if form in {"request", "answers"} else "text/plain")


def find_call(asked: Asked) -> List[Entry]:
    """Return the attempts of the call that the path names, the newest of that name; raises RefusedError."""
    name = asked.path["id"]
    for entry in reversed(asked.fake.requests(key=asked.key)):
        if entry.call.id == name:
            return list(entry.call.entries) or [entry]  # it may have been dropped since
    raise _unknown(name, "call")


def _place(counts: Sequence[List[Entry]], listed: Sequence[List[Entry]], before: str) -> int:
    """Return how many of the listed calls are older than one; that one may have left the list since it was sent."""
    seq = next((call[0].seq for call in reversed(counts) if call[0].call.id == before), None)
    if seq is None:
        raise _unknown(before, "before")
    return sum(call[0].seq < seq for call in listed)


def _unknown(name: str, field: str) -> RefusedError:
    message = expected(
        field, "the id of a call in the journal", name_shown(name), "it may have been dropped: list them with GET calls"
    )
    return RefusedError(404, "NOT_FOUND", message)
