"""The fault catalogue: the faults that a hunt injects, those of high yield first, and which of them are transient."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import Any, Iterable, List, Optional, Tuple, Union

from fake_server.core.clock import START, TICKS
from fake_server.core.faults.script import ScriptError
from fake_server.core.faults.steps import AFTER, BEFORE, LIES, MID, MIDWAY

from .steps import CANCEL_WAIT, INTERLEAVE, OWN, QUOTED, read, step_text, word_of

__all__ = ["DATED", "LENGTHS", "PAST", "FaultCatalogue", "Faults", "dated", "is_transient_drop", "is_transient_status"]

Faults = Union[str, Iterable[str], None]
"""Faults as a user names them: one, several separated by commas, or an iterable; None for the default faults."""

DATED = "429(retry-after=date)"
"""Stands for a Retry-After that is an HTTP date, which depends on the time at the injection point."""
PAST = "429(retry-after=past)"
"""Stands for a Retry-After that is a date in the past."""
_DROPS = ("reset", "close", "truncate")
"""Transient ways to lose a connection or an answer."""
_AHEAD = 20  # seconds from the request to that date
_AGO = 3600  # seconds from a date in the past to the request

_DEFAULT = (
    *("503", "reset @after", "429(retry-after=7)", "401", "reset", "429", "503 @after", DATED, "hang", "hang @after"),
    *("502", "truncate", "500", "404", "504", "408", "400", "403", "close", "503(retry-after=7)", "close @after"),
    *("empty", "garbage", "500 @after", "503(body=html)", "wrong-type", "502 @after", "504 @after", "redirect"),
    *("garbage @before", "slow(45s)", "slow(8s)", "425", "reset @mid", "hang @mid", "503 @mid"),
)
_FOR_MANY = ("429", "503", "reset @after", "reset", "503 @after", "401", "truncate", "garbage @before", "404", "500")
_HIGH_YIELD = ("503", "reset @after", "429(retry-after=7)", "reset", "401", "hang @after", "hang")
_ODD = (PAST, *(f"429(retry-after={value})" for value in ("soon", "-1", "86400", '""')))
_PERSISTENT = ("503", "reset", "429", "hang", "401", "reset @after", "429(retry-after=30)", "500", "truncate")
LENGTHS = ("x25", "for 1000s")
"""How long a persistent fault lasts: past any cap on attempts, and past any deadline that `Bounded` allows."""
_PARTS = re.compile(rf"(?:{QUOTED}|\((?:{QUOTED}|[^)\"'])*\)|[^,(\"'])+")
_BEFORE = f" @{BEFORE}"
_NAMES_ENDPOINT = re.compile(r"\s*(?:\*|add|search|details)\s*:")
# `cancel-wait` differs from the others by the wait and not by the write, so it needs no phase.
_LEAVING = tuple(step for step in OWN if step != INTERLEAVE)
_OWN = (*_LEAVING, *(f"{step} @after" for step in _LEAVING if step != CANCEL_WAIT))


@dataclass(frozen=True)
class FaultCatalogue:
    """The faults of one hunt, as steps of a script; `named` says whether a user chose them, `given` as what text."""

    default: Tuple[str, ...] = _DEFAULT
    high_yield: Tuple[str, ...] = _HIGH_YIELD
    persistent: Tuple[str, ...] = _PERSISTENT
    odd: Tuple[str, ...] = _ODD
    for_many: Tuple[str, ...] = _FOR_MANY
    own: Tuple[str, ...] = _OWN
    named: bool = False
    given: Tuple[str, ...] = ()

    @classmethod
    def of(cls, faults: Faults) -> FaultCatalogue:
        """Read the faults that a user names; raises ScriptError for an unreadable one, and ValueError for none."""
        if faults is None:
            return cls()
        given: Any = [faults] if isinstance(faults, str) else faults
        if not isinstance(given, Iterable) or isinstance(given, bytes):
            raise TypeError(f"faults: expected a str or a list such as ['503', 'reset @after'], got {faults!r:.80}")
        given = tuple(given)
        steps = list(dict.fromkeys(step for text in given for step in _read(text)))
        if not steps:
            raise ValueError(f"faults must not be empty, got {faults!r}; leave it out for the default faults")
        own = tuple(step for step in steps if word_of(step) in OWN)
        scripted = tuple(step for step in steps if step not in own)
        return cls(scripted, scripted, scripted, (), scripted, own, named=True, given=given)

    @property
    def interleaves(self) -> bool:
        """Whether other orders of threads and tasks are tried: by default, or if a user names that step."""
        return not self.named or any(word_of(step) == INTERLEAVE for step in self.own)

    def at(self, endpoint: str, steps: Tuple[str, ...]) -> Tuple[str, ...]:
        """Return the steps that can hit an endpoint, without those that mean the same as another one there."""
        return tuple(step for step in steps if _fits(step, endpoint) and not self._is_redundant(step, endpoint))

    def transient(self, endpoint: str) -> Tuple[str, ...]:
        """Return the faults after which a call may safely be sent again, and soon."""
        return tuple(
            step
            for step in self.default
            if (step.isdigit() and is_transient_status(int(step), endpoint)) or is_transient_drop(step, endpoint)
        )

    def _is_redundant(self, step: str, endpoint: str) -> bool:
        plain = step[: -len(_BEFORE)]
        return endpoint != "add" and step.endswith(_BEFORE) and plain in self.default


def dated(step: str, ticks: int) -> str:
    """Put the date into a step that has one, for an injection point that is reached at this time."""
    if step not in (DATED, PAST):
        return step
    ahead = _AHEAD if step == DATED else -_AGO
    date = format_datetime(START + timedelta(seconds=ticks // TICKS + ahead), usegmt=True)
    return f'429(retry-after="{date}")'


def _read(text: str) -> List[str]:
    """Read several steps, each for an endpoint that can meet it; one without a phase stands for several."""
    if not isinstance(text, str):
        raise TypeError(f"faults: expected a str such as '503', got {text!r:.80}")
    found: List[str] = []
    for part in _PARTS.findall(text):
        if _NAMES_ENDPOINT.match(part):
            raise ValueError(
                f"faults: expected a fault without an endpoint, got {text!r:.80}; "
                "name the fault alone, or pass the schedule to chaos.replay()"
            )
        endpoint = next((name for name in ("*", "add", "search") if _readable(name, part)), "*")
        try:
            step = read(f"{endpoint}: {part}").rules[0].steps[0]
        except ScriptError as error:
            raise ScriptError(
                f"faults: expected a fault such as '503', got {part.strip()!r:.80}; {_in_own_columns(error)}"
            ) from None
        if step.percent is not None or step.kind == "ok":
            raise ValueError(f"faults: expected a fault that is certain, such as '503', got {part.strip()!r}")
        plain = step_text(endpoint, part)
        found.append(plain)
        # A refusal of a write that was carried out is a lie, under which no program can hold the invariants.
        if "@" not in part and step.kind in (*MIDWAY, "redirect") and not 400 <= (step.status or 0) <= 499:
            found += [step_text(endpoint, f"{plain} @{phase}") for phase in _other_phases(step.kind, plain)]
    return found


def _in_own_columns(error: ScriptError) -> str:
    """Return the message without its column, which counts from a rule that the user did not write."""
    message = str(error)
    return message.partition("column ")[2].partition(" ")[2] or message


def _readable(endpoint: str, part: str) -> bool:
    try:
        read(f"{endpoint}: {part}")
    except ScriptError:
        return False
    return True


def _other_phases(kind: str, step: str) -> Tuple[str, ...]:
    return (AFTER, MID) if kind in MIDWAY and word_of(step) not in OWN else (AFTER,)


def _fits(step: str, endpoint: str) -> bool:
    word = word_of(step)
    if word in LIES:
        return LIES[word] == endpoint
    # A read stores nothing, so nobody can tell whether it was carried out.
    return endpoint == "add" or not step.endswith((f"@{AFTER}", f"@{MID}"))


def is_transient_status(status: int, endpoint: Optional[str]) -> bool:
    """Whether an answer of this status is worth another attempt, as the vendor's documentation says.

    An add that failed, except by a refusal, may have been carried out.
    """
    return status == 429 or (status >= 500 and endpoint != "add")


def is_transient_drop(word: str, endpoint: Optional[str]) -> bool:
    """Whether a connection lost like this, or an answer cut short, is worth another attempt."""
    return word in _DROPS and endpoint != "add"
