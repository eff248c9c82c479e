"""Numbers: the exact one comes first inside any name, and is found in every form in which people write it."""

from __future__ import annotations

from typing import List

import pytest

from fake_server.core.search.index import Hit, Index
from fake_server.core.search.languages import language


def _index(memories: List[str]) -> Index:
    index = Index(language("english"))
    for number, text in enumerate(memories):
        index.add(str(number), text)
    return index


@pytest.mark.parametrize(
    ("memories", "query"),
    [
        (["v1.0.1 released", "v1.0.0 released", "v1.1.0 released"], "1.0.1"),
        (["v1.0.0 released", "v1.0.1 released", "v1.1.0 released"], "1.0.0"),
        (["at 10:15 with Ana", "at 15:10 with Bob"], "10:15am"),
        (["at 10:15pm with Ana", "at 15:10pm with Bob"], "10:15"),
        (["see http://10.0.1.2:8080", "see http://10.0.2.1:8080", "see http://10.1.0.2:8080"], "10.0.1.2"),
        (["at 2024-05-06T10:00:00Z", "at 2024-06-05T10:00:00Z"], "2024-05-06"),
        (["subnet 10.0.1.0/24", "subnet 10.1.0.0/24"], "10.0.1.0"),
    ],
)
def test_the_exact_number_comes_first(memories: List[str], query: str) -> None:
    """A number inside a longer name differs from one with its digits in another order, and only it scores 1.0."""
    first, *others = _index([*memories, "nothing of the kind"]).search(query, limit=10)
    assert first == Hit("0", 1.0)
    assert all(hit.score < 1 for hit in others)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("20mg", "20 mg"),
        ("9am", "9 am"),
        ("128gb", "128 GB"),
        ("3:30pm", "3:30 pm"),
        ("14 March", "March 14th"),
        ("№8823", "8823"),
        ("№8823", "#8823"),
        ("5551234567", "555-123-4567"),
        ("5551234567", "(555) 123-4567"),
        ("555 123 4567", "555.123.4567"),
        ("5551234567", "+1 (555) 123-4567"),
        ("4111111111111111", "4111 1111 1111 1111"),
        ("DE89370400440532013000", "DE89 3704 0044 0532 0130 00"),
        ("20230507", "2023-05-07"),
    ],
)
def test_a_number_is_found_as_it_may_be_written(one: str, other: str) -> None:
    """A number finds itself with its unit or ending attached or not, and its digits in groups or not, both ways."""
    for text, query in ((one, other), (other, one)):
        assert _index(["nothing of the kind", f"about {text} then"]).search(query, limit=3) == [Hit("1", 1.0)]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("call 555 or else 1234567", "5551234567"),
        ("call 555 1234567", "555 1234568"),
        ("on 12 34", "1234"),
        ("b12 is a gate", "12"),
        ("commit 9f8e7d6c", "8e7d"),
    ],
)
def test_another_number_does_not_score_in_full(text: str, query: str) -> None:
    """No number is split or joined to match another one."""
    assert all(hit.score < 1 for hit in _index(["nothing of the kind", text]).search(query, limit=3))


def test_a_list_of_numbers_is_read_in_no_time() -> None:
    """A long list of numbers is no single number: the joined ones grow with the text, not with its square."""
    assert len(_index(["7 " * 20_000, "x"]).search("7", limit=3)) == 1
