"""The fault matrix: phase x kind x endpoint x attempt, and for each case what a client should do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Dict, Iterable, Iterator, List, Literal, Optional, Tuple, Type, TypeVar, Union

from fake_server.core.faults.script import parse
from fake_server.core.faults.steps import AFTER, BEFORE, LIES, MID, MIDWAY, Step

from .checks import mismatch, nearest, one_of

__all__ = ["DO_NOT_RETRY", "OUTCOME_UNKNOWN", "RETRY", "FaultCase", "Verdict", "fault_matrix"]

Verdict = Literal["retry", "do not retry", "outcome unknown"]

RETRY: Verdict = "retry"
"""Another attempt may succeed and does no harm: the call only reads, or the service refused it."""
DO_NOT_RETRY: Verdict = "do not retry"
"""The answer is final: a success, a refusal that would come again, or an answer that cannot be read."""
OUTCOME_UNKNOWN: Verdict = "outcome unknown"
"""The service may have stored the add: a client with the documented retries sends it again, and may store it twice."""

_T = TypeVar("_T", str, int)
ENDPOINTS = ("add", "search", "details")
PHASES = (BEFORE, MID, AFTER)
MOST_ATTEMPTS = 3  # the documented retries make four attempts, and none follows the last

# The faults by how a call ends: a client cannot tell more than these groups apart.
_LOST = (
    *("500", "502", "503", "503(retry-after=2)", "504"),
    *("reset", "close", "hang", "slow(90s)", "truncate", "truncate(chunked)", "drip(900s)"),
)
_BUSY = ("408", "425", "429", "429(retry-after=2)")
_FINAL = ("400", "401", "403", "404", "405", "409", "413", "422", "redirect", "garbage", "wrong-type")
_ANSWERED = ("slow(0.05s)", "drip(0.05s)", *LIES)
_NOTHING_READ = "drip(0.05s)"  # before the handler, its answer is a success of nothing
_NO_BODY = ("204", "empty")  # an answer to an add, which needs no body; an error for the other endpoints


@dataclass(frozen=True)
class FaultCase:
    """One fault on one attempt of one call, and the expected result; `str(case)` is its id.

    - `kind` is the fault as a script writes it, such as "429(retry-after=2)".
    - `attempt` counts from 1; the attempts before it get a 429.
    - `verdict` is what a client should do.
    - `succeeds` is whether a call with the documented default retries ends with an answer.
    - `stored` is how many memories its add then leaves, if the service ignores the Idempotency-Key.
    - `satisfiable` is whether a correct client can do right by its user. None can if the answer is false: a refusal of
      a write that was carried out, a success for nothing, or a lie.
    """

    endpoint: str
    kind: str
    phase: str
    attempt: int
    verdict: Verdict
    succeeds: bool
    stored: int
    satisfiable: bool = True

    @property
    def id(self) -> str:
        """The name of the case, such as "add-hang-after-1"."""
        return f"{self.endpoint}-{self.kind}-{self.phase}-{self.attempt}"

    @property
    def script(self) -> str:
        """The fault script to arm before the call."""
        before = f"429 x{self.attempt - 1}, " if self.attempt > 1 else ""
        return f"{self.endpoint}: {before}{self.kind} @{self.phase}"

    @property
    def retried(self) -> bool:
        """Whether the documented default retries make another attempt; they do so too if the outcome is unknown."""
        return self.verdict != DO_NOT_RETRY

    @property
    def expected(self) -> str:
        """The expected verdict in a sentence, such as "retry: the call succeeds and leaves 1 memory"."""
        ends = "succeeds" if self.succeeds else "fails"
        memories = {0: "no memory", 1: "1 memory"}.get(self.stored, f"{self.stored} memories")
        leaves = f" and leaves {memories}" if self.endpoint == "add" else ""
        false = "" if self.satisfiable else "; the answer is false, so no client can do right"
        return f"{self.verdict}: the call {ends}{leaves}{false}"

    def __str__(self) -> str:
        """The id."""
        return self.id


def fault_matrix(
    *,
    endpoints: Union[str, Iterable[str], None] = None,
    kinds: Union[str, Iterable[str], None] = None,
    phases: Union[str, Iterable[str], None] = None,
    attempts: Union[int, Iterable[int]] = (1, 2),
    satisfiable: Optional[bool] = None,
) -> Tuple[FaultCase, ...]:
    """Return all cases that a correct client can satisfy, or those that are named.

    `endpoints`, `kinds`, `phases` ("before", "mid", "after") and `attempts` choose among the cases. A kind is a case's
    own ("slow(90s)"), or its word alone ("slow", and "status" for all statuses).

    A case that no client can satisfy is listed only if its own kind is named, as in `kinds="lost"`, or if `satisfiable`
    is False: then there are no others. With True, it is never listed.

    Raises ValueError for an unknown name, for an attempt after the third, and if no case is left: a test without cases
    proves nothing. Raises TypeError if `satisfiable` is not a bool or None.
    """
    if satisfiable is not None and not isinstance(satisfiable, bool):
        raise TypeError(mismatch("satisfiable", "True, False or None", satisfiable))
    all_cases = [case for kind in _kinds() for case in _cases_of(kind)]
    words = {case.kind: _step(case.kind).kind for case in all_cases}
    chosen_endpoints = _chosen("endpoints", endpoints, ENDPOINTS)
    chosen_phases = _chosen("phases", phases, PHASES)
    chosen_kinds = _chosen("kinds", kinds, [*words, *words.values()])
    chosen_attempts = _listed("attempts", attempts, int)
    for attempt in chosen_attempts:
        if attempt not in range(1, MOST_ATTEMPTS + 1):
            raise ValueError(mismatch("attempts", f"an int from 1 to {MOST_ATTEMPTS}", attempt))
    named = () if kinds is None else chosen_kinds
    found = tuple(
        replace(case, attempt=attempt)
        for case in all_cases
        if case.endpoint in chosen_endpoints
        and case.phase in chosen_phases
        and (case.kind in chosen_kinds or words[case.kind] in chosen_kinds)
        and (case.satisfiable or case.kind in named or satisfiable is False)
        and satisfiable in (None, case.satisfiable)
        for attempt in chosen_attempts
    )
    if not found:
        raise ValueError(
            "no case has all of these: "
            f"endpoints={endpoints!r}, kinds={kinds!r}, phases={phases!r}, attempts={attempts!r}, "
            f"satisfiable={satisfiable!r}; leave one out"
        )
    return found


def _kinds() -> Iterator[str]:
    for family in (_LOST, _BUSY, _FINAL, _ANSWERED, _NO_BODY):
        yield from family


def _cases_of(kind: str) -> Iterator[FaultCase]:
    word = _step(kind).kind
    lies_to = LIES.get(word)
    for endpoint in ENDPOINTS if lies_to is None else (lies_to,):
        for phase in PHASES:
            if (phase == MID and word not in MIDWAY) or (lies_to is not None and phase != AFTER):
                continue
            verdict, succeeds = _verdict(kind, endpoint)
            stored = 0
            if endpoint == "add":
                stored = _stored_by_fault(kind, word, phase) + (1 if verdict != DO_NOT_RETRY else 0)
            satisfiable = _is_true(kind, word, phase, endpoint)
            yield FaultCase(endpoint, kind, phase, 1, verdict, succeeds, stored, satisfiable)


def _verdict(kind: str, endpoint: str) -> Tuple[Verdict, bool]:
    if kind in _LOST:
        return (OUTCOME_UNKNOWN if endpoint == "add" else RETRY), True
    if kind in _BUSY:
        return RETRY, True
    if kind in _NO_BODY:
        return DO_NOT_RETRY, endpoint == "add"
    return DO_NOT_RETRY, kind in _ANSWERED


def _is_true(kind: str, word: str, phase: str, endpoint: str) -> bool:
    """Whether the answer says what became of the request, or that nobody knows."""
    if word in LIES:
        return False
    if kind[:1] == "4":
        return endpoint != "add" or phase != AFTER
    if kind in _NO_BODY:
        return endpoint != "add" or phase == AFTER
    return kind != _NOTHING_READ or phase == AFTER


def _stored_by_fault(kind: str, word: str, phase: str) -> int:
    if word in LIES:
        return {"lost": 0, "twice": 2}.get(word, 0)
    if phase == AFTER:
        return 1
    return 1 if kind == "slow(0.05s)" else 0  # a slow handler still runs; after the other faults none does


def _step(kind: str) -> Step:
    return parse(f"*: {kind}" if kind.partition("(")[0] not in LIES else f"{LIES[kind]}: {kind}").rules[0].steps[0]


def _listed(name: str, given: Union[_T, Iterable[_T]], kind: Type[_T]) -> List[_T]:
    several: List[Any] = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    wrong = [each for each in several if isinstance(each, bool) or not isinstance(each, kind)]
    if wrong:
        raise ValueError(mismatch(name, f"{kind.__name__} or a list of {kind.__name__}", wrong[0]))
    return several


def _chosen(name: str, given: Union[str, Iterable[str], None], names: Iterable[str]) -> List[str]:
    known: Dict[str, None] = dict.fromkeys(names)
    if given is None:
        return list(known)
    chosen = _listed(name, given, str)
    for each in chosen:
        if each not in known:
            few = len(known) <= len(ENDPOINTS)
            expected = one_of(known) if few else "the kind of a case, such as reset"
            remedy = "" if few else nearest(each, known, "see octamem_testing.faults.KINDS for the names")
            raise ValueError(mismatch(name, expected, each, remedy))
    return chosen
