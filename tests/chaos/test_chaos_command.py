"""octamem-fake chaos: what it takes, what it says, and how it ends."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Iterator

import click
import pytest
from click.testing import CliRunner, Result

from octamem_testing.chaos.command import chaos

PROGRAMS = '''
"""Programs to hunt."""

import sys
from pathlib import Path

NOTE = "Tea is at four."


def save(client):
    print("saving")
    client.add(content=NOTE)
    return NOTE


async def save_async(client):
    await client.add(content=NOTE)
    return NOTE


def look(client):
    print("looking")
    client.get(query="when is tea?")


def wide(client, other): ...


def idle(client): ...


def loud(client):
    print("loud")
    print("loud", file=sys.stderr)
    client.get(query="when is tea?")


TIMES = []


def counts(client):
    TIMES.append(1)
    client.get(query=f"question {len(TIMES)}")


def interrupted(client):
    raise KeyboardInterrupt


number = 7
'''


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the current folder, with programs in it, and put back what importing them leaves."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "programs.py").write_text(PROGRAMS)
    (tmp_path / "broken.py").write_text("import programs\nraise RuntimeError('no tea')\n")
    (tmp_path / "needy.py").write_text("import no_such_library\n")
    (tmp_path / "leaving.py").write_text("import sys\nsys.exit(0)\n")
    yield tmp_path
    for name in ("programs", "broken", "needy", "leaving"):
        sys.modules.pop(name, None)


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(chaos, arguments, catch_exceptions=False)


def test_an_invariant_that_holds_ends_with_zero(folder):
    """The summary is printed, and nothing is written."""
    before = sorted(folder.rglob("*"))
    result = ran("programs:save", "--setting", "idempotency=true", "--rounds", "8", "--seed", "3")
    assert (result.exit_code, result.output.partition("\n")[0]) == (
        0,
        "every invariant held in 8 rounds of chaos, seed 3",
    )
    assert sorted(folder.rglob("*")) == before


def test_seconds_alone_end_a_hunt():
    """Without --rounds, --seconds sets no number of rounds; with it, whichever comes first ends the hunt."""
    arguments = ["programs:save", "--setting", "idempotency=true", "--seconds"]
    assert "in 8 rounds" in ran(*arguments, "3600", "--rounds", "8").output
    ended = ran(*arguments, "0.000001")
    assert ended.exit_code == 0
    assert "ended early: seconds=1e-06 were over" in ended.output


def test_schedules_are_kept_where_it_is_asked_for(folder):
    """--database names a directory, which has the schedule of a finding."""
    assert ran("programs:save", "--rounds", "30", "--database", "kept").exit_code == 1
    assert [each.read_text() for each in (folder / "kept").rglob("*") if each.is_file()] == ["add: reset @after"]


@pytest.mark.parametrize("scenario", ["save", "save_async"])
def test_an_invariant_that_is_broken_ends_with_one(scenario, folder):
    """The finding is printed, with a test that imports the scenario as the command did, and nothing is written."""
    before = sorted(folder.rglob("*"))
    result = ran(f"programs:{scenario}", "--rounds", "30")
    assert result.exit_code == 1
    assert result.output.startswith("acknowledged_once is violated: ")
    assert f"from programs import {scenario}" in result.output
    assert f"octamem-fake chaos programs:{scenario} --rounds 30 --seed 0" in result.output
    assert "saving" not in result.output
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "status", "heading"),
    [
        (["programs:save", "--rounds", "30"], 1, "<h1>acknowledged_once is violated</h1>"),
        (["programs:look", "--rounds", "9", "--faults", "503"], 0, "<h1>Every invariant held</h1>"),
        (["programs:look", "--replay", "search: 503"], 0, "<h1>Every invariant held</h1>"),
    ],
    ids=["violated", "held", "replayed"],
)
def test_a_page_is_written_where_it_is_asked_for(arguments, status, heading, folder):
    """--html names a file, which has what was found, or that nothing was."""
    assert ran(*arguments, "--html", "page.html").exit_code == status
    assert heading in (folder / "page.html").read_text(encoding="utf-8")


def test_one_round_can_be_made_again():
    """--replay makes the round of a schedule: zero if its invariants hold, one if one is violated."""
    assert ran("programs:save", "--replay", "add: 429").exit_code == 0
    broken = ran("programs:save", "--replay", "add: reset @after")
    assert (broken.exit_code, "schedule:  add: reset @after" in broken.output) == (1, True)


def test_nothing_to_fire_at_is_a_failure():
    """A program that sends nothing ends with one, and the output says so."""
    result = ran("programs:idle")
    assert (result.exit_code, result.output.startswith("no fault could be injected")) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["programs"], "expected MODULE:FUNCTION such as myapp.notes:save_all, got "),
        (["programs:"], "expected MODULE:FUNCTION such as myapp.notes:save_all, got "),
        (["./programs.py:save"], "expected MODULE:FUNCTION such as myapp.notes:save_all, got "),
        (["no_programs:save"], "no module named 'no_programs' in "),
        (["programs.sub:save"], "no module named 'programs.sub' in "),
        (["programs:sav"], "programs has no function 'sav'; did you mean save?"),
        (
            ["programs:zzz"],
            "programs has no function 'zzz'; its functions are counts, idle, interrupted, look, loud, save, save_async",
        ),
        (["programs:number"], "programs:number: expected a function that takes a client, got 7"),
        (["programs:wide"], "got client, other of wide"),
        (["broken:save"], "broken: importing it fails with RuntimeError: no tea ("),
        (
            ["needy:save"],
            "needy: importing it fails with ModuleNotFoundError: No module named 'no_such_library'",
        ),
        (["leaving:save"], "leaving: importing it fails with SystemExit"),
        (["programs:save", "--faults", "teapot"], "'teapot'"),
        (["programs:save", "--setting", "idempotency"], "expected NAME=VALUE"),
        (["programs:save", "--setting", "tea=four"], "tea"),
        (["programs:save", "--replay", "add: teapot"], "'teapot'"),
        (["programs:save", "--replay", "add: cancel"], "needs an async scenario"),
        (["programs:save", "--rounds", "0"], "--rounds"),
        ([], "MODULE:FUNCTION"),
    ],
)
def test_what_cannot_be_carried_out_ends_with_two(arguments, says):
    """A usage error names what was given and what would do."""
    result = ran(*arguments)
    assert (result.exit_code, says in result.output) == (2, True), result.output


def test_a_page_that_cannot_be_written_is_told_before_the_hunt():
    """A usage error names the file, and nothing is hunted."""
    result = ran("programs:look", "--rounds", "3", "--html", "missing/page.html")
    assert (result.exit_code, "every invariant held" in result.output) == (2, False)
    assert "missing/page.html" in result.output


@pytest.mark.parametrize("option", [("--rounds", "7"), ("--faults", "503")])
def test_a_replay_takes_no_options_of_a_search(option):
    """What would be ignored is refused."""
    result = ran("programs:look", "--replay", "search: 503", *option)
    assert (result.exit_code, f"{option[0]} cannot be combined with --replay" in result.output) == (2, True)


def test_what_a_program_prints_is_left_out_on_both_outputs():
    """Neither what it prints nor what it complains of stands among what was found."""
    result = ran("programs:loud", "--rounds", "5")
    assert (result.exit_code, result.output.count("loud")) == (0, 0)


def test_a_scenario_that_keeps_state_ends_with_two():
    """It cannot be judged, which is no violation."""
    result = ran("programs:counts", "--rounds", "5")
    assert (result.exit_code, "not deterministic" in result.output) == (2, True)


def test_the_line_for_the_shell_finds_the_same_again():
    """Rounds, faults and settings of a search are on the line, quoted."""
    line = ("programs:save", "--rounds", "50", "--seed", "7", "--faults", "503 @mid", "--faults", "reset @after")
    printed = ran(*line, "--setting", "wire=envelope")
    shown = next(text for text in printed.output.splitlines() if text.startswith("from a shell: "))
    again = shlex.split(shown.partition("octamem-fake chaos ")[2])
    assert again == [*line, "--setting", "wire=envelope"]
    assert ran(*again).output == printed.output


def test_an_interrupt_is_no_violation():
    """Ctrl-C ends with 130, as shells have it, and says that nothing is known."""
    result = ran("programs:interrupted")
    assert (result.exit_code, "interrupted" in result.output) == (130, True)


def test_it_is_a_command_for_the_server_s_group():
    """The object that the entry point names is a click command, with a line of help."""
    assert isinstance(chaos, click.Command)
    assert ran("--help").exit_code == 0


@pytest.mark.slow
def test_standard_output_has_what_was_found_and_nothing_else(folder):
    """In a process of its own, the finding goes to standard output, and the address of the page to standard error."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from octamem_testing.chaos.command import chaos; chaos()",
            "programs:save",
            "--rounds",
            "30",
            "--html",
            "p.html",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert (done.returncode, done.stderr.startswith("the page: file://")) == (1, True)
    assert done.stdout.startswith("acknowledged_once is violated: ")
    assert not list(folder.rglob("__pycache__"))


def test_a_hunt_in_parts_leaves_its_rounds_to_a_last_one(folder: Path) -> None:
    """Parts that leave out what is the others' write their rounds, from which a last command reports what one does."""
    options = ("programs:look", "--rounds", "60", "--seed", "7")
    parts = [ran(*options, "--part", f"{number}/2", "--shared", f"rounds{number}", "--leave-out") for number in (1, 2)]
    assert all("left to other parts: " in part.output for part in parts)
    for file in (folder / "rounds2").iterdir():
        file.replace(folder / "rounds1" / file.name)
    last = ran(*options, "--part", "1/1", "--shared", "rounds1")
    assert (last.exit_code, last.output) == (0, ran(*options).output)


@pytest.mark.parametrize("target", ["programs:look", "programs:save"])
def test_the_page_says_why_a_hunt_ended_early(folder: Path, target: str) -> None:
    """A page of findings, and one of a hunt that found nothing, say that time was up."""
    ran(target, "--seconds", "0.000001", "--faults", "reset @after, 503", "--html", "page.html")
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert "The hunt ended early" in page
    assert "1e-06 were over" in page
