"""`octamem-fake faults`: list, arm, check and clear."""

from __future__ import annotations

import shlex

import pytest

KEY = "sk-om-live-faults-0000000000000001"


def test_faults_are_armed_listed_and_cleared(command, fake):
    """What is armed stands in the list with how often it fired, until it is cleared."""
    assert command("faults").out == "no faults are armed\n"
    assert command("faults", "arm", "add: 503 x2", "*: 500 20%", "--seed", "7").status == 0
    fake.add()
    listed = command("faults", "list")
    first, second = command("faults", "--json").json["faults"]
    assert [line.split("  ")[-1].strip() for line in listed.out.splitlines()] == ["SCRIPT", "add: 503 x2", "*: 500 20%"]
    assert listed.out.splitlines()[1].split()[:4] == [first["id"], "1", "1", fake.fake.calls[0].id]
    assert listed.out.splitlines()[2].split()[:4] == [second["id"], "0", "on", "none"]
    assert "add: 503" not in command("faults", "clear", first["id"]).out
    assert [each.script.text for each in fake.fake.armed()] == ["*: 500 20%"]
    assert command("faults", "clear").out.startswith("no faults are armed; undo it with ")
    assert fake.fake.armed() == []


def test_replace_disarms_what_is_there_first(command, fake):
    """With --replace only the scripts of this command are armed then, all of them."""
    fake.fake.faults("search: 500")
    command("faults", "arm", "--replace", "add: 503", "details: 404")
    assert [each.script.text for each in fake.fake.armed()] == ["add: 503", "details: 404"]


def test_faults_of_one_key_are_apart(command, fake):
    """With --api-key a script is armed, listed and cleared for that key alone."""
    command("faults", "arm", "add: 503", "--api-key", KEY)
    assert command("faults").out == "no faults are armed\n"
    assert "add: 503" in command("faults", "--api-key", KEY).out
    assert "leave out --api-key" in command("faults", "--api-key", KEY, "--key-id", "k1").err
    command("faults", "clear", "--api-key", KEY)
    assert fake.fake.armed(key=KEY) == []


@pytest.mark.parametrize("script", ["add: 503", "outage", "add: boom"])
def test_a_script_without_a_command_is_told_how_it_is_armed(command, script):
    """Who leaves out `arm` gets the line to paste, and nothing is asked or armed."""
    ran = command("faults", script)
    assert (ran.status, ran.out) == (2, "")
    assert f"got a script; to arm it: octamem-fake faults arm {shlex.quote(script)}\n" in ran.err
    assert "No such command 'amr'." in command("faults", "amr", script).err


@pytest.mark.parametrize("verb", ["arm", "check"])
def test_a_script_that_cannot_be_read_is_pointed_at_with_status_2(command, verb):
    """The script stands below the message with a mark at the column, and nothing is asked or armed."""
    ran = command("faults", verb, "add: 503", "add: boom")
    assert (ran.status, ran.out) == (2, "")
    assert "column 6: expected a status" in ran.err
    assert ran.err.endswith("\n  add: boom\n       ^^^^\n")


def test_a_script_that_can_be_repaired_is_offered_as_it_was_meant(command):
    """What was probably meant stands below the mark; a script that no terminal shows well is not repeated."""
    ran = command("faults", "check", "search: ok; add: 503 x0, ok")
    assert ran.err.endswith(
        "\n  search: ok; add: 503 x0, ok\n                       ^^\n"
        "Perhaps this was meant:\n  search: ok; add: 503 x1, ok\n"
    )
    assert "^" in command("faults", "check", "add: 503\nadd: boom").err
    assert "^" not in command("faults", "check", f"add: {'503, ' * 30}boom").err
    assert "^" not in command("faults", "check", "add: \x1bboom").err


def test_check_says_how_a_script_is_understood(command):
    """Each rule is written in full with the number of its steps, and no server needs to be there."""
    ran = command("faults", "check", "add:503,ok;*:500")
    assert (ran.status, ran.out) == (
        0,
        "add: 503 @before, ok  (2 steps for add)\n*: 500 @before  (1 step for each endpoint)\n",
    )
    rules = command("faults", "check", "--json", "add: 503").json["scripts"][0]["rules"]
    assert rules == [{"endpoint": "add", "steps": ["503 @before"]}]


def test_the_help_of_the_group_and_of_its_commands_has_examples(command):
    """Whoever asks for help sees a line to type, and the exit status."""
    assert "octamem-fake faults arm 'add: 503 x2" in command("faults", "--help").out
    assert "Exit status:" in command("faults", "-h").out
    for verb in ("arm", "check", "clear"):
        assert f"octamem-fake faults {verb}" in command("faults", verb, "--help").out
    assert "No such command 'amr'" in command("faults", "amr").err
