"""Snapshots and undo: what is put back is as it was, what came since is not lost unasked, and time goes forward."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import pytest

from fake_server import Fake, Request, UnknownKeyError
from fake_server.control import kept as kept_module
from fake_server.control import undo as undo_module
from fake_server.control.asked import Asked, RefusedError
from fake_server.control.commits import carry_out
from fake_server.control.desk import Desk
from fake_server.control.kept import MOST
from fake_server.control.routes import OPERATIONS
from fake_server.core.changes import AllReset, Emptied, Forgotten, KeyClosed, Stored

KEY = "sk-om-live-tests-0000000000000001"
OTHER = "sk-om-live-other-000000000000002"
TEXTS = ("tea at four", "coffee at five", "no milk")


def contents(served, key=KEY):
    return [memory.content for memory in served.fake.memories(key=key)]


def told(served, key=KEY):
    """Give all that a client sees of a key: memories, usage, settings, calls and faults."""
    return (
        served.control("GET", f"memories?key={key}")[1],
        served.details(key=key).data,
        served.control("GET", f"settings?key={key}")[1],
        served.control("GET", f"faults?key={key}")[1],
        served.contents("tea", key=key),
    )


def fill(served):
    for text in TEXTS:
        served.add(text)
    served.control("PUT", f"settings?key={KEY}", {"limit": 50, "unit": "requests"})
    served.control("POST", f"faults?key={KEY}", {"script": "details: ok; add: 503"})


@pytest.mark.parametrize("query", ["", f"?key={KEY}"], ids=["all", "key"])
def test_the_undo_of_a_reset_puts_everything_back(served, query):
    """Memories, usage, settings, faults and calls are as they were before a reset, of the server or of one key."""
    fill(served)
    served.add("theirs", key=OTHER)
    calls = served.control("GET", "calls")[1]["calls"]
    faults = served.control("GET", f"faults?key={KEY}")[1]
    undo = served.control("POST", f"reset{query}")[1]["undo"]
    assert contents(served) == []
    status, answer = served.control("POST", f"undo/{undo}")
    assert (status, answer["undone"]["what"]) == (200, "reset")
    assert contents(served) == list(TEXTS)
    assert served.control("GET", f"settings?key={KEY}")[1]["limit"] == 50
    assert served.control("GET", f"faults?key={KEY}")[1] == faults
    assert sorted(each["id"] for each in served.control("GET", "calls")[1]["calls"]) == sorted(
        each["id"] for each in calls
    )
    assert contents(served, OTHER) == ["theirs"]
    assert served.control("POST", f"undo/{undo}")[0] == 404


@pytest.mark.parametrize("query", ["", f"?key={KEY}"], ids=["all", "key"])
def test_an_undo_never_turns_the_clock_back(served, query):
    """The time after an undo is the later one of before the reset and of now."""
    served.control("POST", f"clock/advance{query}", {"seconds": 60})
    undo = served.control("POST", f"reset{query}")[1]["undo"]
    served.control("POST", f"undo/{undo}?force=true")
    assert served.control("GET", f"health{query}")[1]["now"] == "2026-01-01T00:01:00Z"
    undo = served.control("POST", f"reset{query}")[1]["undo"]
    served.control("POST", f"clock/advance{query}", {"seconds": 90})
    served.control("POST", f"undo/{undo}")
    assert served.control("GET", f"health{query}")[1]["now"] == "2026-01-01T00:01:30Z"


def test_an_undo_that_takes_away_what_came_since_must_be_forced(served):
    """An undo answers 409 with the calls and memories that it would take away, and does it when forced."""
    fill(served)
    undo = served.control("POST", f"reset?key={KEY}")[1]["undo"]
    for text in ("one", "two"):
        served.add(text)
    served.search("one")
    status, answer = served.control("POST", f"undo/{undo}")
    assert (status, answer["code"], answer["calls"], answer["memories"]) == (409, "CHANGED_SINCE", 3, 2)
    assert contents(served) == ["one", "two"]
    assert served.control("POST", f"undo/{undo}?force=yes")[0] == 400
    assert served.control("POST", f"undo/{undo}?force=true")[0] == 200
    assert contents(served) == list(TEXTS)


@pytest.mark.parametrize("at", range(3))
def test_a_deleted_memory_is_put_back_where_it_stood(served, at):
    """The undo of a deletion gives the same memories in the same order, and takes nothing away that came since."""
    fill(served)
    before = told(served)
    identity = before[0]["memories"][at]["id"]
    undo = served.control("DELETE", f"memories/{identity}?key={KEY}")[1]["undo"]
    assert contents(served) == [text for text in TEXTS if text != TEXTS[at]]
    assert served.control("POST", f"undo/{undo}")[0] == 200
    assert served.control("GET", f"memories?key={KEY}")[1] == before[0]
    undo = served.control("DELETE", f"memories?key={KEY}&memory={identity}")[1]["undo"]
    served.fake.remember(["newer"], key=KEY)
    assert served.control("POST", f"undo/{undo}")[0] == 200
    assert contents(served) == [*TEXTS, "newer"]


def test_all_memories_of_a_key_are_put_back(served):
    """The undo of DELETE memories gives all of them again; those stored since are named first."""
    fill(served)
    undo = served.control("DELETE", f"memories?key={KEY}")[1]["undo"]
    served.fake.remember(["newer"], key=KEY)
    status, answer = served.control("POST", f"undo/{undo}")
    assert (status, answer["calls"], answer["memories"]) == (409, 0, 1)
    assert served.control("POST", f"undo/{undo}?force=true")[0] == 200
    assert contents(served) == list(TEXTS)


def test_a_memory_is_read_and_edited(served):
    """GET gives one memory, PUT changes the fields given alone, and an undo brings the old text and place back."""
    fill(served)
    first = served.control("GET", f"memories?key={KEY}")[1]["memories"][0]
    route = f"memories/{first['id']}?key={KEY}"
    assert served.control("GET", route) == (200, first)
    status, edited = served.control("PUT", route, {"content": "tea at six"})
    assert status == 200
    assert {**first, "content": "tea at six", "undo": edited["undo"]} == edited
    assert served.contents("six") == ["tea at six"]
    assert served.control("POST", f"undo/{edited['undo']}")[0] == 200
    assert contents(served) == list(TEXTS)
    assert served.contents("six") == []


@pytest.mark.parametrize(
    ("method", "route", "body", "status", "says"),
    [
        ("GET", "memories/rec_x?key=KEY", None, 404, "no memory has the id 'rec_x'"),
        ("PUT", "memories/rec_x?key=KEY", {"content": "x"}, 404, "no memory has the id 'rec_x'"),
        ("DELETE", "memories/rec_x?key=KEY", None, 404, "no memory has the id 'rec_x'"),
        ("GET", "memories/a", None, 400, "key is required for GET memories/ID"),
        ("PUT", "memories/a", {"content": "x"}, 400, "key is required for PUT memories/ID"),
        ("DELETE", "memories/a", None, 400, "key is required for DELETE memories/ID"),
        ("PUT", "memories/a?key=KEY", {"content": ""}, 400, "content must not be empty"),
        ("PUT", "memories/a?key=KEY", {"text": "x"}, 400, "text: unknown field"),
        ("PUT", "memories/a?key=KEY", {"id": "b"}, 400, "id: expected 'a', got 'b'"),
        ("PUT", "memories/a?key=KEY", [], 400, "body: expected a JSON object"),
        ("POST", "undo/u_0", {}, 404, "nothing can be undone under the id 'u_0'"),
        ("POST", "snapshots/s_0/restore", {}, 404, "no snapshot has the id or name 's_0'"),
        ("DELETE", "snapshots/s_0", None, 404, "no snapshot has the id or name 's_0'"),
        ("POST", "snapshots", {"name": ""}, 400, "name must not be empty"),
        ("POST", "snapshots", {"named": "x"}, 400, "named: unknown field"),
        ("POST", "snapshots", {"name": ".."}, 400, "name: expected another than . and .., which a browser takes out"),
        ("POST", "snapshots", {"name": "n" * 201}, 400, "name: expected at most 200 characters, got 201"),
        ("POST", "snapshots/a%2Fb/restore", {}, 404, "no snapshot has the id or name 'a/b'"),
        ("DELETE", "snapshots/a/b/c", None, 404, "no snapshot has the id or name 'a/b/c'"),
        ("DELETE", "faults/a%2Fb", None, 404, "no fault has the id 'a/b'"),
        ("POST", "undo/a%2Fb", {}, 404, "nothing can be undone under the id 'a/b'"),
        ("GET", "snapshots/a/restore", None, 405, "/_fake/snapshots/a/restore: expected POST, got GET"),
        ("DELETE", "memories/?key=KEY", None, 404, "/_fake/memories/: unknown path"),
        ("DELETE", "faults/?key=KEY", None, 404, "/_fake/faults/: unknown path"),
    ],
)
def test_what_cannot_be_named_or_changed_is_refused(served, method, route, body, status, says):
    """An unknown id is 404, a bad field 400, and nothing changes."""
    served.fake.remember([{"id": "a", "content": "tea"}], key=KEY)
    got, answer = served.control(method, route.replace("KEY", KEY), body)
    assert got == status
    assert answer["error"].startswith(says)
    assert contents(served) == ["tea"]


ANY_TEXT = ["a/b c?ä", "/", "a//b", "x/restore", "p%", "%2F", "q?x=1#f", "line\n", "\nab", "+", "漢字" * 100, "s_0"]


@pytest.mark.parametrize("identity", ANY_TEXT)
def test_an_id_of_any_text_is_reached(served, identity):
    """An id with slashes, blanks, marks or line breaks is reached by its percent-encoding, and no other is."""
    others = [
        {"id": each, "content": "jam"} for each in (identity[:-1], identity.strip()) if each not in {"", identity}
    ]
    served.fake.remember([{"id": identity, "content": "tea"}, *others[:1]], key=KEY)
    route = f"memories/{quote(identity, safe='')}?key={KEY}"
    assert served.control("GET", route)[1]["content"] == "tea"
    assert served.control("DELETE", route)[0] == 200
    assert contents(served) == ["jam"] * len(others[:1])


@pytest.mark.parametrize("name", ANY_TEXT)
def test_a_snapshot_is_restored_and_deleted_under_any_name(served, name):
    """Whatever name a snapshot is given, the same name, percent-encoded, restores and deletes it."""
    saved = served.control("POST", f"snapshots?key={KEY}", {"name": name})[1]
    route = f"snapshots/{quote(name, safe='')}"
    assert served.control("POST", f"{route}/restore", {})[1]["id"] == saved["id"]
    status, left = served.control("DELETE", route)
    assert (status, saved["id"] in [each["id"] for each in left["snapshots"]]) == (200, False)


@pytest.mark.parametrize("route", ["memories", "faults", "snapshots", "undo", "reset"])
@pytest.mark.parametrize("method", ["DELETE", "POST", "PUT"])
def test_only_what_reads_is_led_on_to_a_path_without_its_slash(served, method, route):
    """A path that ends where an id was left out names nothing: a client that follows would change all."""
    assert served.control(method, f"{route}/", {})[0] == 404


@pytest.mark.parametrize("query", ["", f"?key={KEY}"], ids=["server", "key"])
@pytest.mark.parametrize("how", ["DELETE", "PUT", "one"])
def test_disarmed_faults_are_armed_again_as_they_were(served, query, how):
    """An undo keeps the counts of what it arms again and what was armed since, and takes away what a PUT armed."""
    served.control("POST", f"faults{query}", {"script": "add: 503, 429"})
    served.control("POST", f"faults{query}", {"script": "search: 500"})
    served.add()
    before = served.control("GET", f"faults{query}")[1]["faults"]
    route = f"faults/{before[0]['id']}{query}" if how == "one" else f"faults{query}"
    sent = {"script": "details: 500"} if how == "PUT" else None
    changed = served.control("PUT" if how == "PUT" else "DELETE", route, sent)[1]
    undo = changed["undo"]
    since = served.control("POST", f"faults{query}", {"script": "add: 418"})[1]["faults"]
    assert served.control("POST", f"undo/{undo}")[0] == 200
    now = served.control("GET", f"faults{query}")[1]["faults"]
    assert now == before + [each for each in since if each not in [*before, *changed["faults"]]]


def test_a_fault_of_a_key_that_is_no_longer_listed_can_be_disarmed(served):
    """The id of a fault alone names it, whichever keys the server takes by now; its undo arms it again."""
    fill(served)
    (armed,) = served.control("GET", f"faults?key={KEY}")[1]["faults"]
    served.control("PUT", "settings", {"keys": [OTHER]})
    status, answer = served.control("DELETE", f"faults/{armed['id']}")
    assert status == 200
    said = served.control("DELETE", f"faults/{armed['id']}")[1]["error"]
    assert said == f"no fault has the id '{armed['id']}'; see GET faults"
    assert served.control("POST", f"undo/{answer['undo']}", {})[0] == 200
    served.control("PUT", "settings", {"keys": None})
    assert served.control("GET", f"faults?key={KEY}")[1]["faults"] == [armed]


def test_a_script_that_cannot_be_read_leaves_no_undo(served):
    """A PUT that is refused disarms nothing and can be undone by nothing."""
    served.control("POST", "faults", {"script": "add: 503"})
    before = served.control("GET", "faults")[1]
    kept = served.control("GET", "undo")[1]
    assert served.control("PUT", "faults", {"script": "add: boom"})[0] == 400
    assert (served.control("GET", "faults")[1], served.control("GET", "undo")[1]) == (before, kept)


@pytest.mark.parametrize("query", ["", f"?key={KEY}"], ids=["all", "key"])
def test_a_snapshot_is_restored_by_id_or_name_and_undone(served, query):
    """A restore gives memories, usage and settings of then, keeps the journal, and can be undone."""
    fill(served)
    saved = served.control("POST", f"snapshots{query}", {"name": "full"})
    assert (saved[0], saved[1]["memories"]) == (201, 3)
    served.add(key=OTHER)
    before = told(served)
    served.control("DELETE", f"memories?key={KEY}")
    served.control("PUT", f"settings?key={KEY}", {"limit": 7})
    served.fake.remember(["other"], key=KEY)
    changed = told(served)
    attempts = len(served.fake.requests())
    status, restored = served.control("POST", "snapshots/full/restore")
    assert (status, restored["id"]) == (200, saved[1]["id"])
    assert told(served)[0] == before[0]
    assert served.control("GET", f"settings?key={KEY}")[1]["limit"] == 50
    assert len(served.fake.requests()) > attempts
    assert contents(served, OTHER) == ([] if query == "" else ["Tea at four"])
    served.control("POST", f"undo/{restored['undo']}?force=true")
    assert told(served)[0] == changed[0]
    assert contents(served, OTHER) == ["Tea at four"]
    assert [each["name"] for each in served.control("GET", "snapshots")[1]["snapshots"]][-1] == "full"
    again = served.control("POST", "snapshots", {"name": "full"})
    assert (again[0], again[1]["error"].startswith("name: expected a new name")) == (400, True)
    assert served.control("DELETE", f"snapshots/{saved[1]['id']}")[0] == 200


def test_the_undo_of_a_restore_speaks_of_the_key_of_the_snapshot(served):
    """A restore of one key's snapshot is undone as a step of that key: the calls of others are none that came since."""
    served.add()
    saved = served.control("POST", f"snapshots?key={KEY}", {})[1]["id"]
    undo = served.control("POST", f"snapshots/{saved}/restore")[1]["undo"]
    step = served.control("GET", "undo")[1]["undo"][0]
    assert (step["id"], step["key_id"]) == (undo, served.fake.key_id(key=KEY))
    served.add("coffee")
    served.add("theirs", key=OTHER)
    status, answer = served.control("POST", f"undo/{undo}")
    assert (status, answer["calls"], answer["memories"]) == (409, 1, 1)
    assert served.control("DELETE", f"snapshots/{saved}")[0] == 200


@pytest.mark.parametrize("of", ["server", "other key"])
def test_with_a_key_the_snapshots_and_steps_of_others_are_not_reached(served, of):
    """A request that names a key lists, restores, deletes and undoes nothing of the server or of another key."""
    query = "" if of == "server" else f"?key={OTHER}"
    served.fake.remember(["theirs"], key=OTHER)
    saved = served.control("POST", f"snapshots{query}", {})[1]["id"]
    undo = served.control("POST", f"reset{query}")[1]["undo"]
    served.add("mine")
    routes = [("POST", f"snapshots/{saved}/restore"), ("DELETE", f"snapshots/{saved}"), ("POST", f"undo/{undo}")]
    assert [served.control(method, f"{route}?key={KEY}")[0] for method, route in routes] == [404] * 3
    for name, identity in (("undo", undo), ("snapshots", saved)):
        assert identity in [each["id"] for each in served.control("GET", f"{name}{query}")[1][name]]
        assert identity not in [each["id"] for each in served.control("GET", f"{name}?key={KEY}")[1][name]]
    assert (contents(served), contents(served, OTHER)) == (["mine"], [])
    assert served.control("POST", f"undo/{undo}{query or '?'}&force=true")[0] == 200
    assert contents(served, OTHER) == ["theirs"]
    assert served.control("DELETE", f"snapshots/{saved}{query}")[0] == 200


def test_an_undo_list_and_snapshots_are_bounded(served):
    """The oldest undo makes way for a new one; a snapshot beyond the bound is refused with what to do."""
    ids = [served.control("POST", "reset")[1]["undo"] for _ in range(MOST + 5)]
    assert [each["id"] for each in served.control("GET", "undo")[1]["undo"]] == ids[-1 : -MOST - 1 : -1]
    answers = [served.control("POST", "snapshots", {}) for _ in range(MOST + 1)]
    assert (answers[-1][0], answers[-1][1]["code"]) == (503, "CAPACITY")
    for each in served.control("GET", "snapshots")[1]["snapshots"]:
        served.control("DELETE", f"snapshots/{each['id']}")
    assert served.control("GET", "snapshots")[1] == {"snapshots": []}


@pytest.mark.parametrize("how", ["PUT", "DELETE", "DELETE all"])
def test_a_memory_that_an_undo_brings_back_counts(served, monkeypatch, how):
    """A change of a memory that is longer than the undo list may keep has no undo, in bytes of UTF-8."""
    for module in ("kept", "undo"):
        monkeypatch.setattr(f"fake_server.control.{module}.MOST_BYTES", 100_000)

    def changed(text):
        served.fake.remember([{"id": "a", "content": text}], key=KEY)
        route = f"memories?key={KEY}" if how == "DELETE all" else f"memories/a?key={KEY}"
        answer = served.control(how.split()[0], route, {"content": "tea"} if how == "PUT" else None)[1]
        served.control("DELETE", f"memories?key={KEY}")
        return answer["undo"]

    assert changed("ä" * 30_000) is not None
    assert changed("ä" * 60_000) is None


def test_the_keys_are_listed_as_they_stand(served):
    """Each key says its usage, its window of the rate, its rights, its state and its own settings; no key in full."""
    served.control("PUT", "settings", {"keys": [{"key": KEY, "limit": 20}, {"key": OTHER, "state": "revoked"}]})
    served.control("PUT", f"settings?key={KEY}", {"rate": "8/10", "rights": ["add", "search"]})
    served.add()
    served.search()
    served.control("POST", "clock/advance", {"seconds": 4})
    status, told_keys = served.control("GET", "keys")
    assert status == 200
    used, unused = told_keys["keys"]
    assert used["usage"] == {"used": 1, "limit": 20, "unit": "memories"}
    assert used["rate"] == {"calls": 2, "of": 8, "resets_in": 6.0}
    assert (used["rights"], used["state"], used["memories"], used["open"]) == (["search", "add"], "active", 1, True)
    assert used["own"] == {"limit": 20, "rate": "8/10", "rights": ["search", "add"]}
    assert (unused["state"], unused["open"], unused["memories"]) == ("revoked", False, 0)
    assert KEY not in str(told_keys)
    assert served.control("GET", f"keys?key={OTHER}")[1]["keys"] == [unused]
    assert served.control("GET", "keys?key=unlisted")[0] == 404


def replayed(changes):
    """Give the memories by key that remain of changes, as a shell that keeps them has them."""
    kept = {}
    for change in changes:
        if isinstance(change, AllReset):
            kept.clear()
        elif isinstance(change, KeyClosed):
            kept.pop(change.key, None)
        elif isinstance(change, Emptied):
            kept[change.key] = {}
        elif isinstance(change, Forgotten):
            del kept[change.key][change.id]
        elif isinstance(change, Stored):
            kept.setdefault(change.key, {}).pop(change.memory.id, None)
            kept[change.key][change.memory.id] = change.memory
    return {key: list(memories.values()) for key, memories in kept.items() if memories}


@pytest.mark.parametrize("how", ["reset", "reset one", "delete", "delete all", "restore"])
@pytest.mark.parametrize("outcome", ["committed", "reverted"])
def test_a_shell_that_keeps_the_changes_has_what_was_put_back(how, outcome):
    """The changes of an undo give its state; if they cannot be kept, all is as it was before the undo."""
    fake = Fake()
    fake.transactions.start()
    changes = []

    def commit():
        with fake.lock:
            made = fake.transactions.pending()
            changes.extend(change for each in made for change in each.changes)
            fake.transactions.committed(made)

    with fake.recorded():
        ids = [memory.id for memory in fake.remember(TEXTS, key=KEY)]
        fake.remember(["theirs"], key=OTHER)
        fake.configure(limit=9)
    commit()
    saved, before = fake.snapshot(), fake.memories()
    with fake.recorded():
        if how.startswith("reset"):
            put_back = fake.reset(key=KEY if how == "reset one" else None)
        elif how == "restore":
            fake.remember(["more"], key=KEY)
            put_back = lambda: fake.restore(saved)  # noqa: E731 - as the others
        else:
            put_back = fake.forget(memory=ids[0] if how == "delete" else None, key=KEY)
    commit()
    between = fake.memories()
    with fake.recorded():
        put_back()
    assert sorted(fake.memories()) == sorted(before)
    assert fake.settings().limit == 9
    if outcome == "committed":
        commit()
    else:
        with fake.lock:
            fake.transactions.revert("the disk is full")
        assert fake.memories() == between
    kept = {key: fake.memories(key=key) for key in (KEY, OTHER)}
    assert replayed(changes) == {key: memories for key, memories in kept.items() if memories}


class Disk:
    """A shell that commits what changes, or reverts it while the disk is full."""

    def __init__(self, fake):
        self.fake = fake
        self.is_full = False

    async def settled(self, _transaction):
        with self.fake.lock:
            if self.is_full:
                self.fake.transactions.revert("the disk is full")
            else:
                self.fake.transactions.committed(self.fake.transactions.pending())


@pytest.mark.parametrize("how", ["reset", "restore", "undo", "save"])
def test_what_cannot_be_kept_leaves_the_undo_list_and_the_snapshots_as_they_were(how):
    """An action that is reverted can be neither undone nor restored, and an undo that is can be sent again."""
    fake = Fake()
    fake.transactions.start()
    disk = Disk(fake)
    desk = Desk(fake, disk)

    def send(method, path, identity=""):
        async def nothing():
            yield b""

        asked = Asked(desk, None, {}, {}, {"id": identity}, {}, nothing())
        return asyncio.run(carry_out(OPERATIONS[path][method], asked, reads=False))

    with fake.recorded():
        fake.remember(TEXTS, key=KEY)
    saved = send("POST", "/snapshots").content["id"]
    undo = send("POST", "/reset")["undo"]
    with fake.recorded():
        fake.remember(["newer"], key=KEY)
        fake.forget(key=KEY)
    kept = (desk.undo.all(), desk.snapshots.all(), fake.memories())
    asked = {
        "reset": ("POST", "/reset"),
        "restore": ("POST", "/snapshots/{id}/restore", saved),
        "undo": ("POST", "/undo/{id}", undo),
        "save": ("POST", "/snapshots"),
    }[how]
    disk.is_full = True
    if how == "save":
        fake.remember(["not kept"], key=KEY)
        kept = (*kept[:2], [])
    with pytest.raises(RefusedError, match="Nothing was changed: the disk is full"):
        send(*asked)
    assert (desk.undo.all(), desk.snapshots.all(), fake.memories()) == kept
    disk.is_full = False
    assert send(*asked)


@pytest.mark.parametrize(("method", "path"), [("POST", "/faults"), ("PUT", "/faults"), ("DELETE", "/faults")])
@pytest.mark.parametrize("key", [None, KEY])
def test_faults_are_as_they_were_if_what_came_before_cannot_be_kept(method, path, key):
    """Arming and disarming faults is undone with the changes before it, as the answer says."""
    fake = Fake()
    fake.transactions.start()
    desk = Desk(fake, disk := Disk(fake))

    def send():
        async def body():
            yield b'{"script": "add: 429"}' if method != "DELETE" else b""

        fields = {"script": "add: 429"} if method != "DELETE" else {}
        asked = Asked(desk, key, fields, {}, {}, {}, body())
        return asyncio.run(carry_out(OPERATIONS[path][method], asked, reads=False))

    with fake.recorded():
        fake.faults("add: 503", key=key)
    asyncio.run(disk.settled(None))
    before, kept = fake.armed(key=key), desk.undo.all()
    fake.remember(["not kept"], key=KEY)
    disk.is_full = True
    with pytest.raises(RefusedError, match="Nothing was changed: the disk is full"):
        send()
    assert (fake.armed(key=key), desk.undo.all(), fake.memories()) == (before, kept, [])
    disk.is_full = False
    assert send()
    assert fake.armed(key=key) != before


def test_a_snapshot_of_a_key_that_opens_nothing_changes_nothing():
    """A snapshot of one key is refused once that key is not listed any more."""
    fake = Fake()
    fake.remember(["tea"], key=KEY)
    saved = fake.snapshot(key=KEY)
    fake.configure(keys=[OTHER])
    with pytest.raises(UnknownKeyError):
        fake.restore(saved)
    assert (len(saved), "tests" in repr(saved), fake.memories(key=OTHER)) == (1, False, [])


def test_an_undo_is_as_large_as_what_it_keeps(served, monkeypatch):
    """The journals that a reset puts aside and the answers of an Idempotency-Key count, so that no undo takes more."""
    for module in (kept_module, undo_module):
        monkeypatch.setattr(module, "MOST_BYTES", 300_000)
    for number in range(4):
        served.search(f"{number}" * 100_000)
    for query in (f"?key={KEY}", ""):
        assert served.control("POST", f"reset{query}")[1]["undo"] is None
        served.search("x" * 400_000)
    served.control("POST", "reset")
    served.control("PUT", "settings", {"idempotency": True})
    served.fake.remember(["tea " * 10_000], key=KEY)
    before = served.fake.snapshot().size
    served.fake.decide(
        Request(
            "POST",
            "/api/memory/search",
            {"authorization": f"Bearer {KEY}", "idempotency-key": "once"},
            b'{"query":"tea"}',
        )
    )
    assert served.fake.snapshot().size > before + 40_000


def test_what_is_kept_is_listed_while_others_change_it():
    """A list is of one moment: a step that comes, or goes beyond the bound, while it is made is no error."""
    kept = kept_module.Kept("u")

    class Step:
        size = 1

        def __init__(self):
            self.id = kept.new_id()

        @property
        def key(self):
            kept.put(Step())  # as another thread may between two steps
            return KEY

    for _ in range(MOST):
        kept.put(Step())
    listed = kept.all(KEY)
    assert [each.id for each in listed] == [f"u_{number}" for number in range(1, MOST + 1)]
    assert [each.id for each in kept.all()] == [f"u_{number}" for number in range(MOST + 1, 2 * MOST + 1)]
