"""One step of a schedule as text: how it is written and read, with the steps that a fault script does not have."""

from __future__ import annotations

import re
from typing import Optional, Tuple

from fake_server.core.faults.script import Script, ScriptError, Step, parse
from fake_server.core.faults.steps import KINDS

__all__ = [
    "CANCEL",
    "CANCEL_WAIT",
    "CLOSE_CLIENT",
    "OWN",
    "QUOTED",
    "armable",
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
OWN = (CANCEL, CLOSE_CLIENT, CANCEL_WAIT)
"""The steps that chaos carries out itself, at a moment that the fake cannot know of."""

QUOTED = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
"""A text in quotation marks, as scripts have them."""

_ALIKE = "empty"
"""A step of a script that may stand where ours may, and takes what they take."""
_OFTEN = re.compile(r" (?:x\d+|for [\d.]+s?)$")
_MARK = "chaos:"
_OWN_WORD = re.compile(rf"(?P<quoted>{QUOTED})|(?<![\w-])(?P<word>{'|'.join(OWN)})(?![\w-])")
_MARKED = re.compile(rf'redirect\("{_MARK}(?P<word>{"|".join(OWN)})"\)')


def armable(text: str) -> str:
    """Write a schedule as a script that the fake can be armed with: our own steps become redirects that say so."""
    return _OWN_WORD.sub(lambda found: found["quoted"] or f'redirect("{_MARK}{found["word"]}")', text)


def own_name(fault: str) -> str:
    """Write a fault, or a script, that the fake names with the words of a schedule: the reverse of `armable`."""
    return _MARKED.sub(lambda found: found["word"], fault)


def read(text: str) -> Script:
    """Read a schedule as the script that the fake is armed with; raises ScriptError in the schedule's own columns."""
    try:
        return parse(armable(text))
    except ScriptError as error:
        raise ScriptError(_in_own_words(text) or own_name(str(error))) from None


def _in_own_words(text: str) -> str:
    """Say what is wrong with a schedule in its own columns: with a step of a script, as long, in the place of ours."""
    alike = _OWN_WORD.sub(lambda found: found["quoted"] or _ALIKE.ljust(len(found["word"])), text)
    try:
        parse(alike)
    except ScriptError as error:
        said = str(error).replace(f"{alike.strip()!r:.120}", f"{text.strip()!r:.120}")
        column = re.search(r"script .*, column (\d+): ", said)
        own = column and _OWN_WORD.match(text, int(column[1]) - 1)
        where, expected, rest = said.partition(": expected ")
        return where + expected + (rest.replace(_ALIKE, own["word"]) if own and own["word"] else rest)
    return ""


def step_text(endpoint: str, text: str) -> str:
    """Give a step in the one spelling that the journal uses too; ScriptError where that endpoint cannot meet it."""
    return short(read(f"{endpoint}: {text}").rules[0].steps[0])


def short(step: Step) -> str:
    """Write a step as briefly as it reads back: without the place where it strikes anyway."""
    name, phase = step.name, f" @{step.phase}"
    brief = name[: -len(phase)] if step.phase == KINDS[step.kind] and name.endswith(phase) else name
    return own_name(brief + str(step)[len(name) :])


def word_of(text: Optional[str]) -> str:
    """Give the word of a step, or of a fault in the journal, without options, place and duration; "" for None."""
    # Most attempts meet no fault, and each is asked for its word several times.
    return text.partition(" ")[0].partition("(")[0] if text else ""


def parted(step: str) -> Tuple[str, str]:
    """Part a step from how often, or how long, it strikes, such as ("503", " x10"); "" where it strikes once."""
    found = _OFTEN.search(step)
    return (step, "") if found is None else (step[: found.start()], found[0])
