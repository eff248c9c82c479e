"""Kept schedules: what failed is tried first the next time, and dropped when it no longer fails."""

from __future__ import annotations

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


def test_a_database_that_cannot_be_written_is_none(tmp_path):
    """A path below a file keeps nothing, and disturbs no hunt."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert chaos.hunt(Notes().save, rounds=30, database=tmp_path / "file" / "below").finding is not None
