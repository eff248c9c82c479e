"""A search that is explained, one in another language, and one of your own."""

import pytest

from octamem_testing import Fake


@pytest.mark.octamem(memories=["Ana bought a red kettle in May.", ("Ana drinks green tea.", "Home")])
def test_a_question_finds_its_memory(octamem_client):
    """In plain words, with a slip of the pen and another form of the verb."""
    found = octamem_client.get(query="When did Ana buy the ketle?")
    assert found.results[0].content == "Ana bought a red kettle in May."


@pytest.mark.octamem(memories=["Ana bought a red kettle in May.", ("Ana drinks green tea.", "Home")])
def test_why_it_was_found(octamem_fake):
    """Each query term has its correction and the words that it matched."""
    explanation = octamem_fake.explain("green ketle")
    tea, kettle = explanation.hits
    assert [(term.word, term.corrected, term.matched) for term in kettle.breakdown.terms] == [
        ("green", None, ()),
        ("ketle", "kettle", ("kettle",)),
    ]
    assert tea.score > kettle.score


@pytest.mark.octamem(memories=["Ana bought a red kettle in May.", ("Ana drinks green tea.", "Home")])
def test_why_it_was_not(octamem_fake):
    """Asked about one memory, explain says what keeps it from the results."""
    tea = octamem_fake.memories()[1]
    explanation = octamem_fake.explain("green tea", previous_context="Office", memory=tea.id)
    assert explanation.asked.why == ("its context is 'Home', and the search asks for 'Office'",)


@pytest.mark.octamem(language="german", memories=["Die Kinder spielten im Garten."])
def test_another_language(octamem_client):
    """The forms of a word are those of the language that is set."""
    assert octamem_client.get(query="Wo spielt das Kind?").results


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


def test_scores_of_your_own():
    """A hit may come with a score, as a pair."""
    fake = Fake(search=lambda query, memories: [(memory.id, 1 / len(memory.content)) for memory in memories])
    fake.remember(["tea"])
    assert fake.explain("anything").hits[0].score == 0.3333
