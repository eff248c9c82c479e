"""Public sets of questions and of the texts that answer them: where each is had, its licence, and how it is read.

None is part of this repository. Each is one file of a public repository at one commit, checked against its digest.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Tuple
from urllib.request import urlopen

Entry = Dict[str, Any]
"""As recall.py reads it: `memories` of one key and `questions` with the `evidence` of each."""

_RAW = "https://raw.githubusercontent.com"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")
_SHORTEST = 20  # characters of a sentence: a shorter one is what an abbreviation leaves


class Asked(NamedTuple):
    """A question and the positions of the texts that answer it."""

    question: str
    evidence: Tuple[int, ...]


class Texts(NamedTuple):
    """The texts of a set, and the questions about them."""

    memories: List[str]
    asked: List[Asked]


@dataclass(frozen=True)
class PublicSet:
    """One set: its file and licence, the language that it is read in, and how."""

    name: str
    url: str
    sha256: str
    licence: str
    language: str
    read: Callable[[Any], Texts]

    @property
    def file(self) -> str:
        """The name of its file in the cache."""
        return self.url.rpartition("/")[2]

    def entry(self, cache: Path) -> Entry:
        """Return the set, from the cache or by a download; raises OSError, and ValueError for another content."""
        path = cache / self.file
        if not path.exists():
            with urlopen(self.url, timeout=60) as answer:  # noqa: S310 - one of the addresses below
                content = answer.read()
            cache.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ValueError(f"{path}: expected the content of {self.url}, got another; remove the file")
        texts = self.read(json.loads(content))
        questions = [
            {
                "question": asked.question,
                "typos_30": misspelt(asked.question, 0.3),
                "typos_60": misspelt(asked.question, 0.6),
                "evidence": list(asked.evidence),
            }
            for asked in texts.asked
        ]
        return {
            "corpus": self.name,
            "id": "all",
            "language": self.language,
            "memories": texts.memories,
            "questions": questions,
        }


def misspelt(question: str, share: float) -> str:
    """Return a question with one edit in this share of its words of four letters or more, the same in every run."""
    chance = Random(f"{share} {question}")  # noqa: S311 - no secret
    found = list(_LONG_WORD.finditer(question))
    chosen = sorted(chance.sample(range(len(found)), round(share * len(found))), reverse=True)
    for number in chosen:
        word = found[number]
        question = question[: word.start()] + _edited(word.group(), chance) + question[word.end() :]
    return question


def _edited(word: str, chance: Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    letter = chance.choice(_LETTERS)
    return chance.choice(
        [
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + letter + word[at + 1 :],
        ]
    )


def _paragraphs(data: Any) -> Texts:
    paragraphs = list(_squad_paragraphs(data))
    asked = [
        Asked(question["question"], (number,)) for number, each in enumerate(paragraphs) for question in each["qas"]
    ]
    return Texts([each["context"] for each in paragraphs], asked)


def _sentences(data: Any) -> Texts:
    memories: List[str] = []
    asked: List[Asked] = []
    for paragraph in _squad_paragraphs(data):
        first, ends = len(memories), []
        for begin, end in _sentence_places(paragraph["context"]):
            memories.append(paragraph["context"][begin:end].strip())
            ends.append(end)
        for question in paragraph["qas"]:
            at = question["answers"][0]["answer_start"]
            asked.append(Asked(question["question"], (first + sum(end <= at for end in ends),)))
    return Texts(memories, asked)


def _sentence_places(text: str) -> Iterator[Tuple[int, int]]:
    begin = 0
    for end in _SENTENCE_END.finditer(text):
        if end.start() - begin >= _SHORTEST:
            yield begin, end.end()
            begin = end.end()
    yield begin, len(text)


def _squad_paragraphs(data: Any) -> Iterator[Any]:
    for article in data["data"]:
        yield from article["paragraphs"]


def _abstracts(data: Any) -> Texts:
    asked = [Asked(each["QUESTION"], (number,)) for number, each in enumerate(data.values())]
    return Texts([" ".join(each["CONTEXTS"]) for each in data.values()], asked)


_XQUAD = f"{_RAW}/google-deepmind/xquad/7d30520c717524000f0d9d2f9c10a069acd9d285"
_XQUAD_LICENCE = "CC BY-SA 4.0, XQuAD (Artetxe et al. 2019), github.com/google-deepmind/xquad"
_ENGLISH = (
    f"{_XQUAD}/xquad.en.json",
    "e4c57d1c9143aaa1c5d265ba5987a65f4e69528d2a98f29d6e75019b10344f29",
    _XQUAD_LICENCE,
    "english",
)
_PUBMEDQA = f"{_RAW}/pubmedqa/pubmedqa/1cbae8e92f72f20c8d3747cbb3bf5bc53554d997"

PUBLIC_SETS = (
    PublicSet("xquad, sentences", *_ENGLISH, _sentences),
    PublicSet("xquad, paragraphs", *_ENGLISH, _paragraphs),
    PublicSet(
        "xquad, Vietnamese paragraphs",
        f"{_XQUAD}/xquad.vi.json",
        "f619a1eb11fb42d3ab0834259e488a65f585447ef6154437bfb7199d85161a04",
        _XQUAD_LICENCE,
        "none",
        _paragraphs,
    ),
    PublicSet(
        "pubmedqa, abstracts",
        f"{_PUBMEDQA}/data/ori_pqal.json",
        "8b3276be8942ebbd77f3ddcda12c1749bf0e490045a736fd8438ee40cf37a41d",
        "MIT, PubMedQA (Jin et al. 2019), github.com/pubmedqa/pubmedqa",
        "english",
        _abstracts,
    ),
)
