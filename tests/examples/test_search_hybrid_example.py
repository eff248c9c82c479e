"""A search of your own that starts from the hits of the fuzzy index."""

import pytest


def newest_of_the_best(query, memories, hits):
    """Put the newest first among the hits that hold nearly as much of the question as the best one."""
    best = max((score for _, score in hits), default=0.0)
    near = [memory for memory, score in hits if score >= 0.9 * best]
    return sorted(near, key=lambda memory: memory.created, reverse=True)


@pytest.mark.octamem(
    search=newest_of_the_best,
    memories=[
        {"content": "The office is in Leeds.", "created_at": "2026-05-01T09:00Z"},
        {"content": "The office is in York.", "created_at": "2024-05-01T09:00Z"},
    ],
)
def test_a_hybrid(octamem_client):
    """A search of your own may start from the hits of the fuzzy index."""
    assert octamem_client.get(query="Where is the ofice?").results[0].content == "The office is in Leeds."
