"""Long memories: repetition counts and saturates as in BM25; in short ones a word counts once."""

from __future__ import annotations

from typing import Dict, List

import pytest

from fake_server.core.search.index import Index
from fake_server.core.search.languages import language

_FILLER = [f"filler{number}" for number in range(400)]


def _index(texts: Dict[str, str]) -> Index:
    index = Index(language("english"))
    for key, text in texts.items():
        index.add(key, text)
    return index


def _with(word: str, times: int, length: int, start: int = 0) -> str:
    """Return a text of so many words that are different, among them one word so many times."""
    words: List[str] = _FILLER[start : start + length - times]
    step = max(len(words) // times, 1)
    for number in range(times):
        words.insert(number * (step + 1), word)
    return " ".join(words)


def test_a_long_memory_that_is_about_a_word_comes_before_one_that_mentions_it() -> None:
    """Of two long memories the one that says a word more often comes first, even if it is the older one."""
    texts = {"about": _with("kettle", 6, 120), "mentions": _with("kettle", 1, 120, 120), "other": "tea in the shed"}
    assert [hit.key for hit in _index(texts).search("kettle", limit=2)] == ["about", "mentions"]


def test_in_a_short_memory_a_word_counts_once() -> None:
    """A short memory that repeats a word has the partial score of one as long that does not."""
    index = _index({"twice": "tea tea red cup", "once": "tea old red cup", "other": "rain"})
    hits = index.explain("tea", limit=2)
    assert len({hit.terms[0].partial_score for hit in hits}) == 1


def test_repetition_saturates() -> None:
    """Each further repetition in a long memory adds less than the one before."""
    scores = []
    for times in (1, 2, 3, 4):
        index = _index({"long": _with("kettle", times, 120), "like": _with("pot", 1, 120, 120)})
        scores.append(index.explain("kettle", limit=1)[0].terms[0].partial_score)
    gains = [after - before for before, after in zip(scores, scores[1:])]
    assert gains == sorted(gains, reverse=True)
    assert gains[-1] > 0


@pytest.mark.parametrize("length", range(50, 130, 5))
def test_there_is_no_step_between_short_and_long(length: int) -> None:
    """One word more or less changes what a repeated word adds by little, at every length."""
    one, other = (
        _index({"it": _with("kettle", 3, words), "like": _with("pot", 1, 50, 120)}).explain("kettle", limit=1)[0]
        for words in (length, length + 1)
    )
    assert one.terms[0].partial_score == pytest.approx(other.terms[0].partial_score, rel=0.04)


def test_a_word_that_a_question_repeats_weighs_more() -> None:
    """Of two words of a long question the one that it says twice decides."""
    texts = {"boiler": "The boiler is loud.", "kettle": "The kettle is loud.", "rain": "It rains."}
    question = "I wonder about the boiler, whether the boiler was made before the kettle"
    assert _index(texts).search(question, limit=1)[0].key == "boiler"


def test_the_weight_of_a_word_is_by_memories_and_not_by_mentions() -> None:
    """A word that one memory repeats is as rare as one that one memory says once."""
    index = _index({"many": "tea tea tea tea tea", "one": "rain", "two": "snow", "three": "wind"})
    assert index.search("tea rain", limit=1)[0].score == pytest.approx(0.5, abs=0.01)
    index.remove("many")
    index.add("again", "tea tea tea")
    assert index.search("tea rain", limit=1)[0].score == pytest.approx(0.5, abs=0.01)
