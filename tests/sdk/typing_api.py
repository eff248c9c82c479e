"""The public API as a type checker sees it: never run, checked by mypy strict and by pyright.

Each line that must not pass carries both checkers' own refusal, and both are told to complain of one that is unused.
"""
# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from typing import AsyncIterator, List, Literal, Optional, Tuple

import httpx
from typing_extensions import assert_type

from octamem import (
    AddOutcome,
    AddParams,
    AddProgress,
    AddResult,
    APIError,
    AsyncOctaMem,
    AttemptRecord,
    GetParams,
    HttpInfo,
    MemoryDetails,
    MemoryRecord,
    OctaMem,
    OctaMemError,
    RateLimitError,
    SearchResult,
    ValidationError,
)
from octamem.testing import (
    Answer,
    Attempt,
    Clock,
    Environment,
    RetryBudget,
    add_call,
    base_urls,
    call_settings,
    call_steps,
    override,
    sent_by,
)


def hook(record: AttemptRecord) -> None:
    """Be a hook as it is meant."""
    assert_type(record.status, Optional[int])
    record.number = 3  # type: ignore[misc]


def sync_client(transport: httpx.BaseTransport, clock: Clock) -> None:
    """Use every option and method of the sync client."""
    client = OctaMem(
        "key",
        base_url="http://127.0.0.1:8642",
        timeout={"read": 2.0},
        max_retries=1,
        retry_delay=0,
        max_retry_delay=10,
        deadline=None,
        max_response_bytes=1000,
        retry_unknown_writes=False,
        retry_budget=None,
        on_attempt=hook,
        default_headers={"X-Tenant": "a"},
        transport=transport,
        clock=clock,
    )
    params: GetParams = {"query": "q", "previousContext": "x"}
    assert_type(client.get(params), SearchResult)
    assert_type(client.get(params={"query": "q"}), SearchResult)
    assert_type(client.get(query="q", previous_context="x"), SearchResult)
    content: AddParams = {"content": "c"}
    assert_type(client.add(content), AddResult)
    assert_type(client.add(content="c").success, bool)
    context: Optional[str] = None
    assert_type(client.get(query="q", previous_context=context), SearchResult)
    assert_type(client.get({"query": "q", "previousContext": context}), SearchResult)
    assert_type(client.add(content="c", previous_context=context, idempotency_key="k"), AddResult)
    assert_type(client.add(content, idempotency_key=None), AddResult)
    details = client.details()
    assert_type(details, MemoryDetails)
    assert_type(details.usage, Optional[int])
    assert_type(details.limit, Optional[int])
    assert_type(client.with_options(timeout=None), OctaMem)
    assert_type(client.with_options(timeout={"read": None}), OctaMem)
    assert_type(client.with_options(timeout=3.0, default_headers=None), OctaMem)
    assert_type(OctaMem(http_client=httpx.Client()), OctaMem)
    with client as same:
        assert_type(same, OctaMem)
    assert_type(client.close(), None)


def results(found: SearchResult) -> None:
    """Read every documented field of a search."""
    assert_type(found.pending_id, Optional[str])
    assert_type(found.results, List[MemoryRecord])
    assert_type(found.results[0].score, Optional[float])
    assert_type(found.semantic_memory, Optional[str])
    assert_type(found.tokens, Optional[int])
    assert_type(found.attempts, Tuple[AttemptRecord, ...])
    assert_type(found.format(), str)
    assert_type(found.http, Optional[HttpInfo])


async def async_client(transport: httpx.AsyncBaseTransport) -> None:
    """Use the methods of the async client."""
    async with AsyncOctaMem(transport=transport) as client:
        assert_type(client, AsyncOctaMem)
        assert_type(await client.get({"query": "q"}), SearchResult)
        assert_type(await client.add(content="c"), AddResult)
        assert_type(await client.add({"content": "c", "previousContext": None}, idempotency_key="k"), AddResult)
        assert_type(await client.get(query="q", previous_context=None), SearchResult)
        assert_type(await client.details(), MemoryDetails)
        assert_type(await client.close(), None)
        assert_type(client.with_options(max_retries=0), AsyncOctaMem)


def errors(error: OctaMemError) -> None:
    """Read every attribute of an error."""
    assert_type(error.message, str)
    assert_type(error.code, Optional[str])
    assert_type(error.status_code, Optional[int])
    assert_type(error.retry_after, Optional[float])
    assert_type(error.request_id, Optional[str])
    assert_type(error.retryable, bool)
    if error.http is not None:
        assert_type(error.http.status, int)
        assert_type(error.http.headers["retry-after"], str)
        assert_type(error.http.request_id, Optional[str])
        error.http.status = 3  # type: ignore[misc]
    assert_type(error.outcome, Literal["not_sent", "refused", "unknown"])
    caught: ValueError = ValidationError("x")
    limited: OctaMemError = RateLimitError("x", retry_after=3)
    timeouts: APIError = RateLimitError("x")  # type: ignore[assignment]
    _ = (caught, limited, timeouts)


async def many(client: OctaMem, async_client: AsyncOctaMem, stream: AsyncIterator[str]) -> None:
    """Add many memories."""
    params: AddParams = {"content": "c"}

    def report(progress: AddProgress) -> None:
        assert_type(progress.done, int)

    for outcome in client.add_many(["c", ("c", None), params], concurrency=2, on_progress=report):
        assert_type(outcome, AddOutcome)
        assert_type(outcome.result, Optional[AddResult])
        assert_type(outcome.error, Optional[OctaMemError])
    async for each in async_client.add_many(stream):
        assert_type(each.index, int)
    client.add_many(stream)  # type: ignore[arg-type]
    client.add_many([3])  # type: ignore[list-item]
    client.add_many(["c"], 3)  # type: ignore[call-arg]


def policy(budget: RetryBudget, request: httpx.Request, client: OctaMem) -> None:
    """Use the retry policy without a client."""
    environment = Environment(now=lambda: 0.0, random=lambda: 0.5, budget=budget)
    assert_type(add_call(content="c", idempotency_key="k").idempotency_key, Optional[str])
    steps = call_steps(add_call(content="c"), call_settings(max_retries=1), environment)
    assert_type(next(steps).wait, float)
    assert_type(steps.send(Answer(503)), Attempt)
    assert_type(sent_by(request, client), bool)
    steps.send(503)  # type: ignore[arg-type]
    call_settings(retries=1)  # type: ignore[call-arg]


def overrides(transport: httpx.MockTransport, clock: Clock) -> None:
    """Use the overrides for kits."""
    with override(transport=transport, async_transport=transport, clock=clock, force=True):
        assert_type(len(base_urls()), int)
    override(transport)  # type: ignore[call-arg]


def refused(client: OctaMem, transport: httpx.AsyncHTTPTransport) -> None:
    """Do what a type checker must refuse."""
    client.get("a question")  # type: ignore[call-overload]
    client.get(content="c")  # type: ignore[call-overload]
    client.get()  # type: ignore[call-overload]
    client.add(content=3)  # type: ignore[call-overload]
    client.add({"query": "q"})  # type: ignore[call-overload]
    client.add(content="c", idempotency_key=3)  # type: ignore[call-overload]
    client.get(query="q", idempotency_key="k")  # type: ignore[call-overload]
    client.get({"query": "q", "previous_context": "x"})  # type: ignore[call-overload]
    OctaMem("key", "http://h")  # type: ignore[call-arg]
    OctaMem(timeout="3")  # type: ignore[arg-type]
    OctaMem(transport=transport)  # type: ignore[arg-type]
    OctaMem(http_client=httpx.AsyncClient())  # type: ignore[arg-type]
    AsyncOctaMem(http_client=httpx.Client())  # type: ignore[arg-type]
    OctaMem(default_headers={"X": 1})  # type: ignore[dict-item]
    client.with_options(colour=3)  # type: ignore[call-arg]
    _ = client.details().colour  # type: ignore[attr-defined]
