"""The reader of fault scripts: text in, rules out, and an error with its column if it cannot be read."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Dict, List, NoReturn, Optional, Tuple, Union

from fake_server.core.wording import alternatives, blanked, expected, shown

from .presets import PRESETS, preset
from .repairs import CALLED, meant, modifier_meant, seconds_meant, status_meant, within
from .steps import (
    AFTER,
    BEFORE,
    DEFAULT_COUNT,
    DEFAULT_SECONDS,
    DEFAULT_URL,
    KINDS,
    LIES,
    MID,
    MIDWAY,
    Rule,
    Script,
    Step,
)
from .tokens import Flaw, ScriptError, Token, position, tokens

__all__ = [
    "AFTER",
    "BEFORE",
    "DEFAULT_URL",
    "KINDS",
    "LIES",
    "MAX_CHANCES",
    "MAX_CHARACTERS",
    "MAX_STEPS",
    "MID",
    "Flaw",
    "Rule",
    "Script",
    "ScriptError",
    "Step",
    "parse",
]

# Our own bounds, far above what a test arms and below what would hold up a server: docs/faults.md.
MAX_CHARACTERS = 100_000
MAX_STEPS = 10_000
MAX_DIGITS = 18  # of a whole number
MAX_CHANCES = 100  # percentages in a row, each of which is drawn at every attempt

TARGETS = ("add", "search", "details", "*")
STATUS_OPTIONS = ("retry-after", "body")
BODIES = ("json", "html", "empty", "text")
TIMED = ("slow", "drip")
COUNTED = ("stale", "missing")


_SECONDS = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)s?")


def parse(text: str) -> Script:
    """Read a script; raises ScriptError, which names the column and what was expected there."""
    if not isinstance(text, str):
        raise ScriptError(expected("fault script", "a text such as 'add: 503'", shown(text)))
    if len(text) > MAX_CHARACTERS:
        raise ScriptError(
            expected(
                "fault script",
                f"at most {MAX_CHARACTERS} characters",
                str(len(text)),
                'write "x3" to repeat a step, or arm several scripts',
            ),
            _too_long(text),
        )
    return _read(text)


@lru_cache(maxsize=64)  # a hunt reads each schedule, and arms it, for every round
def _read(text: str) -> Script:
    return _Reader(text).script()


class _Reader:
    """A cursor over the tokens of one script; each method reads one production of the grammar."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.at = 0
        self.steps = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.at]

    def fail(
        self, wanted: str, token: Optional[Token] = None, then: str = "", *, repair: Optional[str] = None
    ) -> NoReturn:
        token = token or self.here
        found = token.text.strip("\n")
        if repair == found or (repair and token.kind == "quoted" and not repair.endswith(found)):
            repair = None  # a word in place of a quoted text would run into its neighbours
        what = f"expected {wanted}, got {repr(found) if found else 'the end'}{then and f'; {then}'}"
        raise ScriptError(
            position(self.text, token.line, token.column) + blanked(what, len(what)),
            Flaw(token.line, token.column, len(found), wanted, blanked(found, len(found)), repair),
        )

    def take(self) -> Token:
        token = self.here
        self.at += 1
        return token

    def accept(self, mark: str) -> bool:
        if self.here.is_(mark):
            self.at += 1
            return True
        return False

    def expect(self, mark: str, meaning: str) -> None:
        if not self.accept(mark):
            found = self.here
            # Another mark was meant for this one; before anything else, this one was forgotten.
            other = found.kind == "mark" and found.text in ":="
            repair = mark if other else f"{mark} {found.text.strip()}".rstrip()
            self.fail(meaning, repair=meant(found.text, [mark]) if mark.isalpha() else repair)

    def script(self) -> Script:
        rules: List[Rule] = []
        while True:
            while self.here.kind == "end" and self.here.text:
                self.at += 1
            if self.here.kind == "end":
                break
            rules.append(self.rule())
        if not rules:
            self.fail('a rule such as "add: 503"')
        return Script(tuple(rules), self.text)

    def rule(self) -> Rule:
        token = self.take()
        if token.kind == "word" and token.text in PRESETS:
            return self.preset(token)
        if token.kind != "word" or token.text not in TARGETS:
            name = CALLED.get(token.text) or meant(token.text, [*TARGETS, *PRESETS])
            wanted = f"an endpoint ({alternatives(TARGETS)}) or a preset ({alternatives(PRESETS)})"
            self.fail(wanted, token, f"did you mean {name}?" if name else "", repair=name)
        self.expect(":", f'":" after {token.text!r}')
        steps = [self.step(token.text)]
        chances = _chances(steps[0], 0)
        while self.accept(","):
            before = self.here
            steps.append(self.step(token.text))
            chances = _chances(steps[-1], chances)
            if chances > MAX_CHANCES:
                self.fail(f"at most {MAX_CHANCES} percentages in a row", before)
            if steps[-2].stays and steps[-1].percent is None:
                self.fail(
                    "the end of the rule", before, "a step with a percentage is never used up, so no step can follow it"
                )
        return Rule(token.text, tuple(steps))

    def preset(self, token: Token) -> Rule:
        """Read what follows the name of a preset: a time after `outage`, and nothing else."""
        seconds = None
        if token.text == "outage" and self.accept("("):
            seconds = self.duration()
            self.expect(")", '")"')
        if self.here.kind != "end":
            self.fail(f"the end of the preset {token.text!r}")
        made = preset(token.text, seconds)
        self.count(len(made.steps), token)
        return made

    def count(self, steps: int, token: Token) -> None:
        self.steps += steps
        if self.steps > MAX_STEPS:
            self.fail(f"at most {MAX_STEPS} steps in a script", token, 'write "x3" to repeat a step')

    def step(self, endpoint: str) -> Step:
        token = self.take()
        self.count(1, token)
        kind, status = token.text, None
        if token.kind == "word" and kind.isascii() and kind.isdigit():
            status = int(kind) if len(kind) <= MAX_DIGITS else 0
            if not 200 <= status <= 599:
                self.fail("a status from 200 to 599", token)
            kind = "status"
        if token.kind != "word" or kind not in KINDS or (kind == "status" and status is None):
            name = meant(kind, [each for each in KINDS if each != "status" and LIES.get(each, endpoint) == endpoint])
            then = f"did you mean {name}?" if name else "see docs/faults.md"
            self.fail("a status such as 503 or a fault such as reset", token, then, repair=name or status_meant(kind))
        if kind in LIES and endpoint != LIES[kind]:
            self.fail(f"a fault of {endpoint}", token, f"{kind} is a fault of {LIES[kind]} alone")
        made: Dict[str, Union[str, float, None]] = {"status": status}
        if kind in TIMED:
            made["seconds"] = DEFAULT_SECONDS
        if kind in COUNTED:
            made["memories"] = DEFAULT_COUNT
        if kind == "redirect":
            made["url"] = DEFAULT_URL
        if self.accept("("):
            self.options(kind, made)
        phase = self.modifiers(kind, made)
        return Step(kind=kind, phase=phase or KINDS[kind], **made)  # type: ignore[arg-type]  # keys and types are ours

    def options(self, kind: str, made: Dict[str, Union[str, float, None]]) -> None:
        if kind not in {"status", "redirect", "truncate", *TIMED, *COUNTED}:
            self.fail(f"no options after {kind!r}", self.tokens[self.at - 1])
        given: List[str] = []
        while True:
            first = self.here
            if kind == "status":
                name = self.take().text
                if name not in STATUS_OPTIONS or name in given:
                    other = None if name in given else meant(name, STATUS_OPTIONS)
                    then = f"did you mean {other}=?" if other else ""
                    self.fail("retry-after= or body=, each once", first, then, repair=other)
                given.append(name)
                self.expect("=", f'"=" after {name!r}')
                value_at = self.here
                value = self.value(f"a value of {name}")
                if name == "body" and value not in BODIES:
                    self.fail(alternatives(BODIES), value_at, repair=meant(value, BODIES))
                made["body" if name == "body" else "retry_after"] = value
            elif given:
                self.fail(f'")" after the one option of {kind}')
            else:
                given.append(kind)
                if kind in COUNTED:
                    made["memories"] = self.memories()
                elif kind == "truncate":
                    self.expect("chunked", '"chunked"')
                    made["chunked"] = True
                elif kind == "redirect":
                    made["url"] = self.value("a URL, quoted")
                else:
                    made["seconds"] = self.seconds()
            if not self.accept(","):
                break
        self.expect(")", '"," or ")"')

    def value(self, meaning: str) -> str:
        token = self.take()
        if token.kind == "quoted":
            if not token.text.isprintable():  # it becomes a header, which can hold no control character
                self.fail(f"{meaning} without control characters", token)
            return re.sub(r"\\(.)", r"\1", token.text[1:-1])
        if token.kind != "word":
            self.fail(meaning, token)
        return token.text

    def seconds(self) -> float:
        token = self.take()
        match = _SECONDS.fullmatch(token.text) if token.kind == "word" else None
        if match is None:
            self.fail('seconds such as "1.5s"', token, repair=seconds_meant(token.text))
        return float(match[1])

    def duration(self) -> float:
        """Read how long something lasts, in seconds; in no time nothing could be injected."""
        token = self.here
        seconds = self.seconds()
        if seconds == 0:
            self.fail("a time above 0s", token, repair="1s")
        return seconds

    def memories(self) -> int:
        token = self.take()
        if token.kind != "word" or not re.fullmatch(r"[0-9]{1,9}", token.text) or int(token.text) == 0:
            self.fail("a number of memories of at least 1", token, repair=within(token.text, 1, 10**9 - 1))
        return int(token.text)

    def modifiers(self, kind: str, made: Dict[str, Union[str, float, None]]) -> Optional[str]:
        phase: Optional[str] = None
        while self.here.kind != "end" and not self.here.is_(","):
            token = self.take()
            if token.is_("@") and phase is None and kind != "ok":
                phase = self.phase(kind)
            elif token.is_("for") and "lasts" not in made:
                made["lasts"] = self.duration()
            elif token.is_("seed") and "seed" not in made:
                self.expect("=", '"=" after "seed"')
                made["seed"] = self.whole("an int")
            elif token.kind == "word" and re.fullmatch(r"x\d{1,9}", token.text) and "count" not in made:
                made["count"] = int(token.text[1:])
                if made["count"] == 0:
                    self.fail("a count of at least 1", token, repair="x1")
            elif token.kind == "word" and self.here.is_("%") and "percent" not in made:
                made["percent"] = self.percentage(token)
                self.at += 1
            else:
                allowed = () if kind == "ok" else _phases(kind)
                phases = "".join(f"@{each}, " for each in allowed)
                repair = modifier_meant(token.text, () if phase else allowed, made)
                self.fail(f'",", ";" or one of {phases}x3, 20%, seed=7, for 30s (each once)', token, repair=repair)
        return phase

    def phase(self, kind: str) -> str:
        token = self.take()
        phases = _phases(kind)
        if token.kind != "word" or token.text not in phases:
            then = f"{kind} has no other phase" if token.text in {BEFORE, MID} else ""
            repair = (meant(token.text, phases) or phases[-1]) if token.kind == "word" else None
            self.fail(alternatives(phases), token, then, repair=repair)
        return token.text

    def whole(self, meaning: str) -> int:
        token = self.take()
        if token.kind != "word" or not re.fullmatch(r"-?\d{1,18}", token.text):
            self.fail(meaning, token)
        return int(token.text)

    def percentage(self, token: Token) -> float:
        if not re.fullmatch(r"\d{1,3}(\.\d{1,6})?", token.text) or not 0 <= float(token.text) <= 100:
            self.fail("a percentage from 0 to 100", token, repair=within(token.text, 0, 100))
        return float(token.text)


def _too_long(text: str) -> Flaw:
    """Return where a script goes beyond what is read of one."""
    read, rest = text[:MAX_CHARACTERS], text[MAX_CHARACTERS:]
    column = len(read) - (read.rfind("\n") + 1) + 1
    return Flaw(read.count("\n") + 1, column, len(rest), "the end of the script", blanked(rest, 20))


def _chances(step: Step, before: int) -> int:
    """Return how many percentages stand in a row up to a step, given how many stand before it."""
    return before + 1 if step.percent is not None else 0


def _phases(kind: str) -> Tuple[str, ...]:
    """Return the phases in which a fault can be injected: a lie only after the handler, a drop @mid too."""
    if kind in LIES:
        return (AFTER,)
    return (BEFORE, MID, AFTER) if kind in MIDWAY else (BEFORE, AFTER)
