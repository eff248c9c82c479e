"""Parts of a search that are done in the cheaper of two ways: both find the same as the plain one."""

from __future__ import annotations

from random import Random
from typing import Dict, List, Tuple

import numpy as np
import pytest

from fake_server.core.search.index import Index
from fake_server.core.search.languages import language
from fake_server.core.search.packing import POSITION_BITS
from fake_server.core.search.ranking.matching import greatest, greatest_in_order
from fake_server.core.search.scoring.occurrences import MASKED, Occurrences, PostingLists

_ENGLISH = language("english")


def _lists(documents: List[List[int]], stems: int) -> PostingLists:
    """Return the postings of stems that are given as numbers, document by document."""
    postings: Dict[int, List[int]] = {stem: [] for stem in range(stems)}
    for doc_id, words in enumerate(documents):
        for position, stem in enumerate(words):
            postings[stem].append((doc_id << POSITION_BITS) + position)
    return PostingLists([np.array(each, np.uint32) for each in postings.values()])


@pytest.mark.parametrize("seed", range(20))
def test_pairs_of_neighbours_are_the_same_by_bits_and_by_places(seed: int) -> None:
    """In documents of few words, pairs are counted by bits; in others, or with several stems, by a grid of places."""
    chance = Random(seed)
    stems = chance.randint(2, 6)
    documents = [[chance.randrange(stems) for _ in range(chance.randint(1, MASKED))] for _ in range(30)]
    pairs = [((chance.randrange(stems),), (chance.randrange(stems),)) for _ in range(chance.randint(1, 6))]
    chosen = sorted(chance.sample(range(30), 12))
    occurrences = Occurrences(_lists(documents, stems), np.array(chosen), len(documents))
    expected = [
        sum((left, right) in zip(documents[doc_id], documents[doc_id][1:]) for left, right in _distinct(pairs))
        for doc_id in chosen
    ]
    assert occurrences.pairs(pairs, are_short=True).tolist() == expected
    assert occurrences.pairs(pairs, are_short=False).tolist() == expected
    assert occurrences.held.tolist() == [[stem in documents[doc_id] for doc_id in chosen] for stem in range(stems)]


def _distinct(pairs: List[Tuple[Tuple[int, ...], Tuple[int, ...]]]) -> List[Tuple[int, int]]:
    return [*{(left, right): None for (left,), (right,) in pairs}]


@pytest.mark.parametrize("different", [1, 2, 5, 1_000])
@pytest.mark.parametrize("in_order", [True, False])
def test_the_greatest_are_those_of_a_sort(different: int, in_order: bool) -> None:  # noqa: FBT001 - a parameter
    """Of equal values, which are usual, the newest are taken, whether doc ids are in order of age or not."""
    chance = Random(different)
    for size in (1, 49, 50, 51, 333, 2_000):
        doc_ids = np.array(sorted(chance.sample(range(2 * size), size)))
        age = np.arange(2 * size)
        if not in_order:
            chance.shuffle(age)
        values = np.array([chance.randrange(different) / 7 for _ in range(size)])
        ranked = sorted(range(size), key=lambda at: (values[at], age[doc_ids[at]]), reverse=True)[:50]
        expected = doc_ids[ranked].tolist()
        assert greatest_in_order(values, doc_ids, age, 50).tolist() == expected
        assert greatest(values, doc_ids, None if in_order else age, 50).tolist() == sorted(expected)


@pytest.mark.parametrize(
    ("first", "then", "query"),
    [
        ("The año was long.", "The ano was long.", "año"),
        ("The ano was long.", "The año was long.", "ano"),
        ("We like painting.", "We like tea.", "tee"),
        ("We like tea.", "We like paintings.", "panting"),
        ("They go on site.", "They have an onsite team.", "on site"),
        ("In May we met.", "You may go.", "Did we meet in May or may we go"),
    ],
)
def test_what_was_asked_before_changes_no_answer(first: str, then: str, query: str) -> None:
    """Whatever is kept of the words of a question, the next one finds what a new index would."""
    index, fresh = Index(_ENGLISH), Index(_ENGLISH)
    index.add("first", first)
    index.add("other", "Nothing of the kind.")
    for asked in (query, query.lower(), query.upper()):
        index.search(asked, limit=5)
    index.add("then", then)
    for key, text in (("first", first), ("other", "Nothing of the kind."), ("then", then)):
        fresh.add(key, text)
    for asked in (query, query.lower(), query.upper()):
        assert index.explain(asked, limit=5) == fresh.explain(asked, limit=5)
    index.remove("first")
    fresh.remove("first")
    assert index.explain(query, limit=5) == fresh.explain(query, limit=5)
