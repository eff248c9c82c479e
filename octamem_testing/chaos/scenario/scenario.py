"""What a scenario is: with a client or without, sync or async; and what it claims by what it returns."""

from __future__ import annotations

import inspect
from contextlib import suppress
from functools import partial
from types import FunctionType, GeneratorType, MethodType
from typing import Any, Awaitable, Callable, Collection, List, Mapping, Sequence, cast

from octamem import AddResult, SearchResult
from octamem_testing.static import attribute_of, is_a, is_kind

from .errors import message_of
from .trial import Claims

__all__ = [
    "ScenarioError",
    "claims_of",
    "is_async",
    "is_awaitable",
    "is_generator",
    "name_of",
    "takes_client",
    "target_of",
]

_FAILURES = (Exception, SystemExit)
"""What the code of a scenario object may raise while its kind is asked for."""


class ScenarioError(TypeError):
    """A scenario that cannot be run; the message says why, and what to do."""


def claims_of(returned: Any) -> Claims:
    """Return what a scenario claims by what it returned: texts are saved notes, a mapping has answers by text.

    Raises ScenarioError if reading it fails.
    """
    if is_a(returned, str):
        return Claims((returned,), made=True)
    try:
        if is_kind(returned, Mapping):
            return _claims_of_mapping(returned)
        if is_kind(returned, Collection) and not is_a(returned, bytes, AddResult, SearchResult):
            texts: List[Any] = list(returned)
            return Claims(tuple(texts), made=True) if all(is_a(text, str) for text in texts) else Claims()
    except _FAILURES as error:
        raise ScenarioError(
            f"scenario: reading what it returned fails with {type(error).__name__}: {message_of(error):.200}; "
            "return texts, or a dict of answers by text"
        ) from error
    return Claims()


def _claims_of_mapping(returned: Mapping[Any, Any]) -> Claims:
    answers = tuple(
        (text, answer) for text, answer in returned.items() if is_a(text, str) and is_a(answer, AddResult, SearchResult)
    )
    saved = tuple(text for text, answer in answers if is_a(answer, AddResult))
    return Claims(saved, answers, made=len(answers) == len(returned))


def is_awaitable(returned: object) -> bool:
    """Whether a scenario that did not look async returned something to await."""
    if is_a(returned, GeneratorType):
        return inspect.isawaitable(returned)  # of types.coroutine, if it says so
    return is_kind(returned, Awaitable)


def takes_client(scenario: Callable[..., Any]) -> bool:
    """Whether it takes a client, which is a parameter without a default; raises ScenarioError if it takes more."""
    wanted = [
        each
        for each in _parameters_of(scenario)
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    names = ", ".join(each.name for each in wanted)
    if len(wanted) > 1:
        raise ScenarioError(
            f"scenario: expected at most one required argument (the client), got {names} of {name_of(scenario)}; "
            "give the others a default, or wrap it in a function"
        )
    if wanted and wanted[0].kind is inspect.Parameter.KEYWORD_ONLY:
        raise ScenarioError(
            f"scenario: expected the client as a positional argument, got {names} of {name_of(scenario)} by keyword; "
            f"wrap it in a function, as in lambda client: it({names}=client)"
        )
    return bool(wanted)


def _parameters_of(scenario: Callable[..., Any]) -> Sequence[inspect.Parameter]:
    with suppress(*_FAILURES):
        return list(inspect.signature(scenario).parameters.values())
    with suppress(*_FAILURES):
        return list(inspect.signature(_method_of(scenario)).parameters.values())
    return []


def _method_of(scenario: Any) -> Any:
    """Return the method that a scenario object calls, whose signature needs no code of the object."""
    if is_a(scenario, partial):
        return partial(_method_of(scenario.func), *scenario.args, **scenario.keywords)
    return MethodType(cast("Any", attribute_of(type(scenario), "__call__")), scenario)


def is_async(scenario: object) -> bool:
    """Whether it is known to be async; a scenario that is not may return an awaitable all the same."""
    return _is_any(scenario, inspect.iscoroutinefunction)


def is_generator(scenario: object) -> bool:
    """Whether calling it makes a generator, and runs nothing."""
    return _is_any(scenario, inspect.isgeneratorfunction, inspect.isasyncgenfunction)


def _is_any(scenario: object, *questions: Callable[[Any], bool]) -> bool:
    target = target_of(scenario)
    asked = [target] if type(target) in (FunctionType, MethodType) else [target, attribute_of(type(target), "__call__")]
    return any(_answer(question, each) for question in questions for each in asked)


def _answer(question: Callable[[Any], bool], thing: Any) -> bool:
    """Return what `inspect` says of an object, False if the object's own code fails at that."""
    with suppress(*_FAILURES):
        return question(thing)
    return False


def target_of(scenario: Any) -> Any:
    """Return what calling a scenario calls in the end, behind any partial."""
    while is_a(scenario, partial):
        scenario = scenario.func
    return scenario


def name_of(scenario: object) -> str:
    """Return the name by which messages call a scenario."""
    name = attribute_of(scenario, "__qualname__")
    if is_a(name, str) and name:
        return str(name)
    with suppress(*_FAILURES):
        return repr(scenario)[:80]
    return f"an object of {attribute_of(type(scenario), '__name__')}"
