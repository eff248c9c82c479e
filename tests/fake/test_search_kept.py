"""What is kept of texts that were read: it makes the next reading faster, changes none, and is bounded."""

from __future__ import annotations

import sys
from random import Random
from typing import Any, Dict, List

import pytest

from fake_server.core.search import documents, reading
from fake_server.core.search.index import Index
from fake_server.core.search.languages import language
from fake_server.core.search.postings import Postings
from fake_server.core.search.reading import Reading, read, words_of
from fake_server.core.search.text import tokens
from fake_server.core.search.text.tokens import plain_tokens

_ENGLISH = language("english")
# What is read beside its neighbours, or in several words, or with a mark that is no part of it.
_WRITTEN = """
the The IPHONE iPhone 16 16, (16) gate Gate, B X1 42 SW1A 1AA AB12 CDE II XIV don't O'Brien's x-ray state-of-the-art
3.5 1,000 1.250,50 $40 40 € 5 million 7 pm version 2 M AB 1234 #8823 @maria .NET C++ 漢字 กำลัง हिन्दी привет Ärger,
naïve été. İstanbul - & … ½ 😀 🇩🇪 v1.2.3 20mg 4x4 14th \u0661\u0662 e\u0301 10:15 per cent twenty five
"""
_CHUNKS = _WRITTEN.split()


def _texts(number: int, size: int) -> List[str]:
    chance = Random(7)
    return [" ".join(chance.choices(_CHUNKS, k=chance.randint(1, size))) for _ in range(number)]


def test_a_text_is_read_the_same_whatever_was_read_before() -> None:
    """Neither its words nor its tokens depend on which chunks are known, nor on what these stood beside."""
    texts = _texts(400, 12)
    cold = []
    for text in texts:
        tokens._KNOWN.clear()
        cold.append((words_of(text, _ENGLISH), [*plain_tokens(text, _ENGLISH.stop_words)]))
    assert [(words_of(text, _ENGLISH), [*plain_tokens(text, _ENGLISH.stop_words)]) for text in texts] == cold


def test_a_word_that_is_known_is_read_without_a_call() -> None:
    """A text of ten times the words takes no more calls, if its words were read before."""
    calls = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    counts = []
    for times in (1, 10):
        text = "It's Ana's (red) kettle, and state-of-the-art tea. " * times
        words_of(text, _ENGLISH)
        calls = 0
        before = sys.getprofile()
        sys.setprofile(count)
        try:
            words_of(text, _ENGLISH)
        finally:
            sys.setprofile(before)
        counts.append(calls)
    assert counts[0] == counts[1] > 0


def test_the_chunks_that_are_kept_are_few_and_short() -> None:
    """Hostile texts make them no more, no longer, and one of a megabyte puts nearly none of them out."""
    number = tokens._MOST_KNOWN
    for first in range(0, 2 * number, 64):
        words_of(" ".join(f"w-{each:x}-{'x' * (each % 40)}" for each in range(first, first + 64)), _ENGLISH)
        assert len(tokens._KNOWN) <= number
    assert max(map(len, tokens._KNOWN)) <= tokens._LONGEST_KNOWN
    tokens._KNOWN.clear()
    words_of("kettle", _ENGLISH)
    words_of(" ".join(f"w{each:x}" for each in range(2 * number)), _ENGLISH)
    assert "kettle" in tokens._KNOWN
    assert len(tokens._KNOWN) <= 1 + tokens._TEACHING


def test_equal_texts_share_a_reading() -> None:
    """A short text that comes again is not read again, except in another language; long ones are read each time."""
    text = "She went home."
    assert read(text, _ENGLISH) is read(text, _ENGLISH)
    assert read(text, language("german")) != read(text, _ENGLISH)
    long = text * 100
    assert read(long, _ENGLISH) is not read(long, _ENGLISH)
    for other in _texts(3 * reading._MOST_KEPT, 4):
        found = read(other, _ENGLISH)
        assert found == Reading(words_of(other, _ENGLISH), found.posted, [*map(_ENGLISH.stem, found.posted)])
        assert len(reading._READINGS) <= reading._MOST_KEPT


def test_postings_count_the_same_whenever_they_are_asked() -> None:
    """Counts and postings are those of all documents, asked after each or after hundreds, and after removals."""
    chance = Random(7)
    often, rarely = Postings(), Postings()
    expected: Dict[int, List[int]] = {stem_id: [] for stem_id in range(300)}
    removed: Dict[int, int] = {}
    for stem_id in expected:
        assert often.add_stem(str(stem_id)) == rarely.add_stem(str(stem_id)) == stem_id
    for doc_id in range(300):
        stem_ids = [min(int(chance.paretovariate(0.5)) - 1, 299) for _ in range(chance.choice([0, 3, 20, 400]))]
        for position, stem_id in enumerate(stem_ids):
            expected[stem_id].append((doc_id << 8) + min(position, 255))
        for postings in (often, rarely):
            postings.add(doc_id, stem_ids)
        if not doc_id % 50:
            for postings in (often, rarely):
                postings.remove(stem_ids)
            for stem_id in stem_ids:
                removed[stem_id] = removed.get(stem_id, 0) + 1
        stem = str(chance.randrange(300))
        assert often.count(stem) == len(expected[int(stem)]) - removed.get(int(stem), 0)
        assert often[stem].tolist() == expected[int(stem)]
    for stem_id, each in expected.items():
        stem = str(stem_id)
        assert rarely.count(stem) == often.count(stem) == len(each) - removed.get(stem_id, 0)
        assert rarely.document_frequency(stem) == often.document_frequency(stem)
        assert rarely[stem].tolist() == often[stem].tolist() == each
        assert (stem in rarely) == (stem in often) == (rarely.present([stem]) == [stem])


@pytest.mark.parametrize(("learnt", "teaching"), [(3, 2_048), (1 << 13, 2)])
def test_a_search_finds_the_same_however_few_words_are_kept(
    monkeypatch: pytest.MonkeyPatch, learnt: int, teaching: int
) -> None:
    """Neither hits nor corrections depend on which words of earlier documents have their stems at hand."""
    texts = _texts(120, 8)

    def found() -> List[Any]:
        index = Index(_ENGLISH)
        for number, text in enumerate(texts):
            index.add(str(number), text)
            if not number % 7:
                index.remove(str(number - 3))
        queries = ("gaet 42", "O'Brein", "naive ete", "iphone16", "state of the art", "ärgr")
        return [index.explain(query, limit=20) for query in queries]

    usual = found()
    monkeypatch.setattr(documents, "_MOST_LEARNT", learnt)
    monkeypatch.setattr(documents, "_TEACHING", teaching)
    assert found() == usual
    assert any(usual)
