"""What docs/cluster.md claims of many replicas, by the simulation behind it in a small form."""

from __future__ import annotations

import pytest

from benchmarks.cluster_rings import RINGS, haproxy_ring, nginx_ring
from benchmarks.cluster_simulation import Spread, bytes_of_a_key, keys_of, lines, moved
from fake_server.cli.cluster.layout import Layout
from fake_server.cli.cluster.proxies import config_of

KEYS = keys_of(1500)


@pytest.mark.parametrize("ring", RINGS.values(), ids=RINGS)
@pytest.mark.parametrize(("count", "most"), [(2, 1.2), (4, 1.2), (10, 1.35)])
def test_keys_spread(ring, count, most):
    """No replica of a few has many more keys than the mean, and each has some."""
    spread = Spread.of(ring(count), KEYS, count)
    assert 1 <= spread.most < most
    assert 0.7 < spread.least <= 1


@pytest.mark.parametrize("ring", RINGS.values(), ids=RINGS)
@pytest.mark.parametrize("count", [1, 4, 9])
def test_one_more_replica_takes_its_share_of_the_keys_and_no_other_moves(ring, count):
    """Keys move to the new replica alone, about one in so many; back to the old number, each has its replica again."""
    before, after = ring(count), ring(count + 1)
    assert 0.5 < moved(before, after, KEYS) * (count + 1) < 1.5
    assert {after.replica(key) for key in KEYS if before.replica(key) != after.replica(key)} == {count + 1}
    assert moved(before, ring(count), KEYS) == 0


def test_another_proxy_or_another_port_of_nginx_moves_most_keys():
    """Each proxy hashes in its own way, and nginx hashes the ports of the replicas."""
    assert moved(nginx_ring(4), haproxy_ring(4), KEYS) > 0.6
    assert moved(nginx_ring(4, 8400), nginx_ring(4, 9000), KEYS) > 0.6


def test_the_rings_are_those_of_the_configurations(tmp_path):
    """HAProxy has 16 points for each unit of weight; nginx 160, with no weight in its configuration."""
    haproxy = config_of(Layout.of(tmp_path, "haproxy", 8400, 3))
    assert "default-server weight 16\n" in haproxy
    assert "hash-balance-factor" not in haproxy  # it would send a key to another replica
    assert len(haproxy_ring(3).points) == 3 * 16 * 16
    assert "weight" not in config_of(Layout.of(tmp_path, "nginx", 8400, 3))
    assert len(nginx_ring(3).points) == 3 * 160


def test_memory_of_a_key_grows_with_its_memories():
    """A key costs some KiB, and ten memories less than that again."""
    empty, some = bytes_of_a_key(100, 0), bytes_of_a_key(100, 10)
    assert 1024 < empty < some < 32 * 1024


def test_the_simulation_says_the_same_each_time():
    """Keys are drawn from a seed, and no ring has any chance in it."""
    first, second = list(lines(200, (2, 4))), list(lines(200, (2, 4)))
    assert first == second
    assert [line.split()[:2] for line in first] == [[proxy, count] for proxy in RINGS for count in ("2", "4")]
