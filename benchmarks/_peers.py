"""The searches that ours is measured beside: texts in, a way to ask out.

Each is built as its own documentation has it, with stems where it has them, and is spared the stop words of a question:
with these none of them did better.
"""

from __future__ import annotations

import re
import sqlite3
from functools import partial
from importlib.util import find_spec
from typing import Callable, Dict, List

from rapidfuzz import fuzz, process, utils
from snowballstemmer import stemmer

from fake_server.core.search.languages import language

Ask = Callable[[str], List[int]]
"""A question to the positions of at most ten texts, best first."""

Build = Callable[[List[str]], Ask]

_BEST = 10
_WORD = re.compile(r"\w+")
_LITTLE = language("english").stop_words
_NEEDED = {"bm25s": "bm25s", "tantivy, fuzzy terms": "tantivy"}


def peers(*, has_stems: bool = True) -> Dict[str, Build]:
    """Give each peer that is installed by its name, or, for a language without stems, those that need none."""
    found = _PEERS if has_stems else _WITHOUT_STEMS
    return {name: build for name, build in found.items() if name not in missing()}


def missing() -> Dict[str, str]:
    """Give the peers that are not installed, with the package that each needs."""
    return {name: package for name, package in _NEEDED.items() if find_spec(package) is None}


def _rapidfuzz(scorer: Callable[..., float]) -> Build:
    def build(texts: List[str]) -> Ask:
        read = [utils.default_process(text) for text in texts]
        # Both sides folded once: to fold ten thousand texts at each question would be to measure the folding.
        return lambda query: [
            position
            for _, _, position in process.extract(utils.default_process(query), read, scorer=scorer, limit=_BEST)
        ]

    return build


def _bm25s(texts: List[str], *, has_stems: bool = True) -> Ask:
    import bm25s

    stems = stemmer("english")
    english = {"stopwords": "en_plus", "stemmer": stems.stemWords} if has_stems else {"stopwords": None}

    def read(each: List[str]) -> List[List[str]]:
        tokens: List[List[str]] = bm25s.tokenize(each, **english, return_ids=False, show_progress=False)
        return tokens

    index = bm25s.BM25()
    index.index(read(texts), show_progress=False)
    many = min(_BEST, len(texts))

    def ask(query: str) -> List[int]:
        found, scores = index.retrieve(read([query]), k=many, show_progress=False)
        return [int(position) for position, score in zip(found[0], scores[0]) if score > 0]

    return ask


def _fts5(texts: List[str], *, has_stems: bool = True) -> Ask:
    base = sqlite3.connect(":memory:")
    reader = "porter unicode61" if has_stems else "unicode61 remove_diacritics 0"
    base.execute(f"CREATE VIRTUAL TABLE memory USING fts5(content, tokenize = '{reader}')")
    base.executemany("INSERT INTO memory (rowid, content) VALUES (?, ?)", enumerate(texts))
    asked = "SELECT rowid FROM memory WHERE memory MATCH ? ORDER BY rank LIMIT ?"

    def either(words: List[str]) -> str:
        return " OR ".join(f'"{word}"' for word in words)

    def ask(query: str) -> List[int]:
        words = _telling(query)
        return [row for (row,) in base.execute(asked, (either(words), _BEST))] if words else []

    return ask


def _tantivy(texts: List[str], *, has_stems: bool = True) -> Ask:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("position", stored=True)
    builder.add_text_field("content", tokenizer_name="en_stem" if has_stems else "default")
    schema = builder.build()
    index = tantivy.Index(schema)
    writer = index.writer(num_threads=1)
    for position, text in enumerate(texts):
        writer.add_document(tantivy.Document(position=position, content=text))
    writer.commit()
    index.reload()
    searcher = index.searcher()
    stems = stemmer("english")

    def ask(query: str) -> List[int]:
        # Fuzzy terms are not analysed: they are looked for as they are among the stems.
        words = [stems.stemWord(word) if has_stems else word for word in _telling(query)]
        either = [
            (
                tantivy.Occur.Should,
                tantivy.Query.fuzzy_term_query(schema, "content", word, distance=_distance(word)),
            )
            for word in words
        ]
        # The exact stem beside the fuzzy one: a fuzzy term has no weight of its own.
        exact = [(tantivy.Occur.Should, tantivy.Query.term_query(schema, "content", word)) for word in words]
        hits = searcher.search(tantivy.Query.boolean_query([*exact, *either]), _BEST).hits
        return [searcher.doc(address)["position"][0] for _, address in hits]

    return ask


def _telling(query: str) -> List[str]:
    words = _WORD.findall(query.lower())
    return [word for word in words if word not in _LITTLE] or words


def _distance(word: str) -> int:
    return 0 if len(word) < 4 else 1 if len(word) < 8 else 2


_PEERS: Dict[str, Build] = {
    "rapidfuzz WRatio": _rapidfuzz(fuzz.WRatio),
    "rapidfuzz token_set_ratio": _rapidfuzz(fuzz.token_set_ratio),
    "bm25s": _bm25s,
    "SQLite FTS5, porter": _fts5,
    "tantivy, fuzzy terms": _tantivy,
}
_WITHOUT_STEMS: Dict[str, Build] = {
    "bm25s": partial(_bm25s, has_stems=False),
    "SQLite FTS5": partial(_fts5, has_stems=False),
    "tantivy, fuzzy terms": partial(_tantivy, has_stems=False),
}
