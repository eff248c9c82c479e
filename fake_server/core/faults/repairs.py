"""Repairs of fault scripts: what was probably meant by a word that a script cannot have."""

from __future__ import annotations

import re
from typing import Container, Optional, Sequence

from fake_server.core.wording import nearest, plain

__all__ = ["CALLED", "meant", "modifier_meant", "seconds_meant", "status_meant", "within"]

CALLED = {"get": "search"}  # what clients call an endpoint, for those who write that
_LETTERS = str.maketrans("OoQlIi", "000111")  # that look like digits
_UNITS = {"ms": 0.001, "sec": 1, "secs": 1, "seconds": 1, "m": 60, "min": 60, "mins": 60, "h": 3600}


def meant(text: str, names: Sequence[str]) -> Optional[str]:
    """Return the name that a word stands for, in whatever case, None if it is like none of them."""
    lower = text.lower()
    return lower if lower in names else nearest(lower, names)


def within(text: str, least: int, most: int) -> Optional[str]:
    """Return the bound that a number goes beyond, None for what is no number."""
    if not re.fullmatch(r"-?\d+(\.\d*)?", text, re.ASCII):
        return None
    return str(least if text.startswith("-") or not text.strip("0.") else most)


def status_meant(text: str) -> Optional[str]:
    """Return a status written with letters for digits, as a class, or without the space before its count."""
    if re.fullmatch(r"[2-5]xx", text.lower()):
        return f"{text[0]}00"
    if re.fullmatch(r"[2-5]\d\dx\d{1,9}", text, re.ASCII):
        return f"{text[:3]} {text[3:]}"
    digits = text.translate(_LETTERS)
    return digits if re.fullmatch(r"[2-5]\d\d", digits, re.ASCII) else None


def seconds_meant(text: str) -> Optional[str]:
    """Return a time in another unit in seconds."""
    match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)([a-z]+)", text.lower(), re.ASCII)
    if match is None or match[2] not in _UNITS:
        return None
    return f"{plain(float(match[1]) * _UNITS[match[2]])}s"


_MODIFIERS = (
    ("count", r"0*([1-9]\d{0,8})x?", r"x\1"),
    ("count", r"[X*×]0*([1-9]\d{0,8})", r"x\1"),
    ("lasts", r"0*([1-9]\d{0,8}(?:\.\d{1,6})?s)", r"for \1"),
    ("seed", r"seed(\d{1,18})", r"seed=\1"),
)


def modifier_meant(text: str, phases: Sequence[str], given: Container[str]) -> Optional[str]:
    """Return the modifier of a step that a word stands for, if it lacks no more than its mark or its order."""
    if text in phases:
        return f"@{text}"
    for name, form, made in _MODIFIERS:
        match = None if name in given else re.fullmatch(form, text, re.ASCII)
        if match is not None:
            return match.expand(made)
    return None
