"""What `octamem-fake serve` makes of its options: the fake that it serves, and what its server is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from fake_server.cli import main
from fake_server.cli.persisting import open_file
from fake_server.core import Bounds
from fake_server.serving.limits import Limits
from fake_server.serving.loops import Options

KEY = "sk-om-live-serve-0000000000000001"


class Started:
    """What a run of `serve` came to, up to the moment at which it would take requests."""

    def __init__(self):
        self.was_behind = None

    def listen(self, host, port, *, allow_remote):
        self.address = host, port, allow_remote

    def create_app(self, fake, keeper, tell):
        self.fake, self.keeper, self.tell = fake, keeper, tell
        self.was_behind = fake.is_behind

    def serve(self, _app, _listening, _ready, **told):
        self.told = told

    def open_file(self, path, sync):
        self.file = path.name, sync
        return open_file(path, sync)


@pytest.fixture
def started(monkeypatch, tmp_path):
    """Run `serve` with these words in an empty folder; give what it would have served."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "setswitchinterval", lambda _seconds: None)

    def run(*words):
        found = Started()
        for name in ("server.listen", "server.serve", "app.create_app", "cli.persisting.open_file"):
            monkeypatch.setattr(f"fake_server.{name}", getattr(found, name.rpartition(".")[2]))
        done = CliRunner().invoke(main, ["serve", *words], prog_name="octamem-fake")
        assert done.exit_code == 0, done.output
        return found

    return run


def test_ready_means_indexed(started):
    """What a seed file or a kept file holds is read for the search before the server takes requests."""
    Path("m.jsonl").write_text("".join(f'"memory number {number} about tea"\n' for number in range(500)))
    for words in (["--seed-file", "m.jsonl"], ["--persist", "a.db", "--seed-file", "m.jsonl"], ["--persist", "a.db"]):
        found = started(*words)
        assert (len(found.fake.memories()), found.was_behind) == (500, False)


def test_the_bounds_reach_the_fake(started):
    """Each bound of the command line is that of the fake, and without one it is the default."""
    given = started("--max-keys", "7", "--journal-bytes", "8000", "--answer-bytes", "9000")
    assert given.fake._tenants.bounds == Bounds(keys=7, journal_bytes=8000, answer_bytes=9000)
    assert started().fake._tenants.bounds == Bounds()


def test_the_limits_of_connections_reach_the_server(started):
    """Each limit, the parser and the event loop are those that the server has, and without one the default."""
    words = ["--max-connections", "20", "--max-header-bytes", "4096", "--max-headers", "30", "--idle-timeout", "5.5"]
    words += ["--header-timeout", "2", "--body-timeout", "3", "--write-timeout", "4", "--http", "h11"]
    limits = Limits(connections=20, header_bytes=4096, header_count=30, idle=5.5, head=2.0, body=3.0, write=4.0)
    assert started(*words, "--loop", "asyncio").told["options"] == Options(limits, "h11", "asyncio")
    assert started().told["options"] == Options()


def test_the_doors_reach_the_server(started):
    """Address, names, origins and token are those of the command line; with --allow-remote a token is always there."""
    words = ["--host", "0.0.0.0", "--port", "9", "--allowed-host", "fake.test", "--cors", "http://localhost:3000"]
    given = started(*words, "--allow-remote", "--control-token", "t0ken")
    assert given.address == ("0.0.0.0", 9, True)
    assert {name: given.told[name] for name in ("allowed_hosts", "cors", "control_token")} == {
        "allowed_hosts": ("fake.test",), "cors": ("http://localhost:3000",), "control_token": "t0ken",
    }  # fmt: skip
    assert len(started("--allow-remote").told["control_token"]) >= 32
    plain = started()
    assert (plain.address, plain.told["control_token"]) == (("127.0.0.1", 8642, False), None)


@pytest.mark.parametrize("sync", ["normal", "full"])
def test_the_file_is_kept_as_its_options_say(started, sync):
    """The file of --persist is opened with the given --persist-sync, and its keeper commits what the app changes."""
    found = started("--persist", "kept.db", "--persist-sync", sync)
    assert found.file == ("kept.db", sync)
    assert found.keeper is not None
    assert started().keeper is None


def test_keys_settings_and_faults_reach_the_fake(started):
    """The keys, settings and scripts of the command line are those of the fake."""
    fake = started("--api-key", KEY, "--top-k", "3", "--wire", "envelope", "--fault", "add: 503 x2").fake
    assert (fake.api_key, list(fake.settings().keys)) == (KEY, [KEY])
    assert (fake.settings().top_k, fake.settings().wire) == (3, "envelope")
    assert [each.script.text for each in fake.armed()] == ["add: 503 x2"]
