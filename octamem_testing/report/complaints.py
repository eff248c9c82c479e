"""What a failing test shows: the journal of its calls, the faults not injected, and the calls to unknown routes."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Tuple

from fake_server.core import UnknownKeyError
from fake_server.core.key_text import blank_key

from .timeline import counted, indented, timeline

if TYPE_CHECKING:
    from fake_server.core import Entry, Fake
    from fake_server.core.faults.armed import Armed
    from fake_server.core.faults.script import Rule, Step

__all__ = ["complaints", "journal"]

SHOWN = 200  # attempts, the last ones: an error is near the end
NOT_INJECTED = "faults were armed and not injected:"
NOT_INJECTED_REMEDY = (
    "what to do: make the calls that these faults are for, remove the steps from the script, or write "
    'unused="allow" in the octamem marker'
)
UNKNOWN_ROUTES = "calls to unknown routes:"
UNKNOWN_ROUTES_REMEDY = (
    "what to do: correct the path or the base URL in the code under test, even if the code handles the 404, or write "
    'unexpected="allow" in the octamem marker'
)


def journal(fake: Fake) -> str:
    """Return the attempts that reached a fake, one on each line, newest last, without any text of a memory.

    If there are several keys, each line has the number of its own; key 1 is that of the test.
    """
    entries = fake.requests()
    owners = key_notes(fake)
    lines = [entry.line() + owners.get(entry.key, "") for entry in entries[-SHOWN:]]
    earlier = fake.dropped() + len(entries) - len(lines)
    if earlier:
        lines.insert(0, f"… {earlier} earlier attempts are not shown")
    return "\n".join(lines) or "no request reached the fake"


def key_notes(fake: Fake) -> Dict[str, str]:
    """Return what the lines of each key say of it, if requests or memories have several: its number, and the others'.

    A key without memories says where they are, since a search with it finds none.
    """
    held: Counter[str] = Counter()
    for key in list(fake.keys()):
        with suppress(UnknownKeyError):  # the test may have removed it
            held[key] = len(fake.memories(key=key))
    used = [entry.key for entry in fake.requests() if entry.key]
    keys = _keys_of(fake)
    if len({*used, *(key for key in keys if held[key])}) < 2:
        return {}
    number = {key: place for place, key in enumerate(keys, 1)}
    notes: Dict[str, str] = {}
    for key in keys:
        others = [f"key {number[other]} has {counted(held[other], 'memory')}" for other in keys if held[other]]
        empty = f", which has no memory; {' and '.join(others)}" if others and not held[key] else ""
        notes[key] = f" (key {number[key]}{empty})"
    return notes


def complaints(fake: Fake, *, unused: bool, unexpected: bool) -> str:
    """Return what fails a test that passed otherwise, "" if nothing does.

    With `unused`, list each fault that was armed and not injected, with the probable reason; `ok`, percentages and
    presets need not hit. With `unexpected`, list each call to an unknown route.
    """
    lines: List[str] = []
    not_injected = list(_not_injected(fake)) if unused else []
    if not_injected:
        lines += [NOT_INJECTED, *not_injected, NOT_INJECTED_REMEDY]
    unknown_routes = list(_unknown_routes(fake)) if unexpected else []
    if unknown_routes:
        lines += [UNKNOWN_ROUTES, *unknown_routes, UNKNOWN_ROUTES_REMEDY]
    return "\n".join([*lines, "the calls:", indented(timeline(fake))]) if lines else ""


def _not_injected(fake: Fake) -> Iterator[str]:
    for armed, key, entries in _scripts(fake):
        scope = f" for the key {blank_key(key)}" if key else ""
        for rule, step, left in armed.unfired():
            wanted = step.count or 1
            reason = _probable_reason(rule, step, armed, entries)
            if key and not entries:
                reason = f"no call reached {_endpoint(rule)} with it; {_callers(fake)}"
            yield f"  {step} of {str(rule)!r}{scope}: {wanted - left} of {wanted}\n    probable reason: {reason}"


def _unknown_routes(fake: Fake) -> Iterator[str]:
    for entry in fake.requests():
        if entry.endpoint is None:
            answer: Any = entry.as_dict()["response"]
            why = f": {answer.get('error')!s:.300}" if isinstance(answer, dict) else ""
            yield f"  #{entry.seq} {entry.target(120)}" + ascii(why)[1:-1]


def _scripts(fake: Fake) -> Iterator[Tuple[Armed, str, List[Entry]]]:
    """Yield what is armed, with its key, "" for all, and the requests that it could have met."""
    for armed in fake.armed():
        yield armed, "", fake.requests()
    for key in list(fake.keys()):
        with suppress(UnknownKeyError):  # the test may have removed it
            for armed in fake.armed(key=key):
                yield armed, key, fake.requests(key=key)


def _endpoint(rule: Rule) -> str:
    return "any endpoint" if rule.endpoint == "*" else rule.endpoint


def _callers(fake: Fake) -> str:
    """Say which keys called, and how often."""
    number = {key: place for place, key in enumerate(_keys_of(fake), 1)}
    counts = Counter(entry.key for entry in fake.requests())
    if not counts:
        return "there was no call at all"
    seen = [f"key {number[key]} ({times})" if key else f"no key ({times})" for key, times in counts.items()]
    return f"the calls came with {', '.join(seen)}"


def _keys_of(fake: Fake) -> List[str]:
    """Return the keys of a fake in the order in which they are numbered: that of the test, then as they opened."""
    return list(dict.fromkeys([fake.api_key, *fake.keys(), *(entry.key for entry in fake.requests() if entry.key)]))


def _probable_reason(rule: Rule, step: Step, armed: Armed, entries: List[Entry]) -> str:
    endpoint = _endpoint(rule)
    fitting = [entry for entry in entries if entry.endpoint and rule.endpoint in ("*", entry.endpoint)]
    if not fitting:
        others = Counter(entry.endpoint or entry.path for entry in entries)
        seen = ", ".join(f"{name} ({count})" for name, count in others.items())
        return f"no call reached {endpoint}; " + (f"the calls went to {seen}" if seen else "there was no call at all")
    reached = f"{counted(len(fitting), 'attempt')} reached {endpoint}"
    if step.lasts is not None:
        return f"{reached}, none within the {step.lasts:g} s of the fault on the fake's clock"
    wanted = sum(each.count or 1 for each in rule.steps if each.percent is None)
    if len(fitting) < wanted:
        return f"the client stopped early: only {reached}, and the rule has {wanted} steps"
    return (
        f"{reached}, and {armed.fired} matched this script: the others came before the script was armed, used another "
        "key, or matched another script or a more specific rule"
    )
