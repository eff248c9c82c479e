"""`octamem-fake snapshot`, `reset`, `undo` and `keys`: the state of a server, and how to get it back."""

from __future__ import annotations

import re

import pytest

from fake_server import Fake, create_app
from fake_server.server import serve_in_thread

KEY = "sk-om-live-state-0000000000000001"


@pytest.fixture
def fake(command, build_over_http, monkeypatch):
    """Give a server of this test's own: what can be undone outlives a reset."""
    fake = Fake()
    with serve_in_thread(create_app(fake)) as running:
        monkeypatch.setenv("OCTAMEM_BASE_URL", running.url)
        yield build_over_http(fake, running.url)


def contents(fake, key=KEY):
    return [memory.content for memory in fake.fake.memories(key=key)]


def undo_of(ran):
    """Give the words that a command says to type."""
    return re.search(r"; undo it with octamem-fake (undo \S+)\n", ran.out)[1].split()


def test_a_snapshot_is_saved_listed_restored_and_deleted(command, fake):
    """What was kept is put back under its name or id, and the restore can be undone."""
    assert command("snapshot").out == "no snapshots; octamem-fake snapshot save makes one\n"
    fake.add("tea", key=KEY)
    saved = command("snapshot", "save", "before")
    assert re.fullmatch(r"saved (\w+) \(before\): 1 memory\n", saved.out)
    fake.add("jam", key=KEY)
    restored = command("snapshot", "restore", "before")
    assert restored.out.startswith(saved.out.replace("saved", "restored").rstrip("\n"))
    assert contents(fake) == ["tea"]
    assert command(*undo_of(restored)).status == 0
    assert contents(fake) == ["tea", "jam"]
    header, row = command("snapshot", "list").out.splitlines()
    assert header.split() == ["ID", "NAME", "TIME", "KEY", "MEMORIES"]
    assert row.split()[1] == "before"
    identity = command("snapshot", "--json").json["snapshots"][0]["id"]
    assert "no snapshots" in command("snapshot", "delete", identity).out


@pytest.mark.parametrize("name", ["a/b", "x/restore", "p%41", "q?x=1#f", "two words", "é漢", "/"])
def test_a_snapshot_is_restored_and_deleted_under_any_name(command, fake, name):
    """The name that `save` took is the one that the other commands take."""
    assert command("snapshot", "save", name).status == 0
    assert f"({name}): " in command("snapshot", "restore", name).out
    assert "no snapshots" in command("snapshot", "delete", name).out


@pytest.mark.parametrize("line", ["calls", "faults clear", "snapshot restore", "snapshot delete", "undo"])
def test_a_name_of_no_text_is_refused_as_any_other(command, fake, line):
    """Bytes of a command line that are no UTF-8 name nothing, and are said without a traceback."""
    ran = command(*line.split(), "s\udcff")
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert ran.err.startswith("Error: ")


def test_a_snapshot_that_is_not_there_is_said_with_status_1(command, fake):
    """The message names it."""
    ran = command("snapshot", "restore", "nope")
    assert (ran.status, "'nope'" in ran.err) == (1, True)


@pytest.mark.parametrize(
    ("line", "then"),
    [
        ("calls 09bd37d7-1", "list them with octamem-fake calls"),
        ("faults clear f_9", "see octamem-fake faults"),
        ("snapshot delete s_9", "see octamem-fake snapshot"),
        ("snapshot save kept", "or octamem-fake snapshot delete s_1"),
        ("undo u_9", "see octamem-fake undo"),
    ],
)
def test_an_error_names_the_command_and_no_route(command, fake, line, then):
    """What the control API says to do by a route, a command says to do by a command."""
    command("snapshot", "save", "kept")
    ran = command(*line.split())
    assert ran.status == 1
    assert ran.err.endswith(f"{then}\n")


def test_a_reset_can_be_undone(command, fake):
    """What a reset took away comes back, and the list says what can be undone."""
    assert command("undo").out == "nothing can be undone\n"
    fake.add("tea", key=KEY)
    ran = command("reset", "--api-key", KEY)
    assert contents(fake) == []
    assert command("undo").out.splitlines()[1].split()[1] == "reset"
    done = command(*undo_of(ran))
    assert done.out.startswith("undone: reset of ")
    assert contents(fake) == ["tea"]


def test_an_undo_that_takes_away_what_came_since_needs_force(command, fake):
    """The message says what would be lost and how to undo it all the same, and --force does."""
    fake.add("tea", key=KEY)
    words = undo_of(command("reset", "--api-key", KEY))
    fake.add("jam", key=KEY)
    ran = command(*words)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == (
        "Error: 1 call came since, and the undo takes 1 memory away; add --force to undo it all the same\n"
    )
    assert command(*words, "--force").status == 0
    assert contents(fake) == ["tea"]
    assert command("undo", "u_none").status == 1


def test_cleared_faults_can_be_armed_again(command, fake):
    """The message of `faults clear` says how."""
    fake.fake.faults("add: 503")
    command(*undo_of(command("faults", "clear")))
    assert [each.script.text for each in fake.fake.armed()] == ["add: 503"]


@pytest.mark.parametrize("words", [("clear", "f_1"), ("arm", "--replace", "details: 404"), ("clear", "f_1", "f_none")])
def test_whatever_disarms_a_fault_says_how_to_arm_it_again(command, fake, words):
    """One fault of several, and those that are replaced, come back as the message says, if the rest is refused too."""
    fake.fake.faults("add: 503")
    fake.fake.faults("search: 500")
    command(*undo_of(command("faults", *words)))
    assert {"add: 503", "search: 500"} <= {each.script.text for each in fake.fake.armed()}


def test_what_is_too_large_to_be_undone_is_said(command, fake, monkeypatch):
    """Where the server keeps no step, the message does not name one."""
    monkeypatch.setattr("fake_server.control.undo.MOST_BYTES", -1)
    assert command("reset").out == "reset; it was too large to be undone\n"


def test_keys_are_listed_with_their_ids(command, fake):
    """A row has the id that --key-id takes, the blanked key, and how it stands."""
    assert "no key was used yet" in command("keys").out
    fake.add("tea", key=KEY)
    header, row = command("keys").out.splitlines()
    assert header.split() == ["ID", "KEY", "ATTEMPTS", "MEMORIES", "USED", "LIMIT", "STATE", "RIGHTS"]
    identity, blanked, attempts, memories, *_ = row.split()
    assert (blanked, attempts, memories) == ("sk-o…0001", "1", "1")
    assert len(command("calls", "--key-id", identity).out.splitlines()) == 2
    assert KEY not in row


@pytest.mark.parametrize("line", [["reset"], ["undo"], ["keys"], ["snapshot", "save"], ["snapshot", "list"]])
def test_each_has_json_for_scripts(command, fake, line):
    """With --json the answer of the server is printed."""
    assert isinstance(command(*line, "--json").json, dict)
