"""A search of your own, with and without scores."""

import pytest


def exact(query, memories):
    """Find the memories that hold the query letter for letter, newest first."""
    return [memory for memory in reversed(memories) if query in memory.content]


@pytest.mark.octamem(search=exact, memories=["Order 14 is paid.", "Order 41 is open."])
def test_a_search_of_your_own(octamem_client):
    """Whatever ranks can take the place of the fuzzy index."""
    assert [found.content for found in octamem_client.get(query="Order").results] == [
        "Order 41 is open.",
        "Order 14 is paid.",
    ]
    assert octamem_client.get(query="order 14").results == []


def scored(query, memories):
    """Give each memory a score of its own, as a pair."""
    return [(memory.id, 1 / len(memory.content)) for memory in memories]


@pytest.mark.octamem(search=scored, memories=["tea"])
def test_scores_of_your_own(octamem_fake):
    """A hit may come with a score, as a pair."""
    assert octamem_fake.explain("anything").hits[0].score == 0.3333
