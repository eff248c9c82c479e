"""How often the fuzzy index finds the memory that answers first, language by language.

Usage: python benchmarks/multilingual.py [--missed]

The memories and questions are in tests/fake/multilingual.json. Each language is one index, searched under its own
setting of `language` and under the default; --missed lists the questions whose memory is not the first hit.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Tuple

_ROOT = Path(__file__).resolve().parents[1]
if str(_ROOT) not in sys.path:
    sys.path.insert(0, str(_ROOT))

from fake_server.core.search.index import Index  # noqa: E402 - likewise
from fake_server.core.search.languages import language  # noqa: E402 - the repository's own, installed or not

SET = _ROOT / "tests" / "fake" / "multilingual.json"


class Found(NamedTuple):
    """The number of questions of one language whose memory is the first hit, of all of them, and the missed ones."""

    first: int
    asked: int
    missed: Tuple[str, ...]


def ask(entry: Dict[str, Any], setting: str) -> Found:
    """Return what is found for every question of one language under a setting."""
    index = Index(language(setting))
    for number, memory in enumerate(entry["memories"]):
        index.add(str(number), memory)
    missed = []
    for question, answer in entry["questions"]:
        hits = index.search(question, limit=1)
        if [hit.key for hit in hits] != [str(answer)]:
            missed.append(question)
    return Found(len(entry["questions"]) - len(missed), len(entry["questions"]), tuple(missed))


def main() -> None:
    """Print the table of the share of questions whose memory is the first hit."""
    parser = argparse.ArgumentParser(description="Measure the fuzzy index in many languages.")
    parser.add_argument("--missed", action="store_true", help="list the questions whose memory is not the first hit")
    shows_missed: bool = parser.parse_args().missed
    total = [0, 0, 0]
    print(f"{'language':12}{'setting':12}{'memories':>9}{'questions':>10}{'any@1':>7}{'as english':>12}")
    for name, entry in json.loads(SET.read_text(encoding="utf-8")).items():
        own, english = ask(entry, entry["setting"]), ask(entry, "english")
        row = [own.asked, own.first, english.first]
        total = [sum(pair) for pair in zip(total, row)]
        print(_row(name, entry["setting"], str(len(entry["memories"])), row))
        if shows_missed:
            print(*own.missed, sep="\n", end="\n\n")
    print(_row("all", "", "", total))


def _row(name: str, setting: str, memories: str, counts: List[int]) -> str:
    asked, own, english = counts
    return f"{name:12}{setting:12}{memories:>9}{asked:10}{own / asked:7.3f}{english / asked:12.3f}"


if __name__ == "__main__":
    main()
