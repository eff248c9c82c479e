"""The session of docs/server.md: every line that a new user types there gives what the page shows."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from command_lines import NoWaits
from remote_terminal import Screen

from octamem._command.main import main as octamem
from octamem.testing import override

PAGE = Path(__file__).parents[2] / "docs" / "server.md"
SECTION = PAGE.read_text(encoding="utf-8").partition("\n## A session\n")[2].partition("\n## ")[0]
BLOCKS = re.findall(r"```console\n(.*?)```", SECTION, re.DOTALL)
CHANGES = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "MOMENT"),
    (r"version \d\S*", "VERSION"),
    (r"\d\d:\d\d:\d\d(\.\d+)?", "TIME"),
    (r"\b[0-9a-f]{8}-\d+\b", "CALL"),
    (r"\brec_[0-9a-f]{16}\b", "MEMORY"),
    (r"\breq_[0-9a-f]{16}\b", "REQUEST"),
    (r"127\.0\.0\.1:\d+", "ADDRESS"),
    (r" +", " "),
)


def stable(text):
    """Leave out what differs from one run to the next."""
    for pattern, name in CHANGES:
        text = re.sub(pattern, name, text)
    return text.strip()


def steps(block):
    """Give each line that is typed in a block, and what the page shows below it."""
    typed = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [(each.partition("\n")[0], each.partition("\n")[2]) for each in typed]


def notes(*, corrected):
    """Give the lines of the file: a thousand, of which three are wrong until they are corrected."""
    lines = [json.dumps({"content": f"Guest {number} drinks tea."}) for number in range(1, 1001)]
    if not corrected:
        lines[203] = '{"content": ""}'
        lines[516] = '{"content": "Guest 517 drinks'
        lines[802] = '{"contnet": "Guest 803 drinks tea."}'
    return "".join(f"{line}\n" for line in lines)


class Shell:
    """Runs what is typed: a server and a follower as processes, the other commands in this one."""

    def __init__(self, command, capsys, monkeypatch):
        self.command, self.capsys, self.monkeypatch = command, capsys, monkeypatch
        self.processes = []

    def start(self, *words, stdout=subprocess.PIPE):
        run, env = [sys.executable, "-m", "fake_server", *words], {**os.environ, "PYTHONIOENCODING": "utf-8"}
        self.processes.append(subprocess.Popen(run, env=env, stdout=stdout, encoding="utf-8"))
        return self.processes[-1]

    def run(self, line):
        """Run a line, and give what it prints on both streams."""
        words = shlex.split(line, comments=True)
        while re.fullmatch(r"OCTAMEM_\w+=\S+", words[0]):
            name, _, value = words.pop(0).partition("=")
            value = value.replace("http://127.0.0.1:8642", self.url)
            with self.monkeypatch.context() as patch:
                patch.setenv(name, value)
                return self.run(shlex.join(words))
        if words[:2] == ["octamem-fake", "serve"]:
            server = self.start("serve", "--port", "0", *words[2:-1])
            ready = server.stdout.readline()
            self.url = ready.split()[-1]
            return ready
        if words[0] == "eval":
            for name, value in re.findall(r"(OCTAMEM_\w+)=(\S+)", self.command("env").out):
                self.monkeypatch.setenv(name, self.url if name.endswith("URL") else value)
            return ""
        if words[0] == "octamem-fake":
            ran = self.command(*words[1:])
            return ran.err + ran.out
        assert words[:3] == ["python", "-m", "octamem"], line
        with override(clock=NoWaits()):
            octamem(words[3:])
        printed = self.capsys.readouterr()
        return printed.err + printed.out


@pytest.mark.slow
def test_the_session_of_the_page_is_what_happens(command, capsys, monkeypatch):
    """In the order of the page, each command prints what is shown there, and the follower what came."""
    for name in [each for each in os.environ if each.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    shell, runs = Shell(command, capsys, monkeypatch), 0
    *typed, ((follow, will_be_seen),) = [steps(block) for block in BLOCKS]
    reading, writing = pty.openpty()
    try:
        for line, shown in [step for block in typed for step in block]:
            if " seed " in line:
                Path("notes.jsonl").write_text(notes(corrected=bool(runs)), encoding="utf-8")
                runs += 1
            if line.startswith("octamem-fake faults arm"):
                # It lists what came before it was there, so that it does not matter how long it takes to begin.
                follower = shell.start(*shlex.split(follow)[1:], "--limit", "50", stdout=writing)
            assert stable(shell.run(line)) == stable(shown), line
        seen = b""
        while stable(screen_of(seen)) != stable(will_be_seen):
            if not select.select([reading], [], [], 60)[0]:
                pytest.fail(f"the follower shows:\n{screen_of(seen)}")
            seen += os.read(reading, 65536)
        follower.send_signal(signal.SIGINT)
        assert (follower.wait(60), runs) == (130, 2)
    finally:
        os.close(reading)
        os.close(writing)
        for process in shell.processes:
            process.kill()
            process.communicate()


def screen_of(written):
    """Give the lines that a terminal shows after what was written to it."""
    screen = Screen(24)
    screen.write(written.decode("utf-8", "ignore"))
    return "\n".join(screen.lines)
