"""When to retry a failed attempt, and after which wait: pure functions."""

from __future__ import annotations

import re
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Callable, Mapping, Optional

_MOST_DOUBLINGS = 60
"""After this many doublings a wait is longer than any cap, and 2**n would overflow in the end."""

_SECONDS = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")

_RETRIED_BELOW_500 = frozenset({408, 425, 429})
"""Request Timeout, Too Early and Too Many Requests; the vendor's documentation adds every 5xx."""

_LONGEST_WAIT = 1e9
"""About 32 years, in seconds: what is asked beyond that is as good as for ever, and might overflow a caller's clock."""


def back_off(retry: int, *, delay: float, most: float, random: Callable[[], float]) -> float:
    """Return the seconds before a retry (the first is number 0): the delay doubled each time, with jitter.

        full = min(delay * 2**retry, most)
        wait = full / 2 + full / 2 * random()

    The jitter keeps clients that failed together from coming back together.
    """
    full = min(delay * 2.0 ** min(retry, _MOST_DOUBLINGS), most)
    return full / 2 + full / 2 * random()


def retry_after(headers: Mapping[str, str], now: float) -> Optional[float]:
    """Return the seconds that an answer asks to wait, from 0 to 1e9; None if it has no valid header.

    `retry-after-ms` is preferred to `retry-after`, which is a number of seconds or an HTTP date, compared with `now`.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    text = headers.get("retry-after", "").strip()
    seconds = _number(text) if milliseconds is None else milliseconds / 1000
    asked = _seconds_until(text, now) if seconds is None else seconds
    return None if asked is None else min(asked, _LONGEST_WAIT)


def _number(text: str) -> Optional[float]:
    bare = text.strip()  # strip() removes more than float() ignores
    return float(bare) if _SECONDS.fullmatch(bare) else None


def _seconds_until(text: str, now: float) -> Optional[float]:
    # A date has letters. Without this check, the parser makes a date out of "-5".
    if not re.search("[A-Za-z]{3}", text):
        return None
    try:
        date = parsedate_to_datetime(text)
        # RFC 5322 defines "-0000" as UTC, and the parser then returns no zone.
        moment = (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(0.0, moment - now)


def retryable(status: int, headers: Mapping[str, str]) -> bool:
    """Return whether an answer of this status may be retried; the header `x-should-retry` decides if present."""
    wish = headers.get("x-should-retry", "").strip().lower()
    if wish in ("true", "false"):
        return wish == "true"
    return status in _RETRIED_BELOW_500 or 500 <= status <= 599
