"""Our package on answers of odd shapes: what docs/differences.md shows of it, and that it loses nothing of them."""

from __future__ import annotations

import json

import pytest
from differences_page import PAGE, called, cell, ours
from odd_answers import ANSWERS, Answer, leaves

from octamem import OctaMemError

NUMBERED = [pytest.param(answer, id=f"{number}-{answer.operation}") for number, answer in enumerate(ANSWERS)]


def test_the_two_packages_are_compared_on_more_than_sixty_answers() -> None:
    """The page has a row for each answer, in the order of the list, and none twice."""
    shown = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `` ")]
    assert [line.split(" | ")[0] for line in shown] == [f"| {cell(answer.shown)}" for answer in ANSWERS]
    assert len({(answer.operation, answer.shown) for answer in ANSWERS}) == len(ANSWERS) > 60


@pytest.mark.parametrize("answer", NUMBERED)
def test_the_page_shows_what_ours_makes_of_an_answer(answer: Answer) -> None:
    """No row of the table is out of date: `differences_page.py` writes it again."""
    rows = PAGE.read_text(encoding="utf-8").splitlines()
    start, end = f"| {cell(answer.shown)} | `{answer.operation}` | ", f" | {cell(ours(answer))} | "
    assert any(row.startswith(start) and end in row for row in rows)


@pytest.mark.parametrize("answer", NUMBERED)
def test_nothing_of_an_odd_answer_is_lost(answer: Answer) -> None:
    """Each value of a success is in the result, and the words of a failure are in its message or its code."""
    result = called(answer)
    if isinstance(result, OctaMemError):
        words = [leaf for leaf in leaves(answer.body) if isinstance(leaf, str)]
        assert not words or any(word in f"{result.message} {result.code}" for word in words)
        return
    kept = {str(leaf) for leaf in leaves([result.model_dump(), result.unreadable])}
    body = (
        json.loads(answer.sent.decode("utf-16-le" if b"\0" in answer.sent else "utf-8-sig"), parse_int=str)
        if answer.sent
        else {}
    )
    for leaf in leaves(body):
        spelled = {str(leaf), str(leaf).replace(".0", ""), str(leaf == "true"), str(int(leaf is True)), "?"}
        assert spelled & kept
