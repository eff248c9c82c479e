"""The one-line language of faults: text in, rules out, and a column wherever it cannot be read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Dict, List, NoReturn, Optional, Tuple, Union

from .settings import plain

__all__ = ["AFTER", "BEFORE", "HOWS", "Rule", "Script", "ScriptError", "Step", "parse"]

BEFORE = "before"
AFTER = "after"
TARGETS = ("add", "search", "details", "*")
BODIES = ("json", "html", "empty", "text")

# Every way to fail, and where it strikes unless told: CONTRACT section 4.
HOWS: Dict[str, str] = {
    "status": BEFORE,
    "ok": BEFORE,
    "slow": AFTER,
    "hang": BEFORE,
    "reset": BEFORE,
    "close": BEFORE,
    "truncate": AFTER,
    "drip": AFTER,
    "garbage": AFTER,
    "wrong-type": AFTER,
    "empty": AFTER,
    "redirect": BEFORE,
}
DEFAULT_SECONDS = 1.0  # of `slow` and `drip` written without a time
DEFAULT_URL = "https://elsewhere.invalid/"  # of `redirect`; .invalid never resolves (RFC 2606)


class ScriptError(ValueError):
    """A fault script that cannot be read; names the column, what was expected there and what was found."""


@dataclass(frozen=True)
class Step:
    """One step of a rule: how an attempt fails, where, and how often. Times are in seconds of the fake's clock."""

    how: str
    where: str
    status: Optional[int] = None
    retry_after: Optional[str] = None
    body: str = "json"
    seconds: float = 0.0
    url: str = ""
    count: Optional[int] = None
    percent: Optional[float] = None
    seed: Optional[int] = None
    lasts: Optional[float] = None

    @property
    def stays(self) -> bool:
        """Whether it is met until it is disarmed."""
        return self.percent is not None and self.count is None and self.lasts is None

    @property
    def name(self) -> str:
        """The step as the journal names it: how and where, without how often."""
        how = str(self.status) if self.how == "status" else self.how
        options: List[str] = []
        if self.how == "status":
            if self.retry_after is not None:
                options.append(f"retry-after={_quoted(self.retry_after)}")
            if self.body != "json":
                options.append(f"body={self.body}")
        elif self.how in {"slow", "drip"}:
            options.append(f"{plain(self.seconds)}s")
        elif self.how == "redirect" and self.url != DEFAULT_URL:
            options.append(_quoted(self.url))
        shown = f"{how}({', '.join(options)})" if options else how
        return shown if self.how == "ok" else f"{shown} @{self.where}"

    def __str__(self) -> str:
        """The step as a script writes it."""
        words = [self.name]
        if self.count is not None:
            words.append(f"x{self.count}")
        if self.percent is not None:
            words.append(f"{plain(self.percent)}%")
        if self.seed is not None:
            words.append(f"seed={self.seed}")
        if self.lasts is not None:
            words.append(f"for {plain(self.lasts)}s")
        return " ".join(words)


@dataclass(frozen=True)
class Rule:
    """The steps that the attempts on one endpoint take, in order."""

    endpoint: str
    steps: Tuple[Step, ...]

    def __str__(self) -> str:
        """The rule as a script writes it."""
        return f"{self.endpoint}: {', '.join(map(str, self.steps))}"


@dataclass(frozen=True)
class Script:
    """Rules in the order they were written; `str(script)` reads back as the same script."""

    rules: Tuple[Rule, ...]
    text: str = field(default="", compare=False)

    def __str__(self) -> str:
        """The script in one line and one spelling."""
        return "; ".join(map(str, self.rules))


_SAFE = re.compile(r"[^\s,:;()\"'\\]+")
_TOKEN = re.compile(
    r"""(?P<space>[^\S\n]+) | (?P<end>[;\n]) | (?P<mark>[,:()=@%]) | (?P<word>[^\s,:;()=@%"']+) |
        (?P<quoted>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')""",
    re.VERBOSE,
)
_SECONDS = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)s?")


def _quoted(value: str) -> str:
    if _SAFE.fullmatch(value) and not re.search(r"[=@%]", value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    column: int
    line: int

    def is_(self, text: str) -> bool:
        return self.kind != "quoted" and self.text == text


def _tokens(text: str) -> List[_Token]:
    found: List[_Token] = []
    at, line, line_start = 0, 1, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        column = at - line_start + 1
        if match is None:
            raise ScriptError(
                _place(text, line, column) + f"this quotation mark is never closed: {text[at : at + 20]!r}"
            )
        kind = str(match.lastgroup)
        if kind != "space":
            found.append(_Token(kind, match[0], column, line))
        at = match.end()
        if match[0] == "\n":
            line, line_start = line + 1, at
    found.append(_Token("end", "", len(text) - line_start + 1, line))
    return found


def _place(text: str, line: int, column: int) -> str:
    where = f"line {line}, column {column}" if "\n" in text.strip("\n") else f"column {column}"
    return f"fault script {text.strip()!r:.120}, {where}: "


def parse(text: str) -> Script:
    """Read a script; raises ScriptError naming the column and what was expected there."""
    if not isinstance(text, str):
        raise ScriptError(f"a fault script is text such as 'add: 503', not {text!r:.80}")
    return _Reader(text).script()


class _Reader:
    """A cursor over the tokens of one script; each method reads one production of the grammar."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.at = 0

    @property
    def here(self) -> _Token:
        return self.tokens[self.at]

    def fail(self, expected: str, token: Optional[_Token] = None) -> NoReturn:
        token = token or self.here
        found = "the end" if token.text in {"", "\n"} else repr(token.text)
        raise ScriptError(_place(self.text, token.line, token.column) + f"expected {expected}, found {found}")

    def take(self) -> _Token:
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
            self.fail(meaning)

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
        if token.kind != "word" or token.text not in TARGETS:
            self.fail("an endpoint (" + ", ".join(TARGETS) + ")", token)
        self.expect(":", f'":" after {token.text!r}')
        steps = [self.step()]
        while self.accept(","):
            before = self.here
            steps.append(self.step())
            if steps[-2].stays and steps[-1].percent is None:
                self.fail("the end of the rule (a percentage stays, so no step after it would be taken)", before)
        return Rule(token.text, tuple(steps))

    def step(self) -> Step:
        token = self.take()
        how, status = token.text, None
        if token.kind == "word" and how.isascii() and how.isdigit():
            status = int(how)
            if not 200 <= status <= 599:
                self.fail("a final status from 200 to 599", token)
            how = "status"
        if token.kind != "word" or how not in HOWS or (how == "status" and status is None):
            names = ", ".join(name for name in HOWS if name != "status")
            self.fail(f"a status such as 503, or one of {names}", token)
        made: Dict[str, Union[str, float, int, None]] = {"status": status}
        if how in {"slow", "drip"}:
            made["seconds"] = DEFAULT_SECONDS
        if how == "redirect":
            made["url"] = DEFAULT_URL
        if self.accept("("):
            self.options(how, made)
        where = self.modifiers(how, made)
        return Step(how=how, where=where or HOWS[how], **made)  # type: ignore[arg-type]  # keys and types are ours

    def options(self, how: str, made: Dict[str, Union[str, float, int, None]]) -> None:
        if how not in {"status", "slow", "drip", "redirect"}:
            self.fail(f"no options: {how!r} takes none", self.tokens[self.at - 1])
        given: List[str] = []
        while True:
            first = self.here
            if how == "status":
                name = self.take().text
                if name not in {"retry-after", "body"} or name in given:
                    self.fail("an option (retry-after=, body=), each once", first)
                given.append(name)
                self.expect("=", f'"=" after {name!r}')
                value_at = self.here
                value = self.value(f"a value of {name}")
                if name == "body" and value not in BODIES:
                    self.fail("one of " + ", ".join(BODIES), value_at)
                made["body" if name == "body" else "retry_after"] = value
            elif given:
                self.fail(f'")": {how!r} takes one option')
            else:
                given.append(how)
                made["url" if how == "redirect" else "seconds"] = (
                    self.value("a URL, quoted") if how == "redirect" else self.seconds()
                )
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
            self.fail('seconds such as "1.5s"', token)
        return float(match[1])

    def modifiers(self, how: str, made: Dict[str, Union[str, float, int, None]]) -> Optional[str]:
        where: Optional[str] = None
        while self.here.kind != "end" and not self.here.is_(","):
            token = self.take()
            if token.is_("@") and where is None and how != "ok":
                place = self.take()
                if place.text not in {BEFORE, AFTER}:
                    self.fail('"before" or "after"', place)
                where = place.text
            elif token.is_("for") and "lasts" not in made:
                made["lasts"] = self.seconds()
            elif token.is_("seed") and "seed" not in made:
                self.expect("=", '"=" after "seed"')
                made["seed"] = self.whole("a whole number")
            elif token.kind == "word" and re.fullmatch(r"x\d{1,9}", token.text) and "count" not in made:
                made["count"] = int(token.text[1:])
                if made["count"] == 0:
                    self.fail("a count of 1 or more", token)
            elif token.kind == "word" and self.here.is_("%") and "percent" not in made:
                made["percent"] = self.percentage(token)
                self.at += 1
            else:
                once = "" if how == "ok" else '"@before", "@after", '
                self.fail(f'a modifier once each ({once}"x3", "20%", "seed=7", "for 30s"), "," or ";"', token)
        return where

    def whole(self, meaning: str) -> int:
        token = self.take()
        if token.kind != "word" or not re.fullmatch(r"-?\d{1,18}", token.text):
            self.fail(meaning, token)
        return int(token.text)

    def percentage(self, token: _Token) -> float:
        if not re.fullmatch(r"\d{1,3}(\.\d{1,6})?", token.text) or not 0 <= float(token.text) <= 100:
            self.fail("a percentage from 0 to 100", token)
        return float(token.text)
