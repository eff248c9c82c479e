"""A first hunt: each note that the user may rely on is stored exactly once."""

from typing import List

from octamem import OctaMem, OctaMemError
from octamem_testing.chaos import Chaos, Report

NOTES = ("Tea is at four.", "The launch moved to April 15.")


def save(client: OctaMem) -> List[str]:
    """Save the notes, and say which of them the user may rely on."""
    saved = []
    for note in NOTES:
        try:
            client.with_options(retry_unknown_writes=False).add(content=note)
        except OctaMemError:
            continue  # the user is told that this one may have to be saved again
        saved.append(note)
    return saved


def test_a_note_that_is_said_to_be_saved_is_there_once(octamem_chaos: Chaos) -> None:
    """No fault makes save() claim a note that is not stored, or store one twice that it claims."""
    report: Report = octamem_chaos(save)

    assert report.by_kind["reset @after"] > 0
