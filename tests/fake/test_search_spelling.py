"""Spelling: the words ruled out by masks are only those that the edit distance would not match."""

from __future__ import annotations

from typing import Dict, List

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from fake_server.core.search.spelling import Vocabulary

# Letters that share their bit with others, double letters and digits, so that chance meets the hard cases.
_WORDS = st.text(st.sampled_from("aabbcdeé茶ж1"), min_size=1, max_size=14)


def _every_near(word: str, words: List[str]) -> Dict[str, float]:
    """Compare with every word, with none ruled out."""
    if len(word) < 3 or word.isdecimal():
        return {}
    near: Dict[str, float] = {}
    for other in words:
        similarity = OSA.normalized_similarity(word, other)
        if len(word) >= 4 and other.startswith(word):
            similarity = max(similarity, 0.8)
        digits = [[letter for letter in each if letter.isdecimal()] for each in (word, other)]
        is_swap = len(word) == 3 and sorted(word) == sorted(other) and OSA.distance(word, other) == 1
        is_near = similarity >= 0.75 and len(other) > 3
        if (is_near or is_swap) and digits[0] == digits[1]:
            near[other] = similarity
    return near


@given(word=_WORDS, words=st.lists(_WORDS, max_size=40))
@example(word="abcdeabcde", words=["abcdeabc", "abcdeab", "bacedacbde", "abcdeabcdeaaaa"])
@example(word="abc", words=["bac", "acb", "cba", "abb", "cab"])
@example(word="\U0001f389aaa", words=["\U0001f389aaab", "aaa"])
@settings(max_examples=150, deadline=None, derandomize=True)
def test_nothing_near_is_ruled_out(word: str, words: List[str]) -> None:
    """The fuzzy matches and their similarities are those of a comparison with every word, in order."""
    near = Vocabulary(words).fuzzy_matches(word)
    assert dict(near) == _every_near(word, words)
    assert near == sorted(near, key=lambda pair: (-pair[1], pair[0]))


def test_a_vocabulary_grows() -> None:
    """A word appended to its list after the first query is found by the next."""
    words = ["kettle"]
    vocabulary = Vocabulary(words)
    assert vocabulary.fuzzy_matches("teapto") == []
    words.append("teapot")
    assert [word for word, _ in vocabulary.fuzzy_matches("teapto")] == ["teapot"]


@pytest.mark.parametrize(
    ("word", "matches"),
    [
        ("ab", []),
        ("2023", []),
        ("bac", ["abc"]),
        ("cba", []),
        ("bca", []),
        ("abcd", []),
        ("abbc", []),
        ("conf", ["confirm", "conform"]),
        ("confrm", ["confirm", "conform"]),
    ],
)
def test_what_may_be_meant(word: str, matches: List[str]) -> None:
    """Short words and numbers have no matches, a beginning matches a longer word, equals are in alphabetical order."""
    assert [one for one, _ in Vocabulary(["conform", "confirm", "2024", "abc"]).fuzzy_matches(word)] == matches
