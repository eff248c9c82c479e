"""How often a search finds the memory that answers, over HTTP and in process, beside its peers in the same run.

Usage: python benchmarks/recall.py RECALL_FILE          (or RECALL_FILE in the environment)
       python benchmarks/recall.py --sets [--cache DIR]

The data is not part of this repository: it is LoCoMo (Maharana et al. 2024, "Evaluating Very Long-Term Conversational
Memory of LLM Agents", github.com/snap-research/locomo, CC BY-NC 4.0), whose conversations are cut into memories, with
misspelt copies of its questions beside them. The file is a JSON list of `{corpus, id, memories: [text], questions:
[{question, typos_30, typos_60, evidence: [index of a memory]}]}`; each entry is the memory of one API key.

any@k: the share of questions with some evidence among the first k results; MRR: the mean of 1 / rank of the first
evidence, 0 beyond 10. Ours is called with JSON requests and answers, the peers by a function call. The exit status is 1
if HTTP and in process differ in one byte of one answer.

With --sets, public sets of short and long texts are measured (see _public_sets.py), which are downloaded into a cache.
Ours is then called in process alone, beside the peers that rank by words.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import fmean, median
from typing import Any, Callable, Dict, Generator, Iterable, List, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit

_ROOT = Path(__file__).resolve().parents[1]
if str(_ROOT) not in sys.path:
    sys.path.insert(0, str(_ROOT))

from benchmarks._peers import Ask, missing, peers  # noqa: E402 - the repository's own, installed or not
from benchmarks._public_sets import PUBLIC_SETS  # noqa: E402 - as above
from fake_server.app import create_app  # noqa: E402 - as above
from fake_server.core import Fake, Reply, Request  # noqa: E402 - as above
from fake_server.server import serve_in_thread  # noqa: E402 - as above

SPELLINGS = {"question": "clean", "typos_30": "typos 30 %", "typos_60": "typos 60 %"}
TYPE = {"content-type": "application/json"}
Entry = Dict[str, Any]
Send = Callable[[str, Dict[str, str], bytes], bytes]


class Measured(NamedTuple):
    """The recall of one search on one corpus in one spelling, and its median seconds a question."""

    first: float
    first_ten: float
    reciprocal_rank: float
    median: float

    def quality(self) -> Tuple[float, float, float]:
        """Return everything except the time."""
        return self[:3]

    def __str__(self) -> str:
        """Return one row of the table."""
        quality = "".join(f"{value:8.3f}" for value in self.quality())
        return f"{quality}{self.median * 1e3:11.2f}"


def measured(asked: Iterable[Tuple[Ask, Entry]], spelling: str) -> Measured:
    """Return the recall over every question of every entry in one spelling."""
    ranks: List[float] = []
    times: List[float] = []
    for ask, entry in asked:
        for question in entry["questions"]:
            began = time.perf_counter()
            found = ask(question[spelling])
            times.append(time.perf_counter() - began)
            evidence = set(question["evidence"])
            ranks.append(next((rank for rank, each in enumerate(found, 1) if each in evidence), float("inf")))
    return Measured(
        fmean(rank == 1 for rank in ranks),
        fmean(rank <= 10 for rank in ranks),
        fmean(1 / rank if rank <= 10 else 0.0 for rank in ranks),
        median(times),
    )


class Wire:
    """The memories of one entry under a key of its own, searched in JSON; `answers` are the bytes of the answers."""

    def __init__(self, send: Send, entry: Entry) -> None:
        self._send = send
        name = f"{entry['corpus']}-{entry['id']}".replace(" ", "-")
        self._headers = {**TYPE, "authorization": f"Bearer sk-om-live-recall-{name}"}
        added = [self._call("add", {"content": text})["id"] for text in entry["memories"]]
        self._positions = {identity: position for position, identity in enumerate(added)}
        self.answers: List[bytes] = []

    def ask(self, query: str) -> List[int]:
        """Return the positions of the results, the best first."""
        found = self._call("search", {"query": query})
        return [self._positions[each["id"]] for each in found["results"]]

    def _call(self, endpoint: str, body: Dict[str, str]) -> Any:
        answer = self._send(f"/api/memory/{endpoint}", self._headers, json.dumps(body).encode())
        if endpoint == "search":
            self.answers.append(answer)
        return json.loads(answer)


@contextmanager
def in_process(fake: Optional[Fake] = None) -> Generator[Send, None, None]:
    """Yield a way to call a fake in process, a new one if none is given."""
    fake = fake or Fake()

    def send(path: str, headers: Dict[str, str], body: bytes) -> bytes:
        outcome = fake.decide(Request("POST", path, headers, body))
        if not isinstance(outcome, Reply) or outcome.status != 200:
            raise SystemExit(f"{path} was answered {outcome!r:.200}")
        return outcome.body

    yield send


@contextmanager
def over_http() -> Generator[Send, None, None]:
    """Yield a way to call another fake over HTTP, on one connection to a loopback port."""
    with serve_in_thread(create_app(Fake())) as running:
        address = urlsplit(running.url)
        connection = HTTPConnection(address.hostname or "", address.port)

        def send(path: str, headers: Dict[str, str], body: bytes) -> bytes:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            read = answer.read()
            if answer.status != 200:
                raise SystemExit(f"{path} was answered {answer.status}: {read!r:.200}")
            return read

        try:
            yield send
        finally:
            connection.close()


def compare(entries: List[Entry]) -> bool:
    """Print the table of one corpus, and return whether HTTP and in process gave the same answers."""
    with in_process() as near, over_http() as far:
        ways = {
            "octamem-fake in process": [Wire(near, entry) for entry in entries],
            "octamem-fake over HTTP": [Wire(far, entry) for entry in entries],
        }
        searches: Dict[str, List[Ask]] = {name: [wire.ask for wire in wires] for name, wires in ways.items()}
        for name, build in peers().items():
            searches[name] = [build(entry["memories"]) for entry in entries]
        same = True
        for spelling, label in SPELLINGS.items():
            rows = {name: measured(zip(asks, entries), spelling) for name, asks in searches.items()}
            for name, row in rows.items():
                print(f"{label:12}{name:28}{row}")
            same &= len({rows[name].quality() for name in ways}) == 1
        answers = [[answer for wire in wires for answer in wire.answers] for wires in ways.values()]
    equal = same and answers[0] == answers[1]
    print(f"in process and over HTTP: {len(answers[0])} answers, {'equal to the last byte' if equal else 'NOT EQUAL'}")
    return equal


def compare_set(entry: Entry) -> None:
    """Print the rows of one public set, clean and with 60 % typos beside each other."""
    ours = Fake(language=entry["language"])
    with in_process(ours) as send:
        searches: Dict[str, Ask] = {"octamem-fake": Wire(send, entry).ask}
        for name, build in peers(has_stems=entry["language"] != "none").items():
            if not name.startswith("rapidfuzz"):
                searches[name] = build(entry["memories"])
        for name, ask in searches.items():
            clean, typos = (measured([(ask, entry)], spelling) for spelling in ("question", "typos_60"))
            print(f"{entry['corpus']:30}{name:24}{clean}   |{typos}", flush=True)


def compare_sets(cache: Path) -> int:
    """Print one table of all public sets, and return 1 if one could not be had."""
    print(f"{'set':30}{'search':24}{'any@1':>8}{'any@10':>8}{'MRR':>8}{'ms':>11}   |{'the same, typos 60 %':>24}")
    missed = 0
    for each in PUBLIC_SETS:
        try:
            entry = each.entry(cache)
        except (OSError, ValueError) as error:
            print(f"{each.name}: {error}; put {each.url} into {cache} by hand")
            missed = 1
            continue
        words = sum(len(text.split()) for text in entry["memories"]) / len(entry["memories"])
        print(
            f"{each.name}: {len(entry['memories'])} memories of {words:.0f} words, {len(entry['questions'])} questions "
            f"({each.licence})"
        )
        compare_set(entry)
    return missed


def main(arguments: Optional[List[str]] = None) -> int:
    """Print a table for each corpus of the file."""
    parser = argparse.ArgumentParser(description="Measure how often the search finds the memory that answers.")
    parser.add_argument("recall_file", nargs="?", type=Path, default=os.environ.get("RECALL_FILE"))
    parser.add_argument("--sets", action="store_true", help="measure public sets, which are downloaded")
    parser.add_argument("--cache", type=Path, default=_ROOT / ".cache" / "recall", help="where they are kept")
    options = parser.parse_args(arguments)
    if options.sets:
        return compare_sets(options.cache)
    path: Optional[Path] = options.recall_file
    if path is None:
        print(
            "Recall is not measured: name the file, as argument or in RECALL_FILE; the data is LoCoMo's (see the top)."
        )
        return 0
    entries: List[Entry] = json.loads(Path(path).read_text(encoding="utf-8"))
    for name, package in missing().items():
        print(f"missing: {name}; to measure it, install {package} (dependency group `bench`)")
    equal = True
    for corpus in dict.fromkeys(entry["corpus"] for entry in entries):
        chosen = [entry for entry in entries if entry["corpus"] == corpus]
        memories = sum(len(entry["memories"]) for entry in chosen)
        questions = sum(len(entry["questions"]) for entry in chosen)
        print(f"\n{corpus}: {memories} memories of {len(chosen)} keys, {questions} questions in each spelling")
        print(f"{'spelling':12}{'search':28}{'any@1':>8}{'any@10':>8}{'MRR':>8}{'median ms':>11}")
        equal &= compare(chosen)
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
