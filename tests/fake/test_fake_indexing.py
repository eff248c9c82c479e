"""Indexing: what a search finds does not depend on when memories were read, and nobody waits for another key's."""

from __future__ import annotations

import json
from contextlib import closing
from unittest import mock

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_server import Fake, Request
from fake_server.app import create_app
from fake_server.core.lock import FairLock
from fake_server.core.search import documents
from fake_server.core.search.index import Index
from fake_server.core.search.languages import language

KEY, OTHER = "sk-om-live-tests-0000000000000001", "sk-om-live-tests-0000000000000002"
WORDS = ["tea", "kettle", "kettles", "Ana", "bought", "buy", "red", "green", "7", "v1.2.3", "é", "who?", "the", "漢字"]
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), TEXTS, st.sampled_from(["", "Home"])),
        st.tuples(st.just("remove"), st.integers(0, 30)),
        st.tuples(st.just("index"), st.integers(1, 30)),
        st.tuples(st.just("language"), st.sampled_from(["english", "german", "none"])),
        st.tuples(st.just("search"), TEXTS),
    ),
    max_size=25,
)


def request(endpoint: str, key: str, **fields: str) -> Request:
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    return Request("POST", f"/api/memory/{endpoint}", headers, json.dumps(fields).encode())


@pytest.mark.parametrize("short", [documents._SHORT, 0])
@settings(deadline=None)
@given(steps=STEPS, query=TEXTS)
def test_a_search_finds_the_same_however_it_was_indexed(short, steps, query):
    """Steps taken between adds, removals of short and long memories and languages change neither hits nor scores."""
    with mock.patch.object(documents, "_SHORT", short):
        compare_indexing(steps, query)


def compare_indexing(steps, query):
    stepped, at_once = Index(language("english")), Index(language("english"))
    lock, running = FairLock(), []
    for number, (what, *arguments) in enumerate(steps):
        if what == "index":
            running = running or [stepped.indexing(lock)]
            if all(next(running[0], None) is not None for _ in range(arguments[0])):
                continue
            running.clear()
            continue
        for index in (stepped, at_once):
            if what == "add":
                index.add(f"m{number}", arguments[0], context=arguments[1])
            elif what == "remove":
                index.remove(f"m{arguments[0]}")
            elif what == "language":
                index.set_language(language(arguments[0]))
        if what == "search":
            assert stepped.explain(arguments[0], limit=5) == at_once.explain(arguments[0], limit=5)
    for misspelt in (query, query.replace("t", "tt")):
        assert stepped.explain(misspelt, limit=9) == at_once.explain(misspelt, limit=9)
        assert stepped.search(misspelt, limit=9, context="Home") == at_once.search(misspelt, limit=9, context="Home")


def test_indexing_leaves_nothing_to_read():
    """After the steps, no key is behind, and a search finds what it should."""
    fake = Fake()
    fake.remember([f"memory number {number} about tea" for number in range(300)], key=KEY)
    assert fake.is_behind
    assert all(fake.indexing())
    assert not fake.is_behind
    assert len(fake.explain("memory 299 tae", key=KEY).hits) == 10


@pytest.mark.parametrize("change", ["language", "removals"])
def test_a_key_whose_memories_must_be_read_again_is_behind(change):
    """A new language, and many removals, leave the reading to the steps."""
    fake = Fake()
    stored = fake.remember([f"memory number {number} about tea" for number in range(2_300)], key=KEY)
    assert all(fake.indexing())
    if change == "language":
        fake.configure(key=KEY, language="german")
    else:
        for memory in stored[:1_151]:
            fake.forget(memory=memory.id, key=KEY)
    assert fake.is_behind
    assert all(fake.indexing())
    (hit, *_) = fake.explain("2299", key=KEY).hits
    assert hit.memory.content == "memory number 2299 about tea"


def test_others_use_the_fake_between_two_steps():
    """At every step, and in the middle of a long text, another key is answered."""
    fake = Fake()
    fake.remember([" ".join(f"word{number:x}" for number in range(3_000))], key=KEY)
    steps = 0
    for _ in fake.indexing():
        assert fake.decide(request("add", OTHER, content="tea")).status == 200
        steps += 1
    assert steps > 10


@pytest.mark.parametrize("change", ["forget", "replace"])
def test_others_use_the_fake_while_a_long_memory_is_deleted(change):
    """A long memory that is deleted or edited is read in steps, and its words count no more after them."""
    fake = Fake()
    long = " ".join(f"word{number:x}" for number in range(3_000))
    (memory, _) = fake.remember([long, "green tea"], key=KEY)
    assert all(fake.indexing())
    if change == "forget":
        fake.forget(memory=memory.id, key=KEY)
    else:
        fake.replace([{"id": memory.id, "content": "red tea"}], key=KEY)
    assert fake.is_behind
    steps = 0
    for _ in fake.indexing():
        assert fake.decide(request("add", OTHER, content="tea")).status == 200
        steps += 1
    assert steps > 10
    fresh = Fake()
    fresh.remember(["green tea"] + ["red tea"] * (change == "replace"), key=KEY)
    for query in ("green tea", "word1f", "wrod1f tea"):
        left, right = (each.explain(query, key=KEY).hits for each in (fake, fresh))
        assert [(hit.memory.content, hit.score) for hit in left] == [(hit.memory.content, hit.score) for hit in right]


def test_a_second_reader_waits_for_the_first():
    """Steps beside others' do nothing until those end, and the work is done once."""
    fake = Fake()
    fake.remember([f"memory number {number} about tea" for number in range(300)], key=KEY)
    first = fake.indexing()
    assert next(first)
    second = fake.accept(request("search", KEY, query="tea")).indexing()
    assert [next(second) for _ in range(3)] == [False] * 3
    first.close()
    assert all(second)
    assert not fake.accept(request("search", KEY, query="tea")).is_behind


def test_a_search_of_a_large_key_holds_up_no_other():
    """Over ASGI, a key whose memories are not read yet waits alone: others are answered before it is."""
    fake = Fake()
    fake.remember([f"memory number {number} about tea" for number in range(2_000)], key=KEY)
    app, answered = create_app(fake), []

    async def ask(endpoint, key, **fields):
        sent = request(endpoint, key, **fields)
        headers = [(name.encode(), value.encode()) for name, value in sent.headers.items()]
        scope = {"type": "http", "method": "POST", "path": sent.path, "headers": headers, "query_string": b""}

        async def receive():
            return {"type": "http.request", "body": sent.body}

        async def send(message):
            if message["type"] == "http.response.start":
                answered.append((key, message["status"]))

        await app(scope, receive, send)

    async def main():
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: ask("search", KEY, query="1999"))
            await anyio.lowlevel.checkpoint()
            for _ in range(5):
                await ask("add", OTHER, content="tea")
                await ask("search", OTHER, query="tea")

    anyio.run(main)
    assert answered == [(OTHER, 200)] * 10 + [(KEY, 200)]


def test_memories_that_arrive_are_indexed_without_a_search():
    """Over ASGI, adds are read soon after they came, though nobody searches."""
    fake = Fake()
    app = create_app(fake)
    headers = [(b"authorization", f"Bearer {KEY}".encode()), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/api/memory/add", "headers": headers, "query_string": b""}

    async def send(_message):
        pass

    async def main():
        for number in range(300):

            async def receive(number=number):
                return {"type": "http.request", "body": b'{"content":"memory number %d of tea"}' % number}

            await app(dict(scope), receive, send)
        assert fake.is_behind
        while fake.is_behind:
            await anyio.lowlevel.checkpoint()

    anyio.run(main)
    assert len(fake.memories(key=KEY)) == 300


def test_indexing_that_is_closed_leaves_the_rest_to_the_next_call():
    """A key whose indexing was given up is still behind, and the next steps read all of it."""
    fake = Fake()
    fake.remember([f"memory number {number} about tea" for number in range(300)], key=KEY)
    with closing(fake.indexing()) as steps:
        next(steps)
    assert fake.is_behind
    assert all(fake.indexing())
    assert not fake.is_behind


def test_requests_that_keep_coming_go_before_the_index(monkeypatch):
    """Over ASGI, nothing is indexed between adds that follow each other, and all of it once they end."""
    monkeypatch.setattr("fake_server.indexing.PAUSE", 0)
    monkeypatch.setattr("fake_server.indexing.PATIENCE", float("inf"))
    fake = Fake()
    app, steps = create_app(fake), mock.Mock(wraps=fake.indexing)
    monkeypatch.setattr(fake, "indexing", steps)
    headers = [(b"authorization", f"Bearer {KEY}".encode()), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/api/memory/add", "headers": headers, "query_string": b""}

    async def receive():
        return {"type": "http.request", "body": b'{"content":"a memory of tea"}'}

    async def send(_message):
        pass

    async def main():
        for _ in range(300):
            await app(dict(scope), receive, send)
            await anyio.lowlevel.checkpoint()
        assert fake.is_behind
        assert not steps.called
        while fake.is_behind or not steps.called:
            await anyio.lowlevel.checkpoint()

    anyio.run(main)


def test_who_gives_way_lets_a_waiting_thread_go_first():
    """A thread that waits for the lock has it before one that gives way takes it again."""
    from threading import Thread, get_ident

    lock, order = FairLock(), []

    def wait():
        with lock:
            order.append(get_ident())

    with lock:
        thread = Thread(target=wait)
        thread.start()
        while not lock.is_waited_for:
            pass
    lock.give_way()
    with lock:
        order.append("after")
    thread.join()
    assert order == [thread.ident, "after"]


def test_who_has_the_lock_gives_no_way():
    """A thread that took the lock twice and releases it once waits for nobody who waits for it."""
    lock = FairLock()
    with lock:
        with lock:
            assert lock.is_mine
        lock.give_way()
        assert lock.is_mine
    assert not lock.is_mine


def test_a_search_under_the_lock_reads_by_itself():
    """While another is indexing, a caller who has the lock reads the rest and does not wait for it."""
    fake = Fake()
    fake.remember([f"memory number {number} about tea" for number in range(300)], key=KEY)
    steps = fake.indexing()
    assert next(steps)
    with fake.lock:
        assert fake.explain("299", key=KEY).hits[0].memory.content == "memory number 299 about tea"
    assert all(steps)
    assert fake.explain("299", key=KEY).within_reach == 300
