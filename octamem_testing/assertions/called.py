"""assert_called: whether a call was made, and if it was not, the nearest call that was."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Dict, List, Mapping, Optional, Sequence

from octamem_testing.checks import check_count, check_fake, check_text
from octamem_testing.report.timeline import call_name, counted

from .failures import check_endpoint, failure, hint_or_nothing_sent

if TYPE_CHECKING:
    from fake_server.core import Fake
    from fake_server.core.journal.calls import CallRecord

__all__ = ["assert_called"]

SENT_TO: Mapping[str, Sequence[str]] = {
    "add": ("content", "previous_context"),
    "search": ("query", "previous_context"),
    "details": (),
}
_SHOWN = 120  # characters of a text
_COMPARED = 2_000  # characters of a text: the comparison takes time by their square


def assert_called(
    fake: Fake,
    endpoint: str,
    *,
    times: Optional[int] = None,
    content: Optional[str] = None,
    query: Optional[str] = None,
    previous_context: Optional[str] = None,
) -> None:
    """Assert that calls with these arguments were made to an endpoint, at least once or exactly `times` times.

    A call and its retries count once, whatever the answer was. An argument that is left out matches any text. Raises
    AssertionError with the nearest call and its differences, ValueError for an unknown endpoint or an argument that the
    endpoint does not have, and TypeError if `fake` is not the fake.
    """
    __tracebackhide__ = True
    check_fake(fake, "assert_called")
    check_endpoint(endpoint)
    given = {"content": content, "query": query, "previous_context": previous_context}
    wanted = {name: text for name, text in given.items() if text is not None}
    for name, text in wanted.items():
        check_text(name, text)
        if name not in SENT_TO[endpoint]:
            has = " and ".join(SENT_TO[endpoint]) or "no arguments"
            raise ValueError(f"{name} cannot be checked for {endpoint}, which has {has}")
    check_count("times", times, "leave it out for at least once")
    reached = [call for call in fake.calls if call.endpoint == endpoint]
    matching = [call for call in reached if not _differences(call, wanted)]
    if len(matching) == times or (times is None and matching):
        return
    among = f", of {counted(len(reached), 'call')} to {endpoint}" if wanted else ""
    often = "at least once" if times is None else counted(times, "time")
    raise failure(
        f"{endpoint} called {often}{_with(wanted)}",
        f"called {counted(len(matching), 'time')}{among}",
        hint_or_nothing_sent(fake, _hint(endpoint, fake.calls, reached, matching, wanted)),
        fake,
        matching or reached,
    )


def _hint(
    endpoint: str,
    calls: Sequence[CallRecord],
    reached: Sequence[CallRecord],
    matching: Sequence[CallRecord],
    wanted: Mapping[str, str],
) -> str:
    if matching:
        return "look below for when each call was made; a call and its retries count once"
    if reached:
        nearest = max(reversed(reached), key=lambda call: _likeness(call, wanted))
        return f"compare with the nearest, {call_name(nearest)}: {'; '.join(_differences(nearest, wanted))}"
    others: Dict[str, int] = {}
    for call in calls:
        name = call.endpoint or "an unknown route"
        others[name] = others.get(name, 0) + 1
    made = ", ".join(f"{name} ({number})" for name, number in others.items())
    return f"no call went to {endpoint}; the calls went to {made}"


def _with(wanted: Mapping[str, str]) -> str:
    named = [f"{name}={text!r:.{_SHOWN}}" for name, text in wanted.items()]
    return f" with {' and '.join(named)}" if named else ""


def _differences(call: CallRecord, wanted: Mapping[str, str]) -> List[str]:
    return [
        f"its {name} is {_sent(call, name)!r:.{_SHOWN}}" for name, text in wanted.items() if _sent(call, name) != text
    ]


def _likeness(call: CallRecord, wanted: Mapping[str, str]) -> float:
    """Return how near a call is: an equal text counts more than any similar one."""
    near = 0.0
    for name, text in wanted.items():
        sent = _sent(call, name)
        if sent == text:
            near += 2
        elif sent is not None:
            near += SequenceMatcher(None, sent[:_COMPARED], text[:_COMPARED], autojunk=False).ratio()
    return near


def _sent(call: CallRecord, name: str) -> Optional[str]:
    if name == "content":
        return call.content
    return call.query if name == "query" else call.previous_context
