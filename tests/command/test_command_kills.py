"""Imports that are killed at random moments, as processes, against a service over HTTP."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Optional

import pytest

from fake_server import Fake, create_app
from fake_server.server import serve_in_thread

KEY = "sk-om-live-kills-000000000000000001"
AT_ONCE = 4
PATIENCE = 60.0
# Half of the answers come late, so that many a kill finds entries that are stored and not answered.
LATE = "add: slow(0.02s) 50% seed=1"


class Imports:
    """Files imported one after another into one service, each by processes that may be killed."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url

    def begin(self, name: str) -> subprocess.Popen:
        words = [sys.executable, "-m", "octamem", "import", name, "--json", "--concurrency", str(AT_ONCE)]
        return subprocess.Popen(
            words,
            cwd=self._folder,
            env={"OCTAMEM_API_KEY": KEY, "OCTAMEM_BASE_URL": self._url, "PYTHONPATH": str(Path(__file__).parents[2])},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def until_it_ends(self, name: str) -> dict:
        """Run an import to its end, and return its report."""
        out, err = self.begin(name).communicate(timeout=PATIENCE)
        report = json.loads(out)
        assert report["left"] == [], err
        return report

    def unless_killed_after(self, name: str, seconds: float) -> Optional[dict]:
        """Run an import and return its report; None if it still ran after so many seconds, and was killed."""
        process = self.begin(name)
        try:
            out, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate(timeout=PATIENCE)
            return None
        return json.loads(out)


def kill_often(folder: Path, kills: int, entries: int, *, honoured: bool, seed: int) -> tuple:
    """Import files until so many processes were killed; return what is stored, what should be, and what was named."""
    moments = random.Random(seed)
    fake = Fake(idempotency=honoured)
    with serve_in_thread(create_app(fake)) as running:
        imports = Imports(folder, running.url)
        fake.faults(LATE)
        (folder / "warm.txt").write_text("warm 0\n")
        began = time.perf_counter()
        imports.until_it_ends("warm.txt")
        start = time.perf_counter() - began
        reports, left = {}, kills
        while left:
            name = f"file{len(reports)}"
            (folder / f"{name}.txt").write_text("".join(f"{name} {line}\n" for line in range(1, entries + 1)))
            while left and name not in reports:
                # From the first line that Python runs to long after the first request.
                report = imports.unless_killed_after(f"{name}.txt", moments.uniform(0.2 * start, 2.2 * start))
                left -= report is None
                reports.update({name: report} if report else {})
            reports[name] = reports.get(name) or imports.until_it_ends(f"{name}.txt")
        stored = Counter(memory.content for memory in fake.memories(key=KEY))
    expected = {"warm 0"} | {f"{name} {line}" for name in reports for line in range(1, entries + 1)}
    named = {f"{name} {line}" for name, report in reports.items() for line in report["maybe_twice"]}
    return stored, expected, named


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kills", "entries"),
    [pytest.param(2, 100, id="short"), pytest.param(100, 300, id="long", marks=pytest.mark.proof)],
)
@pytest.mark.parametrize("honoured", [True, False], ids=["honoured", "ignored"])
def test_an_import_that_is_killed_at_random_moments_loses_nothing(tmp_path, kills, entries, honoured):
    """Every entry is stored; once if keys are honoured, and else each that is stored twice is named in the report."""
    stored, expected, named = kill_often(tmp_path, kills, entries, honoured=honoured, seed=7)
    assert set(stored) == expected
    twice = {content for content, count in stored.items() if count > 1}
    print(f"{kills} kills: {len(expected)} entries, {len(twice)} stored twice, {len(named)} named")  # noqa: T201
    assert not (twice and honoured)
    assert twice <= named
    assert len(named) <= kills * AT_ONCE


@pytest.mark.slow
def test_a_second_signal_ends_an_import_at_once(tmp_path, until):
    """The first Ctrl-C waits for the call in flight; the second does not, and the import still continues later."""
    fake = Fake(idempotency=True)
    (tmp_path / "notes.txt").write_text("".join(f"note {line}\n" for line in range(50)))
    with serve_in_thread(create_app(fake)) as running:
        imports = Imports(tmp_path, running.url)
        fake.faults("add: ok x10, hang @after x4")
        process = imports.begin("notes.txt")
        until(lambda: len(fake.requests()) >= 14)
        process.send_signal(signal.SIGINT)
        line = process.stderr.readline() + process.stderr.readline()
        assert "stopping when the calls in flight have ended; once more ends at once" in line
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        process.communicate()
        fake.disarm()
        report = imports.until_it_ends("notes.txt")
        assert len(report["maybe_twice"]) == AT_ONCE
        assert len(fake.memories(key=KEY)) == 50
