"""How well memories answer a question: by their rare words all of them, by a close look the best of those."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Callable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from .documents import Holdings
from .positions import Places, slots_of
from .weights import UNIT, weighed

if TYPE_CHECKING:
    from .postings import Numbers
    from .query import Wanted

__all__ = ["Judged", "Ranking"]

Allowed = Optional[Callable[[int], bool]]

# BM25 without its count of repetitions: in a memory of a sentence or two a word said twice says little more. The usual
# k1 (1.2 to 2) and b (0.5 to 0.8) are for articles. These and the shares below were chosen with benchmarks/recall.py,
# where their neighbours come out within 0.01.
_K1 = 0.6
_B = 0.3
# What a stop word is worth against any other word, and a pair of neighbours against all of the rest.
_LITTLE_SHARE = 0.1
_PAIR_SHARE = 0.15
# A memory that asks seldom answers; the one after it often does, and what the question is worth is added to its own:
# in conversations that is worth more than all else here (any@1 .42 without, .51 with).
_ASKING = 0.8
# What of it is added: all, unless that question holds whatever is asked for. Then it may itself be looked for, and what
# came after it is the better answer only if it holds something more of the question than a common word.
_LENT_WHOLE = 0.9
# Neither goes before a memory that by itself tells all that is asked for; by what share of its value they stay behind.
_BEHIND = 0.001
# How many of the best by their words alone are looked at closely.
_DEPTH = 50


class Judged(NamedTuple):
    """Memories after a close look: the share (0 to 1) of the question that each holds, and what adds up to `value`."""

    share: Numbers
    worth: Numbers
    coverage: Numbers
    little: Numbers
    neighbours: Numbers
    asks: Numbers
    answers: Numbers
    value: Numbers


class Ranking:
    """One question against what an index holds now; to be dropped before that changes."""

    def __init__(self, asked: Sequence[Wanted], holdings: Holdings, allowed: Allowed = None) -> None:
        """Weigh what is asked for; `allowed` is asked of slots that may be hits, or may lend to one."""
        self._holdings = holdings
        self._allowed = allowed
        self._lengths: Numbers = np.frombuffer(holdings.lengths, np.uint32)
        self._asks: Numbers = np.frombuffer(holdings.asks, np.bool_)
        self._before: Numbers = np.frombuffer(holdings.before, np.uint32)
        self._slope = _K1 * _B * holdings.memories / max(holdings.words, 1)
        self.weights = weighed(asked, holdings)
        self._sought, self._most = self.weights.sought, self.weights.most
        self._points = self._added_up()
        # The value of the best memory that tells all that is asked for; known once the best have been looked at.
        self._told = math.inf

    def hits(self, limit: int, copies: Sequence[int], context: str) -> List[Tuple[int, float]]:
        """Return the best slots with their scores: copies of the question first, of equals the newest first.

        However many are asked for, the same few are looked at closely, so that fewer hits are the first of more. What
        is judged from then on stands among them, and is held back as they are.
        """
        leading = self._leading(max(limit, _DEPTH), context)
        if not leading and not copies:
            return []
        near = {*copies, *leading[:_DEPTH]}
        near.update(self._following(leading[:_DEPTH]))
        chosen = np.array(sorted(near), np.int64)
        judged = self.judge(chosen)
        tells = (self._points[chosen] >= self._most) & ~self._asks[chosen]
        if tells.any() and self.weights.can_be_told:
            self._told = (judged.value - judged.answers)[tells].max().item()
            judged = self._held_back(chosen, judged)
        is_copy = np.zeros(len(chosen), np.bool_)
        is_copy[chosen.searchsorted(np.array(copies, np.int64))] = True
        order = np.lexsort((chosen, judged.value, is_copy))[::-1]
        rest = np.array([slot for slot in leading[_DEPTH:] if slot not in near], np.int64)
        scores = np.concatenate((np.where(is_copy, 1.0, judged.share)[order], self._points[rest] / self.weights.whole))
        slots = np.concatenate((chosen[order], rest))
        return list(zip(slots[:limit].tolist(), np.minimum.accumulate(scores)[:limit].tolist()))

    def judge(self, chosen: Numbers) -> Judged:
        """Look closely at some slots, given in ascending order."""
        before = self._before[chosen].astype(np.int64) - 1
        follows = (before >= 0) & self._asks[before] & (self._points[before] > 0)
        if self._allowed is not None:
            follows[follows] = [self._allowed(slot) for slot in before[follows].tolist()]
        questions = before[follows]
        slots = np.array(sorted({*chosen.tolist(), *questions.tolist()}), np.int64)
        share = self._points[slots] / self.weights.whole
        brief = self._briefness(slots)
        worth = self._points[slots] * brief / UNIT
        coverage = worth * self._points[slots] / max(self._sought, 1) - worth
        little, pairs = self._close_look(slots)
        little *= brief * (_LITTLE_SHARE / UNIT)
        neighbours = (worth + coverage + little) * (_PAIR_SHARE * pairs)
        asks = (worth + coverage + little + neighbours) * (_ASKING - 1) * self._asks[slots]
        value = worth + coverage + little + neighbours + asks
        own, asked = slots.searchsorted(chosen), slots.searchsorted(questions)
        answers = np.zeros(len(chosen))
        lent = np.where(self._points[questions] >= self._most, _LENT_WHOLE, 1.0)
        answers[follows] = lent * value[asked]
        shares = share[own]
        shares[follows] = np.maximum(shares[follows], lent * share[asked])
        parts = (worth[own], coverage[own], little[own], neighbours[own], asks[own], answers)
        return self._held_back(chosen, Judged(shares, *parts, value[own] + answers))

    def _held_back(self, chosen: Numbers, judged: Judged) -> Judged:
        """Return them with what asks, and what only followed that, behind what tells all that is asked for."""
        if self._told == math.inf:
            return judged
        asking = self._asks[chosen]
        held = (judged.value > self._told) & (asking | (self._points[chosen] < self._most))
        if not held.any():
            return judged
        # Just behind it, and in their order.
        behind = self._told * (1 - _BEHIND * self._told / np.maximum(judged.value, self._told))
        own = judged.value - judged.answers
        kept = np.where(held & asking, np.minimum(own, behind), own)
        answers = np.where(held, np.maximum(behind - kept, 0), judged.answers)
        return judged._replace(asks=judged.asks + kept - own, answers=answers, value=kept + answers)

    def holds(self, slot: int) -> bool:
        """Say whether a slot holds a word asked for."""
        return bool(self._points[slot])

    def judge_one(self, slot: int) -> Judged:
        """Look closely at one slot."""
        return self.judge(np.array([slot], np.int64))

    def points(self, slot: int, worth: int) -> float:
        """Return what a word of this worth adds to the value of a memory that holds it."""
        return float(worth * self._briefness(np.array([slot]))[0] / UNIT)

    def _leading(self, depth: int, context: str) -> List[int]:
        """Return the best by their words alone, `depth` of those that are allowed."""
        points = self._points
        slots: Numbers
        if context:
            slots = np.frombuffer(self._holdings.in_context(context), np.uint32)
            slots = slots[points[slots] > 0]
        else:
            slots = (points > 0).nonzero()[0]
        held = points[slots]
        values = self._briefness(slots) * held * held
        leading: List[int] = []
        asked, reach = 0, depth
        while True:
            best = slots[_greatest(values, reach)[asked:]].tolist()
            leading += best if self._allowed is None else filter(self._allowed, best)
            if len(leading) >= depth or reach >= len(slots):
                return leading[:depth]
            asked, reach = reach, reach * 8

    def _following(self, leading: List[int]) -> List[int]:
        """Return what came just after the questions among these and holds a word asked for."""
        asks, after, points = self._holdings.asks, self._holdings.after, self._points
        following = [after[slot] - 1 for slot in leading if asks[slot] and after[slot]]
        return [slot for slot in following if points[slot] and (self._allowed is None or self._allowed(slot))]

    def _close_look(self, slots: Numbers) -> Tuple[Numbers, Numbers]:
        """Return the worth of the little words that each memory holds, and how many pairs of words it has as asked."""
        places = Places(self._holdings.postings, slots, len(self._lengths))
        little, pairs = np.zeros(len(slots)), np.zeros(len(slots))
        for one, worth in self.weights.little:
            if one.answers:
                little[slots.searchsorted(list(places.where(one)))] += worth
        for left, right in self.weights.pairs:
            pairs[slots.searchsorted(list(places.next_to(left, right)))] += 1
        return little, pairs

    def _briefness(self, slots: Numbers) -> Numbers:
        """Return what a word counts for in each memory: more in a short one."""
        return (_K1 + 1) / (1 + _K1 * (1 - _B) + self._slope * self._lengths[slots])

    def _added_up(self) -> Numbers:
        """Return for every slot the worth of the words that it holds."""
        postings = self._holdings.postings
        points = np.zeros(len(self._lengths), np.int32)
        for one, worth in self.weights.telling:
            if len(one.answers) == 1:
                points[slots_of(postings[one.answers[0].stem])] += round(worth * one.answers[0].weight)
            elif one.answers:
                # The alternatives of a misspelt word are one word: a memory counts by the one that fits it best.
                best = np.zeros_like(points)
                for answer in reversed(one.answers):
                    best[slots_of(postings[answer.stem])] = round(worth * answer.weight)
                points += best
        if self._holdings.dropped:
            points[np.frombuffer(self._holdings.dropped, np.uint32)] = 0
        return points


def _greatest(values: Numbers, count: int) -> Numbers:
    """Return where the greatest values are, best first, of equals the last first."""
    if count < len(values):
        least = np.partition(values, -count)[-count]
        above = (values > least).nonzero()[0]
        equal = (values == least).nonzero()[0]
        chosen = np.concatenate((above, equal[len(equal) - (count - len(above)) :]))
    else:
        chosen = np.arange(len(values))
    return chosen[np.lexsort((chosen, values[chosen]))[::-1]]
