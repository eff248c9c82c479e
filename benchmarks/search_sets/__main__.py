"""What the search makes of updates, absent topics, forms in two ways and paraphrases; both halves apart.

Usage: python -m benchmarks.search_sets [--half dev|held] [--missed]

updates: the share of pairs whose newer fact is the first hit. `arrival` stores it last. `created_at` stores it first,
with a later `created_at` than the others have.
absent: the scores of the first hit for a question that no memory answers (none is 0), and the share of these questions
whose first hit reaches the cut.
present: for questions about the same memories, the share whose answer comes first, and of these the share that reaches
the cut.
two-way: the share of questions in one form whose memory, in the other, is the first hit; all of a language are stored.
paraphrases: the share of questions without a word of their memory that find it first, by words alone and, if wordllama
is installed, with the kit's SemanticFallback.
"""

from __future__ import annotations

import argparse
import json
from importlib.util import find_spec
from statistics import fmean
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from benchmarks.search_sets import HALVES, SETTINGS, Form, SearchSets, Update, World, read_sets
from fake_server import Fake, Reply, Request
from fake_server.core.custom_search import Ranker
from fake_server.core.search.scores import SCORE_CUT
from octamem_testing import SemanticFallback

KEY = "sk-om-live-search-sets"
HIGH = 0.6
OLD, NEW = "2024-03-01T09:00Z", "2025-03-01T09:00Z"


class Case(NamedTuple):
    """What became of one question: whether it went right, the score of the first hit, and a line that shows it."""

    is_right: bool
    score: float
    line: str


class Asked:
    """A fake of one language that holds some memories."""

    def __init__(self, language: str, memories: Sequence[Any], search: Optional[Ranker] = None) -> None:
        self._fake = Fake(language=SETTINGS[language], search=search)
        self._fake.remember(memories, key=KEY)

    def hits(self, query: str) -> List[Tuple[str, float]]:
        """Return the contents and scores of the hits, as a caller gets them."""
        headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
        outcome = self._fake.decide(
            Request("POST", "/api/memory/search", headers, json.dumps({"query": query}).encode())
        )
        if not isinstance(outcome, Reply) or outcome.status != 200:
            raise SystemExit(f"a search was answered {outcome!r:.200}")
        return [(hit["content"], hit["score"]) for hit in json.loads(outcome.body)["results"]]

    def first(self, query: str) -> Tuple[str, float]:
        """Return the content and the score of the first hit, an empty text and 0 if there is none."""
        return next(iter(self.hits(query)), ("", 0.0))


def updates(cases: Sequence[Update], *, dated: bool) -> List[Case]:
    """Return for each pair whether the newer fact is the first hit."""
    found = []
    for case in cases:
        memories: List[Any] = [case.older, *case.others, case.newer]
        if dated:
            moments = [OLD] * (len(memories) - 1) + [NEW]
            memories = [{"content": text, "created_at": at} for text, at in zip(memories, moments)][::-1]
        content, score = Asked(case.language, memories).first(case.question)
        found.append(Case(content == case.newer, score, f"{case.question} -> {content}"))
    return found


def absent(worlds: Sequence[World], search: Optional[Ranker] = None) -> List[Case]:
    """Return for each question that no memory answers whether its first hit stays below the cut."""
    found = []
    for world in worlds:
        asked = Asked(world.language, world.memories, search)
        for question in world.absent:
            content, score = asked.first(question)
            found.append(Case(score < SCORE_CUT, score, f"{question} -> {content}"))
    return found


def present(worlds: Sequence[World], search: Optional[Ranker] = None) -> List[Case]:
    """Return for each question that a memory answers whether it is the first hit."""
    found = []
    for world in worlds:
        asked = Asked(world.language, world.memories, search)
        for question in world.present:
            content, score = asked.first(question.text)
            is_right = content == world.memories[question.answer]
            found.append(Case(is_right, score, f"{question.text} -> {content}"))
    return found


def two_way(forms: Sequence[Form]) -> List[Case]:
    """Return for each question in one form whether the memory in the other form is the first hit."""
    found = []
    for way in (0, 1):
        for language in dict.fromkeys(form.language for form in forms):
            chosen = [form for form in forms if form.language == language]
            asked = Asked(language, [form.memories()[way] for form in chosen])
            for form in chosen:
                question, memory = form.questions()[way], form.memories()[way]
                content, score = asked.first(question)
                found.append(Case(content == memory, score, f"{question} -> {content or 'nothing'} ({memory})"))
    return found


def measured(sets: SearchSets) -> Dict[str, List[Case]]:
    """Return what became of the questions of each set."""
    found = {
        "updates, arrival": updates(sets.updates, dated=False),
        "updates, created_at": updates(sets.updates, dated=True),
        "absent": absent(sets.worlds),
        "present": present(sets.worlds),
        "two-way": two_way(sets.forms),
        "paraphrases": present(sets.paraphrases),
    }
    if find_spec("wordllama") is not None:
        found["paraphrases, fallback"] = present(sets.paraphrases, SemanticFallback())
        found["absent, fallback"] = absent(sets.worlds, SemanticFallback())
    return found


def row(name: str, cases: Sequence[Case]) -> str:
    """Return one row of the table."""
    shown = f"{name:22}{len(cases):6}{fmean(case.is_right for case in cases):8.3f}"
    scores = [case.score for case in cases]
    if name.startswith("absent"):
        high = sum(score > HIGH for score in scores)
        return f"{shown}   first hit: mean {fmean(scores):.2f}, greatest {max(scores):.2f}, above {HIGH}: {high}"
    if name == "present":
        right = [case.score >= SCORE_CUT for case in cases if case.is_right]
        return f"{shown}   right ones at or above the cut: {fmean(right) if right else 0:.3f}"
    return shown


def main() -> None:
    """Print one table for each half."""
    parser = argparse.ArgumentParser(description="Measure the search on the sets that this project wrote itself.")
    parser.add_argument("--half", choices=HALVES, help="measure one half alone")
    parser.add_argument("--missed", action="store_true", help="list the questions that went wrong")
    options = parser.parse_args()
    for half in [options.half] if options.half else HALVES:
        print(f"\n{half}, with a cut of {SCORE_CUT}\n{'set':22}{'asked':>6}{'right':>8}")
        for name, cases in measured(read_sets(half)).items():
            print(row(name, cases))
            if options.missed:
                print(*(f"    {case.score:.2f}  {case.line}" for case in cases if not case.is_right), sep="\n")


if __name__ == "__main__":
    main()
