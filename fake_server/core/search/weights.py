"""What the words of a question are worth against what an index holds: the rarer a word, the more."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, List, Sequence, Tuple

if TYPE_CHECKING:
    from .documents import Holdings
    from .query import Wanted

__all__ = ["UNIT", "Weights", "weighed"]

# Worths are whole numbers, a 65,536th each, so that sums are exact: the same in any order, on any machine.
UNIT = 1 << 16
# A bound on hostile input, far above what people write: words of a question, the rarest taken.
_WORDS = 256

Weighed = Tuple["Wanted", int]


@dataclass(frozen=True)
class Weights:
    """The words of a question, each once with its worth, and the pairs of neighbours that memories may hold.

    Hits are told by the words of `telling`, those of `little` meaning only move them. `whole` is what all that is asked
    for is worth, also where nothing answers it.
    """

    telling: Sequence[Weighed]
    little: Sequence[Weighed]
    whole: int
    pairs: Sequence[Tuple[Wanted, Wanted]]

    @property
    def sought(self) -> int:
        """What the telling words are worth together."""
        return sum(worth for _, worth in self.telling)

    @property
    def most(self) -> int:
        """What a memory can hold of that which holds the best answer to every word."""
        return sum(round(worth * one.answers[0].weight) for one, worth in self.telling if one.answers)

    @property
    def can_be_told(self) -> bool:
        """Whether there is an answer to every telling word, so that one memory may tell all that is asked for."""
        return bool(self.telling) and all(one.answers for one, _ in self.telling)


def weighed(asked: Sequence[Wanted], holdings: Holdings) -> Weights:
    """Weigh what is asked for, in the order of its words, repeats included."""
    distinct = list({one.answers or one.word: one for one in asked}.values())
    telling = [one for one in distinct if not one.is_little]
    doubtful = [one for one in distinct if one.is_doubtful]
    # A question of stop words alone asks for them; beside a word that nothing answers they are no answer.
    alone = not telling and not doubtful
    little = [] if alone else [one for one in distinct if one.is_little and (one.answers or one.is_doubtful)]
    # A doubtful word is asked for, so that no score may pass over it; it has no say in the order: more often than
    # not it is a slip.
    unanswered = [replace(one, answers=()) for one in doubtful]
    told = _rarest(distinct if alone else telling, holdings)
    return Weights(
        telling=told,
        little=_rarest(little, holdings),
        whole=sum(worth for _, worth in (*told, *_rarest(unanswered, holdings))),
        pairs=[(left, right) for left, right in zip(asked[:_WORDS], asked[1:_WORDS]) if left.answers and right.answers],
    )


def _rarest(asked: Sequence[Wanted], holdings: Holdings) -> List[Weighed]:
    """Return the rarest of the words with their inverse document frequencies, at least 1."""
    found: List[Weighed] = []
    memories, postings = holdings.memories, holdings.postings
    for one in asked:
        # Occurrences for memories: nearly the same where texts are short, and known without counting.
        holding = min(memories, sum(postings.count(answer.stem) for answer in one.answers))
        frequency = math.log(1 + (memories - holding + 0.5) / (holding + 0.5))
        found.append((one, max(round(UNIT * frequency), 1)))
    return found if len(found) <= _WORDS else sorted(found, key=lambda pair: -pair[1])[:_WORDS]
