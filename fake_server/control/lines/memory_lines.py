"""Export and import of memories as JSON Lines, of any size: both are streams."""

from __future__ import annotations

from functools import partial
from typing import Any, Dict, List

from starlette.concurrency import run_in_threadpool

from fake_server.control.answers import Answer
from fake_server.control.asked import Asked, RefusedError, flag, one_key
from fake_server.control.commits import committed
from fake_server.control.listing import in_pieces
from fake_server.core.json_body import encode
from fake_server.core.tenants.seed_fields import SeedError, SeedFields, as_seed
from fake_server.core.tenants.seed_lines import Line, SeedLine, SeedReader, WrongLine
from fake_server.core.wording import plural

__all__ = ["JSON_LINES", "export_lines", "import_lines"]

JSON_LINES = "application/jsonl"
AT_ONCE = 500  # memories stored while others wait
LISTED = 1_000  # wrong lines that an answer lists


def export_lines(asked: Asked) -> Answer:
    """Return every memory of a key, or of all, one a line, oldest first; what comes meanwhile is not in it."""
    snapshot = asked.fake.snapshot(key=asked.key)
    lines = (encode(as_seed(memory)) + b"\n" for state in snapshot.keys for memory in state.memories)
    return Answer(in_pieces(lines), media_type=JSON_LINES)


async def import_lines(asked: Asked) -> Answer:
    """Store the memories of all lines, or none if a line is wrong; with `partial`, those of the right ones."""
    key = one_key(asked, "POST memories.jsonl")
    stores_some = flag(asked, "partial")
    reader = SeedReader(lambda identity: asked.fake.has_memory(identity, key=key))
    seeds: List[SeedFields] = []
    wrong: List[WrongLine] = []
    asked.fake.settings(key=key)  # refuses a key that opens nothing before the body is read
    async for chunk in asked.chunks:
        _sort(await run_in_threadpool(reader.feed, chunk), seeds, wrong)
    _sort(await run_in_threadpool(reader.end), seeds, wrong)
    if wrong and not stores_some:
        more = f", and {plural(len(wrong) - 1, 'more wrong line')}" if len(wrong) > 1 else ""
        raise RefusedError(
            400,
            "VALIDATION_ERROR",
            f"{wrong[0]}{more}; nothing was stored; correct it, or add ?partial=true to store the right lines",
            stored=0,
            **_listed(wrong),
        )
    stored = 0
    try:
        for at in range(0, len(seeds), AT_ONCE):
            stored += await committed(asked, partial(_store, asked, key, seeds[at : at + AT_ONCE]))
    except RefusedError as refused:
        raise _stopped(refused, stored) from None
    return Answer({"stored": stored, **_listed(wrong)})


def _store(asked: Asked, key: str, seeds: List[SeedFields]) -> int:
    try:
        return len(asked.fake.remember(seeds, key=key))
    except SeedError as error:  # an id that another request has taken since it was read
        taken = {each.id for each in seeds if each.id is not None and asked.fake.has_memory(each.id, key=key)}
        raise RefusedError(
            409,
            "CHANGED_SINCE",
            f"{error}; another request stored it meanwhile; send the lines again without it",
            ids=sorted(taken),
        ) from None


def _stopped(refused: RefusedError, stored: int) -> RefusedError:
    """Return a refusal of a slice that says how many memories were stored before it."""
    before = f"{plural(stored, 'memory', 'memories')} stored, then refused; send only the lines after them: "
    message = f"{before if stored else ''}{refused}"
    return RefusedError(refused.status, refused.code, message, **{**refused.more, "stored": stored})


def _sort(lines: List[Line], seeds: List[SeedFields], wrong: List[WrongLine]) -> None:
    for line in lines:
        if isinstance(line, SeedLine):
            seeds.append(line.seed)
        else:
            wrong.append(line)


def _listed(wrong: List[WrongLine]) -> Dict[str, Any]:
    return {"wrong": len(wrong), "errors": [{"line": each.number, "error": each.error} for each in wrong[:LISTED]]}
