"""The kit in a wider scope: a fixture of a module, and a class of unittest."""

import unittest
from typing import Iterator

import pytest

from octamem import OctaMem
from octamem_testing import Fake, mocked


@pytest.fixture(scope="module")
def handbook() -> Iterator[Fake]:
    """Fill one fake for all tests of the module."""
    with mocked() as fake:
        fake.remember(["Expenses are due on the 5th.", "The guest network is called Lobby."])
        yield fake


@pytest.mark.parametrize("question", ["when are expenses due?", "what is the guest network called?"])
def test_the_handbook_answers(handbook: Fake, question: str) -> None:
    """Each test asks the memories that the module shares."""
    assert OctaMem().get(query=question).results


class TestNotes(unittest.TestCase):
    """A class of unittest with a fake for each of its tests."""

    def setUp(self) -> None:
        """Answer the calls of this test."""
        block = mocked()
        self.fake = block.__enter__()
        self.addCleanup(block.__exit__, None, None, None)

    def test_a_note_is_kept(self) -> None:
        """What the app adds is in the fake."""
        OctaMem().add(content="Water the plants.")
        assert [memory.content for memory in self.fake.memories()] == ["Water the plants."]
