"""The scenes of the demo, in the order they are played."""

from __future__ import annotations

import asyncio
from typing import Any, Callable, Dict, List, Tuple

from rich.table import Table

from octamem import AddResult, AsyncOctaMem, MemoryDetails, OctaMem, RateLimitError, SearchResult

from .stage import Run

LABEL = "Team handbook"
FACTS = (
    "The office in Lisbon opens its doors at half past eight.",
    "Expense reports are due on the last Friday of the month.",
    "Priya owns the billing service; Tomas stands in when she is away.",
    "The staging database is rebuilt from scratch every Sunday night.",
)


def quick_start_sync(stage: Run) -> None:
    """1. Quick start, sync."""

    def program() -> Tuple[AddResult, SearchResult, MemoryDetails]:
        client = OctaMem()  # the address and the key come from the environment
        added = client.add(content="We ship the mobile app on 9 June.", previous_context="Release planning")
        found = client.get(query="When do we ship the mobile app?", previous_context="Release planning")
        details = client.details()
        return added, found, details

    stage.code(program)
    added, found, details = program()
    stage.says("add.success", holds=added.success is True, seen=added.success)
    stage.says("results.pending_id", holds=str(found.pending_id).startswith("pend_"), seen=found.pending_id)
    best = _contents(found)[:1]
    stage.says("the best result", holds=best == ["We ship the mobile app on 9 June."], seen=best)
    usage = (details.usage, details.limit)
    stage.says("details.usage, details.limit", holds=usage == (1, None), seen=usage)


def quick_start_async(stage: Run) -> None:
    """2. The same, async."""

    async def program() -> SearchResult:
        async with AsyncOctaMem() as client:
            await asyncio.gather(*(client.add(content=fact, previous_context=LABEL) for fact in FACTS))
            return await client.get(query="Who looks after billing?", previous_context=LABEL)

    stage.code(program)
    best = _contents(asyncio.run(program()))[:1]
    stage.says(f"{len(FACTS)} memories added at once; the best result", holds=best == [FACTS[2]], seen=best)


def plain_words(stage: Run) -> None:
    """3. A question in plain words, the same misspelt, and another key."""
    with OctaMem() as client, OctaMem(stage.other_key) as other:
        for question, expected in (
            ("When must I hand in my expense report?", FACTS[1]),
            ("When must I hand in my expnse reprot?", FACTS[1]),
            ("What happens to the staging database on Sundays?", FACTS[3]),
            ("What hapens to the stagging databse on Sundais?", FACTS[3]),
        ):
            best = _contents(client.get(query=question))[:1]
            stage.says(question, holds=best == [expected], seen=best[0] if best else best)
        unseen = _contents(other.get(query="When must I hand in my expense report?"))
        stage.says("the same question with a second key finds", holds=unseen == [], seen=unseen)


def rate_limited(stage: Run) -> None:
    """4. The service says 429, Retry-After: 1, and the SDK waits that long."""
    stage.arm("details: 429(retry-after=1)")
    with OctaMem() as client:
        details = client.details()
    attempts = _last_call(stage)
    waited = [entry["status"] for entry in attempts]
    stage.says("attempts of that one call", holds=waited == [429, 200], seen=waited)
    stage.says(
        "and the caller only sees the answer", holds=details.usage == 1 + len(FACTS), seen=f"usage {details.usage}"
    )


def lost_answer(stage: Run) -> None:
    """5. The write is done, its answer is lost, the retry stores it twice."""
    stage.arm("add: reset @after")
    memory = "The spare key hangs behind the fire extinguisher."
    with OctaMem(retry_delay=0.2) as client:
        client.add(content=memory)
    attempts = _last_call(stage)
    stored = [entry["effect"].get("stored") for entry in attempts]
    answers = [entry["status"] or "no answer" for entry in attempts]
    stage.says("what the client got", holds=answers == ["no answer", 200], seen=answers)
    stage.says("what the service did: both attempts stored", holds=all(stored) and len(stored) == 2, seen=stored)
    stage.control("PUT", "settings", {"idempotency": True})
    stage.console.print("    [dim]now against a service that honours Idempotency-Key:[/]")
    stage.console.print("    [dim]curl -X PUT $OCTAMEM_BASE_URL/_fake/settings -d '{\"idempotency\": true}'[/]")
    stage.arm("add: reset @after")
    with OctaMem(retry_delay=0.2) as client:
        client.add(content="The alarm code changes every quarter.")
    stored = [entry["effect"].get("stored") for entry in _last_call(stage)]
    stage.says(
        "the retry is answered from memory: stored once", holds=bool(stored[0]) and stored[1] is None, seen=stored
    )


def usage_limit(stage: Run) -> None:
    """6. The usage limit is reached."""
    with OctaMem(max_retries=0) as client:
        stage.control("PUT", "settings", {"limit": (client.details().usage or 0) + 1}, key=stage.key)
        client.add(content="This one is the last that fits.")
        details = client.details()
        stage.says(
            "details.usage, details.limit", holds=details.usage == details.limit, seen=(details.usage, details.limit)
        )
        try:
            client.add(content="This one is too many.")
        except RateLimitError as error:
            stage.says(
                "one more add raises RateLimitError", holds=error.code == "USAGE_LIMIT_EXCEEDED", seen=error.message
            )
        else:
            stage.says("one more add raises RateLimitError", holds=False, seen="nothing was raised")
        kept = client.details().usage
        stage.says("and nothing was stored", holds=kept == details.usage, seen=f"usage {kept}")


SCENES: Tuple[Callable[[Run], None], ...] = (
    quick_start_sync,
    quick_start_async,
    plain_words,
    rate_limited,
    lost_answer,
    usage_limit,
)


def journal(stage: Run) -> None:
    """Show what the fake wrote down: every attempt, the fault it met, what was answered, and what truly changed."""
    stage.console.print()
    stage.console.rule("[bold]The journal: every attempt, and the truth about it", align="left")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("#", "key", "endpoint", "try", "fault", "answer", "what changed"):
        table.add_column(name, no_wrap=name != "what changed")
    keys: List[str] = []
    for entry in stage.control("GET", "requests")["requests"]:
        keys += [entry["key"]] * (entry["key"] not in keys)
        lost = entry["status"] is None
        stored = [f"stored {identity[:10]}…" for identity in entry["effect"].get("stored", ())]
        table.add_row(
            str(entry["seq"]),
            f"no. {keys.index(entry['key']) + 1}",
            entry["endpoint"],
            str(entry["attempt"]),
            entry["fault"] or "",
            "[red]lost[/]" if lost else str(entry["status"]),
            ", ".join([*stored, *entry["notes"]]),
            style="yellow" if entry["fault"] or lost else "",
        )
    stage.console.print(table)
    shown = ", ".join(f"no. {number} is {key}" for number, key in enumerate(keys, 1))
    stage.console.print(f"[dim]Keys are blanked wherever they are shown: {shown}.[/]")


def _contents(found: SearchResult) -> List[str]:
    return [record["content"] for record in found.model_dump()["results"]]


def _last_call(stage: Run) -> List[Dict[str, Any]]:
    """Give the attempts of the newest call of the first key."""
    entries = stage.control("GET", "requests", key=stage.key)["requests"]
    return [entry for entry in entries if entry["call"] == entries[-1]["call"]]
