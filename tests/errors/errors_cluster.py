"""Clusters that cannot be: what the command `cluster` refuses before anything is started."""

from __future__ import annotations

from typing import Mapping, Optional

from errors_catalogue import Code, Command, Group


def _cluster(identity: str, words: str, files: Optional[Mapping[str, str]] = None) -> Command:
    return Command(f"fake.cluster.{identity}", f"octamem-fake cluster {words}", files or {})


GROUPS = (
    Group(
        "cluster",
        "octamem-fake cluster",
        (
            _cluster("replicas", "--replicas 0"),
            _cluster("port", "--port 65535"),
            _cluster("proxy", "--proxy apache"),
            _cluster("replica", "--print config --replica 10.0.0.11"),
            _cluster("replica_twice", "--print config --replica fake.test:8642 --replica fake.test:8642"),
            _cluster("replica_here", "--replica 10.0.0.11:8642"),
            _cluster("replicas_twice", "--print config --replicas 2 --replica 10.0.0.11:8642"),
            _cluster("option", "-- --persist kept.db"),
            _cluster("unknown_option", "-- --nonsense"),
            _cluster("config", "--config fake.toml --print compose", {"fake.toml": "idempotency = true\n"}),
            _cluster("token", "-- --control-token a-token"),
            _cluster("seeds", "-- --seed-file notes.jsonl"),
            _cluster("seeds_of_toml", "", {"octamem-fake.toml": 'seed-file = "notes.jsonl"\n'}),
            _cluster("count", "--folder kept", {"kept/cluster.json": "{}"}),
            _cluster("folder", "--folder notes.txt/kept", {"notes.txt": "Tea\n"}),
            Code(
                "fake.cluster.layout",
                "from fake_server.cli.cluster.layout import Layout\nLayout.of('kept', 'squid', 1, 1)",
            ),
            Code(
                "fake.cluster.owner",
                "from fake_server.cli.cluster import moving\nmoving._owner(1, 'sk-om-live-0001', {})",
            ),
        ),
    ),
)
