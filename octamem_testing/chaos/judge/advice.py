"""Advice: what to do about a violated invariant, and which option allows what it forbids."""

from __future__ import annotations

from typing import ClassVar

__all__ = ["Advised", "advised", "instead"]

_OPTION = "chaos.without("


class Advised:
    """A default invariant: `cure` says how a program that violates it is corrected."""

    cure: ClassVar[str]


def advised(evidence: str, cure: str, option: str) -> str:
    """Return evidence with what corrects the program, and with the option for a program that is meant to do this.

    Evidence that names an option already stays as it is.
    """
    return evidence if _OPTION in evidence else f"{evidence}; {cure}; if it is meant, pass {option}"


def instead(name: str, lenient: str = "") -> str:
    """Return the option that leaves a default invariant out, or takes a lenient one such as Bounded(attempts=20)."""
    others = f'{_OPTION}"{name}")'
    return f"invariants=[*{others}, chaos.{lenient}]" if lenient else f"invariants={others}"
