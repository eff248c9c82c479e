"""Opens the envelope of an answer, and puts what a search found where the result has it."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Tuple

from octamem._results.fields import Oddities, Oddity

_NOTHING: Tuple[object, ...] = (None, "", [], {})


def says_nothing(value: object) -> bool:
    """Return whether a value is null or empty."""
    return value in _NOTHING


def opened(payload: Dict[str, Any]) -> Dict[str, Any]:
    """Return the fields of the answer on one level; a value at the top wins over one under `data`.

    `data` is kept if it is no envelope, or if the top hides a value of it. Of two values of one name, an empty one says
    nothing, and is left out.
    """
    if "data" not in payload:
        return payload
    answer, kept = dict(payload), None
    while isinstance(answer.get("data"), dict):
        data: Dict[str, Any] = answer.pop("data")
        for name, value in data.items():
            top = answer.get(name)
            if says_nothing(top):
                answer[name] = top if value is None and name in answer else value
            elif not says_nothing(value) and value != top:
                kept = kept or data
    return answer if kept is None else {**answer, "data": kept}


def with_results(answer: Dict[str, Any], record_fields: Iterable[str]) -> Dict[str, Any]:
    """Return the answer with what it found under `results`: a list under `data`, or the one record that it is."""
    listed = answer.get("data")
    if not says_nothing(answer.get("results")):
        return answer
    if isinstance(listed, list) and (not listed or any(isinstance(item, (dict, str)) for item in listed)):
        return {**{name: value for name, value in answer.items() if name != "data"}, "results": listed}
    if "results" not in answer and answer.get("content") is not None:
        return {**answer, "results": [{name: answer[name] for name in record_fields if name in answer}]}
    return answer


def records(results: object, odd: Oddities, unreadable: Dict[str, Any]) -> List[Dict[str, Any]]:
    """Return the results as objects: a string is the content of one; what is neither is put into `unreadable`."""
    if says_nothing(results):
        return []
    if isinstance(results, list):
        return [
            item
            if isinstance(item, dict)
            else _record(f"results.{number}", "results[]", "an object", item, odd, unreadable)
            for number, item in enumerate(results)
        ]
    return [_record("results", "results", "an array", results, odd, unreadable)]


def _record(
    place: str, field: str, expected: str, item: object, odd: Oddities, unreadable: Dict[str, Any]
) -> Dict[str, Any]:
    if isinstance(item, (dict, str)):
        odd.append(Oddity(field, expected, item))
        return item if isinstance(item, dict) else {"content": item}
    unreadable[place] = item
    return {}
