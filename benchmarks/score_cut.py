"""What each cut of the scores keeps of right first hits, and what it drops of first hits for absent topics.

Usage: python -m benchmarks.score_cut [RECALL_FILE]          (or RECALL_FILE in the environment)

The self-written sets give both, half by half. With a recall file (see recall.py), each of its corpora gives both too:
the questions of one conversation are asked of its own memories, and of those of the next, where nothing answers them.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from benchmarks.recall import Wire, in_process
from benchmarks.search_sets import HALVES, read_sets
from benchmarks.search_sets.__main__ import absent, present, two_way
from fake_server.core.search.scores import SCORE_CUT

CUTS = (0.1, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8)


class Scores(NamedTuple):
    """The scores of first hits: of right ones, and of those for topics that are absent, 0 if there was none."""

    right: List[float]
    noise: List[float]


def of_half(half: str) -> Scores:
    """Return the scores in one half of the self-written sets."""
    sets = read_sets(half)
    answered = [*present(sets.worlds), *two_way(sets.forms)]
    return Scores([case.score for case in answered if case.is_right], [case.score for case in absent(sets.worlds)])


def of_corpus(entries: Sequence[Any]) -> Scores:
    """Return the scores of some conversations, each asked its own questions and those of the one before it."""
    with in_process() as send:
        wires = [Wire(send, entry) for entry in entries]
        own = [(wire, question) for wire, entry in zip(wires, entries) for question in entry["questions"]]
        foreign = [
            (wire, question)
            for number, wire in enumerate(wires)
            for question in (entries[number - 1]["questions"] if len(entries) > 1 else ())
        ]
        found = [(first_hit(wire, question), question["evidence"]) for wire, question in own]
        return Scores(
            [score for (position, score), evidence in found if position in evidence],
            [first_hit(wire, question)[1] for wire, question in foreign],
        )


def first_hit(wire: Wire, question: Any) -> Tuple[Optional[int], float]:
    """Return the position and the score of the first hit, None and 0 if there is none."""
    positions = wire.ask(question["question"])
    return (positions[0], json.loads(wire.answers[-1])["results"][0]["score"]) if positions else (None, 0.0)


def main(arguments: Optional[List[str]] = None) -> None:
    """Print one row for each cut, and two columns for each set."""
    parser = argparse.ArgumentParser(description="Measure what a cut of the scores keeps and drops.")
    parser.add_argument("recall_file", nargs="?", type=Path, default=os.environ.get("RECALL_FILE"))
    path: Optional[Path] = parser.parse_args(arguments).recall_file
    sets: Dict[str, Scores] = {half: of_half(half) for half in HALVES}
    if path is not None:
        entries = json.loads(Path(path).read_text(encoding="utf-8"))
        for corpus in dict.fromkeys(entry["corpus"] for entry in entries):
            sets[corpus] = of_corpus([entry for entry in entries if entry["corpus"] == corpus])
    print("".join([f"{'cut':6}", *(f"{f'{name}: kept':>14}{'dropped':>9}" for name in sets)]))
    for cut in sorted({*CUTS, SCORE_CUT}):
        row = "".join(
            f"{share(scores.right, cut):14.3f}{1 - share(scores.noise, cut):9.3f}" for scores in sets.values()
        )
        print(f"{cut:<6}{row}{'   SCORE_CUT' if cut == SCORE_CUT else ''}")


def share(scores: Sequence[float], cut: float) -> float:
    """Return the share of scores that reach a cut."""
    return sum(score >= cut for score in scores) / max(len(scores), 1)


if __name__ == "__main__":
    main()
