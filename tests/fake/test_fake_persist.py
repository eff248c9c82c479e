"""A file of --persist: what is kept in it, what a failing disk leaves, and which files are refused."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner
from fake_asking import KEY, OTHER
from fake_changes import ACTIONS, exchange, state

from fake_server import Fake
from fake_server.cli import main
from fake_server.cli.persisting import persisted
from fake_server.persistence import Keeper, UnfitFileError, file, open_file, resume, schema


class Disk:
    """A connection to a file, of which every write fails while `fails` holds a reason."""

    def __init__(self, connection):
        self.connection = connection
        self.fails = {}
        self.error = sqlite3.OperationalError

    @property
    def in_transaction(self):
        return self.connection.in_transaction

    def execute(self, statement, *values):
        for begins, reason in self.fails.items():
            if statement.startswith(begins):
                raise self.error(reason)
        return self.connection.execute(statement, *values)

    def executemany(self, statement, values):
        self.execute("SELECT 1") if "INSERT" not in self.fails else self.execute("INSERT")
        return self.connection.executemany(statement, values)

    def close(self):
        self.connection.close()


@contextlib.contextmanager
def opened(path, options=(), **settings):
    """Open a file as a server does, and give its fake, its keeper, its disk and what was resumed."""
    fake = Fake(**{"idempotency": True, **settings})
    disk = Disk(open_file(path))
    resumed = resume(fake, disk, path, options)
    with Keeper(fake, disk, resumed.hidden) as keeper:
        yield fake, keeper, disk, resumed


def settle(fake, keeper):
    """Wait until all that changed is committed or reverted."""
    with fake.recorded() as recording:
        pass
    asyncio.run(keeper.settled(recording.transaction))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "kept.db"


def filled(fake):
    """Store memories, settings of a key and time."""
    with fake.recorded():
        fake.remember(
            [{"id": "rec_old", "content": "old tea"}, {"id": "rec_new", "content": "new tea", "file": "a.pdf"}], key=KEY
        )
        fake.configure(key=KEY, top_k=7, rights=["add", "search", "details"])
        fake.advance(3, key=KEY)


@pytest.mark.parametrize("name", ACTIONS)
def test_a_run_goes_on_where_the_last_one_ended(path, name):
    """Whatever an action changed is there in the next run, and a search finds the same."""
    with opened(path) as (fake, keeper, _, _):
        filled(fake)
        exchange(fake, idempotency_key="t1")
        exchange(fake, body=b'{"content":"tea \\u00e4 \\ud83c\\udf75 \\u0000","previousContext":" Home "}', key=OTHER)
        with fake.recorded():
            ACTIONS[name][0](fake)
        settle(fake, keeper)
        before = state(fake)
    with opened(path) as (again, _, _, _):
        after = state(again)
    assert after == before


def test_what_is_not_kept_begins_afresh(path):
    """Journal and armed faults are of one run; ids of requests and memories are never given again."""
    with opened(path) as (fake, keeper, _, _):
        fake.faults("search: 503")
        first = exchange(fake)
        settle(fake, keeper)
    with opened(path) as (again, keeper, _, _):
        assert (again.requests(), again.armed()) == ([], [])
        second = exchange(again)
        settle(again, keeper)
        assert len({memory.id for memory in again.memories()}) == 2
    assert first.entry.request_id != second.entry.request_id


def test_a_retry_after_a_restart_is_answered_from_its_record(path):
    """The record of an Idempotency-Key outlives the run: the retry gets the first answer and stores nothing."""
    with opened(path) as (fake, keeper, _, _):
        first = exchange(fake, idempotency_key="t1")
        settle(fake, keeper)
    with opened(path) as (again, keeper, _, _):
        retried = exchange(again, idempotency_key="t1")
        assert retried.outcome.body == first.outcome.body
        assert len(again.memories()) == 1


def test_an_option_goes_before_a_kept_setting(path):
    """A setting that this run names is not taken from the file, and stays kept there for a run that does not."""
    with opened(path) as (fake, keeper, _, _):
        with fake.recorded():
            fake.configure(top_k=3, wire="envelope")
        settle(fake, keeper)
    with opened(path, {"top_k"}, top_k=5) as (fake, keeper, _, resumed):
        assert (fake.settings().top_k, fake.settings().wire) == (5, "envelope")
        assert (resumed.in_force, dict(resumed.hidden)) == (("wire",), {"top_k": 3})
        with fake.recorded():
            fake.configure(wire="flat")
        settle(fake, keeper)
    with opened(path) as (fake, _, _, _):
        assert (fake.settings().top_k, fake.settings().wire) == (3, "flat")


def test_what_an_option_says_of_a_key_goes_before_its_own(path):
    """The table of keys in the options goes before what was set for a key; its other settings stay."""
    with opened(path) as (fake, keeper, _, _):
        with fake.recorded():
            fake.configure(key=KEY, rights=["search"], top_k=3)
        settle(fake, keeper)
    with opened(path, {"keys"}, keys=[{"key": KEY, "rights": ["add"]}]) as (fake, _, _, _):
        assert (fake.settings(key=KEY).rights, fake.settings(key=KEY).top_k) == (("add",), 3)


@pytest.mark.parametrize("statement", ["BEGIN", "INSERT", "UPDATE keys", "COMMIT"])
def test_a_disk_that_fails_leaves_no_trace_and_its_return_is_taken(path, caplog, statement):
    """While a file cannot be written, requests are reverted and answered 503; then the server goes on."""
    with opened(path) as (fake, keeper, disk, _):
        filled(fake)
        settle(fake, keeper)
        before = state(fake)
        disk.fails = {statement: "database or disk is full"}
        failed = [exchange(fake, idempotency_key=f"t{at}") for at in range(3)]
        settle(fake, keeper)
        assert [each.outcome.status for each in failed] == [503] * 3
        assert b"database or disk is full" in failed[0].outcome.body
        assert state(fake) == before
        disk.fails = {}
        stored = exchange(fake, idempotency_key="t1")
        settle(fake, keeper)
        assert stored.outcome.status == 200
        after = state(fake)
    with opened(path) as (again, _, _, _):
        assert state(again) == after
    assert [record.message for record in caplog.records if record.message.startswith("persist:")] == [
        "persist: database or disk is full; requests are answered 503 STORAGE_FAILED until it can be written again",
        "persist: the file can be written again",
    ]


def test_nothing_of_a_commit_that_failed_comes_with_the_next(path):
    """A key that came with a commit that failed is new to the next one, and a memory of it never comes back."""
    with opened(path) as (fake, keeper, disk, _):
        for statement in ("COMMIT", "INSERT"):
            disk.fails = {statement: "disk I/O error"}
            with fake.recorded():
                fake.remember([{"id": "rec_lost", "content": "lost"}], key=KEY)
            settle(fake, keeper)
            disk.fails = {}
            stored = exchange(fake)
            settle(fake, keeper)
            assert stored.outcome.status == 200
        assert len(fake.memories()) == 2
        after = state(fake)
    with opened(path) as (again, _, _, _):
        assert state(again) == after


def test_whatever_fails_the_keeper_goes_on(path):
    """An error that is none of SQLite is answered 503 too, without its words, and the next request is committed."""
    with opened(path) as (fake, keeper, disk, _):
        disk.fails, disk.error = {"INSERT": "tea at four"}, MemoryError
        failed = exchange(fake)
        settle(fake, keeper)
        assert (failed.outcome.status, fake.memories()) == (503, [])
        assert b"(MemoryError)" in failed.outcome.body
        disk.fails = {}
        stored = exchange(fake)
        settle(fake, keeper)
        assert (stored.outcome.status, len(fake.memories())) == (200, 1)


def test_a_reset_that_fails_takes_nothing(path):
    """A reset that cannot be committed leaves memories, settings and what options of this run hide."""
    with opened(path) as (fake, keeper, _, _):
        filled(fake)
        with fake.recorded():
            fake.configure(top_k=3)
        settle(fake, keeper)
    with opened(path, {"top_k"}, top_k=5) as (fake, keeper, disk, _):
        before = state(fake)
        disk.fails = {"COMMIT": "disk I/O error"}
        with fake.recorded():
            fake.reset()
        settle(fake, keeper)
        assert state(fake) == before
        disk.fails = {}
        with fake.recorded():
            fake.configure(wire="envelope")
        settle(fake, keeper)
    with opened(path) as (fake, _, _, _):
        assert (fake.settings().top_k, len(fake.memories())) == (3, 2)


def test_a_reset_takes_what_an_option_hides_also_if_a_later_commit_fails(path):
    """A kept setting that an option of this run hides is gone after a reset, whatever fails once that is committed."""
    with opened(path) as (fake, keeper, _, _):
        with fake.recorded():
            fake.configure(top_k=3)
        settle(fake, keeper)
    with opened(path, {"top_k"}, top_k=5) as (fake, keeper, disk, _):
        with fake.recorded():
            fake.reset()
        settle(fake, keeper)
        disk.fails = {"COMMIT": "disk I/O error"}
        exchange(fake)
        settle(fake, keeper)
        disk.fails = {}
        with fake.recorded():
            fake.configure(wire="envelope")
        settle(fake, keeper)
    with opened(path) as (fake, _, _, resumed):
        assert (resumed.in_force, fake.settings().top_k) == (("wire",), Fake().settings().top_k)


def test_those_that_wait_share_a_commit(path):
    """What is decided while a commit is under way waits for the next, and all of it is one."""
    with opened(path) as (fake, keeper, disk, _):
        began = []
        disk.connection.set_trace_callback(lambda statement: began.append(statement) if statement == "BEGIN" else None)
        with fake.lock:  # as long as the lock is held, nobody commits
            transactions = [exchange(fake).transaction for _ in range(50)]

        async def all_of_them():
            await asyncio.gather(*map(keeper.settled, transactions))

        asyncio.run(all_of_them())
        assert len(began) <= 2
        assert fake.transactions.pending() == []


def bytes_of(folder):
    return {each.name: each.read_bytes() for each in Path(folder).iterdir()}


def refused(path, *more):
    """Start a server on a file that it refuses, and give what it says."""
    done = CliRunner().invoke(main, ["serve", "--port", "0", "--persist", str(path), *more])
    assert done.exit_code == 2, done.output
    return done.output.replace("\n", " ")


def sqlite(path, *statements):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for each in statements:
            connection.execute(each)
        connection.commit()


UNFIT = {
    "text": (lambda path: path.write_text("hello, this is no database at all\n"), "a file of another kind"),
    "other tables": (lambda path: sqlite(path, "CREATE TABLE mine (x)"), "another SQLite file"),
    "newer": (
        lambda path: sqlite(
            path, "CREATE TABLE t (x)", f"PRAGMA application_id = {schema.APPLICATION}", "PRAGMA user_version = 99"
        ),
        "upgrade octamem",
    ),
    "a few bytes": (lambda path: path.write_bytes(b"SQLite"), "a damaged one"),
    "a log alone": (lambda path: Path(f"{path}-wal").write_bytes(b"x" * 100), "a damaged one"),
    "an empty file with a log": (
        lambda path: (path.write_bytes(b""), Path(f"{path}-wal").write_bytes(b"x" * 100)),
        "a damaged one",
    ),
    "settings that no version wrote": (
        lambda path: (open_file(path).close(), sqlite(path, "UPDATE server SET settings = '{\"top_k\": -1}'")),
        "top_k: expected an int",
    ),
    "a row that is no text": (
        lambda path: (
            open_file(path).close(),
            sqlite(path, "INSERT INTO keys VALUES (1, x'ff', 'no JSON', 0, 0, 0, 0)"),
        ),
        "a row cannot be read",
    ),
    "a missing folder": (lambda path: path.parent.rmdir(), "a folder that is missing"),
    "a folder": (lambda path: path.mkdir(), "is a directory"),
}


@pytest.mark.parametrize("kind", UNFIT)
def test_a_file_that_is_not_fit_is_refused_and_stays_as_it_is(tmp_path, kind):
    """A damaged, newer or strange file is refused with what to do, and no byte of it changes."""
    folder = tmp_path / "folder"
    folder.mkdir()
    make, says = UNFIT[kind]
    make(folder / "kept.db")
    before = bytes_of(folder) if folder.is_dir() and kind != "a folder" else None
    assert says in refused(folder / "kept.db")
    assert before is None or bytes_of(folder) == before


@pytest.mark.parametrize("kind", [kind for kind in UNFIT if kind not in {"a missing folder", "a folder"}])
def test_a_file_that_is_not_fit_is_refused_by_a_link_to_it_too(tmp_path, kind):
    """A link leads to the file with its log: what is wrong there is found and named there, and no byte changes."""
    folder, links = tmp_path / "folder", tmp_path / "links"
    folder.mkdir()
    links.mkdir()
    make, says = UNFIT[kind]
    make(folder / "kept.db")
    link = links / "linked.db"
    link.symlink_to(folder / "kept.db")
    before = bytes_of(folder)
    said = refused(link)
    assert says in said
    assert str(folder / "kept.db") in said.replace("\n", "")
    assert bytes_of(folder) == before
    assert list(links.iterdir()) == [link]


@pytest.mark.parametrize("first", ["link", "file", "link to the link"])
@pytest.mark.parametrize("second", ["link", "file", "link to the link"])
def test_a_file_and_a_link_to_it_are_one(tmp_path, first, second):
    """Whichever name a server is given, a second one is refused the file by any other, and a later one goes on."""
    paths = {"file": tmp_path / "kept.db", "link": tmp_path / "links" / "a.db", "link to the link": tmp_path / "b.db"}
    (tmp_path / "links").mkdir()
    paths["link"].symlink_to("../kept.db")
    paths["link to the link"].symlink_to(paths["link"])
    with opened(paths[first]) as (fake, keeper, _, _):
        exchange(fake)
        settle(fake, keeper)
        said = refused(paths[second])
        assert ("in use" in said, "kept.db" in said) == (True, True)
        assert sorted(each.name for each in tmp_path.iterdir()) == ["b.db", "kept.db", "kept.db-wal", "links"]
        assert [each.name for each in (tmp_path / "links").iterdir()] == ["a.db"]
    with opened(paths[second]) as (fake, _, _, _):
        assert len(fake.memories()) == 1


def test_the_banner_names_the_file_that_a_link_leads_to(tmp_path):
    """Who looks for the file, and for its log, is told where they are."""
    link = tmp_path / "link.db"
    link.symlink_to(tmp_path / "kept.db")
    kept = persisted(Fake(), link, "normal", None, ())
    with kept.keeper:
        pass
    assert kept.lines()[0] == f"kept in {link}, a link to {tmp_path / 'kept.db'}, which holds 0 memories"


def test_links_that_lead_to_each_other_are_refused(tmp_path):
    """There is no file at their end, and the error says so."""
    (tmp_path / "a.db").symlink_to("b.db")
    (tmp_path / "b.db").symlink_to("a.db")
    assert "oo many levels of symbolic links" in refused(tmp_path / "a.db")


def test_the_command_that_reads_a_damaged_file_can_be_pasted():
    """The path in the advice is quoted as a shell needs it."""
    assert "sqlite3 'my notes/kept.db' .recover" in str(file.damaged(Path("my notes/kept.db"), "it is cut"))


def test_a_file_of_more_keys_than_are_allowed_is_refused_and_not_called_damaged(path):
    """A file that is whole, and whose settings need another option, is refused with that option."""
    with opened(path) as (fake, keeper, _, _):
        with fake.recorded():
            fake.configure(keys=["key-a", "key-b", "key-c"])
        settle(fake, keeper)
    said = " ".join(refused(path, "--max-keys", "2").split())
    assert "at most 2 keys, got 3; start the server with a larger --max-keys" in said
    assert "damaged" not in said


@pytest.mark.parametrize("reason", ["database or disk is full", "disk I/O error"])
def test_a_disk_without_room_at_the_start_is_told_as_one(path, monkeypatch, reason):
    """A killed server's log cannot be read on a full disk: what is kept is there once there is room."""
    open_file(path).close()

    def fail(*_):
        raise sqlite3.OperationalError(reason)

    monkeypatch.setattr(file, "_connect", fail)
    with pytest.raises(UnfitFileError, match=f"{reason}; make room if the disk is full, or name another file"):
        open_file(path)


def test_a_file_that_another_server_uses_is_refused(path):
    """A second server on a file is refused, and the first goes on."""
    with opened(path) as (fake, keeper, _, _):
        exchange(fake)
        settle(fake, keeper)
        assert "in use" in refused(path)
        with pytest.raises(UnfitFileError, match="in use"):
            open_file(path)
        exchange(fake)
        settle(fake, keeper)
    with opened(path) as (fake, _, _, _):
        assert len(fake.memories()) == 2


@pytest.mark.parametrize("what", ["memories.db", "memories.db-wal", "folder"])
def test_what_may_not_be_written_is_named_with_the_reason(tmp_path, monkeypatch, what):
    """A file, its log or its folder that this user may not write is refused by name, and is no broken disk."""
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "memories.db"
    open_file(path).close()
    Path(f"{path}-wal").touch()
    before = path.read_bytes()
    monkeypatch.setattr(os, "access", lambda each, _mode: Path(each).name != what)
    with pytest.raises(UnfitFileError, match=rf"cannot write '[^']*{what}': Permission denied; let this user write it"):
        open_file(path)
    assert path.read_bytes() == before


def test_a_file_of_an_older_schema_is_migrated(path, monkeypatch):
    """Each version of the tables is led to the next, and what they hold stays."""
    with opened(path) as (fake, keeper, _, _):
        filled(fake)
        settle(fake, keeper)
        before = state(fake)
    more = (*schema._MIGRATIONS, "ALTER TABLE seed_files ADD COLUMN name TEXT;CREATE TABLE more (x)")
    monkeypatch.setattr(schema, "_MIGRATIONS", more)
    monkeypatch.setattr(schema, "VERSION", len(more))
    monkeypatch.setattr(file, "VERSION", len(more))
    with opened(path) as (fake, _, disk, _):
        assert state(fake) == before
        assert disk.execute("PRAGMA user_version").fetchone() == (len(more),)
        assert disk.execute("SELECT count(*) FROM more").fetchone() == (0,)


@pytest.mark.parametrize(("sync", "level"), [("normal", 1), ("full", 2)])
def test_a_commit_outlives_what_it_is_to_outlive(path, sync, level):
    """A file has a write-ahead log, and SQLite waits for the disk at each commit only with full."""
    with contextlib.closing(open_file(path, sync)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (level,)


@pytest.mark.parametrize("touched", [False, True])
def test_only_its_owner_reads_a_file(path, touched):
    """A file holds keys, so nobody else may read it or its log, not even if it was there before, and empty."""
    if touched:
        path.touch(0o644)
    with opened(path) as (fake, keeper, _, _):
        exchange(fake)
        settle(fake, keeper)
        assert {each.name: oct(each.stat().st_mode & 0o777) for each in path.parent.iterdir()} == {
            "kept.db": "0o600",
            "kept.db-wal": "0o600",
        }


def ended(tmp_path, count):
    """Give the files of a server that was killed after so many adds, each a commit."""
    path = tmp_path / "kept.db"
    with opened(path) as (fake, keeper, _, _):
        for at in range(count):
            exchange(fake, body=b'{"content":"tea %d"}' % at, idempotency_key=f"t{at}")
            settle(fake, keeper)
        files = bytes_of(tmp_path)
    for each in tmp_path.iterdir():
        each.unlink()
    return files


@pytest.mark.parametrize(
    "step", [pytest.param(512, marks=pytest.mark.proof), pytest.param(1536, marks=pytest.mark.slow), 8192]
)
def test_a_torn_log_loses_only_its_end(tmp_path, step):
    """A log that ends anywhere, or whose end is damaged, gives the first of the commits, each whole."""
    files = ended(tmp_path, 3)
    log = files["kept.db-wal"]
    seen = set()
    for at in [*range(0, len(log), step), len(log)]:
        for torn in {log[:at], log[:at] + b"\xff" * 512 + log[at + 512 :]}:
            (tmp_path / "kept.db").write_bytes(files["kept.db"])
            (tmp_path / "kept.db-wal").write_bytes(torn)
            try:
                with opened(tmp_path / "kept.db") as (fake, _, _, _):
                    contents = [memory.content for memory in fake.memories()]
                    answers = [exchange(fake, body=b'{"content":"x"}', idempotency_key=f"t{n}") for n in range(3)]
                    stored = len(fake.memories())
            finally:
                for each in tmp_path.iterdir():
                    each.unlink()
            assert contents == [f"tea {n}" for n in range(len(contents))]
            assert stored == 3
            assert len({each.outcome.body for each in answers}) == 3
            seen.add(len(contents))
    assert seen == set(range(4))


def test_a_torn_file_is_refused_or_whole(tmp_path):
    """A file that ends anywhere is refused unless all is there, and never taken for one with fewer memories."""
    path = tmp_path / "kept.db"
    with opened(path) as (fake, keeper, _, _):
        for at in range(20):
            exchange(fake, body=b'{"content":"tea %d"}' % at)
        settle(fake, keeper)
    whole, refusals = path.read_bytes(), 0
    for at in range(512, len(whole), 512):
        path.write_bytes(whole[:at])
        try:
            with contextlib.closing(open_file(path)) as connection:
                assert connection.execute("SELECT count(*) FROM memories").fetchone() == (20,)
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        except UnfitFileError as error:
            assert "damaged" in str(error)  # noqa: PT017 - half of the lengths are refused
            assert bytes_of(tmp_path) == {"kept.db": whole[:at]}
            refusals += 1
    assert refusals >= len(whole) // 512 - 8  # what is missing of the last page may have been zeros
