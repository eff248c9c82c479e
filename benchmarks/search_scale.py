"""How the search scales: the time of a query and an add, and the RAM, at 1,000 to 1,000,000 memories of one key.

Usage: python -m benchmarks.search_scale [--sizes 1000,10000,100000,1000000] [--peers-to 10000] [--svg FILE]

Memories are invented: six to ten words of a vocabulary of 100,000, with the frequencies of a language, and stop words
between them. A question is five words of one memory in another order after three stop words; if it is misspelt, two
neighbours are swapped in half of its longer words. Each size runs in a process of its own. Times are medians of CPU,
which other work disturbs less than the clock; each question is asked three times and the fastest counts. RAM is the
growth of the process.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import statistics
import subprocess
import sys
from itertools import accumulate
from pathlib import Path
from time import process_time
from typing import Any, Callable, Dict, Iterator, List, Sequence, Tuple

from benchmarks._peers import missing, peers
from fake_server.core import Fake, Request
from fake_server.core.search.index import Index
from fake_server.core.search.languages import language

_SIZES = (1_000, 10_000, 100_000, 1_000_000)
_QUESTIONS = 40
_KEYS, _OF_A_KEY = 500, 200
_STOP_WORDS = ["the", "a", "to", "of", "and", "in", "we", "is", "for", "on"]
_TARGETS = {1_000: 0.3, 10_000: 1.0, 100_000: 4.0, 1_000_000: 25.0}


class Texts:
    """Invented memories and questions, the same in every run."""

    def __init__(self) -> None:
        """Invent the vocabulary."""
        self.chance = random.Random(1)  # noqa: S311 - repeatable, not secret
        syllables = [first + second for first in "bcdfghklmnprstvw" for second in "aeiou"]
        lengths = self.chance.choices([2, 3, 3, 4], k=100_000)
        self._words = list(dict.fromkeys("".join(self.chance.choices(syllables, k=length)) for length in lengths))
        self._weights = list(accumulate(1 / (rank + 8) for rank in range(len(self._words))))

    def memory(self) -> str:
        """Return one memory."""
        words = self.chance.choices(self._words, cum_weights=self._weights, k=self.chance.randint(6, 10))
        stop_words = self.chance.choices(["", *_STOP_WORDS], [10] + [1] * len(_STOP_WORDS), k=len(words))
        return " ".join(word for pair in zip(stop_words, words) for word in pair if word)

    def question(self, memory: str) -> str:
        """Return a question about a memory."""
        words = [word for word in memory.split() if word not in _STOP_WORDS]
        return "what did we " + " ".join(self.chance.sample(words, 5))

    def misspelt(self, question: str) -> str:
        """Return the question with two letters swapped in half of its longer words."""
        return " ".join(
            self._swapped(word) if len(word) > 4 and self.chance.random() < 0.5 else word for word in question.split()
        )

    def _swapped(self, word: str) -> str:
        at = self.chance.randrange(len(word) - 1)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _held() -> float:
    """Return the RAM of the process now, in MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _median(ask: Callable[[str], object], questions: Sequence[str]) -> float:
    """Return the median milliseconds of a question."""
    fastest: List[float] = []
    for question in questions:
        times: List[float] = []
        for turn in range(3):
            began = process_time()
            ask(question + " " * turn)  # an answer that is kept would take no time
            times.append(process_time() - began)
        fastest.append(min(times))
    return statistics.median(fastest) * 1e3


def _of_index(size: int) -> Dict[str, float]:
    texts, index = Texts(), Index(language("english"))
    before, asked_for = _held(), []
    for number in range(size):
        memory = texts.memory()
        index.add(f"rec_{number:016x}", memory)
        if number % max(size // _QUESTIONS, 1) == 0:
            asked_for.append(memory)
    began = process_time()
    index.search("?", limit=1)
    read = (process_time() - began) / size * 1e6
    questions = [texts.question(memory) for memory in asked_for]
    misspelt = [texts.misspelt(question) for question in questions]
    index.search(misspelt[0], limit=1)
    figures = {
        "read": read,
        "clean": _median(lambda question: index.search(question, limit=10), questions),
        "misspelt": _median(lambda question: index.search(question, limit=10), misspelt),
        "index": _held() - before,
    }
    adds: List[float] = []
    for number in range(300):
        memory = texts.memory()
        began = process_time()
        index.add(f"new_{number}", memory)
        index._documents.index_pending()  # noqa: SLF001 - indexes one add, without a search
        adds.append(process_time() - began)
    return {**figures, "add": statistics.median(adds) * 1e6}


def _of_fake(size: int) -> Dict[str, float]:
    texts, fake, key = Texts(), Fake(), "sk-om-live-scale"
    before = _held()
    for _ in range(size // 1_000):
        fake.remember([texts.memory() for _ in range(1_000)], key=key)
    fake.explain("warm up", key=key)
    return {"whole": _held() - before}


def _of_keys(size: int) -> Dict[str, float]:
    """Return KiB a key, of this many keys with 200 memories each, after a misspelt search in each."""
    texts, fake = Texts(), Fake()
    pool = [texts.memory() for _ in range(4 * _OF_A_KEY)]
    fake.remember(pool, key="sk-om-live-warm-up")
    fake.explain("waarm up", key="sk-om-live-warm-up")
    before = _held()
    for number in range(size):
        key = f"sk-om-live-{number:016d}"
        fake.remember([f"{memory} {number}" for memory in texts.chance.sample(pool, _OF_A_KEY)], key=key)
        fake.explain("waarm up", key=key)
    return {"a key": (_held() - before) * 2**10 / size}


def _of_wire(size: int) -> Dict[str, float]:
    """Return KiB a key, of this many keys with 200 memories each that came as adds, after a misspelt search in each."""
    texts, fake = Texts(), Fake()
    pool = [texts.memory() for _ in range(4 * _OF_A_KEY)]
    _added(fake, "warm-up", pool)
    before = _held()
    for number in range(size):
        _added(fake, f"{number:016d}", [f"{memory} {number}" for memory in texts.chance.sample(pool, _OF_A_KEY)])
    return {"a key": (_held() - before) * 2**10 / size}


def _added(fake: Fake, key: str, memories: Sequence[str]) -> None:
    headers = {"authorization": f"Bearer sk-om-live-{key}", "content-type": "application/json"}
    for memory in memories:
        fake.decide(Request("POST", "/api/memory/add", headers, json.dumps({"content": memory}).encode()))
    fake.decide(Request("POST", "/api/memory/search", headers, b'{"query": "waarm up"}'))


def _of_peers(size: int) -> Dict[str, float]:
    texts = Texts()
    memories = [texts.memory() for _ in range(size)]
    questions = [texts.question(memory) for memory in memories[:: max(size // _QUESTIONS, 1)]]
    return {name: _median(build(memories), questions) for name, build in peers().items()}


_MEASURES = {"index": _of_index, "fake": _of_fake, "keys": _of_keys, "wire": _of_wire, "peers": _of_peers}


def _measured(measure: str, size: int) -> Dict[str, float]:
    """Measure in a process of its own, so that nothing is held from before."""
    command = [sys.executable, "-m", "benchmarks.search_scale", "--measure", measure, "--sizes", str(size)]
    figures: Dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return figures


def _plot(curves: Dict[str, List[Tuple[int, float]]]) -> Iterator[str]:
    """Yield a drawing of milliseconds by memories, both logarithmic, as the lines of an SVG."""
    colours = ["#0b6e4f", "#c84630", "#9a9a9a", "#3d5a80", "#8e6c8a", "#b08900", "#5c5c5c", "#77966d"]

    def point(size: float, milliseconds: float) -> Tuple[float, float]:
        return 70 + (math.log10(size) - 3) * 130, 330 - (math.log10(milliseconds) + 2) * 60

    yield '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 390" font-family="sans-serif" font-size="12">'
    yield '<rect width="700" height="390" fill="white"/>'
    for power in range(-2, 4):
        _, y = point(1_000, 10.0**power)
        yield f'<path d="M70 {y:.0f}H460" stroke="#ddd"/>'
        yield f'<text x="62" y="{y + 4:.0f}" text-anchor="end">{10.0**power:g}</text>'
    for power in range(3, 7):
        x, _ = point(10.0**power, 1)
        yield f'<path d="M{x:.0f} 30V330" stroke="#ddd"/>'
        yield f'<text x="{x:.0f}" y="348" text-anchor="middle">{10**power:,}</text>'
    yield '<text x="265" y="375" text-anchor="middle">memories of one key</text>'
    yield '<text x="70" y="20">ms a question</text>'
    for row, (name, curve) in enumerate(curves.items()):
        points = [point(size, milliseconds) for size, milliseconds in curve]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        colour = colours[row % len(colours)]
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points)
        yield f'<text x="480" y="{45 + 20 * row}" fill="{colour}">{name}</text>'
    yield "</svg>"


def _report(sizes: List[int], peers_to: int, svg: Any) -> None:
    curves: Dict[str, List[Tuple[int, float]]] = {"ours": [], "ours, misspelt": [], "target": []}
    print(f"{'memories':>10}{'question':>10}{'misspelt':>10}{'target':>8}{'add':>8}{'first read':>12}", end="")
    print(f"{'index':>9}{'whole fake':>12}")
    for size in sizes:
        of = {**_measured("index", size), **_measured("fake", size)}
        curves["ours"].append((size, of["clean"]))
        curves["ours, misspelt"].append((size, of["misspelt"]))
        target = ""
        if size in _TARGETS:
            target = f"{_TARGETS[size]:g}"
            curves["target"].append((size, _TARGETS[size]))
        print(f"{size:10,}{of['clean']:7.2f} ms{of['misspelt']:7.2f} ms{target:>5} ms{of['add']:5.0f} µs", end="")
        print(f"{of['read']:9.0f} µs{of['index']:5.0f} MiB{of['whole']:8.0f} MiB", flush=True)
    for size in (size for size in sizes if size <= peers_to):
        for name, milliseconds in _measured("peers", size).items():
            curves.setdefault(name, []).append((size, milliseconds))
            print(f"{size:10,}{milliseconds:7.2f} ms  {name}", flush=True)
    for name, package in missing().items():
        print(f"not measured: {name} (pip install {package})")
    print(f"{_KEYS} keys of {_OF_A_KEY} memories: {_measured('keys', _KEYS)['a key']:.0f} KiB a key (target: 200)")
    print(f"as many that came as adds, with their journal: {_measured('wire', _KEYS)['a key']:.0f} KiB a key")
    if svg is not None:
        svg.write_text("\n".join(_plot({name: curve for name, curve in curves.items() if curve})) + "\n", "utf-8")


def main() -> None:
    """Print the table, and draw the growth if a file is named for it."""
    parser = argparse.ArgumentParser(description="Measure how the search grows.")
    parser.add_argument("--sizes", default=",".join(map(str, _SIZES)))
    parser.add_argument("--peers-to", type=int, default=10_000)
    parser.add_argument("--svg", type=Path)
    parser.add_argument("--measure", choices=sorted(_MEASURES), help=argparse.SUPPRESS)
    given = parser.parse_args()
    sizes = [int(size) for size in given.sizes.split(",")]
    if given.measure:
        print(json.dumps(_MEASURES[given.measure](sizes[0])))
    else:
        _report(sizes, given.peers_to, given.svg)


if __name__ == "__main__":
    main()
