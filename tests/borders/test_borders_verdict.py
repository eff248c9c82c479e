"""The verdict beside libraries that retry: wrong and right programs of each, and ways to take out their waits."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Callable, List

import pytest
import stamina
import tenacity

from octamem import OctaMem, OctaMemError
from octamem_testing import Fake
from octamem_testing.invariants.verdict import violations

pytestmark = pytest.mark.octamem(verdict="off", unused="allow")
SHORT = 0.01  # seconds


def is_worth_it(error: BaseException) -> bool:
    """Whether another attempt may succeed."""
    return isinstance(error, OctaMemError) and error.status_code not in (400, 401, 403, 404)


@tenacity.retry(stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_fixed(SHORT))
def by_tenacity(client: OctaMem) -> Any:
    """Retry any error."""
    return client.add(content="Tea is at four.")


@tenacity.retry(stop=tenacity.stop_after_attempt(3))
def by_tenacity_at_once(client: OctaMem) -> Any:
    """Retry any error, and forget to wait."""
    return client.add(content="Tea is at four.")


@tenacity.retry(
    stop=tenacity.stop_after_attempt(3),
    wait=tenacity.wait_fixed(SHORT),
    retry=tenacity.retry_if_exception(is_worth_it),
)
def by_tenacity_with_care(client: OctaMem) -> Any:
    """Retry what is worth it."""
    return client.add(content="Tea is at four.")


def by_a_loop_of_tenacity(client: OctaMem) -> Any:
    """Retry any error in a loop that tenacity drives."""
    for attempt in tenacity.Retrying(stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_fixed(SHORT)):
        with attempt:
            return client.add(content="Tea is at four.")
    return None


@stamina.retry(on=OctaMemError, attempts=3, wait_initial=SHORT, wait_jitter=0)
def by_stamina(client: OctaMem) -> Any:
    """Retry any error."""
    return client.add(content="Tea is at four.")


@stamina.retry(on=is_worth_it, attempts=3, wait_initial=SHORT, wait_jitter=0)
def by_stamina_with_care(client: OctaMem) -> Any:
    """Retry what is worth it."""
    return client.add(content="Tea is at four.")


def by_a_block_of_stamina(client: OctaMem) -> None:
    """Retry any error in a block that stamina drives."""
    for attempt in stamina.retry_context(on=OctaMemError, attempts=3, wait_initial=SHORT, wait_jitter=0):
        with attempt:
            client.add(content="Tea is at four.")


@pytest.mark.parametrize(
    ("program", "script", "expected"),
    [
        *(
            (program, script, [invariant])
            for program in (by_tenacity, by_a_loop_of_tenacity, by_stamina, by_a_block_of_stamina)
            for script, invariant in (
                ("add: 401 x3", "refusals_not_repeated"),
                ("add: 429(retry-after=7)", "retry_after_honoured"),
                ("add: reset @after", "acknowledged_once"),
            )
        ),
        (by_tenacity_at_once, "add: 503 x2", ["delayed"]),
        *(
            (program, script, [])
            for program in (by_tenacity_with_care, by_stamina_with_care)
            for script in ("add: 401 x3", "add: 503 x2")
        ),
    ],
)
def test_a_library_that_retries_is_judged_by_what_it_does(
    program: Callable[[OctaMem], Any], script: str, expected: List[str], octamem_client: OctaMem, octamem_fake: Fake
) -> None:
    """A wrong use of a retry library is found, and a right one is left alone."""
    octamem_fake.faults(script)
    with suppress(OctaMemError, tenacity.RetryError):
        program(octamem_client.with_options(max_retries=0))
    assert [violation.invariant for violation in violations(octamem_fake)] == expected


@pytest.mark.parametrize(
    ("what", "name", "value"),
    [
        (by_tenacity_with_care.retry, "sleep", lambda _: None),  # type: ignore[attr-defined]
        (by_tenacity_with_care.retry, "wait", tenacity.wait_none()),  # type: ignore[attr-defined]
        (tenacity.nap.time, "sleep", lambda _: None),
    ],
    ids=["sleep", "wait", "time"],
)
@pytest.mark.octamem(faults="add: 429(retry-after=7), 503")
def test_waits_that_a_test_takes_out_of_tenacity_are_not_judged(
    what: Any, name: str, value: Any, octamem_client: OctaMem, octamem_fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sleep or a wait that the test replaced says nothing of the program."""
    monkeypatch.setattr(what, name, value)
    by_tenacity_with_care(octamem_client.with_options(max_retries=0))
    assert violations(octamem_fake) == []


@pytest.mark.octamem(faults="add: 429(retry-after=7), 503")
def test_the_testing_mode_of_stamina_is_not_judged(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """In its testing mode stamina does not wait."""
    with stamina.set_testing(True, attempts=3):
        by_stamina(octamem_client.with_options(max_retries=0))
    assert violations(octamem_fake) == []
