"""A saga may take back what it has stored once a later step has failed for good, and an altered retry may not."""

from __future__ import annotations

import pytest

from octamem import OctaMemError
from octamem_testing import chaos

STEPS = (
    ("The flight of Ana is booked.", "Ana does not fly."),
    ("The hotel of Ana is reserved.", "Ana needs no hotel."),
    ("The car is rented.", "No car is needed."),
)
TEXTS = [text for text, _ in STEPS]


def undone(undo):
    """Add in their reverse order what takes back the steps that were done."""
    yield from reversed(undo)


def raising():
    """Take back what was done, and fail."""
    undo = []
    try:
        for text, back in STEPS:
            yield text
            undo.append(back)
    except OctaMemError:
        yield from undone(undo)
        raise


def claiming():
    """Take back what was done, and claim nothing."""
    undo = []
    try:
        for text, back in STEPS:
            yield text
            undo.append(back)
    except OctaMemError:
        yield from undone(undo)
        return []
    return TEXTS


def answering():
    """Take back what was done, and answer whether all of it was."""
    undo = []
    try:
        for text, back in STEPS:
            yield text
            undo.append(back)
    except OctaMemError:
        yield from undone(undo)
        return False
    return True


def claiming_all():
    """Take back what was done, and claim it."""
    undo = []
    try:
        for text, back in STEPS:
            yield text
            undo.append(back)
    except OctaMemError:
        yield from undone(undo)
    return TEXTS


def silent():
    """Take back what was done, and end as if all went well."""
    undo = []
    try:
        for text, back in STEPS:
            yield text
            undo.append(back)
    except OctaMemError:
        yield from undone(undo)


def too_early():
    """Note what would take a step back before the step is done."""
    undo = []
    try:
        for text, back in STEPS:
            undo.append(back)
            yield text
    except OctaMemError:
        yield from undone(undo)
        raise


def shortened():
    """Add the beginning of a note in place of the note, and claim the others."""
    saved = []
    for text in TEXTS:
        try:
            yield text
            saved.append(text)
        except OctaMemError:  # noqa: PERF203 - this is the program
            yield text[:10]
    return saved


def going_on():
    """Take back a step, and go on with the next one."""
    saved = []
    for text, back in STEPS:
        try:
            yield text
            saved.append(text)
        except OctaMemError:  # noqa: PERF203 - this is the program
            yield back
    return saved


def next_of(steps, error):
    """Tell a program how its last add ended, and return its next text."""
    return next(steps) if error is None else steps.throw(error)


def failure(client, text):
    """Add a text, and return the error if it failed."""
    try:
        client.add(content=text)
    except OctaMemError as error:
        return error


async def failure_async(client, text):
    """Add a text as `failure` does."""
    try:
        await client.add(content=text)
    except OctaMemError as error:
        return error


def in_turn(program, kind):
    """Return a scenario, sync or async, that adds what a program yields."""

    def scenario(client):
        careful, steps, error = client.with_options(retry_unknown_writes=False), program(), None
        try:
            while True:
                error = failure(careful, next_of(steps, error))
        except StopIteration as end:
            return end.value

    async def scenario_async(client):
        careful, steps, error = client.with_options(retry_unknown_writes=False), program(), None
        try:
            while True:
                error = await failure_async(careful, next_of(steps, error))
        except StopIteration as end:
            return end.value

    return scenario if kind == "sync" else scenario_async


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("saga", [raising, claiming, answering])
def test_a_saga_that_says_that_it_failed_passes(saga, kind):
    """What compensates earlier steps is no note that nobody asked for, and no retry of the step that failed."""
    assert chaos.hunt(in_turn(saga, kind), seed=7, rounds=100).findings == ()


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("program", [claiming_all, silent, too_early, shortened, going_on])
def test_what_only_looks_like_a_saga_is_found(program, kind):
    """A note that was not done is not taken back; nothing is claimed that was; another note is no retry."""
    report = chaos.hunt(in_turn(program, kind), seed=7, rounds=60)
    found = {each.invariant.name for each in report.findings}
    assert "nothing_unasked" in found


def test_the_accusation_says_how_a_saga_passes():
    """A saga that ends as if all went well is told what it has to do."""
    finding = chaos.hunt(in_turn(silent, "sync"), seed=7, rounds=60).finding
    assert "let the program fail" in finding.evidence
    assert 'chaos.without("nothing_unasked")' in finding.evidence
