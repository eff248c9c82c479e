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


def test_scores_of_your_own():
    """A hit may come with a score, as a pair."""
    fake = Fake(search=lambda query, memories: [(memory.id, 1 / len(memory.content)) for memory in memories])
    fake.remember(["tea"])
    assert fake.explain("anything").hits[0].score == 0.3333
