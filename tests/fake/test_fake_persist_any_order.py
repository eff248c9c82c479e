"""Actions in any order, some on a disk that fails: memory and file say the same, and a failure leaves no trace."""

from __future__ import annotations

import random

import pytest
from fake_asking import KEY, OTHER
from fake_changes import ACTIONS, exchange, state
from test_fake_persist import filled, opened, settle

from fake_server.core.changes import Counters


def kept(fake):
    """Give the state of a fake without keys that hold nothing, since those are open for one run."""
    found = state(fake)
    del found["keys"]
    for key in list(found.keys() & {KEY, OTHER}):
        memories, settings, _, counters, answers = found[key][:5]
        if not memories and not answers and counters == Counters() and settings == fake.settings():
            del found[key]
    return found


def saved(fake, taken):
    """Take a snapshot, of one key or of all."""
    taken.append(fake.snapshot(key=KEY if len(taken) % 2 else None))


def restored(fake, taken):
    """Put back the oldest snapshot that is left."""
    if taken:
        fake.restore(taken.pop(0))


def played(fake, chance, taken):
    """Carry out one action that changes something, as far as the state allows."""
    name = chance.choice([*ACTIONS, "snapshot", "restore", "add", "add", "search", "other"])
    if name in {"add", "other"}:
        exchange(fake, key=OTHER if name == "other" else KEY, idempotency_key=f"t{chance.randrange(9)}")
    elif name == "search":
        exchange(fake, "search", b'{"query":"tea"}')
    elif name == "snapshot":
        saved(fake, taken)
    else:
        with fake.recorded():
            if name == "restore":
                restored(fake, taken)
                return
            ids = [memory.id for memory in fake.memories(key=KEY)]
            fake.remember(
                [{"id": each, "content": f"{each} tea"} for each in ("rec_old", "rec_new") if each not in ids], key=KEY
            )
            ACTIONS[name][0](fake)


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.proof) for seed in range(3, 200))])
def test_memory_and_file_say_the_same_whatever_was_done(tmp_path, seed):
    """After any actions, with commits that failed among them, the next run has what this one had."""
    path, chance, taken = tmp_path / "kept.db", random.Random(seed), []
    for _ in range(3):
        with opened(path) as (fake, keeper, disk, _):
            if not fake.memories(key=KEY):
                filled(fake)
            for _ in range(12):
                settle(fake, keeper)
                before = kept(fake)
                disk.fails = {"COMMIT": "disk I/O error"} if chance.random() < 0.3 else {}
                for _ in range(chance.randrange(1, 4)):
                    played(fake, chance, taken)
                settle(fake, keeper)
                if disk.fails:
                    assert kept(fake) == before
            disk.fails = {}
            settle(fake, keeper)
            before = kept(fake)
        taken.clear()
        with opened(path) as (fake, _, _, _):
            assert kept(fake) == before
