"""The fault matrix: its cases as values, and our own clients held against all of them."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, Tuple

import anyio
import pytest

from fake_server.core import Fake
from octamem import AsyncOctaMem, OctaMem, OctaMemError
from octamem_testing import FakeTransport, faults
from octamem_testing.context import OctaMemServer
from octamem_testing.matrix import DO_NOT_RETRY, OUTCOME_UNKNOWN, RETRY, FaultCase, fault_matrix
from octamem_testing.virtual_time.clock import VirtualClock

CALLS: Dict[str, Tuple[str, Dict[str, str]]] = {
    "add": ("add", {"content": "tea at four"}),
    "search": ("get", {"query": "tea"}),
    "details": ("details", {}),
}
# On every interpreter at the first attempt, on one at the second.
EVERY = (*fault_matrix(), *fault_matrix(satisfiable=False))
MARKED = [pytest.param(case, marks=() if case.attempt == 1 else pytest.mark.slow) for case in EVERY]
SLOW_OVER_HTTP = {"hang", "slow(90s)", "drip(900s)"}  # each costs its timeout in real time
OVER_HTTP = [
    *fault_matrix(
        endpoints="add", attempts=1, kinds=["503", "429", "401", "204", "redirect", "reset", "close", "hang"]
    ),
    *fault_matrix(endpoints="add", attempts=1, phases="after", kinds=["slow", "drip", "truncate", "garbage", "empty"]),
    *fault_matrix(endpoints="add", attempts=2, phases="after", kinds=["lost", "twice", "reset", "503"]),
    *fault_matrix(endpoints=["search", "details"], attempts=1, phases="before", kinds=["503", "close", "garbage"]),
]


def play(case: FaultCase, way: str, options: Dict[str, Any]) -> Any:
    """Make the case's call with a client of one kind, and give its answer or its error."""
    method, arguments = CALLS[case.endpoint]

    async def main() -> Any:
        async with AsyncOctaMem(**options) as client:
            return await getattr(client, method)(**arguments)

    try:
        if way == "async":
            return anyio.run(main)
        with OctaMem(**options) as client:
            return getattr(client, method)(**arguments)
    except OctaMemError as error:
        return error


def hold(case: FaultCase, way: str, fake: Fake, options: Dict[str, Any]) -> None:
    """Hold a client of ours to a case, with the page's defaults, and where it is to be careful with its writes."""
    fake.faults(case.script)
    end = play(case, way, options)
    (call,) = fake.calls
    assert isinstance(end, OctaMemError) is not case.succeeds
    assert len(call.attempts) == case.attempt + case.retried
    assert [memory.content for memory in fake.memories()] == ["tea at four"] * case.stored
    assert len(call.stored) == case.stored
    if case.verdict == OUTCOME_UNKNOWN:
        fake.reset()
        fake.faults(case.script)
        end = play(case, way, {**options, "retry_unknown_writes": False})
        (call,) = fake.calls
        assert len(call.attempts) == case.attempt
        assert isinstance(end, OctaMemError)
        assert end.outcome == "unknown"
        assert len(fake.memories()) == case.stored - 1


@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize("case", MARKED, ids=str)
def test_our_client_is_held_to_the_matrix(
    case: FaultCase, way: str, octamem_fake: Fake, octamem_clock: VirtualClock
) -> None:
    """Each case is retried, given up, stored and reported as its verdict says, by the sync and the async client."""
    transport = FakeTransport(octamem_fake, octamem_clock)
    hold(case, way, octamem_fake, {"api_key": octamem_fake.api_key, "transport": transport, "clock": octamem_clock})


@pytest.mark.slow
@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize("case", OVER_HTTP, ids=str)
def test_our_client_is_held_to_the_matrix_over_http(
    case: FaultCase, way: str, octamem_server: OctaMemServer, octamem_clock: VirtualClock
) -> None:
    """A selection of the cases ends the same over a real socket."""
    timeout = 0.3 if case.kind in SLOW_OVER_HTTP else 5.0
    options = {"api_key": octamem_server.api_key, "base_url": octamem_server.url, "clock": octamem_clock}
    hold(case, way, octamem_server.fake, {**options, "timeout": timeout})


def test_a_case_is_a_plain_value() -> None:
    """A case is frozen, says in its id what it is, and its script can be read."""
    (case,) = fault_matrix(endpoints="add", kinds="429(retry-after=2)", phases="after", attempts=3)
    assert (case.id, str(case)) == ("add-429(retry-after=2)-after-3",) * 2
    assert case.script == "add: 429 x2, 429(retry-after=2) @after"
    assert (case.verdict, case.retried, case.succeeds, case.stored) == (RETRY, True, True, 2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        case.stored = 1  # type: ignore[misc]  # that it cannot be set is the test


def test_the_matrix_has_every_way_to_fail() -> None:
    """Every kind is there in each phase and on each endpoint that the language allows, and no id comes twice."""
    cases = EVERY
    words = {case: faults.parse(case.script).rules[0].steps[-1] for case in cases}
    assert {step.kind for step in words.values()} == set(faults.KINDS) - {"ok"}
    for kind, phase in faults.KINDS.items():
        phases = {case.phase for case, step in words.items() if step.kind == kind}
        wanted = {phase} if kind in faults.LIES else {"before", "after"} | ({"mid"} if kind in faults.MIDWAY else set())
        endpoints = {case.endpoint for case, step in words.items() if step.kind == kind}
        assert kind == "ok" or phases == wanted
        assert kind == "ok" or endpoints == ({faults.LIES[kind]} if kind in faults.LIES else set(CALLS))
    assert len({case.id for case in cases}) == len(cases)
    assert {case.attempt for case in cases} == {1, 2}
    assert all(case.stored == 0 for case in cases if case.endpoint != "add")


def keep(client: OctaMem, note: str) -> bool:
    """Keep a note as a correct client does: if it may be stored already, look before it is sent again."""
    try:
        client.with_options(retry_unknown_writes=False).add(content=note)
    except OctaMemError as error:
        if error.outcome != "unknown":
            return False
        if all(record.content != note for record in client.get(query=note).results or []):
            client.add(content=note)
    return True


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_a_correct_client_satisfies_what_is_listed_and_nothing_else(attempt: int) -> None:
    """A note is stored once if its user was told so, and not at all if not: in each case by default, in no other."""
    wrong = []
    cases = fault_matrix(endpoints="add", attempts=attempt)
    others = fault_matrix(endpoints="add", attempts=attempt, satisfiable=False)
    for case in (*cases, *others):
        fake = Fake()
        clock = VirtualClock(fake)
        fake.faults(case.script)
        with OctaMem("sk-om-live-any", transport=FakeTransport(fake, clock), clock=clock) as client:
            told = keep(client, "tea at four")
        if len(fake.memories()) != told:
            wrong.append(case)
    assert wrong == list(others)
    assert (len(cases), len(others)) == (67, 18)


def test_what_no_client_can_satisfy_is_listed_by_name() -> None:
    """A refusal after the write, a success for nothing and a lie are left out unless their kind is named."""
    assert not [case for case in fault_matrix() if case.kind in faults.LIES]
    assert {case.id for case in fault_matrix(kinds="401", endpoints="add", attempts=1)} == {
        "add-401-before-1",
        "add-401-mid-1",
        "add-401-after-1",
    }
    assert [case.satisfiable for case in fault_matrix(kinds="lost")] == [False, False]
    assert fault_matrix(kinds="401", phases="after", endpoints="add", attempts=1, satisfiable=False)
    assert all(case.satisfiable for case in fault_matrix(kinds=["status", "empty"], satisfiable=True))
    assert all(case.satisfiable for case in fault_matrix(kinds="status"))
    with pytest.raises(TypeError, match=r"^satisfiable: expected True, False or None, got 1$"):
        fault_matrix(satisfiable=1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"kinds": "503", "phases": "after"}, "outcome unknown: the call succeeds and leaves 2 memories"),
        ({"kinds": "401", "phases": "before"}, "do not retry: the call fails and leaves no memory"),
        (
            {"kinds": "lost"},
            "do not retry: the call succeeds and leaves no memory; the answer is false, so no client can do right",
        ),
    ],
)
def test_a_case_states_what_is_expected(names: Dict[str, Any], expected: str) -> None:
    """The expected verdict of a case can be read."""
    (case,) = fault_matrix(endpoints="add", attempts=1, **names)
    assert case.expected == expected
    (read,) = fault_matrix(endpoints="details", kinds="429", phases="mid", attempts=1)
    assert read.expected == "retry: the call succeeds"


def test_the_matrix_is_filtered_by_name() -> None:
    """Endpoints, kinds, phases and attempts choose cases, one or several, a kind as in a case or by its word."""
    assert {case.endpoint for case in fault_matrix(endpoints=["add", "search"])} == {"add", "search"}
    assert {case.kind for case in fault_matrix(kinds="slow")} == {"slow(90s)", "slow(0.05s)"}
    assert {case.kind for case in fault_matrix(kinds=["slow(90s)", "reset"])} == {"slow(90s)", "reset"}
    assert "503" in {case.kind for case in fault_matrix(kinds="status")}
    assert {case.phase for case in fault_matrix(phases="mid")} == {"mid"}
    assert {case.attempt for case in fault_matrix(attempts=3)} == {3}
    assert {case.verdict for case in fault_matrix(endpoints="add")} == {RETRY, DO_NOT_RETRY, OUTCOME_UNKNOWN}


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"endpoints": "get"}, "endpoints: expected add, search or details, got 'get'"),
        ({"kinds": ["rest"]}, "kinds: expected the kind of a case, such as reset, got 'rest'; did you mean reset?"),
        (
            {"kinds": "9"},
            "kinds: expected the kind of a case, such as reset, got '9'; see octamem_testing.faults.KINDS",
        ),
        ({"phases": "during"}, "phases: expected before, mid or after, got 'during'"),
        ({"attempts": (1, 4)}, "attempts: expected an int from 1 to 3, got 4"),
        ({"attempts": "1"}, "attempts: expected int or a list of int, got '1'"),
        ({"attempts": None}, "attempts: expected int or a list of int, got None"),
        ({"endpoints": 5}, "endpoints: expected str or a list of str, got 5"),
        ({"kinds": [["503"]]}, "kinds: expected str or a list of str, got ['503']"),
        ({"kinds": "twice", "endpoints": "search"}, "no case has all of these: endpoints='search', kinds='twice'"),
    ],
)
def test_names_that_leave_no_case_are_refused(names: Dict[str, Any], words: str) -> None:
    """A filter with an unknown name, or that leaves no case, is a ValueError."""
    with pytest.raises(ValueError, match=r"expected|no case") as error:
        fault_matrix(**names)
    assert str(error.value).startswith(words)
