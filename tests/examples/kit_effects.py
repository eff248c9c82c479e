"""Assertions of effect: what was called, tried again, waited for and stored."""

import pytest

from octamem import OctaMem, ValidationError
from octamem_testing import (
    Fake,
    assert_called,
    assert_not_retried,
    assert_retry_after_honoured,
    assert_stored_once,
)


@pytest.mark.octamem(faults="add: 429(retry-after=2), 503(retry-after=5)")
def test_a_note_is_kept_on_a_bad_day(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """The note is sent under its label, the server is given the time it asks for, and one copy is kept."""
    octamem_client.add(content="Standup moved to ten.", previous_context="Team")

    assert_called(octamem_fake, "add", times=1, content="Standup moved to ten.", previous_context="Team")
    assert_retry_after_honoured(octamem_fake)
    assert_stored_once(octamem_fake, "Standup moved to ten.")


@pytest.mark.octamem(faults="add: 400")
def test_a_refusal_is_final(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """What the service calls invalid is not sent again."""
    with pytest.raises(ValidationError):
        octamem_client.add(content="A note.")

    assert_not_retried(octamem_fake, 400)
