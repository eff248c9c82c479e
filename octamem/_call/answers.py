"""Reads the answer of a successful status: the result, and what in it was not as expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Optional, Tuple, Type

from pydantic import BaseModel
from pydantic import ValidationError as ModelError

from octamem._attempts import Outcome
from octamem._models import MemoryDetails, MemoryRecord, ResultT, SearchResult, with_unreadable
from octamem._results.fields import Oddities, Oddity, json_type

from .body import NotJson, is_blank, parse
from .envelope import opened, records, says_nothing, with_results
from .explanations import explain_json
from .statements import (
    STORED_STATUSES,
    Levels,
    has_error,
    is_only_talk,
    is_plain,
    levels_of,
    says_stored,
    says_success,
)

_NEEDED: Dict[Type[BaseModel], Tuple[str, ...]] = {
    SearchResult: ("results", "semantic_memory", "episodic_memory", "procedural_memory"),
    MemoryDetails: ("usage", "limit", "balance"),
}
"""What a caller asks for: an answer that reports an error beside one of these is an answer all the same."""


_EXPECTED: Dict[str, str] = {
    "pending_id": "a string",
    "success": "true or false",
    "usage": "a whole number",
    "limit": "a whole number",
    "results": "an array",
}
"""What the fields hold that can be unreadable: those that the vendor's page types, and the results."""


class NotAsDocumented(Exception):
    """The body of a success is not as documented.

    `says_so`: the message is the service's, from an answer that declares itself that the call failed.
    """

    def __init__(
        self, message: str, *, code: Optional[str] = None, says_so: bool = False, outcome: Outcome = "unknown"
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.says_so = says_so
        self.outcome: Outcome = outcome


@dataclass(frozen=True)
class Notice:
    """A field that is not as expected, and what to say of it, without a value of the answer."""

    field: str
    text: str


def read(model: Type[ResultT], status: int, body: bytes, *, writes: bool) -> Tuple[ResultT, List[Notice]]:
    """Return the result of an answer and what is odd in it; NotAsDocumented if it is not known to be a success."""
    stored = writes and status in STORED_STATUSES
    if is_blank(body):
        if writes:
            return model(), []
        raise NotAsDocumented("expected JSON, got an empty body")
    try:
        payload = _object(parse(body), any_value=stored)
    except (NotJson, NotAsDocumented) as error:
        if stored:
            return model(), []
        raise NotAsDocumented(str(error)) from None
    answer = _flat(payload, model)
    if not is_plain(payload):
        _check(payload, answer, model, needs_sign=writes and not stored)
    return _result(model, answer)


def _object(payload: object, *, any_value: bool) -> Dict[str, Any]:
    """Return the object of an answer; a list of objects, or any value if that is enough, is read as its `data`."""
    if isinstance(payload, dict):
        return payload
    if any_value or (isinstance(payload, list) and payload and all(isinstance(item, dict) for item in payload)):
        return {"data": payload}
    raise NotAsDocumented(f"expected a JSON object, got {json_type(payload)}")


def _check(payload: Dict[str, Any], answer: Dict[str, Any], model: Type[BaseModel], *, needs_sign: bool) -> None:
    """Raise NotAsDocumented if the answer reports an error, or does not say that the call succeeded."""
    needed = _NEEDED.get(model, ())
    levels = levels_of(payload, items=not needed)
    holds = any(not says_nothing(answer.get(name)) for name in needed)
    if says_success(levels, expected=False) or (has_error(levels) and not holds):
        raise _failed(payload, levels)
    if needs_sign and payload and not says_stored(levels):
        raise _unclear("the answer does not say that the memory was stored", payload)
    if needed and is_only_talk(answer) and not any(answer.get(name) is not None for name in _fields_of(model)):
        raise _unclear("the answer holds nothing of what was asked for", payload)


def _fields_of(model: Type[BaseModel]) -> Iterator[str]:
    return (name for name in model.model_fields if name != "success")


def _unclear(problem: str, payload: Dict[str, Any]) -> NotAsDocumented:
    message, code = explain_json(payload)
    return NotAsDocumented(problem + (f": {message}" if message else ""), code=code)


def _failed(payload: Dict[str, Any], levels: Levels) -> NotAsDocumented:
    message, code = explain_json(payload)
    refused = says_success(levels, expected=False) and not says_success(levels)
    words = message or "the service reported a failure without a message"
    return NotAsDocumented(words, code=code, says_so=True, outcome="refused" if refused else "unknown")


def _flat(payload: Dict[str, Any], model: Type[BaseModel]) -> Dict[str, Any]:
    answer = opened(payload)
    return with_results(answer, MemoryRecord.model_fields) if model is SearchResult else answer


def _result(model: Type[ResultT], answer: Dict[str, Any]) -> Tuple[ResultT, List[Notice]]:
    odd = Oddities()
    unreadable: Dict[str, Any] = {}
    if model is SearchResult:
        answer["results"] = records(answer.get("results"), odd, unreadable)
    result = _validated(model, answer, odd, unreadable)
    notices = [_kept(oddity) for oddity in odd]
    if unreadable:
        with_unreadable(result, unreadable)
        notices += [_unread(name, value) for name, value in unreadable.items()]
    if isinstance(result, SearchResult) and not result.results:
        notices += _overlooked(result, "results is")
    if isinstance(result, MemoryDetails) and result.usage is result.limit is result.balance is None:
        notices += _overlooked(result, "usage and limit are")
    return result, notices


def _validated(model: Type[ResultT], answer: Dict[str, Any], odd: Oddities, unreadable: Dict[str, Any]) -> ResultT:
    found = Oddities()
    try:
        result = model.model_validate(answer, context=found)
    except ModelError as error:
        # Only a field that the vendor's page types can be invalid: the others take every value.
        names = [str(problem["loc"][0]) for problem in error.errors(include_url=False, include_context=False)]
        unreadable.update((name, answer.pop(name)) for name in dict.fromkeys(names))
        return _validated(model, answer, odd, unreadable)
    odd += found
    return result


def _kept(odd: Oddity) -> Notice:
    return Notice(odd.field, f"expected {odd.expected}, got {json_type(odd.value)}; it is kept as it came")


def _unread(name: str, value: object) -> Notice:
    field = "results[]" if name.startswith("results.") else name
    expected = "a record" if field == "results[]" else _EXPECTED[name]
    return Notice(field, f"expected {expected}, got {json_type(value)}; see the result's unreadable")


def _overlooked(result: BaseModel, missing: str) -> List[Notice]:
    return [
        Notice(name, f"{missing} empty, and this unknown field holds {json_type(value)}; it may be the answer")
        for name, value in (result.model_extra or {}).items()
        if value and isinstance(value, (dict, list))
    ]
