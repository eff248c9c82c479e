"""What the place of a hit comes from: word by word, then the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple

from .documents import Holdings, words_of

if TYPE_CHECKING:
    from .query import Wanted
    from .ranking import Ranking

__all__ = ["Explained", "Matched", "explained"]


@dataclass(frozen=True)
class Matched:
    """What one word of a question did for a memory: what it was corrected to, what it met there, and its share."""

    word: str
    corrected: Optional[str]
    matched: Tuple[str, ...]
    share: float

    def as_dict(self) -> Dict[str, Any]:
        """Give it as JSON values."""
        return {"word": self.word, "corrected": self.corrected, "matched": [*self.matched], "share": self.share}


@dataclass(frozen=True)
class Explained:
    """A hit with what its place comes from: the shares of `words` and the `parts` add up to `value`.

    The parts are `coverage` (what is lost for the words that are missing), `little_words`, `neighbours`, `asks` (what
    is lost for being a question) and `answers` (what the question just before it is worth); both are such that neither
    goes before a memory that tells all that is asked for. A copy of the query goes before all others.
    """

    key: str
    score: float
    value: float
    is_copy: bool
    words: Tuple[Matched, ...]
    parts: Dict[str, float]


def explained(key: str, score: float, slot: int, *, is_copy: bool, ranking: Ranking, holdings: Holdings) -> Explained:
    """Return what the place of a slot comes from."""
    judged = ranking.judge_one(slot)
    held = _by_stem(slot, holdings)
    matched = [_matched(one, worth, slot, ranking, held) for one, worth in ranking.weights.telling]
    little = [_matched(one, 0, slot, ranking, held) for one, _ in ranking.weights.little]
    parts = {
        "coverage": judged.coverage.item(),
        "little_words": judged.little.item(),
        "neighbours": judged.neighbours.item(),
        "asks": judged.asks.item(),
        "answers": judged.answers.item(),
    }
    return Explained(key, score, judged.value.item(), is_copy, (*matched, *little), parts)


def _by_stem(slot: int, holdings: Holdings) -> Dict[Optional[str], List[str]]:
    """Return the different words of a memory by what their forms share: read once, however many are asked for."""
    held: Dict[Optional[str], List[str]] = {}
    for word in dict.fromkeys(words_of(holdings.texts[slot] or "")):
        held.setdefault(holdings.lookup(word), []).append(word)
    return held


def _matched(one: Wanted, worth: int, slot: int, ranking: Ranking, held: Dict[Optional[str], List[str]]) -> Matched:
    for answer in one.answers:
        if answer.stem in held:
            points = ranking.points(slot, round(worth * answer.weight))
            return Matched(one.word, answer.corrected, tuple(held[answer.stem]), points)
    return Matched(one.word, None, (), 0.0)
