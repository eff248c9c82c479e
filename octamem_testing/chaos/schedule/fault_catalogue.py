"""The faults that a search fires, the most telling first, and which of them pass when a call is sent again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import Any, Iterable, List, Optional, Tuple, Union

from fake_server.core.clock import START, TICKS
from fake_server.core.faults.script import ScriptError
from fake_server.core.faults.steps import AFTER, BEFORE, LIES, MID, MIDWAY

from .steps import CANCEL_WAIT, OWN, QUOTED, read, step_text, word_of

__all__ = ["DATED", "Faults", "Kinds", "drop_passes", "status_passes"]

Faults = Union[str, Iterable[str], None]
"""Faults as a user names them: one, several with commas between, or a series; None for those that are usual."""

DATED = "429(retry-after=date)"
"""Stands for a Retry-After that is an HTTP date: which, depends on when the place is reached."""
_DROPS = ("reset", "close", "truncate")
"""Ways to lose a connection or an answer that pass."""
_AHEAD = 20  # seconds from the arrival to that date

_USUAL = (
    *("503", "reset @after", "429(retry-after=7)", "401", "reset", "429", "503 @after", DATED, "hang", "hang @after"),
    *("502", "truncate", "500", "404", "504", "408", "400", "403", "close", "503(retry-after=7)", "close @after"),
    *("empty", "garbage", "500 @after", "503(body=html)", "wrong-type", "502 @after", "504 @after", "redirect"),
    *("garbage @before", "slow(45s)", "slow(8s)", "425", "reset @mid", "hang @mid", "503 @mid"),
)
_TELLING = ("503", "reset @after", "429(retry-after=7)", "reset", "401", "hang @after", "hang")
_LASTING = ("503", "reset", "429", "hang", "401", "reset @after", "429(retry-after=30)", "500", "truncate")
_LENGTHS = ("x25", "for 1000s")
"""Past any cap on attempts, and past any deadline: both lie beyond what `Bounded` allows."""
_PARTS = re.compile(rf"(?:{QUOTED}|\((?:{QUOTED}|[^)\"'])*\)|[^,(\"'])+")
_BEFORE = f" @{BEFORE}"
_NAMES_ENDPOINT = re.compile(r"\s*(?:\*|add|search|details)\s*:")
# What is answered before it is cancelled is told apart from the others by the wait, not by what became of the write.
_OWN = (*OWN, *(f"{step} @after" for step in OWN if step != CANCEL_WAIT))


@dataclass(frozen=True)
class Kinds:
    """The faults of one search, as steps of a script; `named` says that a user chose them, `given` how."""

    usual: Tuple[str, ...] = _USUAL
    telling: Tuple[str, ...] = _TELLING
    lasting: Tuple[str, ...] = _LASTING
    own: Tuple[str, ...] = _OWN
    named: bool = False
    given: Tuple[str, ...] = ()

    @classmethod
    def of(cls, faults: Faults) -> Kinds:
        """Read what a user names; raises ScriptError for what is no fault, and ValueError where there is none."""
        if faults is None:
            return cls()
        given: Any = [faults] if isinstance(faults, str) else faults
        if not isinstance(given, Iterable) or isinstance(given, bytes):
            raise TypeError(f"faults={faults!r:.80}: a text, or several in a list, such as '503, reset @after'")
        given = tuple(given)
        steps = list(dict.fromkeys(step for text in given for step in _read(text)))
        if not steps:
            raise ValueError(f"faults={faults!r} names none: leave it out for the usual, or name some, such as '503'")
        own = tuple(step for step in steps if word_of(step) in OWN)
        usual = tuple(step for step in steps if step not in own)
        return cls(usual, usual, usual, own, named=True, given=given)

    def at(self, endpoint: str, steps: Tuple[str, ...]) -> Tuple[str, ...]:
        """Leave out what an endpoint cannot meet, or what means the same there: a read that was lost is not undone."""
        return tuple(step for step in steps if _fits(step, endpoint) and not self._is_said(step, endpoint))

    def passing(self, endpoint: str) -> Tuple[str, ...]:
        """Choose the kinds after which a call may safely be sent again, and soon."""
        return tuple(
            step
            for step in self.usual
            if (step.isdigit() and status_passes(int(step), endpoint)) or drop_passes(step, endpoint)
        )

    def _is_said(self, step: str, endpoint: str) -> bool:
        plain = step[: -len(_BEFORE)]
        return endpoint != "add" and step.endswith(_BEFORE) and plain in self.usual

    @staticmethod
    def lengths() -> Tuple[str, ...]:
        """Give how long a fault may last that lasts: as modifiers of a step."""
        return _LENGTHS

    @staticmethod
    def dated(step: str, ticks: int) -> str:
        """Put the date into a step, for a place that is reached at that moment."""
        if step != DATED:
            return step
        date = format_datetime(START + timedelta(seconds=ticks // TICKS + _AHEAD), usegmt=True)
        return f'429(retry-after="{date}")'


def _read(text: str) -> List[str]:
    """Read several steps, each for whichever endpoint can meet it, as the steps that they stand for."""
    if not isinstance(text, str):
        raise TypeError(f"faults: {text!r:.80} is no text: name a fault as in '503'")
    found: List[str] = []
    for part in _PARTS.findall(text):
        if _NAMES_ENDPOINT.match(part):
            raise ValueError(
                f"faults: {text!r:.80} says where to strike, which the search decides: name the fault alone, "
                "or make one round with chaos.replay(scenario, schedule)"
            )
        endpoint = next((name for name in ("*", "add", "search") if _readable(name, part)), "*")
        try:
            step = read(f"{endpoint}: {part}").rules[0].steps[0]
        except ScriptError as error:
            raise ScriptError(f"faults: {part.strip()!r:.80} cannot be read as one; {_in_own_columns(error)}") from None
        if step.percent is not None or step.kind == "ok":
            raise ValueError(f"faults: {part.strip()!r} is no fault that strikes for certain: name one such as '503'")
        plain = step_text(endpoint, part)
        found.append(plain)
        # A refusal that was carried out all the same is a lie, and breaks every program.
        if "@" not in part and step.kind in (*MIDWAY, "redirect") and not 400 <= (step.status or 0) <= 499:
            found += [step_text(endpoint, f"{plain} @{phase}") for phase in _elsewhere(step.kind, plain)]
    return found


def _in_own_columns(error: ScriptError) -> str:
    """Say what is wrong without the rule that nobody wrote, of which the column would be counted."""
    said = str(error)
    return said.partition("column ")[2].partition(" ")[2] or said


def _readable(endpoint: str, part: str) -> bool:
    try:
        read(f"{endpoint}: {part}")
    except ScriptError:
        return False
    return True


def _elsewhere(kind: str, step: str) -> Tuple[str, ...]:
    return (AFTER, MID) if kind in MIDWAY and word_of(step) not in OWN else (AFTER,)


def _fits(step: str, endpoint: str) -> bool:
    word = word_of(step)
    if word in LIES:
        return LIES[word] == endpoint
    # Nothing is stored by a read: whether it was carried out, nobody can tell.
    return endpoint == "add" or not step.endswith((f"@{AFTER}", f"@{MID}"))


def status_passes(status: int, endpoint: Optional[str]) -> bool:
    """Say whether an answer of this status is worth another attempt: as the vendor's page has it, and of nobody more.

    An add that failed otherwise than by a refusal may have been carried out.
    """
    return status == 429 or (status >= 500 and endpoint != "add")


def drop_passes(word: str, endpoint: Optional[str]) -> bool:
    """Say whether a connection lost like this, or an answer cut short, is worth another attempt."""
    return word in _DROPS and endpoint != "add"
