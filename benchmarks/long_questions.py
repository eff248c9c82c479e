"""What a long question costs among 1,000 memories: Thai, misspelt English, compounds and their parts.

Usage: python -m benchmarks.long_questions

Memories are invented, as in search_scale. A question repeats words of several memories. Times are of CPU, in
milliseconds, of each question's first time and of the fastest of three more, with spaces after it so that no kept
answer is given.
"""

from __future__ import annotations

import random
from statistics import median
from time import process_time
from typing import Callable, Dict, List, Sequence, Tuple

from fake_server.core.search.index import Index
from fake_server.core.search.languages import language

from .search_scale import Texts

MEMORIES, QUESTIONS = 1_000, 21
THAI_CHARACTERS, WORDS, COMPOUNDS = 240, 200, 40
TARGET = 5  # milliseconds
_CONSONANTS, _VOWELS = "กขคงจชซญดตถทนบปผฝพฟมยรลวสหอ", "ะาิีึืุูเแโใไ"

Made = Tuple[str, List[str], List[str]]


def thai(_texts: Texts, chance: random.Random) -> Made:
    """Return memories of 60 letters without spaces, and questions of several of them."""
    syllables = [first + second + last for first in _CONSONANTS for second in _VOWELS for last in ("", "น", "ง")]
    memories = ["".join(chance.choices(syllables, k=24)) for _ in range(MEMORIES)]
    return "none", memories, ["".join(chance.sample(memories, 5))[:THAI_CHARACTERS] for _ in range(QUESTIONS)]


def misspelt(texts: Texts, chance: random.Random) -> Made:
    """Return memories of six to ten words, and questions of 200 words, half of the longer ones misspelt."""
    memories = [texts.memory() for _ in range(MEMORIES)]
    whole = (" ".join(chance.sample(memories, 40)).split()[:WORDS] for _ in range(QUESTIONS))
    return "english", memories, [texts.misspelt(" ".join(words)) for words in whole]


def compounds(texts: Texts, chance: random.Random) -> Made:
    """Return memories with compounds of two words, and questions with forty other compounds of the same words."""
    words = [word for _ in range(MEMORIES) for word in texts.memory().split() if len(word) > 4]
    pairs = ["".join(chance.sample(words, 2)) for _ in range(4 * MEMORIES)]
    memories = [" ".join([*chance.sample(pairs, 3), *chance.sample(words, 4)]) for _ in range(MEMORIES)]
    return (
        "german",
        memories,
        [" ".join("".join(chance.sample(words, 2)) for _ in range(COMPOUNDS)) for _ in range(QUESTIONS)],
    )


KINDS: Dict[str, Callable[[Texts, random.Random], Made]] = {
    f"Thai, {THAI_CHARACTERS} characters": thai,
    f"misspelt, {WORDS} words": misspelt,
    f"{COMPOUNDS} German compounds": compounds,
}


def cost(name: str, memories: Sequence[str], questions: Sequence[str]) -> Tuple[List[float], List[float]]:
    """Return the milliseconds of the first time of each question, and of the fastest of three more."""
    index = Index(language(name))
    for number, memory in enumerate(memories):
        index.add(f"rec_{number:016x}", memory)
    index.search(questions[0], limit=10)
    first: List[float] = []
    again: List[float] = []
    for question in questions[1:]:
        times: List[float] = []
        for turn in range(4):
            began = process_time()
            index.search(question + " " * turn, limit=10)
            times.append(1e3 * (process_time() - began))
        first.append(times[0])
        again.append(min(times[1:]))
    return first, again


def main() -> None:
    """Measure each kind once."""
    texts = Texts()
    for kind, make in KINDS.items():
        first, again = cost(*make(texts, random.Random(1)))  # noqa: S311 - repeatable, not secret
        print(
            f"{kind:24} median {median(again):5.2f} ms, first time {median(first):5.2f} ms, "
            f"longest {max(first):5.2f} ms (target: {TARGET})"
        )


if __name__ == "__main__":
    main()
