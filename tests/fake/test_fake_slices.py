"""Slices: however many memories one client stores or replaces, the others have their turn in between."""

from __future__ import annotations

import asyncio

import pytest
from fake_asking import KEY, OTHER, ask

from fake_server import Fake
from fake_server.control import answers
from fake_server.core import Bounds, SeedError
from fake_server.core.lock import FairLock

MANY = [{"id": f"m{number}", "content": f"tea {number}"} for number in range(400)]


@pytest.fixture
def meanwhile(monkeypatch):
    """Give a function that says what others do whenever who has the lock gives way."""

    def say(act):
        def give_way(lock):
            monkeypatch.undo()  # others give way to nobody
            try:
                act(lock)
            finally:
                monkeypatch.setattr(FairLock, "give_way", give_way)

        monkeypatch.setattr(FairLock, "give_way", give_way)

    return say


def put(fake, way, seeds, key=KEY):
    return (fake.remember if way == "remember" else fake.replace)(seeds, key=key)


@pytest.fixture(params=["remember", "replace"])
def way(request):
    return request.param


@pytest.fixture
def fake(way):
    made = Fake()
    if way == "replace":
        made.remember(MANY, key=KEY)
    return made


def test_others_have_their_turn_many_times(fake, way, meanwhile):
    """While memories are stored or replaced, nobody has the lock at least once for every hundred of them."""
    turns = []

    def act(lock):
        turns.append((lock.is_mine, ask(fake, "details", b"{}", key=OTHER).status))

    meanwhile(act)
    new = [{**each, "content": f"new {each['content']}"} for each in MANY]
    assert [memory.content for memory in put(fake, way, new)] == [each["content"] for each in new]
    assert len(turns) >= len(MANY) / 100
    assert set(turns) == {(False, 200)}
    assert [memory.content for memory in fake.memories(key=KEY)] == [each["content"] for each in new]


def test_nobody_comes_between_the_changes_of_a_transaction(fake, way, meanwhile):
    """If a shell keeps what changes, all is stored in one turn, since it is committed or reverted as one."""
    fake.transactions.start()
    turns = []
    meanwhile(lambda lock: turns.append(lock.is_mine))
    put(fake, way, MANY)
    assert set(turns) == {True}


def test_an_id_that_another_takes_meanwhile_stores_nothing(meanwhile):
    """If another stores a memory of the same id in between, that one stays and all others are taken back."""
    fake = Fake()
    meanwhile(lambda _: None if fake.keys() != [KEY] or fake.memories(key=KEY) == [] else theirs(fake))
    with pytest.raises(SeedError, match=r"memories\[390\].id: expected a new id, got 'm390', which is stored already"):
        fake.remember(MANY, key=KEY)
    assert [(memory.id, memory.content) for memory in fake.memories(key=KEY)] == [("m390", "theirs")]
    assert ask(fake, "search", b'{"query": "tea"}', key=KEY).body.count(b'"m1') == 0


def theirs(fake):
    if not fake.has_memory("m390", key=KEY):
        fake.remember([{"id": "m390", "content": "theirs"}], key=KEY)


def test_what_another_deletes_meanwhile_stays_deleted(meanwhile):
    """A memory that is deleted while others are replaced does not come back, and all others are replaced."""
    fake = Fake()
    fake.remember(MANY, key=KEY)

    def act(_):
        replacing = fake.memory("m5", key=KEY).content == "new"
        if replacing and fake.has_memory("m390", key=KEY):
            fake.forget(memory="m390", key=KEY)

    meanwhile(act)
    replaced = fake.replace([{"id": each["id"], "content": "new"} for each in MANY[5:]], key=KEY)
    kept = fake.memories(key=KEY)
    assert "m390" not in {memory.id for memory in kept}
    assert (len(replaced), len(kept)) == (len(MANY) - 6, len(MANY) - 1)
    assert [memory.content for memory in kept[5:]] == ["new"] * (len(MANY) - 6)


def test_a_key_stays_open_while_memories_are_stored_in_it(meanwhile):
    """A key in which somebody stores memories is not closed to make room, even before the first of them."""
    fake = Fake(bounds=Bounds(keys=1))
    turns = []
    meanwhile(lambda _: turns.append(ask(fake, "details", b"{}", key=OTHER).status))
    fake.remember(MANY, key=KEY)
    assert set(turns) == {503}
    assert len(fake.memories(key=KEY)) == len(MANY)


@pytest.mark.parametrize("at", [0, 40, 200, 380, 399])
def test_a_memory_that_is_put_back_stands_where_it_stood(at):
    """The undo of a deletion puts a memory back in its place, and searches find what they found before."""
    fake = Fake()
    fake.remember(MANY, key=KEY)
    before = fake.memories(key=KEY), ask(fake, "search", b'{"query": "tea"}', key=KEY).body.split(b'"results"')[1]
    fake.forget(memory=f"m{at}", key=KEY)()
    after = fake.memories(key=KEY), ask(fake, "search", b'{"query": "tea"}', key=KEY).body.split(b'"results"')[1]
    assert after == before


def test_only_one_piece_of_all_lists_is_made_at_a_time():
    """However many lists are read, one thread at most makes a piece of them, since a request waits for each."""
    alone = []

    def piece(name):
        alone.append(not answers._TURN.acquire(blocking=False))
        return name

    async def read(name):
        listed = answers.response(answers.Answer(map(piece, [name] * 50)))
        return [each async for each in listed.body_iterator]

    async def read_all():
        return await asyncio.gather(*(read(b"%d" % number) for number in range(4)))

    assert asyncio.run(read_all()) == [[b"%d" % number] * 50 for number in range(4)]
    assert alone == [True] * 200
