"""How often the fuzzy index finds the memory that answers, and what that costs.

Usage: python benchmarks/recall.py [RECALL_FILE]

The recall file is a JSON list of `{corpus, id, memories: [text], questions: [{question, typos_30, typos_60,
evidence: [index of a memory]}]}`; without an argument it is that of the environment variable RECALL_FILE, or
../shared/data/recall-dev.json beside the repository. Each entry is one tenant. any@k: the share of questions with some
evidence among the first k hits; MRR: the mean of 1 / rank of the first evidence, 0 beyond 10.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Tuple

_ROOT = Path(__file__).resolve().parents[1]
if str(_ROOT) not in sys.path:
    sys.path.insert(0, str(_ROOT))

from fake_server.core.search import Index  # noqa: E402 - the repository's own, installed or not

_SPELLINGS = {"question": "clean", "typos_30": "typos 30 %", "typos_60": "typos 60 %"}
_MANY = 10_000


class Recall(NamedTuple):
    """Measures of one corpus in one spelling; latencies in seconds."""

    first: float
    first_ten: float
    reciprocal_rank: float
    latencies: List[float]


def filled(texts: List[str]) -> Tuple[Index, float]:
    """Return an index that has read all texts, keyed by position, and the seconds it took."""
    started = time.perf_counter()
    index = Index()
    for position, text in enumerate(texts):
        index.add(str(position), text)
    index.search("?", limit=1)
    return index, time.perf_counter() - started


def measure(tenants: List[Tuple[Index, List[Dict[str, Any]]]], spelling: str) -> Recall:
    """Ask every question of every tenant in one spelling."""
    ranks: List[float] = []
    latencies: List[float] = []
    for index, questions in tenants:
        for question in questions:
            started = time.perf_counter()
            hits = index.search(question[spelling], limit=10)
            latencies.append(time.perf_counter() - started)
            evidence = {str(position) for position in question["evidence"]}
            ranks.append(next((rank for rank, hit in enumerate(hits, 1) if hit.key in evidence), float("inf")))
    return Recall(
        first=statistics.fmean(rank == 1 for rank in ranks),
        first_ten=statistics.fmean(rank <= 10 for rank in ranks),
        reciprocal_rank=statistics.fmean(1 / rank for rank in ranks),
        latencies=latencies,
    )


def _milliseconds(latencies: List[float]) -> str:
    ordered = sorted(latencies)
    return f"{statistics.median(ordered) * 1e3:9.2f}{ordered[int(len(ordered) * 0.95)] * 1e3:9.2f}"


def _recall(path: Path) -> None:
    entries = json.loads(path.read_text(encoding="utf-8"))
    print(f"{'corpus':10}{'spelling':14}{'any@1':>7}{'any@10':>8}{'MRR':>7}{'median ms':>11}{'p95 ms':>9}")
    for corpus in dict.fromkeys(entry["corpus"] for entry in entries):
        chosen = [entry for entry in entries if entry["corpus"] == corpus]
        indexes = [filled(entry["memories"]) for entry in chosen]
        tenants = [(index, entry["questions"]) for (index, _), entry in zip(indexes, chosen)]
        for spelling, label in _SPELLINGS.items():
            recall = measure(tenants, spelling)
            numbers = f"{recall.first:7.3f}{recall.first_ten:8.3f}{recall.reciprocal_rank:7.3f}"
            print(f"{corpus:10}{label:14}{numbers}  {_milliseconds(recall.latencies)}")
        memories = sum(len(entry["memories"]) for entry in chosen)
        print(f"{'':10}{memories} memories of {len(chosen)} tenants read in {sum(s for _, s in indexes) * 1e3:.0f} ms")


def _texts(chance: random.Random) -> Tuple[List[str], List[str]]:
    """Return invented words, and memories of twelve of them each, a few words being frequent as in any language."""
    syllables = ["ka", "lo", "mi", "tu", "re", "no", "si", "va", "do", "pe"]
    words = ["".join(chance.choices(syllables, k=chance.choice([1, 2, 2, 3, 3, 4]))) for _ in range(8_000)]
    weights = [1 / (rank + 5) for rank in range(len(words))]
    return words, [" ".join(chance.choices(words, weights, k=12)) for _ in range(_MANY)]


def _cost() -> None:
    chance = random.Random(0)  # noqa: S311 - repeatable, not secret
    words, texts = _texts(chance)
    _, seconds = filled(texts)
    tracemalloc.start()
    index, _ = filled(texts)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"\n{_MANY} memories: read in {seconds * 1e3:.0f} ms, peak {peak / 2**20:.1f} MiB beside their texts")
    for label, spoil in (("known words", ""), ("one misspelt", "q")):
        latencies: List[float] = []
        for _ in range(300):
            query = " ".join(chance.choices(words, k=6)) + spoil
            started = time.perf_counter()
            index.search(query, limit=10)
            latencies.append(time.perf_counter() - started)
        print(f"{label:18}median, p95 ms {_milliseconds(latencies)}")
    index = Index()
    keys = [f"rec_{number}" for number in range(100_000)]
    started = time.perf_counter()
    for key in keys:
        index.add(key, "a memory")
    print(f"{'one add':18}mean µs        {(time.perf_counter() - started) / len(keys) * 1e6:9.2f}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Measure the fuzzy index.")
    default = os.environ.get("RECALL_FILE") or _ROOT.parent / "shared" / "data" / "recall-dev.json"
    parser.add_argument("recall_file", nargs="?", type=Path, default=Path(default))
    path: Path = parser.parse_args().recall_file
    if path.is_file():
        _recall(path)
    else:
        print(f"No recall file at {str(path)!r}: recall is not measured; give its path as argument or in RECALL_FILE.")
    _cost()


if __name__ == "__main__":
    main()
