"""A call as a test for pytest: it asserts what was seen, so it passes when it is pasted."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from fake_server.core.faults.steps import LIES
from fake_server.core.journal.funnel import Funnel
from fake_server.core.journal.journal import Entry
from fake_server.core.journal.outcome import outcome
from fake_server.core.journal.summary import text_of
from fake_server.core.json_body import BadBody, read_object
from fake_server.core.memory import Memory
from fake_server.core.settings import Settings

from .copy_steps import script_of, step_of

__all__ = ["pytest_of"]

Find = Callable[[str], Optional[Memory]]
"""Returns a stored memory by its id, None if it is there no longer."""

_SETTINGS = ("wire", "idempotency", "top_k", "context_match", "default_type", "pending_ids", "language")
_RETRIED = (408, 429, 500, 502, 503, 504)  # statuses after which the SDK sends a call again
_FIELDS = {"add": "content", "search": "query"}


def pytest_of(entries: Sequence[Entry], settings: Settings, find: Find) -> str:
    """Return a test that makes a call again, by its attempts, under the settings of its key.

    It makes the call by the SDK if that sends the same attempts, and sends each request by itself otherwise.
    """
    if _is_for_the_sdk(entries):
        return _by_sdk(entries, settings, find)
    return _by_requests(entries, settings)


def _is_for_the_sdk(entries: Sequence[Entry]) -> bool:
    first, last = entries[0], entries[-1]
    request = first.request
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


def _by_sdk(entries: Sequence[Entry], settings: Settings, find: Find) -> str:
    first, last = entries[0], entries[-1]
    request: Mapping[str, Any] = first.blanked(first.request)
    given = {
        "previous_context" if name == "previousContext" else name: value for name, value in request.items() if value
    }
    call = f"{{client}}.{'get' if first.endpoint == 'search' else first.endpoint}({_arguments(given)})"
    marks = _marks(entries, settings)
    fails = outcome(entries) != "answered"
    client = "octamem_client"
    body: List[str] = []
    if len(entries) > 1 or fails:
        body.append(f"client = octamem_client.with_options(max_retries={len(entries) - 1})")
        client = "client"
    memories: List[Any] = []
    checks: List[str] = []
    if fails:
        body.append("with pytest.raises(OctaMemError) as caught:")
        body.append(f"    {call.format(client=client)}")
        status = last.status if last.dropped is None and not last.lost else None
        checks.append(f"assert caught.value.status_code {'is' if status is None else '=='} {status}")
    elif first.endpoint == "search":
        memories, before, checks = _search_checks(last, given["query"], _without_keys(last, find))
        if last.search is not None and last.search.cause == "index_delay":
            marks["indexing_delay"] = settings.public(of_key=True)["indexing_delay"] or 30
            body += [f"octamem_client.add({_arguments(each)})" for each in before]
            memories = []
        body.append(f"found = {call.format(client=client)}.results")
    else:
        body.append(call.format(client=client))
    if first.endpoint == "add":
        stored = sum(len(entry.stored) for entry in entries)
        checks.append(f"assert len(octamem_fake.memories()) == {stored}{_hint(entries, stored)}")
    if not checks:
        checks.append(
            f"assert [entry.status for entry in octamem_fake.requests()] == {[each.status for each in entries]}"
        )
    if memories:
        marks = {"memories": memories, **marks}
    fixtures = "octamem_client" if first.endpoint == "search" and not fails else "octamem_client, octamem_fake"
    if fails and first.endpoint != "add":
        fixtures = "octamem_client"
    imports = ["from octamem import OctaMemError"] if fails else []
    return _written(first, imports, marks, fixtures, [*body, *checks])


def _hint(entries: Sequence[Entry], stored: int) -> str:
    retried = stored > 1 and len(entries) > 1
    return "  # with idempotency=True: 1" if retried and entries[0].call.has_token else ""


def _search_checks(last: Entry, query: str, find: Find) -> Tuple[List[Any], List[Dict[str, str]], List[str]]:
    """Return the memories to begin with, those to add, and the assertions on `found`."""
    if last.search is not None and last.search.cause == "index_delay":
        return [], _added(last.search, query, find), ["assert found == []"]
    results = _results(last)
    withheld = [str(each) for each in last.effect.get("withheld", ())]
    others = [*withheld, *(last.search.nearest if last.search is not None else ())]
    memories = [_seed(each["content"], find(each["id"])) for each in results]
    memories += [_seed(memory.content, memory) for memory in map(find, others) if memory is not None]
    lies = last.fault is not None and last.fault.startswith(tuple(LIES))
    if not results:
        return memories, [], ["assert found == []"]
    if lies:
        return memories, [], [f"assert len(found) <= {len(results)}"]
    contents = sorted(str(each["content"]) for each in results)
    return memories, [], [f"assert sorted(record.content for record in found) == {contents!r}"]


def _added(search: Funnel, query: str, find: Find) -> List[Dict[str, str]]:
    nearest = next((memory for memory in map(find, search.nearest) if memory is not None), None)
    if nearest is None:  # forgotten since: a memory with the words of the query would be found, too
        return [{"content": query, **({"previous_context": search.context} if search.context else {})}]
    return [{"content": nearest.content, **({"previous_context": nearest.context} if nearest.context else {})}]


def _seed(content: str, memory: Optional[Memory]) -> Any:
    if memory is None or not memory.context:
        return content
    return (content, memory.context)


def _without_keys(entry: Entry, find: Find) -> Find:
    """Return what finds the same memories, with every key in their texts blanked."""

    def found(identity: str) -> Optional[Memory]:
        memory = find(identity)
        if memory is None:
            return None
        return memory._replace(content=entry.blanked(memory.content), context=entry.blanked(memory.context))

    return found


def _results(entry: Entry) -> List[Mapping[str, Any]]:
    try:
        answer = read_object(entry.response or b"")
    except BadBody:
        return []
    data = answer.get("data", answer)
    results = data.get("results") if isinstance(data, dict) else None
    return [entry.blanked(each) for each in results or [] if isinstance(each, dict)]


def _by_requests(entries: Sequence[Entry], settings: Settings) -> str:
    first = entries[0]
    statuses = [None if entry.lost else entry.status for entry in entries]
    marks = _marks(entries, settings)
    marks["unexpected"] = "allow"
    body = first.blanked_body()
    lines = [
        'headers = {"authorization": f"Bearer {octamem_fake.api_key}", "content-type": "application/json"}',
        f"sent = Request({first.blanked(first.method)!r}, {first.blanked(first.path)!r}, headers, {body!r})",
        f"outcomes = [octamem_fake.decide(sent) for _ in range({len(entries)})]",
        f'assert [getattr(outcome, "status", None) for outcome in outcomes] == {statuses!r}',
    ]
    return _written(first, ["from fake_server import Request"], marks, "octamem_fake", lines)


def _marks(entries: Sequence[Entry], settings: Settings) -> Dict[str, Any]:
    """Return the arguments of the marker: the faults, and the settings that differ from those of a new fake."""
    script = script_of(entries)
    now, new = settings.public(of_key=True), Settings().public(of_key=True)
    marks: Dict[str, Any] = {"faults": entries[0].blanked(script)} if script else {}
    if any(step_of(entry).startswith("hang") and entry.lost for entry in entries):
        marks["unused"] = "allow"
    return {**marks, **{name: now[name] for name in _SETTINGS if name in now and now[name] != new[name]}}


def _written(first: Entry, imports: Sequence[str], marks: Mapping[str, Any], fixtures: str, body: Sequence[str]) -> str:
    mark = [f"@pytest.mark.octamem({_arguments(marks)})"] if marks else []
    uses_pytest = bool(mark) or any("pytest." in line for line in body)
    head = [*(["import pytest"] if uses_pytest else []), *imports]
    lines = [*head, *(["", ""] if head else []), *mark, f"def {_name(first)}({fixtures}):"]
    return "\n".join([*lines, *(f"    {line}" for line in body)]) + "\n"


def _arguments(given: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in given.items())


def _name(first: Entry) -> str:
    words = re.findall(r"[a-z0-9]+", (first.blanked(text_of(first)) or "").lower())[:6]
    return "_".join(["test", *(words or [first.endpoint or "request"])])
