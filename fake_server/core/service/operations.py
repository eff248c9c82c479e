"""The work of the service on one request: the checks, then one function for each endpoint."""

from __future__ import annotations

from itertools import islice
from typing import Any, Callable, Dict, List, Mapping, Optional, Union

from fake_server.core.clock import iso
from fake_server.core.custom_search import SearchFailedError
from fake_server.core.faults.answers import JSON, refusal
from fake_server.core.faults.lies import Lie
from fake_server.core.journal.funnel import Funnel
from fake_server.core.json_body import BadBody, encode, optional_text, text_field
from fake_server.core.memory import File, Memory
from fake_server.core.messages import Reply, Request
from fake_server.core.redaction import beginning
from fake_server.core.settings import TYPES
from fake_server.core.tenants.answers import digest
from fake_server.core.tenants.tenant import Tenant
from fake_server.core.wording import expected

from .checks import KNOWN_FIELDS, NO_RATES, REQUIRED, RefusalError, authorized, counted_rate, fields_of, route_of
from .found import found_words, funnel

__all__ = ["Handled", "handle", "record"]

PLAN = "free"  # the home page's only plan with stated numbers
NAMED = 10  # unknown fields that the journal names: enough to see the mistake, too few to flood a log


class Handled:
    """The handler's answer and effect, the notes for the journal, and how the author's own search failed.

    `found` says how many memories a search found, of how many, and why none; `hits` is their number, and `search` is
    the funnel of one that found none.
    `read` are the fields of the body, or the error if it has none; None if the handler did not read it.
    """

    __slots__ = ("effect", "found", "hits", "notes", "raised", "read", "reply", "search")

    reply: Reply

    def __init__(self) -> None:
        self.effect: Dict[str, Any] = {}
        self.notes: List[str] = []
        self.raised: Optional[SearchFailedError] = None
        self.read: Union[Dict[str, Any], BadBody, None] = None
        self.found = ""
        self.hits: Optional[int] = None
        self.search: Optional[Funnel] = None


def handle(
    request: Request, tenant: Optional[Tenant], lie: Optional[Lie] = None, *, now: int, blanked: Callable[[str], str]
) -> Handled:
    """Answer a request truthfully, except for the `lie`, if any. Never raises.

    `tenant` is None if the key is missing, malformed or unknown. No key is in a message, in which each is `blanked`.
    """
    handled = Handled()
    rates: Mapping[str, str] = NO_RATES
    try:
        endpoint = route_of(request, blanked)
        tenant = authorized(endpoint, tenant, request, handled.notes)
        rates = counted_rate(tenant)
        handled.read = fields = fields_of(request, tenant, blanked)
        if not fields.keys() <= KNOWN_FIELDS[endpoint]:
            unknown = [name for name in fields if name not in KNOWN_FIELDS[endpoint]]
            named = ", ".join(f"{ascii(beginning(name, 40, blanked))[1:-1]:.40}" for name in unknown[:NAMED])
            handled.notes.append(f"unknown fields: {named}" + (" and others" if len(unknown) > NAMED else ""))
        answer = _carry_out(endpoint, tenant, fields, request, lie, now, handled)
    except RefusalError as refused:
        headers = {**rates, **(refused.headers or {})}
        handled.reply = refusal(refused.status, refused.code, blanked(str(refused)), headers)
        handled.raised = refused.raised
        handled.read = refused.read or handled.read
    else:
        handled.reply = Reply.whole(200, {**JSON, **rates} if rates else JSON, encode(answer))
    return handled


def _carry_out(
    endpoint: str,
    tenant: Tenant,
    fields: Dict[str, Any],
    request: Request,
    lie: Optional[Lie],
    now: int,
    handled: Handled,
) -> Dict[str, Any]:
    """Carry out what is asked, unless it was answered before, and return the answer in the shape that is set."""
    try:
        main = text_field(fields, REQUIRED[endpoint]) if endpoint in REQUIRED else ""
        context = optional_text(fields, "previousContext") if endpoint in REQUIRED else ""
    except BadBody as error:
        raise RefusalError(400, "VALIDATION_ERROR", str(error)) from None
    token = request.headers.get("idempotency-key")
    first = tenant.first_answer(endpoint, token)
    if first is not None:
        sent, answer = first
        handled.notes.append("the first answer to this Idempotency-Key, replayed")
        if sent != digest(request.body):
            handled.notes.append("the Idempotency-Key came with another body before")
    else:
        before = tenant.usage()
        answer = _OPERATIONS[endpoint](tenant, main, context, lie, now, handled)
        after = tenant.usage()
        if after != before:
            handled.effect["usage"] = after - before
        tenant.keep_answer(endpoint, token, request.body, answer)
    return answer if tenant.settings.wire == "flat" else _envelope(answer)


def _add(tenant: Tenant, content: str, context: str, lie: Optional[Lie], now: int, handled: Handled) -> Dict[str, Any]:
    if len(content) * 4 > tenant.settings.max_content and len(content.encode()) > tenant.settings.max_content:
        most, size = tenant.settings.max_content, len(content.encode())
        raise RefusalError(413, "PAYLOAD_TOO_LARGE", expected("content", f"at most {most} bytes", str(size)))
    _check_limit(tenant, content)
    identity, pending = tenant.ids()
    kind = lie.kind if lie is not None else ""
    kept = [] if kind == "lost" else [identity, tenant.ids()[0]] if kind == "twice" else [identity]
    for each in kept:
        tenant.store.add(tenant.new_memory(each, content, context, now))
    tenant.count_add()
    handled.effect["stored" if kept else "lost"] = kept or [identity]
    return {"success": True, "id": identity, "pending_id": pending if tenant.settings.pending_ids else None}


def _search(
    tenant: Tenant, query: str, context: str, lie: Optional[Lie], _now: int, handled: Handled
) -> Dict[str, Any]:
    _check_limit(tenant, None)
    settings = tenant.settings
    reach = settings.top_k if lie is None else lie.reach(settings.top_k, len(tenant.store))
    try:
        hits = tenant.search(query, context=tenant.selects(context), limit=reach)
    except SearchFailedError as failed:
        handled.notes.append(str(failed))
        raise RefusalError(503, "SEARCH_FAILED", f"The fake's own search failed: {failed}", raised=failed) from None
    matching = len(hits)
    pending = tenant.ids()[1]
    if lie is not None:
        newest = [*islice(tenant.store.newest(), lie.looks_at(len(tenant.store)))][::-1]
        hits = lie.apply(hits, settings.top_k, newest, context.strip(), handled.effect, handled.notes)
    why = None if hits else funnel(tenant, query, context, matching=matching, returned=0, counted=1)
    tenant.count_search()
    handled.hits, handled.search = len(hits), why
    handled.found = found_words(len(hits), len(tenant.store), why)
    results: List[Dict[str, Any]] = []
    texts: Dict[str, List[str]] = {kind: [] for kind in TYPES}
    files: Dict[File, None] = {}
    tokens = 0
    for memory, score in hits:
        results.append(record(memory, round(score, 4)))
        texts[memory.type].append(memory.content)
        tokens += len(memory.content.split())
        if memory.file is not None:
            files[memory.file] = None
    return {
        "success": True,
        "pending_id": pending if settings.pending_ids else None,
        "results": results,
        **{f"{kind}_memory": "\n".join(contents) for kind, contents in texts.items()},
        "relevant_file_ids": list(dict.fromkeys([file.id for file in files])),
        "file_memory": [file._asdict() for file in files],
        "tokens": tokens,
        "previous_context": context,
    }


def _details(tenant: Tenant, *_: object) -> Dict[str, Any]:
    usage, limit, unit = tenant.usage(), tenant.settings.limit, tenant.settings.unit
    balance = None if limit is None else limit - usage
    return {"usage": usage, "limit": limit, "unit": unit, "balance": balance, "plan": PLAN}


_OPERATIONS: Mapping[str, Callable[..., Dict[str, Any]]] = {
    "add": _add,
    "search": _search,
    "details": _details,
}


def _check_limit(tenant: Tenant, content: Optional[str]) -> None:
    if tenant.over_limit(content=content):
        settings = tenant.settings
        message = f"Usage limit reached: {tenant.usage()} of {settings.limit} {settings.unit} used"
        raise RefusalError(settings.over_limit_status, "USAGE_LIMIT_EXCEEDED", message)


def _envelope(answer: Dict[str, Any]) -> Dict[str, Any]:
    return {"success": True, "data": {name: value for name, value in answer.items() if name != "success"}}


def record(memory: Memory, score: float = 0.0) -> Dict[str, Any]:
    """Write a memory as a search record of the service."""
    return {
        "id": memory.id,
        "type": memory.type,
        "score": score,
        "content": memory.content,
        "source": memory.source,
        "created_at": iso(memory.created),
    }
