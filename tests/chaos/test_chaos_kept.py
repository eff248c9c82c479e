"""Kept schedules: what failed is tried first the next time, and dropped when it no longer fails."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from octamem_testing import chaos


class Notes:
    """A scenario that stores a note twice after a lost answer, until it is mended."""

    mended = False

    def save(self, client):
        client.with_options(retry_unknown_writes=not self.mended).add(content="tea")


def test_a_schedule_that_failed_is_tried_first_and_dropped_when_it_holds(tmp_path):
    """The second hunt begins with the finding of the first; once the program is mended, nothing is kept."""
    notes = Notes()
    hunts = [chaos.hunt(notes.save, rounds=30, database=tmp_path) for _ in range(2)]
    assert "kept" not in hunts[0].stages
    assert hunts[1].trail[1][0] == hunts[0].finding.schedule
    assert hunts[1].finding.schedule == hunts[0].finding.schedule
    notes.mended = True
    assert chaos.hunt(notes.save, rounds=30, database=tmp_path).stages["kept"] == 1
    assert "kept" not in chaos.hunt(notes.save, rounds=30, database=tmp_path).stages


@pytest.mark.parametrize("content", [b"add: 5O3", b"\xff", b"", b"add: cancel"])
def test_what_cannot_be_met_is_dropped(tmp_path, content):
    """A file that is no schedule, or one of another kind of scenario, is ignored and removed."""
    notes = Notes()
    chaos.hunt(notes.save, rounds=30, database=tmp_path)
    (file,) = (each for each in tmp_path.rglob("*") if each.is_file())
    file.write_bytes(content)
    notes.mended = True
    assert "kept" not in chaos.hunt(notes.save, rounds=30, database=tmp_path).stages
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]


def test_workers_may_keep_at_the_same_time(tmp_path):
    """Several hunts that keep the same schedule leave one whole file."""
    notes = Notes()

    def hunt(_):
        return chaos.hunt(notes.save, rounds=20, database=tmp_path).finding.schedule

    with ThreadPoolExecutor(3) as pool:
        (schedule,) = set(pool.map(hunt, range(3)))
    (file,) = (each for each in tmp_path.rglob("*") if each.is_file())
    assert file.read_text(encoding="utf-8") == schedule


@pytest.mark.parametrize("other", [{"faults": "503"}, {"settings": {"idempotency": True}}, {"invariants": ()}])
def test_what_another_hunt_keeps_is_not_tried(tmp_path, other):
    """Schedules belong to a scenario with its faults, settings and invariants."""
    chaos.hunt(Notes().save, rounds=30, database=tmp_path)
    assert "kept" not in chaos.hunt(Notes().save, rounds=10, database=tmp_path, **other).stages


def test_a_test_keeps_its_schedules_in_the_cache(pytester):
    """What fails in a test is tried first when it runs again, with its own parameters, and with pytest-xdist."""
    pytester.makepyfile("""
        import pytest

        @pytest.mark.parametrize("careful", [True, False])
        def test_a_note(octamem_chaos, careful):
            def save(client):
                client.with_options(retry_unknown_writes=not careful).add(content="tea")

            try:
                octamem_chaos(save, rounds=30)
            finally:
                print("careful:", careful)
    """)
    first = pytester.runpytest_inprocess("-p", "no:randomly")
    assert first.parseoutcomes()["failed"] == 1
    cache = pytester.path / ".pytest_cache" / "d" / "octamem-chaos"
    (kept,) = (each for each in cache.rglob("*") if each.is_file())
    before = kept.stat().st_mtime_ns, kept.read_text(encoding="utf-8")
    second = pytester.runpytest_inprocess("-p", "no:randomly")
    assert second.parseoutcomes()["failed"] == 1
    assert "in round 3" in second.stdout.str() or before[1] in second.stdout.str()
    assert kept.read_text(encoding="utf-8") == before[1]


def test_a_database_that_cannot_be_written_is_none(tmp_path):
    """A path below a file keeps nothing, and disturbs no hunt."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert chaos.hunt(Notes().save, rounds=30, database=tmp_path / "file" / "below").finding is not None
