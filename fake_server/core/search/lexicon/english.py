"""English: its stop words and its irregular forms."""

from __future__ import annotations

from typing import Dict, FrozenSet, Iterator, Tuple

__all__ = ["IRREGULAR", "STOP_WORDS"]

_STOP_WORDS = """
    a an the this that these those some any each every all both few more most much many other another such
    same own i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his
    himself she her hers herself it its itself they them their theirs themselves one am is are was were be
    been being do does did doing done have has had having can could may might must shall should will would
    and or but nor so if then than as because while until although though whether of at by for with about
    against between into through during before after above below to from up down in out on off over under
    upon within without again further once here there now just only very too also not no yes what which
    who whom whose when where why how im ive id ill youre youve youd youll hes shes theyre theyve theyd
    theyll weve wed isnt arent wasnt werent dont doesnt didnt havent hasnt hadnt cant couldnt wont wouldnt
    shouldnt mustnt aint please thank thanks hi hey hello tell remind remember lot
"""
STOP_WORDS: FrozenSet[str] = frozenset(_STOP_WORDS.split())
"""The stop words, folded and without apostrophes."""

# The stemmer gives these forms different stems, and people ask in one form ("did we buy") what was said in another.
_FORMS = """
    become became, begin began begun, bend bent, bite bit bitten, blow blew blown, break broke broken,
    bring brought, build built, buy bought, catch caught, choose chose chosen, come came, deal dealt, dig
    dug, draw drew drawn, drink drank drunk, drive drove driven, eat ate eaten, fall fell fallen, feed
    fed, feel felt, fight fought, find found, fly flew flown, forget forgot forgotten, freeze froze
    frozen, get got gotten, give gave given, go goes went gone, grow grew grown, hang hung, hear heard, hide
    hid hidden, hold held, keep kept, know knew known, lead led, leave left, lend lent, lose lost, make
    made, mean meant, meet met, pay paid, ride rode ridden, ring rang rung, rise rose risen, run ran, say
    said, see saw seen, seek sought, sell sold, send sent, shake shook shaken, shoot shot, show shown,
    sing sang sung, sink sank sunk, sit sat, sleep slept, speak spoke spoken, spend spent, stand stood,
    steal stole stolen, stick stuck, strike struck, swear swore sworn, swim swam swum, take took taken,
    teach taught, tear tore torn, tell told, think thought, throw threw thrown, understand understood,
    wake woke woken, wear wore worn, win won, write wrote written, child children, foot feet, goose geese,
    knife knives, man men, mouse mice, person people, shelf shelves, tooth teeth, wife wives, woman women,
    arise arose arisen, babysit babysat, breed bred, burn burnt, dream dreamt, flee fled, forgive forgave
    forgiven, free freed, kneel knelt, lay laid, learn learnt, light lit, mistake mistook mistaken, overcome
    overcame, sew sewn, shine shone, shrink shrank shrunk, slide slid, smell smelt, spell spelt, spin spun,
    spring sprang sprung, sting stung, sweep swept, swing swung, withdraw withdrew withdrawn, analysis
    analyses, bus buses, calf calves, canvas canvases, crisis crises, criterion criteria, gas gases, half
    halves, index indices, lens lenses, loaf loaves, matrix matrices, ox oxen, quiz quizzes, scarf scarves,
    thesis theses, thief thieves, wolf wolves
"""


def _irregular_forms() -> Iterator[Tuple[str, str]]:
    for family in _FORMS.split(","):
        base, *forms = family.split()
        for form in forms:
            yield form, base


IRREGULAR: Dict[str, str] = dict(_irregular_forms())
"""Irregular forms to their base: ``went`` to ``go``."""
