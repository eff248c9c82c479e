"""The reader of a query: which words it asks for, whole, joined or in parts, and what each of them may match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Tuple, Union

from .corrections import corrections
from .query import Candidate, QueryTerm, without_rivals
from .text.compounds import Token
from .text.equivalents import Equivalents
from .text.folding import unaccented
from .text.numbers import with_known, without_spaces
from .text.scripts import is_spaced, is_unspaced
from .text.signs import spelt_out
from .text.tokens import normal_pieces, plain_tokens

if TYPE_CHECKING:
    from .documents import Documents

__all__ = ["query_terms"]

# A query of 2 MB must be answered too, within a second: what is past these bounds does not count. Corrections cost
# most, each a pass over the vocabulary.
_CHARACTERS = 50_000
_WORDS = 25_000
_DISTINCT = 2_000
_CORRECTIONS = 32
# Nor is the stem of every word looked for, which takes some thirty microseconds: once so many words, joined words and
# halves of words were not found, only those count that a memory holds in the very form.
_MISSES = 64
# The nearest words are nearly always the right ones; past a few, the rest are noise that costs time.
_CANDIDATES = 8
# Shorter halves of a word are found in too many others.
_SHORTEST_HALF = 2
# Longer words are not written as two.
_LONGEST_JOINED = 24
# The weight of a word in another form than the query has: in one where that has two, or without its separators.
_OTHER_FORM = 0.95


def query_terms(query: str, names: FrozenSet[str], documents: Documents) -> List[QueryTerm]:
    """Return the terms of a query in order, repeats included; some of its words are names."""
    documents.asked.bound()
    reader = _QueryReader(documents, names)
    terms: List[QueryTerm] = []
    read: Dict[Union[str, _Word], List[QueryTerm]] = {}
    for word in reader.words(query):
        own = read.get(word)
        if own is None:
            own = reader.kept_terms(word) if isinstance(word, str) else None
            own = read[word] = own or reader.terms_of(word)
        terms += own
        if len(read) >= _DISTINCT or len(terms) >= _WORDS:
            break
    return without_rivals(terms)


class _Word(NamedTuple):
    """A word to look up, the words that it and its neighbours may be written as, and whether it is a part of one.

    A word that no document holds is corrected only if none holds its `equivalents` either.
    """

    word: str
    others: Tuple[str, ...] = ()
    is_part: bool = False
    equivalents: Tuple[str, ...] = ()


# The other fields of a word that may be written as nothing else.
_ALONE = _Word("")[1:]


def _also(word: Union[str, _Word], other: str) -> _Word:
    """Return a word that it and a neighbour may also be written as."""
    if isinstance(word, str):
        return _Word(word, (other,))
    return word._replace(others=(*word.others, other))


class _QueryReader:
    """Reads a query word by word."""

    def __init__(self, documents: Documents, names: FrozenSet[str]) -> None:
        self._documents = documents
        self._names = names
        self._kept = documents.asked
        self._stems: Dict[str, List[Tuple[str, float]]] = {}
        self._corrections = 0
        self._misses = 0

    def words(self, query: str) -> Iterator[Union[str, _Word]]:
        """Yield the words to look up: the known parts of a compound, and the whole of a word that was split in two.

        One that may be written as nothing else is a string.
        """
        waiting: List[Union[str, _Word]] = []
        previous = ""
        text = _truncated(query.strip())
        spelt = spelt_out(without_spaces(text) if text.isascii() else "".join(normal_pieces(text)))
        equivalents = Equivalents(spelt, self._documents.language.name)
        normal, has_others = with_known(spelt, self._is_known), equivalents.words
        for found in plain_tokens(text, normal=normal):
            if isinstance(found, str):
                others = equivalents.of(found) if found in has_others or found.isdecimal() else ()
                whole, has_parts = found, False
                some: List[Union[str, _Word]] = [_Word(found, equivalents=others) if others else found]
            elif found.is_pair:
                continue
            else:
                whole, has_parts = found.forms[0], bool(found.parts)
                some = [one.word if one == (one.word, *_ALONE) else one for one in self._asked(found, equivalents)]
            may_join = (whole.isascii() and whole.isalnum()) or is_spaced(whole)
            together = ""
            # Two numbers are never one word.
            if previous and may_join and not (whole.isdecimal() and previous.isdecimal()):
                together = previous + whole
                if len(together) > _LONGEST_JOINED or not self._stems_of(together):
                    together = ""
            if together and not has_parts and not (self._is_known(previous) and self._is_known(whole)):
                yield together
                previous, waiting = "", []
                continue
            if together:
                waiting = [_also(one, together) for one in waiting]
                some = [_also(one, together) for one in some]
            yield from waiting
            previous, waiting = whole if may_join else "", some
        yield from waiting

    def _asked(self, token: Token, equivalents: Equivalents) -> List[_Word]:
        """Return the words of a token that are looked up."""
        own = tuple(each for each in equivalents.of(token.forms[0]) if each not in token.parts)
        if len(token.forms) == 1 and not token.parts:
            return [_Word(token.forms[0], equivalents=own)]
        known = [*filter(self._is_known, token.forms)]
        if own and not known and any(map(self._is_known, own)):
            return [_Word(token.forms[0], equivalents=(*own, *filter(str.isdecimal, token.parts)))]
        if known:
            # An unknown part is no misspelling.
            parts = [_Word(part, is_part=True) for part in token.parts if self._is_known(part)]
            return [_Word(known[0], tuple(known[1:]), equivalents=own), *parts]
        if not token.parts:
            words: Tuple[str, ...] = token.forms
        elif _is_date_or_address(token):
            # By their parts alone, 3.7.2026 is 7.3.2026.
            words = token.forms + token.parts
        elif token.number and not self._is_known(token.parts[0]):
            words = token.forms[:1]
        else:
            words = token.parts + token.number
        return [_Word(word, equivalents=() if word.isdecimal() else equivalents.of(word)) for word in words]

    def terms_of(self, word: Union[str, _Word]) -> List[QueryTerm]:
        """Return the terms of a word: one, or two if it is two words."""
        if isinstance(word, str):
            return self._known_terms(word) or self._corrected(word)
        own = self._exact(word.word)
        if not own and word.equivalents and any(self._lookup(other) is not None for other in word.equivalents):
            own = [QueryTerm(word.word, (), is_stop_word=False)]
        own = own or self._corrected(word.word)
        own = [term._replace(is_part=True) for term in own] if word.is_part else own
        others = word.others + word.equivalents
        return [self._with_others(term, others) for term in own] if others else own

    def kept_terms(self, word: str) -> Optional[List[QueryTerm]]:
        """Return the terms of a word, if they are kept since an earlier question: those of most words are."""
        known = self._kept.steady_terms.get(word) or self._kept.passing_terms.get(word)
        if known is None or self._misses >= _MISSES:
            return None
        if word not in self._stems:
            self._stems[word] = known[1]
            if not known[1]:
                self._misses += 1
        return known[0]

    def _known_terms(self, word: str) -> List[QueryTerm]:
        """Return what `_exact` does, and keep it for most words until the documents change."""
        terms = self._exact(word)
        # A name that is a stop word too is read in two ways.
        if terms and self._misses < _MISSES and word not in self._documents.language.stop_names:
            kept = self._kept.steady_terms if word in self._kept.steady else self._kept.passing_terms
            kept[word] = terms, self._stems[word]
        return terms

    def _with_others(self, term: QueryTerm, others: Tuple[str, ...]) -> QueryTerm:
        """Return a content term with the words that it and a neighbour are written as, nearly as good as itself."""
        if term.is_stop_word:
            return term
        candidates = {candidate.stem: candidate for candidate in term.candidates}
        for other in others:
            stem = self._lookup(other)
            if stem is not None and stem not in candidates:
                candidates[stem] = Candidate(stem, _OTHER_FORM, None)
        return term._replace(candidates=tuple(sorted(candidates.values(), key=lambda each: -each.weight)))

    def _is_known(self, word: str) -> bool:
        return self._documents.is_stop_word(word) or self._lookup(word) is not None

    def _lookup(self, word: str) -> Optional[str]:
        stems = self._stems_of(word)
        return stems[0][0] if stems else None

    def _stems_of(self, word: str) -> List[Tuple[str, float]]:
        stems = self._stems.get(word)
        if stems is not None:
            return stems
        if self._misses < _MISSES or self._documents.has_form(word):
            # Most are kept since an earlier question.
            stems = self._kept.steady.get(word)
            if stems is None:
                stems = self._kept.passing.get(word)
                if stems is None:
                    stems = self._documents.find_stems(word)
        else:
            stems = []
        self._stems[word] = stems
        if not stems:
            self._misses += 1
        return stems

    def _exact(self, word: str, misspelt: Optional[str] = None) -> List[QueryTerm]:
        stems, is_stop_word = self._stems_of(word), self._documents.is_stop_word(word)
        if is_stop_word and word in self._names and word in self._documents.language.stop_names:
            # In May is no "may".
            is_stop_word = not stems
        if not stems and not is_stop_word:
            return []
        corrected = word if misspelt else None
        if len(stems) == 1 and stems[0][1] == 1:
            candidates: Tuple[Candidate, ...] = (Candidate(stems[0][0], 1.0, corrected),)
        else:
            # The same word with other accents is a correction too.
            own = {self._documents.language.stem(word), unaccented(stems[0][0])} if stems else set()
            candidates = tuple(
                Candidate(stem, weight, corrected if weight == 1 or stem in own else stem) for stem, weight in stems
            )
        return [QueryTerm(misspelt or word, candidates, is_stop_word)]

    def _are_halves(self, first: str, second: str) -> bool:
        """Whether two known words are the halves of one; short ones, and those of a common word, only as neighbours."""
        if not (self._is_known(first) and self._is_known(second)):
            return False
        if min(len(first), len(second)) > _SHORTEST_HALF and not self._documents.language.is_common(first + second):
            return True
        left, right = self._lookup(first), self._lookup(second)
        return left is not None and right is not None and self._documents.are_neighbours(left, right)

    def _corrected(self, word: str) -> List[QueryTerm]:
        if is_unspaced(word):
            # Of a pair of characters, one corrected is another pair.
            return [QueryTerm(word, (), is_stop_word=False)]
        self._corrections += 1
        if self._corrections > _CORRECTIONS:
            return []
        near = corrections(word, self._documents, is_name=word in self._names)
        # Few typos are in the first letter, and "know" is no misspelt "now", nor "hand" an "and".
        if near and self._documents.is_stop_word(near[0].word) and near[0].word[0] == word[0]:
            return [term._replace(is_ambiguous=True) for term in self._exact(near[0].word, misspelt=word)]
        candidates: Dict[str, Candidate] = {}
        for one in near:
            if not self._documents.is_stop_word(one.word):
                for stem, weight in self._documents.stems_of(one.word):
                    candidates.setdefault(stem, Candidate(stem, one.weight * weight, one.word))
                if len(candidates) >= _CANDIDATES:
                    break
        if not candidates:
            halves = _halves(word, self._are_halves)
            if halves is not None:
                return [term for half in halves for term in self._exact(half, misspelt=word)]
        is_guess = bool(near) and near[0].is_guess
        return [QueryTerm(word, tuple(candidates.values()), is_stop_word=False, is_guess=is_guess)]


def _halves(word: str, are_halves: Callable[[str, str], bool]) -> Optional[Tuple[str, str]]:
    """Return the two known words that were written as this one, with the longest possible first one, or None.

    A number is never two: 5551234567 is not a misspelt 1234567.
    """
    if word.isdecimal():
        return None
    for at in range(len(word) - _SHORTEST_HALF, _SHORTEST_HALF - 1, -1):
        if are_halves(word[:at], word[at:]):
            return word[:at], word[at:]
    return None


def _is_date_or_address(token: Token) -> bool:
    """Whether a token is three numbers or more, as a date, a version or an address is."""
    return len(token.parts) > 2 and all(map(str.isdecimal, token.parts)) and not token.forms[0].isdecimal()


def _truncated(query: str) -> str:
    # A word cut in two would be read as a misspelt one.
    return query if len(query) <= _CHARACTERS else query[:_CHARACTERS].rsplit(maxsplit=1)[0]
