"""A server's process looks for garbage rarely, and a process that it leaves as it was before."""

from __future__ import annotations

import gc
from typing import Generator

import pytest

from fake_server.cli.collecting import THRESHOLDS, CollectingRarely


@pytest.fixture(autouse=True)
def collection_of_before() -> Generator[None, None, None]:
    """Put the thresholds back, whatever a test does."""
    former = gc.get_threshold()
    yield
    gc.set_threshold(*former)
    gc.unfreeze()


def test_garbage_is_looked_for_rarely_and_then_as_before() -> None:
    """The thresholds, and which objects are spared, are those of before once it is over."""
    gc.set_threshold(701, 11, 12)
    collecting = CollectingRarely()
    with collecting:
        collecting.spare_what_is_loaded()
        assert (gc.get_threshold(), gc.get_freeze_count() > 0) == (THRESHOLDS, True)
    assert (gc.get_threshold(), gc.get_freeze_count()) == ((701, 11, 12), 0)


def test_a_thread_that_comes_late_spares_nothing() -> None:
    """What is loaded after the server has ended stays garbage that is found."""
    collecting = CollectingRarely()
    with collecting:
        pass
    collecting.spare_what_is_loaded()
    assert gc.get_freeze_count() == 0


def test_a_collection_that_is_turned_off_stays_so() -> None:
    """Whoever sets the first threshold to zero wants none at all."""
    gc.set_threshold(0, 10, 10)
    with CollectingRarely():
        assert gc.get_threshold() == (0, 10, 10)
