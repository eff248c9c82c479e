"""What a failing test is told: the journal of its calls, faults never met, and calls that no route was there for."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Iterator, List, Tuple

from fake_server.core import UnknownKeyError
from fake_server.core.settings import blank_key

from .timeline import indented, timeline

if TYPE_CHECKING:
    from fake_server.core import Entry, Fake
    from fake_server.core.faults.armed import Armed
    from fake_server.core.faults.script import Rule, Step

__all__ = ["complaints", "journal"]

SHOWN = 200  # attempts; what went wrong is at the end
UNMET = "faults were armed and never met:"
UNMET_REMEDY = (
    "what to do: let the test make the calls that meet them, take the steps out of the script, or say "
    'unused="allow" in the octamem marker'
)
ASTRAY = "calls were made to routes that do not exist:"
ASTRAY_REMEDY = (
    "what to do: correct the path, or the base URL, in the code under test, even where it lives with the 404, or say "
    'unexpected="allow" in the octamem marker'
)


def journal(fake: Fake) -> str:
    """Write the attempts that reached a fake, one a line, newest last, without any text of a memory."""
    entries = fake.requests()
    lines = [entry.line() for entry in entries[-SHOWN:]]
    earlier = fake.dropped() + len(entries) - len(lines)
    if earlier:
        lines.insert(0, f"… {earlier} earlier attempts are not shown")
    return "\n".join(lines) or "no request reached the fake"


def complaints(fake: Fake, *, unused: bool, unexpected: bool) -> str:
    """Say what fails a test that passed otherwise; "" where nothing does.

    With `unused`, each step that was armed and never met, and why that is likely: `ok`, percentages and presets may go
    unmet. With `unexpected`, each call to a route that does not exist.
    """
    told: List[str] = []
    unmet = list(_unmet(fake)) if unused else []
    if unmet:
        told += [UNMET, *unmet, UNMET_REMEDY]
    astray = list(_astray(fake)) if unexpected else []
    if astray:
        told += [ASTRAY, *astray, ASTRAY_REMEDY]
    return "\n".join([*told, "the calls that were made:", indented(timeline(fake))]) if told else ""


def _unmet(fake: Fake) -> Iterator[str]:
    for armed, scope, entries in _scripts(fake):
        for rule, step, left in armed.unfired():
            wanted = step.count or 1
            yield (
                f"  {step} of the rule {str(rule)!r}{scope}: met {wanted - left} of {wanted} times\n"
                f"    likely because {_reason(rule, step, armed, entries)}"
            )


def _astray(fake: Fake) -> Iterator[str]:
    for entry in fake.requests():
        if entry.endpoint is None:
            answer: Any = entry.as_dict()["response"]
            why = f": {answer.get('error')!s:.300}" if isinstance(answer, dict) else ""
            yield "  " + ascii(f"#{entry.seq} {entry.method:.20} {entry.path:.120}{why}")[1:-1]


def _scripts(fake: Fake) -> Iterator[Tuple[Armed, str, List[Entry]]]:
    for armed in fake.armed():
        yield armed, "", fake.requests()
    for key in list(fake.keys()):
        with suppress(UnknownKeyError):  # a test may have taken it off the list
            for armed in fake.armed(key=key):
                yield armed, f" for the key {blank_key(key)}", fake.requests(key=key)


def _reason(rule: Rule, step: Step, armed: Armed, entries: List[Entry]) -> str:
    endpoint = "any endpoint" if rule.endpoint == "*" else rule.endpoint
    fitting = [entry for entry in entries if entry.endpoint and rule.endpoint in ("*", entry.endpoint)]
    if not fitting:
        others = Counter(entry.endpoint or entry.path for entry in entries)
        seen = ", ".join(f"{name} ({count})" for name, count in others.items())
        return f"no call reached {endpoint}; " + (f"calls were made to {seen}" if seen else "no call was made at all")
    met = f"{len(fitting)} attempt{'s' if len(fitting) > 1 else ''} reached {endpoint}"
    if step.lasts is not None:
        return f"{met}, none within its {step.lasts:g} s on the fake's clock"
    wanted = sum(each.count or 1 for each in rule.steps if each.percent is None)
    if len(fitting) < wanted:
        return f"the client stopped early: only {met}, where the rule has {wanted} steps"
    return (
        f"{met}, of which {armed.fired} met this script: the others came before it was armed, with another key each, "
        "or met another script or a more particular rule first"
    )
