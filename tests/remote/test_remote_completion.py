"""Completion in a shell, and the help of the commands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from fake_server.cli import main

OURS = ("calls", "faults", "keys", "reset", "seed", "snapshot", "undo")


@pytest.fixture
def completed(command):
    """Give what a shell would offer after some words."""

    def complete(*words):
        found = ShellComplete(main, {}, "octamem-fake", "_X").get_completions(list(words[:-1]), words[-1])
        return {each.value for each in found}

    return complete


def test_commands_options_and_choices_are_completed(completed):
    """Whatever a command knows by name is offered: commands, commands of a group, options and choices."""
    assert {*OURS, "serve", "env"} <= completed("")
    assert completed("fau") == {"faults"}
    assert completed("faults", "") == {"list", "arm", "check", "clear"}
    assert "--replace" in completed("faults", "arm", "--re")
    assert completed("seed", "--format", "") == {"jsonl", "text"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(command, monkeypatch, shell):
    """The documented variable makes the command print a script, which asks the command for the words."""
    monkeypatch.setenv("_OCTAMEM_FAKE_COMPLETE", f"{shell}_source")
    assert f"_OCTAMEM_FAKE_COMPLETE={shell}_complete" in command().out


@pytest.mark.slow
def test_a_shell_offers_the_words(command, monkeypatch):
    """Bash, which takes the script as documented, offers the commands that begin so."""
    monkeypatch.setenv("_OCTAMEM_FAKE_COMPLETE", "bash_source")
    script = command().out
    typed = "COMP_WORDS=(octamem-fake faults c); COMP_CWORD=2; _octamem_fake_completion octamem-fake"
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    line = f"{script}\n{typed}; echo ${{COMPREPLY[@]}}"
    offered = subprocess.run(["bash", "-c", line], env=env, capture_output=True, text=True, check=True)
    assert offered.stdout.split() == ["check", "clear"]


@pytest.mark.parametrize("name", OURS)
def test_each_help_has_examples_that_can_be_read_and_the_exit_status(command, name):
    """Each line of an example is a command line of ours, and each exit status is said."""
    text = command(name, "--help").out
    examples = re.findall(r"^ +(?:.* \| )?octamem-fake (.*)$", text, re.MULTILINE)
    assert len(examples) >= 3
    assert all(each.split()[0] == name for each in examples)
    assert re.findall(r"^ +(\d+) +\S", text.partition("Exit status:")[2], re.MULTILINE) == ["0", "1", "2", "130"]
