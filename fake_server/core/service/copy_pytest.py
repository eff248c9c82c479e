"""A call as a test for pytest: it asserts what was seen, so it passes when it is pasted."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any, Dict, List, Mapping, Sequence

from fake_server.core.journal.entry import Entry
from fake_server.core.journal.outcome import outcome
from fake_server.core.journal.summary import text_of
from fake_server.core.settings import Settings
from fake_server.core.tenants.store import Store

from .copy_search import SEEN, search_copy
from .copy_steps import script_of, step_of

__all__ = ["pytest_of"]

_SETTINGS = ("wire", "idempotency", "top_k", "context_match", "default_type", "pending_ids", "language")
_RETRIED = (408, 429, 500, 502, 503, 504)  # statuses after which the SDK sends a call again
_FIELDS = {"add": "content", "search": "query"}


def pytest_of(entries: Sequence[Entry], store: Store) -> str:
    """Return a test that makes a call again, by its attempts, under the settings that each of them had.

    It makes the call by the SDK if that sends the same attempts, and sends each request by itself otherwise.
    """
    return _by_sdk(entries, store) if _is_for_the_sdk(entries) else _by_requests(entries)


def _is_for_the_sdk(entries: Sequence[Entry]) -> bool:
    first, last = entries[0], entries[-1]
    request = first.request
    if any(_marked(entry.settings) != _marked(first.settings) for entry in entries):
        return False
    if first.endpoint is None or first.method != "POST" or not isinstance(request, dict):
        return False
    name = _FIELDS.get(first.endpoint)
    if name is not None and not (isinstance(request.get(name), str) and request[name].strip()):
        return False
    if not request.keys() <= {name, "previousContext"} or not isinstance(request.get("previousContext", ""), str):
        return False
    if any(entry.ended is None or not _is_retried(entry) for entry in entries[:-1]):
        return False
    if last.ended is None:
        return False
    return last.delivered or last.dropped is not None or last.lost or (last.status or 0) >= 400


def _is_retried(entry: Entry) -> bool:
    return entry.dropped is not None or entry.lost or entry.status in _RETRIED


def _by_sdk(entries: Sequence[Entry], store: Store) -> str:
    first, last = entries[0], entries[-1]
    request: Mapping[str, Any] = first.blanked(first.request)
    given = {
        "previous_context" if name == "previousContext" else name: value for name, value in request.items() if value
    }
    call = f"{{client}}.{'get' if first.endpoint == 'search' else first.endpoint}({_arguments(given)})"
    marks = _marks(entries)
    fails = outcome(entries) != "answered"
    client = "octamem_client"
    body: List[str] = []
    if len(entries) > 1 or fails:
        body.append(f"client = octamem_client.with_options(max_retries={len(entries) - 1})")
        client = "client"
    remarks: Sequence[str] = ()
    checks: List[str] = []
    if fails:
        body.append("with pytest.raises(OctaMemError) as caught:")
        body.append(f"    {call.format(client=client)}")
        status = last.status if last.dropped is None and not last.lost else None
        checks.append(f"assert caught.value.status_code {'is' if status is None else '=='} {status}")
    elif first.endpoint == "search":
        copy = search_copy(last, store)
        remarks = copy.remarks
        checks += copy.checks
        if copy.added:
            marks["indexing_delay"] = last.settings.indexing_delay or 30
        if copy.memories:
            marks = {"memories": list(copy.memories), **marks}
        body += [f"octamem_client.add({_arguments(each)})" for each in copy.added]
        body.append(f"found = {call.format(client=client)}.results")
    else:
        body.append(call.format(client=client))
    checks += _of_memories(entries, wanted=0 if fails else 1)
    if not checks:
        checks.append(
            f"assert [entry.status for entry in octamem_fake.requests()] == {[each.status for each in entries]}"
        )
    fixtures = "octamem_client, octamem_fake" if any("octamem_fake" in each for each in checks) else "octamem_client"
    imports = ["from octamem import OctaMemError"] if fails else []
    return _written(first, imports, marks, fixtures, [*body, *checks], remarks)


def _of_memories(entries: Sequence[Entry], wanted: int) -> List[str]:
    """Return the assertion on what an add stored, [] if the attempts are not all known."""
    if entries[0].endpoint != "add" or entries[0].attempt > 1:
        return []
    stored = sum(len(entry.stored) for entry in entries)
    line = f"assert len(octamem_fake.memories()) == {stored}{_hint(entries, stored)}"
    return [SEEN, line] if stored > 1 or stored < wanted else [line]


def _hint(entries: Sequence[Entry], stored: int) -> str:
    retried = stored > 1 and len(entries) > 1
    return "  # with idempotency=True: 1" if retried and entries[0].call.has_token else ""


def _by_requests(entries: Sequence[Entry]) -> str:
    first = entries[0]
    statuses = [None if entry.lost else entry.status for entry in entries]
    marks = {**_marks(entries), "unexpected": "allow"}
    token = first.blanked(first.idempotency_key)
    named = "" if token is None else f', "idempotency-key": {token!r}'
    body = first.blanked_body()
    lines = [
        f'headers = {{"authorization": f"Bearer {{octamem_fake.api_key}}", "content-type": "application/json"{named}}}',
        f"sent = Request({first.blanked(first.method)!r}, {first.blanked(first.path)!r}, headers, {body!r})",
    ]
    under = _marked(first.settings)
    takes = "="
    for settings, run in groupby(entries, key=lambda entry: _marked(entry.settings)):
        changed = {name: value for name, value in settings.items() if value != under[name]}
        if changed:
            lines.append(f"octamem_fake.configure({_arguments(changed)})")
        lines.append(f"outcomes {takes} [octamem_fake.decide(sent) for _ in range({len(list(run))})]")
        under, takes = settings, "+="
    lines.append(f'assert [getattr(outcome, "status", None) for outcome in outcomes] == {statuses!r}')
    lines += _of_memories(entries, wanted=1 if outcome(entries) == "answered" else 0)
    return _written(first, ["from fake_server import Request"], marks, "octamem_fake", lines)


def _marks(entries: Sequence[Entry]) -> Dict[str, Any]:
    """Return the arguments of the marker: the faults, and the first settings that differ from those of a new fake."""
    script = script_of(entries)
    new = _marked(Settings())
    marks: Dict[str, Any] = {"faults": entries[0].blanked(script)} if script else {}
    if any(step_of(entry).startswith("hang") and entry.lost for entry in entries):
        marks["unused"] = "allow"
    return {**marks, **{name: value for name, value in _marked(entries[0].settings).items() if value != new[name]}}


def _marked(settings: Settings) -> Dict[str, Any]:
    return {name: getattr(settings, name) for name in _SETTINGS}


def _written(
    first: Entry,
    imports: Sequence[str],
    marks: Mapping[str, Any],
    fixtures: str,
    body: Sequence[str],
    remarks: Sequence[str] = (),
) -> str:
    mark = [f"@pytest.mark.octamem({_arguments(marks)})"] if marks else []
    uses_pytest = bool(mark) or any("pytest." in line for line in body)
    head = [*(["import pytest"] if uses_pytest else []), *imports]
    lines = [*head, *(["", ""] if head else []), *remarks, *mark, f"def {_name(first)}({fixtures}):"]
    return "\n".join([*lines, *(f"    {line}" for line in body)]) + "\n"


def _arguments(given: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in given.items())


def _name(first: Entry) -> str:
    words = re.findall(r"[a-z0-9]+", (first.blanked(text_of(first)) or "").lower())[:6]
    return "_".join(["test", *(words or [first.endpoint or "request"])])
