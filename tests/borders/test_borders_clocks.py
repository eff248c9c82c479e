"""Frozen clocks: beside freezegun and time-machine, a right program passes, and a wrong one fails."""

from __future__ import annotations

import pytest

STOPPED = {
    "freezegun": "import freezegun\nstop = freezegun.freeze_time('2020-02-29T12:00:00Z')",
    "time-machine": "import time_machine\nstop = time_machine.travel('2020-02-29T12:00:00Z', tick=False)",
}
PROGRAMS = """
import contextlib
import datetime as dt
from octamem import OctaMemError
from octamem_testing import assert_retry_after_honoured, assert_stored_once
{stopped}

@stop
def test_right(octamem_client, octamem_fake):
    octamem_fake.faults("add: 503, 429(retry-after=30), ok")
    assert octamem_client.add(content="Tea at four").success
    assert [entry.status for entry in octamem_fake.requests()] == [503, 429, 200]
    assert_retry_after_honoured(octamem_fake)
    assert dt.datetime.now(dt.timezone.utc) == dt.datetime(2020, 2, 29, 12, tzinfo=dt.timezone.utc)

@stop
def test_wrong(octamem_client, octamem_fake):
    octamem_fake.faults("add: reset @after, ok")
    for _ in range(2):
        with contextlib.suppress(OctaMemError):
            octamem_client.with_options(max_retries=0).add(content="Tea at four")
    assert_stored_once(octamem_fake, "Tea at four")
"""
SERVED = """
from octamem import OctaMem
from octamem_testing import assert_stored_once
{stopped}

@stop
def test_right(octamem_server):
    octamem_server.fake.faults("add: 503, slow(0.01s)")
    assert OctaMem().add(content="Tea at four").success
    assert_stored_once(octamem_server.fake, "Tea at four")

@stop
def test_wrong(octamem_server):
    for _ in range(2):
        assert OctaMem().add(content="Tea at four").success
    assert_stored_once(octamem_server.fake, "Tea at four")
"""


@pytest.mark.parametrize("tool", STOPPED)
@pytest.mark.parametrize("programs", [PROGRAMS, SERVED], ids=["in process", "server"])
def test_a_stopped_clock_changes_no_verdict(judge, tool, programs):
    """The waits of a call go by the fake's clock, so a retry ends, and an add that is made twice is seen."""
    verdicts = judge(programs.format(stopped=STOPPED[tool]))
    assert verdicts.outcomes == {"right": "passed", "wrong": "failed"}
    assert "stored 2 times" in verdicts.said["wrong"]
