"""One step of a schedule as text: writing and reading it, with the steps that a fault script does not have."""

from __future__ import annotations

import re
from typing import Optional, Tuple

from fake_server.core.faults.script import Script, ScriptError, Step, parse
from fake_server.core.faults.steps import KINDS

__all__ = [
    "CANCEL",
    "CANCEL_WAIT",
    "CLOSE_CLIENT",
    "CRASH",
    "INTERLEAVE",
    "OWN",
    "QUOTED",
    "armable",
    "has_crash",
    "order_number",
    "own_name",
    "parted",
    "read",
    "short",
    "step_text",
    "word_of",
]

CANCEL = "cancel"
CANCEL_WAIT = "cancel-wait"
CLOSE_CLIENT = "close-client"
CRASH = "crash"
INTERLEAVE = "interleave"
_PLAIN = (CANCEL, CLOSE_CLIENT, CANCEL_WAIT, CRASH)  # they take no number
OWN = (*_PLAIN, INTERLEAVE)
"""The steps that chaos carries out itself, since they happen to the program and not to the fake."""

QUOTED = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
"""A quoted text in a script."""

_PLACEHOLDER = "empty"
"""A step of a script that may stand wherever those may stand, and takes no options either."""
_OFTEN = re.compile(r" (?:x\d+|for [\d.]+s?)$")
_MARK = "chaos:"
_WORDS = "|".join([*_PLAIN, rf"{INTERLEAVE}(?:\(\d{{1,9}}\))?"])
_OWN_WORD = re.compile(rf"(?P<quoted>{QUOTED})|(?<![\w-])(?P<word>{_WORDS})(?![\w-])")
_MARKED = re.compile(rf'redirect\("{_MARK}(?P<word>{_WORDS})"\)')
_ORDERED = re.compile(rf"{INTERLEAVE}\((\d+)\)")


def armable(text: str) -> str:
    """Write a schedule as a script for the fake: the steps of chaos become redirects with a mark."""
    return _OWN_WORD.sub(lambda found: found["quoted"] or f'redirect("{_MARK}{found["word"]}")', text)


def has_crash(text: str) -> bool:
    """Whether a schedule has a crash."""
    return any(found["word"] == CRASH for found in _OWN_WORD.finditer(text))


def own_name(fault: str) -> str:
    """Write a fault or a script of the fake in the words of a schedule: the reverse of `armable`."""
    return _MARKED.sub(lambda found: found["word"], fault)


def read(text: str) -> Script:
    """Read a schedule as a script for the fake; a ScriptError counts columns in the schedule."""
    try:
        return parse(armable(text))
    except ScriptError as error:
        raise ScriptError(_in_own_words(text) or own_name(str(error))) from None


def _in_own_words(text: str) -> str:
    """Return the error in the schedule's own columns, by reading it with a step of equal length for each of ours."""
    replaced = _OWN_WORD.sub(lambda found: found["quoted"] or _PLACEHOLDER.ljust(len(found["word"])), text)
    try:
        parse(replaced)
    except ScriptError as error:
        message = str(error).replace(f"{replaced.strip()!r:.120}", f"{text.strip()!r:.120}")
        column = re.search(r"script .*, column (\d+): ", message)
        word = _own_word_before(text, int(column[1])) if column else ""
        return message.replace(f"'{_PLACEHOLDER}'", f"{word!r}") if word else message
    return ""


def _own_word_before(text: str, column: int) -> str:
    """Return the step of chaos that begins at a column, or ends before it with at most spaces between; "" for none."""
    words = [found for found in _OWN_WORD.finditer(text) if found["word"] and found.start() < column]
    return words[-1]["word"] if words and not text[words[-1].end() : column - 1].strip() else ""


def step_text(endpoint: str, text: str) -> str:
    """Return a step in the spelling of the journal; raises ScriptError if that endpoint cannot meet it."""
    return short(read(f"{endpoint}: {text}").rules[0].steps[0])


def short(step: Step) -> str:
    """Write a step without its phase if that is the default phase of its kind."""
    name, phase = step.name, f" @{step.phase}"
    brief = name[: -len(phase)] if step.phase == KINDS[step.kind] and name.endswith(phase) else name
    return own_name(brief + str(step)[len(name) :])


def word_of(text: Optional[str]) -> str:
    """Return the word of a step, or of a fault in the journal, without options, phase and duration; "" for None."""
    # Most attempts meet no fault, and each is asked for its word several times.
    return text.partition(" ")[0].partition("(")[0] if text else ""


def order_number(step: str) -> Optional[int]:
    """Return the number of the order that a step draws, None for every other step."""
    found = _ORDERED.match(step)
    return None if found is None else int(found[1])


def parted(step: str) -> Tuple[str, str]:
    """Split a step from how often, or how long, it hits, such as ("503", " x10"); "" if it hits once."""
    found = _OFTEN.search(step)
    return (step, "") if found is None else (step[: found.start()], found[0])
