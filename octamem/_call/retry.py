"""Whether a failed attempt is repeated, and after how long: pure functions."""

from __future__ import annotations

import re
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Callable, Mapping, Optional

_MOST_DOUBLINGS = 60
"""Beyond this many doublings a float of seconds is longer than any cap, and 2**n would overflow in the end."""

_SECONDS = re.compile(r"[0-9]{1,300}(\.[0-9]{0,300})?|\.[0-9]{1,300}")

_RETRIED_BELOW_500 = frozenset({408, 425, 429})
"""Request Timeout, Too Early and Too Many Requests; the vendor's page adds every 5xx."""

_RETRY_AFTER_HOLDS = frozenset({429, 503})
"""The statuses for which RFC 9110 and RFC 6585 give `Retry-After` its meaning as a wait."""


def back_off(retry: int, *, delay: float, most: float, random: Callable[[], float]) -> float:
    """Return the seconds before a retry (the first is 0): the delay doubled each time, the upper half of it by chance.

    Never above `most`; spread, so that clients that failed together do not come back together.
    """
    full = min(delay * 2.0 ** min(retry, _MOST_DOUBLINGS), most)
    return full / 2 + full / 2 * random()


def retry_after(headers: Mapping[str, str], now: float) -> Optional[float]:
    """Return the seconds that an answer asks to wait, 0 or more; None where it asks nothing that makes sense.

    `retry-after-ms` goes before `retry-after`, which is a number of seconds or an HTTP date held against `now`.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after", "").strip()
    seconds = _number(text)
    return _until(text, now) if seconds is None else seconds


def _number(text: str) -> Optional[float]:
    bare = text.strip()  # which takes off more than float() does
    return float(bare) if _SECONDS.fullmatch(bare) else None


def _until(text: str, now: float) -> Optional[float]:
    # A date has letters. Without this, the parser reads a date of sorts out of "-5".
    if not re.search("[A-Za-z]{3}", text):
        return None
    try:
        date = parsedate_to_datetime(text)
        # RFC 5322 takes "-0000" for UTC whose place is unknown, and the parser then gives no zone.
        moment = (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(0.0, moment - now)


def repeats(status: int, headers: Mapping[str, str]) -> bool:
    """Return whether an answer of this status is worth another attempt; `x-should-retry` has the last word."""
    wish = headers.get("x-should-retry", "").strip().lower()
    if wish in ("true", "false"):
        return wish == "true"
    return status in _RETRIED_BELOW_500 or 500 <= status <= 599


def least_wait(status: Optional[int], asked: Optional[float]) -> float:
    """Return the least seconds that must pass before an attempt after an answer of this status."""
    return asked if asked is not None and status in _RETRY_AFTER_HOLDS else 0.0
