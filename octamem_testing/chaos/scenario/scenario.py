"""What a scenario is: with a client or without, sync or async; and what it claims by what it returns."""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any, Callable, Collection, List, Mapping, Tuple

from octamem import AddResult, SearchResult

from .trial import Claims

__all__ = ["ScenarioError", "called_by", "claims_of", "is_async", "named", "takes_client"]


class ScenarioError(TypeError):
    """A scenario that cannot be run: what is wrong with it, and what is wanted."""


def claims_of(returned: Any) -> Claims:
    """Read what a scenario claims by what it returned: texts are saved notes, a mapping has answers by text."""
    if isinstance(returned, str):
        return Claims((returned,), made=True)
    if isinstance(returned, Mapping):
        answers = tuple(
            (text, answer)
            for text, answer in returned.items()
            if isinstance(text, str) and isinstance(answer, (AddResult, SearchResult))
        )
        saved = tuple(text for text, answer in answers if isinstance(answer, AddResult))
        return Claims(saved, answers, made=len(answers) == len(returned))
    if isinstance(returned, Collection) and not isinstance(returned, (bytes, AddResult, SearchResult)):
        texts: List[Any] = list(returned)
        if all(isinstance(text, str) for text in texts):
            return Claims(tuple(texts), made=True)
    return Claims()


def takes_client(scenario: Callable[..., Any]) -> bool:
    """Say whether it takes a client, by the parameters without a default; ScenarioError where it takes more."""
    try:
        parameters = inspect.signature(scenario).parameters.values()
    except (TypeError, ValueError):
        return False
    wanted = [
        each
        for each in parameters
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    if len(wanted) > 1 or any(each.kind is each.KEYWORD_ONLY for each in wanted):
        names = ", ".join(each.name for each in wanted)
        by_keyword = [each.name for each in wanted if each.kind is each.KEYWORD_ONLY]
        if len(wanted) == 1:
            raise ScenarioError(
                f"a scenario is given its client by position; {named(scenario)} takes {names} by keyword alone: "
                f"wrap it in a function, as in lambda client: it({by_keyword[0]}=client)"
            )
        raise ScenarioError(
            f"a scenario takes one client, or nothing and builds its own; {named(scenario)} takes {names}: "
            "give the rest a default, or wrap it in a function"
        )
    return bool(wanted)


def is_async(scenario: Any) -> bool:
    """Say whether it is known to be async; one that is not may give an awaitable all the same."""
    return any(map(inspect.iscoroutinefunction, called_by(scenario)))


def called_by(scenario: Any) -> Tuple[Any, Any]:
    """Give what calling a scenario calls in the end, behind any partial: an object, and the `__call__` of its class."""
    while isinstance(scenario, partial):
        scenario = scenario.func
    return scenario, getattr(type(scenario), "__call__", None)  # noqa: B004 - asked is what kind of function it is


def named(scenario: Any) -> str:
    """Give the name by which messages call a scenario."""
    return getattr(scenario, "__qualname__", None) or repr(scenario)[:80]
