"""British English: the spelling that each of its words has in American English, so that either finds the other."""

from __future__ import annotations

import re
from typing import Dict, List, Tuple

__all__ = ["american"]

_OUR = """
    arm behavi clam col demean endeav fav flav harb hon hum lab neighb od parl ranc rig rum savi sav splend tum val vap
    vig
"""
_RE = "calib cent fib goit lit lust meag met sab somb spect theat"
_OGUE = "anal catal dial epil monol prol"
_ENCE = "def lic off pret"
_LL = """
    cancel channel chisel counsel dial duel enrol equal fuel initial label level libel marvel model panel pedal quarrel
    shovel signal snorkel swivel total travel tunnel
"""
_BEGINNINGS = """
    tyre tire, plough plow, mould mold, pyjama pajama, aluminium aluminum, aeroplane airplane, sceptic skeptic,
    doughnut donut, yoghurt yogurt, moustache mustache, judgement judgment, acknowledgement acknowledgment,
    draught draft, practis practic, archaeo archeo, anaesth anesth, paediatr pediatr, orthopaed orthoped,
    encyclopaed encycloped, manoeuvr maneuver, leukaem leukem, anaem anem, haemo hemo, foet fet, oestro estro,
    manoeuvred maneuvered, manoeuvre maneuver, diarrhoea diarrhea, gynaeco gyneco, analyse analyze,
    analysing analyzing, paralyse paralyze, catalyse catalyze
"""
_WHOLE = """
    grey gray, greys grays, kerb curb, kerbs curbs, mum mom, mums moms, maths math, cosy cozy, ageing aging,
    omelette omelet, omelettes omelets, jewellery jewelry, programme program, programmes programs
"""
# What ends words of Greek or Latin roots alone, so that "surprise" and "arise" keep their s.
_ISE = re.compile(
    "((?<=[a-z]{2})(?:al|il|im|on|an|at|it|et|or|er|ar|rn|ol|as|es|ogn|og)"
    "|(?:critic|standard|subsid|jeopard|econom|custom|atom|random|item))is(?=e|ing|ation|able)"
)
_START = 3


def _pairs(text: str) -> Dict[str, str]:
    return {british: other for british, _, other in (pair.strip().partition(" ") for pair in text.split(","))}


def _beginnings() -> Dict[str, str]:
    found = _pairs(_BEGINNINGS)
    found.update({f"{root}our": f"{root}or" for root in _OUR.split()})
    found.update({f"{root}ogue": f"{root}og" for root in _OGUE.split()})
    found.update({f"{root}ence": f"{root}ense" for root in _ENCE.split()})
    found.update({f"{root}l{end}": f"{root}{end}" for root in _LL.split() for end in ("ed", "ing", "er", "or")})
    found.update({f"{root}re{end}": f"{root}er{more}" for root in _RE.split() for end, more in (("", ""), ("d", "ed"))})
    return found


def _by_start() -> Dict[str, List[Tuple[str, str]]]:
    found: Dict[str, List[Tuple[str, str]]] = {}
    # Of two beginnings, the longer.
    for root, other in sorted(_beginnings().items(), key=lambda pair: -len(pair[0])):
        found.setdefault(root[:_START], []).append((root, other))
    return found


_BY_START = _by_start()
_BY_WORD = _pairs(_WHOLE)


def american(word: str) -> str:
    """Return a word in lower case as it is spelt in America: ``color`` for ``colour``."""
    if word in _BY_WORD:
        return _BY_WORD[word]
    for root, other in _BY_START.get(word[:_START], ()):
        if word.startswith(root):
            return other + word[len(root) :]
    return _ISE.sub(r"\1iz", word) if "is" in word else word
