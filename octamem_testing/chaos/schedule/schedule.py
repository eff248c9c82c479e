"""A schedule as a value: for each endpoint its steps, in their order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, Iterable, Iterator, List, Mapping, Optional, Tuple

from fake_server.core.faults.script import Rule

from .steps import INTERLEAVE, order_number, parted, read, short, word_of

__all__ = ["InjectedFaults", "InjectionPoint", "Schedule", "in_patterns"]

InjectionPoint = Tuple[str, int]
"""The n-th request at an endpoint, counted from 1: ("add", 2)."""
InjectedFaults = Dict[InjectionPoint, str]
"""The step that is injected at each of some injection points."""

_ASKED = re.compile(r"retry-after=(\d+)\b")
_WIDEST = 4
"""The most steps of a pattern."""


@dataclass(frozen=True)
class Schedule:
    """For each endpoint (or "*") its steps as text; `str` writes the schedule as a script, "" for none."""

    rules: Tuple[Tuple[str, Tuple[str, ...]], ...] = ()

    @classmethod
    def of(cls, text: str) -> Schedule:
        """Read a script, with presets written out as rules; raises ScriptError if it cannot be read."""
        if not text.strip():
            return cls()
        return cls(tuple((rule.endpoint, tuple(_spread(rule))) for rule in read(text).rules))

    @classmethod
    def at(cls, injected: Mapping[InjectionPoint, str]) -> Schedule:
        """Build the schedule that injects these faults at these points, and no others."""
        steps: Dict[str, Dict[int, str]] = {}
        for (endpoint, number), step in injected.items():
            steps.setdefault(endpoint, {})[number] = step
        rules = tuple((endpoint, tuple(_padded(numbered))) for endpoint, numbered in sorted(steps.items()))
        return cls(rules).trimmed()

    @property
    def faults(self) -> int:
        """The number of faults; one that hits many times counts once, and so does each step of a pattern.

        A pattern comes at least twice in a row: "503, reset, 503, reset, 503" has two faults.
        """
        return sum(
            sum(step != "ok" for step in pattern) for _, steps in self.rules for pattern, _ in in_patterns(steps)
        )

    @property
    def asked(self) -> float:
        """The most seconds that a fault asks to wait, by a number as its Retry-After."""
        found = _ASKED.findall(str(self))
        return max(map(float, found), default=0.0)

    @property
    def patterns(self) -> str:
        """The steps with each pattern written once, such as "search: (503, reset) x5, 503": to read, not to arm."""
        return "; ".join(
            f"{endpoint}: {', '.join(_brief(pattern, length) for pattern, length in in_patterns(steps))}"
            for endpoint, steps in self.rules
        )

    @property
    def order(self) -> Optional[int]:
        """The number of the order of threads and tasks, None if none is drawn: the last one that a step names."""
        numbers = [order_number(text) for _, _, _, text in self.steps()]
        return next((number for number in reversed(numbers) if number is not None), None)

    @property
    def interleaves(self) -> bool:
        """Whether a step says which thread or task goes first."""
        return any(word_of(text) == INTERLEAVE for _, _, _, text in self.steps())

    def without_order(self) -> Schedule:
        """Put an `ok` where an order is drawn, which holds for the whole round and happens to no request."""
        rules = tuple(
            (name, tuple("ok" if order_number(step) is not None else step for step in steps))
            for name, steps in self.rules
        )
        return Schedule(rules).trimmed()

    def in_order(self, number: int) -> Schedule:
        """Draw another order."""
        return Schedule(
            tuple(
                (name, tuple(each if order_number(each) is None else f"{INTERLEAVE}({number})" for each in steps))
                for name, steps in self.rules
            )
        )

    def with_step(self, point: InjectionPoint, step: str) -> Optional[Schedule]:
        """Let a request that is spared meet a step; None if the request cannot be found among the steps."""
        endpoint, nth = point
        others = tuple(rule for rule in self.rules if rule[0] != endpoint)
        own = [steps for name, steps in self.rules if name == endpoint]
        steps = own[0] if own else ()
        if (
            len(own) > 1
            or any(parted(each)[1] or "%" in each for each in steps)
            or steps[nth - 1 : nth] not in ((), ("ok",))
        ):
            return None
        padded = [*steps, *["ok"] * (nth - len(steps))]
        padded[nth - 1] = step
        return Schedule((*others, (endpoint, tuple(padded))))

    def trimmed(self) -> Schedule:
        """Leave out each `ok` at the end of a rule, and rules without a fault."""
        kept: List[Tuple[str, Tuple[str, ...]]] = []
        for endpoint, steps in self.rules:
            last = max((at for at, step in enumerate(steps) if step != "ok"), default=-1)
            if last >= 0:
                kept.append((endpoint, steps[: last + 1]))
        return Schedule(tuple(kept))

    def without(self, rule: int, step: Optional[int] = None, *, padded: bool = True) -> Schedule:
        """Leave out a rule, or one step of it; `padded` puts an `ok` there, and else later steps move up."""
        if step is None:
            return Schedule(self.rules[:rule] + self.rules[rule + 1 :]).trimmed()
        return self.changed(rule, step, "ok" if padded else None)

    def changed(self, rule: int, step: int, text: Optional[str]) -> Schedule:
        """Replace one step, or remove it if `text` is None."""
        endpoint, steps = self.rules[rule]
        new = (*steps[:step], *(() if text is None else (text,)), *steps[step + 1 :])
        return Schedule((*self.rules[:rule], (endpoint, new), *self.rules[rule + 1 :])).trimmed()

    def steps(self) -> Iterator[Tuple[int, int, str, str]]:
        """List the faults as (rule, step, endpoint, text)."""
        for rule, (endpoint, steps) in enumerate(self.rules):
            for number, text in enumerate(steps):
                if text != "ok":
                    yield rule, number, endpoint, text

    def __str__(self) -> str:
        """The schedule as a script, with each run of `ok` written once."""
        return "; ".join(f"{endpoint}: {', '.join(_runs(steps))}" for endpoint, steps in self.rules)


def in_patterns(steps: Tuple[str, ...]) -> List[Tuple[Tuple[str, ...], int]]:
    """Split steps into patterns, each with its length in steps, so that they have the fewest faults."""
    best: List[Tuple[int, List[Tuple[Tuple[str, ...], int]]]] = [(0, [])]
    for begin in reversed(range(len(steps))):
        found: List[Tuple[int, List[Tuple[Tuple[str, ...], int]]]] = []
        for width in range(1, _WIDEST + 1):
            pattern = steps[begin : begin + width]
            length = width
            while begin + length < len(steps) and steps[begin + length] == steps[begin + length - width]:
                length += 1
            if len(pattern) == width and (width == 1 or (length >= 2 * width and "ok" not in pattern)):
                after, rest = best[len(steps) - begin - length]
                found.append((sum(step != "ok" for step in pattern) + after, [(pattern, length), *rest]))
        best.append(min(found, key=lambda each: (each[0], len(each[1]))))
    return best[-1][1]


def _brief(pattern: Tuple[str, ...], length: int) -> str:
    times, over = divmod(length, len(pattern))
    if len(pattern) == 1:
        return pattern[0] if times == 1 else f"({pattern[0]}) x{times}"
    return ", ".join([f"({', '.join(pattern)}) x{times}", *pattern[:over]])


def _spread(rule: Rule) -> Iterator[str]:
    """Write the steps one by one; in a run of `ok` each counts, as each is an injection point."""
    for step in rule.steps:
        if step.kind == "ok" and step.percent is None and step.lasts is None:
            yield from ["ok"] * (step.count or 1)
        else:
            yield short(step)


def _padded(numbered: Mapping[int, str]) -> Iterable[str]:
    return (numbered.get(number, "ok") for number in range(1, max(numbered) + 1))


def _runs(steps: Iterable[str]) -> List[str]:
    runs: List[Tuple[str, int]] = []
    for step in steps:
        if step == "ok" and runs and runs[-1][0] == "ok":
            runs[-1] = ("ok", runs[-1][1] + 1)
        else:
            runs.append((step, 1))
    return [text if often == 1 else f"{text} x{often}" for text, often in runs]
