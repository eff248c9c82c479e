"""The self-written sets that measure the search: their size, their halves, and the program that measures them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # the repository's own, which no installation holds
    sys.path.insert(0, str(ROOT))

from benchmarks.search_sets import SETTINGS, read_sets  # noqa: E402 - as above
from fake_server.core.search.index import Index  # noqa: E402 - as above
from fake_server.core.search.languages import language  # noqa: E402 - as above

DEV, HELD = read_sets("dev"), read_sets("held")


def test_each_set_has_sixty_cases_in_five_languages_and_half_of_them_held_out():
    """Every language has its share in both halves, as far as its number of cases allows."""
    for of_dev, of_held in [(DEV.updates, HELD.updates), (DEV.forms, HELD.forms)]:
        assert (len(of_dev), len(of_held)) == (30, 30)
        counts = [Counter(case.language for case in half) for half in (of_dev, of_held)]
        assert set(counts[0]) == set(counts[1]) == set(SETTINGS)
        assert all(abs(counts[0][name] - counts[1][name]) <= 1 for name in SETTINGS)
    assert [sum(len(world.absent) for world in half.worlds) for half in (DEV, HELD)] == [30, 30]


def test_the_paraphrases_share_no_word_with_their_memories():
    """Twenty questions, half of them held out, of which words find next to none."""
    worlds = (*DEV.paraphrases, *HELD.paraphrases)
    asked = [question for world in worlds for question in world.present]
    index = Index(language("english"))
    for number, memory in enumerate(worlds[0].memories):
        index.add(str(number), memory)
    found = [[hit.key for hit in index.search(question.text, limit=1)] == [str(question.answer)] for question in asked]
    assert (len(found), found.count(True)) in {(20, 0), (20, 1)}


def test_no_case_is_in_both_halves():
    """What is held out is nowhere among what rules are chosen by."""
    assert not {case.question for case in DEV.updates} & {case.question for case in HELD.updates}
    assert not {case.memory for case in DEV.forms} & {case.memory for case in HELD.forms}
    for of_dev, of_held in zip(DEV.worlds, HELD.worlds):
        assert not {*of_dev.absent, *of_dev.present} & {*of_held.absent, *of_held.present}


def test_a_form_is_asked_for_in_the_other():
    """The question of each memory holds the form that the memory does not hold."""
    for form in (*DEV.forms, *HELD.forms):
        for own, other, memory, question in zip(form.forms, form.forms[::-1], form.memories(), form.questions()):
            assert own in memory
            assert other in question
            assert "{}" not in memory + question


def test_the_program_measures_one_half_or_both():
    """A half that is not named is not shown, not even by its misses."""
    run = [sys.executable, "-m", "benchmarks.search_sets", "--half", "dev", "--missed"]
    env = {**os.environ, "PYTHONIOENCODING": "utf-8"}  # the texts have letters of many languages
    shown = subprocess.run(run, cwd=ROOT, env=env, capture_output=True, encoding="utf-8", check=True).stdout
    assert shown.startswith("\ndev, with a cut of ")
    assert "held" not in shown
    assert "updates, created_at       30" in shown
