"""The steps of a fault script as values: kind, phase, options and count, and how each is written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Tuple

from fake_server.core.wording import plain

__all__ = [
    "AFTER",
    "BEFORE",
    "DEFAULT_COUNT",
    "DEFAULT_SECONDS",
    "DEFAULT_URL",
    "KINDS",
    "LIES",
    "MID",
    "MIDWAY",
    "Rule",
    "Script",
    "Step",
]

BEFORE = "before"
MID = "mid"
AFTER = "after"

# Every kind of fault, with its default phase: docs/faults.md.
KINDS: Dict[str, str] = {
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
    "stale": AFTER,
    "missing": AFTER,
    "shuffled": AFTER,
    "foreign": AFTER,
    "lost": AFTER,
    "twice": AFTER,
}
LIES: Dict[str, str] = {
    "stale": "search",
    "missing": "search",
    "shuffled": "search",
    "foreign": "search",
    "lost": "add",
    "twice": "add",
}
"""The kinds that answer 200 and lie, with the one endpoint of each."""

MIDWAY = ("status", "hang", "reset", "close")
"""The kinds that can be injected @mid, once the head and the first of the body have come."""

DEFAULT_SECONDS = 1.0  # of `slow` and `drip` written without a time
DEFAULT_COUNT = 1  # of `stale` and `missing` written without a number
DEFAULT_URL = "https://elsewhere.invalid/"  # of `redirect`; .invalid never resolves (RFC 2606)


@dataclass(frozen=True)
class Step:
    """One step of a rule: the kind of fault, its phase, and how often it is injected.

    Times are in seconds of the fake's clock. `memories` is how many of them `stale` and `missing` keep back;
    `chunked` says that `truncate` cuts a body sent in chunks.
    """

    kind: str
    phase: str
    status: Optional[int] = None
    retry_after: Optional[str] = None
    body: str = "json"
    seconds: float = 0.0
    url: str = ""
    memories: int = 0
    chunked: bool = False
    count: Optional[int] = None
    percent: Optional[float] = None
    seed: Optional[int] = None
    lasts: Optional[float] = None

    @property
    def holds_up(self) -> bool:
        """Whether the request waits before the handler runs, which then answers as if there were no fault."""
        return self.kind == "slow" and self.phase == BEFORE

    @property
    def stays(self) -> bool:
        """Whether it is met until it is disarmed."""
        return self.percent is not None and self.count is None and self.lasts is None

    @property
    def name(self) -> str:
        """The step as the journal names it: kind and phase, without the number."""
        kind = str(self.status) if self.kind == "status" else self.kind
        options: List[str] = []
        if self.kind == "status":
            if self.retry_after is not None:
                options.append(f"retry-after={_quoted(self.retry_after)}")
            if self.body != "json":
                options.append(f"body={self.body}")
        elif self.kind in {"slow", "drip"}:
            options.append(f"{plain(self.seconds)}s")
        elif self.kind in {"stale", "missing"}:
            options.append(str(self.memories))
        elif self.chunked:
            options.append("chunked")
        elif self.kind == "redirect" and self.url != DEFAULT_URL:
            options.append(_quoted(self.url))
        shown = f"{kind}({', '.join(options)})" if options else kind
        return shown if self.kind == "ok" else f"{shown} @{self.phase}"

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
    """The steps that the attempts on one endpoint take, in order; `preset` is the name that stands for them, if any."""

    endpoint: str
    steps: Tuple[Step, ...]
    preset: str = ""

    def __str__(self) -> str:
        """The rule as a script writes it."""
        return self.preset or f"{self.endpoint}: {', '.join(map(str, self.steps))}"


@dataclass(frozen=True)
class Script:
    """Rules in the order they were written; `str(script)` reads back as the same script."""

    rules: Tuple[Rule, ...]
    text: str = field(default="", compare=False)

    def __str__(self) -> str:
        """The script in one line and one spelling."""
        return "; ".join(map(str, self.rules))


_SAFE = re.compile(r"[^\s,:;()\"'\\]+")


def _quoted(value: str) -> str:
    if _SAFE.fullmatch(value) and not re.search(r"[=@%]", value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
