"""The presets: names that stand for a rule, wherever a rule may stand."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, Optional, Tuple

from fake_server.core.wording import plain

from .steps import AFTER, BEFORE, Rule, Step

__all__ = ["DEFAULT_OUTAGE", "PRESETS", "preset"]

DEFAULT_OUTAGE = 30.0  # seconds of `outage` written without a time

_DOWN_AND_UP = (Step("status", BEFORE, status=503, count=2), Step("ok", BEFORE, count=2))

# Our own choices; docs/faults.md shows each as the script that it stands for. A client that retries three
# times, as the vendor's page says, survives each: the question is what it does meanwhile.
PRESETS: Dict[str, Tuple[Step, ...]] = {
    "outage": (Step("status", BEFORE, status=503, lasts=DEFAULT_OUTAGE),),
    "brownout": (
        Step("status", BEFORE, status=503, percent=20.0),
        Step("slow", AFTER, seconds=2.0, percent=30.0),
    ),
    "flapping": _DOWN_AND_UP * 5,
    "rate-limited": (Step("status", BEFORE, status=429, retry_after="2", count=3),),
    "lost-answers": (
        Step("reset", AFTER, percent=20.0),
        Step("close", AFTER, percent=10.0),
    ),
}


def preset(name: str, seconds: Optional[float] = None) -> Rule:
    """Return the rule that a name stands for; `seconds` is how long an `outage` lasts."""
    if name != "outage":
        return Rule("*", PRESETS[name], name)
    lasts = DEFAULT_OUTAGE if seconds is None else seconds
    return Rule("*", tuple(replace(step, lasts=lasts) for step in PRESETS[name]), f"{name}({plain(lasts)}s)")
