"""Query terms: the words of a query, and the stems of the index that may match each of them."""

from __future__ import annotations

import math
from typing import Dict, List, NamedTuple, Optional, Tuple

__all__ = ["Candidate", "QueryTerm", "without_rivals"]


class Candidate(NamedTuple):
    """A stem that may match a query term, with its weight (0 to 1), and the corrected word if the term was misspelt."""

    stem: str
    weight: float
    corrected: Optional[str]


class QueryTerm(NamedTuple):
    """One word of a query and its candidates, the heaviest first; none if no document holds a word like it.

    A term is ambiguous if no document holds it and the nearest word is a stop word: "hate" may be a misspelt "have".
    It is a guess if it has three letters and its candidates one more: it finds nothing by itself. It is a part if the
    compound that it belongs to is known whole: what holds that lacks nothing.
    """

    word: str
    candidates: Tuple[Candidate, ...]
    is_stop_word: bool
    is_ambiguous: bool = False
    is_guess: bool = False
    is_part: bool = False


def without_rivals(terms: List[QueryTerm]) -> List[QueryTerm]:
    """Return the terms with each stem as a correction of one word only, and of none if the query holds the stem itself.

    One occurrence in a document answers one word of the query: "eat" and "meat" are not both a misspelt "seat".
    """
    if not any(corrected for term in terms for _, _, corrected in term.candidates):
        return terms
    owners: Dict[str, Tuple[float, QueryTerm]] = {}
    for term in terms:
        for candidate in term.candidates:
            weight = candidate.weight if candidate.corrected else math.inf
            if candidate.stem not in owners or weight > owners[candidate.stem][0]:
                owners[candidate.stem] = (weight, term)
    has_more = any(term.candidates and not term.is_stop_word and not term.is_guess for term in terms)

    def kept(term: QueryTerm) -> QueryTerm:
        own = term.candidates
        if any(candidate.corrected for candidate in own):
            own = tuple(one for one in own if not one.corrected or owners[one.stem][1].word == term.word)
        own = own if has_more or not term.is_guess else ()
        return term if len(own) == len(term.candidates) else term._replace(candidates=own)

    return [kept(term) for term in terms]
