"""The copy of a search: the memories with which it begins, and what it asserts of the results."""

from __future__ import annotations

from itertools import islice
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Sequence

from fake_server.core.faults.steps import LIES
from fake_server.core.journal.entry import Entry
from fake_server.core.journal.summary import context_of, text_of
from fake_server.core.json_body import BadBody, read_object
from fake_server.core.memory import Memory
from fake_server.core.search.languages import language
from fake_server.core.tenants.store import Store
from fake_server.core.wording import plural

__all__ = ["SEEN", "SearchCopy", "search_copy"]

SEEN = "# This states what happened: write what is wanted instead."
SEEDED = 5  # memories with which the copy of a search that found nothing begins, at most
LOOKED_AT = 50
LONGEST = 500  # characters of a memory that is one of them only because the key held it
OWN_SEARCH = "# A search= of the author's own ranked the call; this test has the fuzzy search of the fake."


class SearchCopy(NamedTuple):
    """The memories that are there before, those that an add stores first, remarks on them, and the assertions."""

    memories: Sequence[Any]
    added: Sequence[Dict[str, str]]
    remarks: Sequence[str]
    checks: Sequence[str]


def search_copy(last: Entry, store: Store) -> SearchCopy:
    """Return the copy of a search by its last attempt; `store` has what the key holds now."""
    results, search = _results(last), last.search
    if results:
        lies = last.fault is not None and last.fault.startswith(tuple(LIES))
        contents = sorted(str(each["content"]) for each in results)
        check = f"sorted(record.content for record in found) == {contents!r}"
        begins = [_seed(each["content"], *_held(last, store, [each["id"]])) for each in results]
        begins += [_seed(each.content, each) for each in _withheld(last, store)]
        return SearchCopy(begins, [], [], [f"assert {f'len(found) <= {len(results)}' if lies else check}"])
    nothing = [SEEN, "assert found == []"]
    if search is not None and search.cause == "index_delay":
        return SearchCopy([], [_added(last, store)], [], nothing)
    withheld = _withheld(last, store)
    if withheld:
        return SearchCopy([_seed(each.content, each) for each in withheld], [], [], nothing)
    nearest = _held(last, store, [] if search is None else search.nearest)
    kept = _unfound(last, [*nearest, *_newest(last, store, nearest)])[:SEEDED]
    remarks = [OWN_SEARCH] if search is not None and search.cause == "ranker" else []
    left_out = 0 if search is None else search.stored - len(kept)
    if left_out > 0:
        which = plural(left_out, "memory that the key held is", "memories that the key held are")
        remarks.append(f"# {which} left out.")
    return SearchCopy([_seed(each.content, each) for each in kept], [], remarks, nothing)


def _withheld(last: Entry, store: Store) -> List[Memory]:
    return _held(last, store, [str(each) for each in last.effect.get("withheld", ())])


def _held(last: Entry, store: Store, ids: Iterable[str]) -> List[Memory]:
    """Return those memories of these ids that are still there, with every key in their texts blanked."""
    return [_without_keys(last, store[each]) for each in ids if each in store]


def _newest(last: Entry, store: Store, nearest: Sequence[Memory]) -> List[Memory]:
    """Return some of the newest memories that were there as the search came, newest first."""
    named = {each.id for each in nearest}
    return [
        _without_keys(last, each)
        for each in islice(store.newest(), LOOKED_AT)
        if each.id not in named and each.created <= last.ticks and len(each.content) <= LONGEST
    ]


def _unfound(last: Entry, memories: Sequence[Memory]) -> List[Memory]:
    """Leave out what the search would find now: it came later, or another ranking was asked for it."""
    left = [each._replace(found_at=0, found_after=0) for each in memories]
    query, context = str(last.blanked(text_of(last))), str(last.blanked(context_of(last)) or "")
    selected = context.strip() if last.settings.context_match == "exact" else ""
    while left:
        store = Store(language(last.settings.language))
        for each in left:
            store.add(each)
        found = {each.id for each, _ in store.search(query, context=selected, limit=len(left), now=0)}
        if not found:
            break
        left = [each for each in left if each.id not in found]
    return left


def _added(last: Entry, store: Store) -> Dict[str, str]:
    search = last.search
    nearest = _held(last, store, () if search is None else search.nearest)
    # If it was forgotten since, a memory with the words of the query is found in its place.
    content = nearest[0].content if nearest else str(last.blanked(text_of(last)))
    context = nearest[0].context if nearest else str(last.blanked("" if search is None else search.context))
    return {"content": content, **({"previous_context": context} if context else {})}


def _seed(content: str, *memory: Memory) -> Any:
    return (content, memory[0].context) if memory and memory[0].context else content


def _without_keys(last: Entry, memory: Memory) -> Memory:
    return memory._replace(content=last.blanked(memory.content), context=last.blanked(memory.context))


def _results(entry: Entry) -> List[Mapping[str, Any]]:
    try:
        answer = read_object(entry.response or b"")
    except BadBody:
        return []
    data = answer.get("data", answer)
    results = data.get("results") if isinstance(data, dict) else None
    return [entry.blanked(each) for each in results or [] if isinstance(each, dict)]
