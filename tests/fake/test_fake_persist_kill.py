"""A server with --persist that is killed, or whose disk is full: what it answered is stored, once."""

from __future__ import annotations

import http.client
import json
import resource
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from fake_asking import KEY

CLIENTS = 8

pytestmark = pytest.mark.slow


class Client:
    """A client that adds until the server is gone, and knows what was acknowledged."""

    def __init__(self, name):
        self.name = name
        self.made = 0
        self.acknowledged = {}  # the id by token
        self.unknown = None  # the token whose answer did not come

    def run(self, url, enough):
        """Make adds until the connection breaks; the one of unknown outcome first, again."""
        address = urlsplit(url)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        try:
            while True:
                if self.unknown is None:
                    self.made += 1
                    self.unknown = f"{self.name}-{self.made}"
                token = self.unknown
                headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": token}
                connection.request("POST", "/api/memory/add", json.dumps({"content": token}), headers)
                answer = connection.getresponse()
                body = json.loads(answer.read())
                assert answer.status == 200, body
                self.acknowledged[token] = body["id"]
                self.unknown = None
                enough()
        except (OSError, http.client.HTTPException):
            return
        finally:
            connection.close()


@pytest.mark.parametrize("rounds", [pytest.param(100, marks=pytest.mark.proof), 3])
def test_kill_loses_nothing_that_was_answered_and_doubles_nothing(process, control_of, tmp_path, rounds):
    """After each kill -9 under load, all that was answered is stored once, and a retry gets the first answer."""
    options = ("--persist", str(tmp_path / "kept.db"), "--idempotency", "--api-key", KEY, "--quiet")
    clients = [Client(f"c{at}") for at in range(CLIENTS)]
    for turn in range(rounds):
        server = process(*options)
        stored = {each["id"]: each["content"] for each in control_of(server.url, "GET", "memories")[1]["memories"]}
        acknowledged = {identity: token for each in clients for token, identity in each.acknowledged.items()}
        assert acknowledged.items() <= stored.items()
        unknown = {each.unknown for each in clients}
        assert set(stored.values()) - set(acknowledged.values()) <= unknown
        assert len(set(stored.values())) == len(stored)
        for each in clients:
            assert len(set(each.acknowledged.values())) == len(each.acknowledged)
            if each.unknown in stored.values():
                before = next(identity for identity, token in stored.items() if token == each.unknown)
                assert _again(server.url, each.unknown) == before
        adds = threading.Semaphore(0)
        with ThreadPoolExecutor(CLIENTS) as pool:
            running = [pool.submit(each.run, server.url, adds.release) for each in clients]
            for _ in range(40 + turn % 7 * 13):
                assert adds.acquire(timeout=60)
            server.popen.send_signal(signal.SIGKILL)
            server.popen.wait()
            for each in running:
                each.result()
    assert sum(len(each.acknowledged) for each in clients) > 40 * rounds


def _again(url, token):
    """Send an add again under its token, and give the id that is answered."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": token}
    connection.request("POST", "/api/memory/add", json.dumps({"content": token}), headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer["id"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux limits the files of another process")
def test_a_full_disk_is_answered_503_until_there_is_room(process, build_over_http, control_of, tmp_path):
    """Without room, an add is 503 and leaves no trace in store, usage and journal; with room, the server goes on."""
    path = tmp_path / "kept.db"
    server = process("--persist", str(path), "--api-key", KEY)
    service = build_over_http(None, server.url)
    assert service.add("first").status == 200
    limits = resource.prlimit(server.popen.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.popen.pid, resource.RLIMIT_FSIZE, ((tmp_path / "kept.db-wal").stat().st_size, limits[1]))
    answers = [service.add(f"no room {at} " + "x" * 100_000) for at in range(5)]
    assert [(each.status, each.json["code"]) for each in answers] == [(503, "STORAGE_FAILED")] * 5
    assert control_of(server.url, "POST", "clock/advance", {"seconds": 5})[0] == 503
    assert service.details().json["usage"] == 1
    requests = control_of(server.url, "GET", "requests")[1]["requests"]
    assert [each["effect"] for each in requests if each["endpoint"] == "add"][1:] == [{}] * 5
    resource.prlimit(server.popen.pid, resource.RLIMIT_FSIZE, limits)
    assert service.add("room again").status == 200
    assert server.end() == 0
    err = server.finish()
    assert err.count("can be written again") == 2
    assert "no room" not in err
    again = process("--persist", str(path), "--api-key", KEY)
    kept = control_of(again.url, "GET", "memories")[1]["memories"]
    assert [each["content"] for each in kept] == ["first", "room again"]


def test_a_second_server_and_a_seed_file_that_was_applied(process, control_of, tmp_path):
    """A seed file is applied once, options go before kept settings, and the banner says so."""
    seeds = tmp_path / "seeds.jsonl"
    seeds.write_text('"green tea"\n"black tea"\n')
    options = ("--persist", str(tmp_path / "kept.db"), "--seed-file", str(seeds), "--api-key", KEY)
    first = process(*options)
    changed = {"top_k": 3, "wire": "envelope", "keys": [KEY, "another-key"]}
    assert control_of(first.url, "PUT", "settings", changed)[0] == 200
    with pytest.raises(AssertionError, match="in use"):
        process(*options)
    assert first.end() == 0
    assert "which holds 2 memories" in first.finish()
    second = process(*options, "--top-k", "5", "--persist-sync", "full")
    assert len(control_of(second.url, "GET", "memories")[1]["memories"]) == 2
    in_force = control_of(second.url, "GET", "settings")[1]
    assert (in_force["top_k"], len(in_force["keys"])) == (5, 1)
    seeds.write_text('"white tea"\n17\n')
    assert second.end() == 0
    err = second.finish()
    assert "kept settings in force: wire" in err
    assert "options go before these kept settings: keys, top_k" in err
    assert "was applied by an earlier run" in err
    with pytest.raises(AssertionError, match="line 2"):
        process(*options)
    seeds.write_text('"white tea"\n')
    third = process(*options)
    assert [each["content"] for each in control_of(third.url, "GET", "memories")[1]["memories"]] == [
        "green tea",
        "black tea",
        "white tea",
    ]
