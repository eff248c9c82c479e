"""The consistent hashes of nginx and HAProxy, as each builds its ring for the replicas of a cluster."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Callable, Dict, List, Tuple
from zlib import crc32

__all__ = ["RINGS", "Ring", "haproxy_ring", "nginx_ring"]

NGINX_POINTS = 160
"""Points of each server in nginx's ring."""
HAPROXY_POINTS = 256
"""Points of each server of weight 16 in HAProxy's tree: 16 for each unit of weight."""
_HAPROXY_STRIDE = 4096  # between the ids of two servers there
_HAPROXY_SPREAD = 3_221_225_473
_WORD = 0xFFFFFFFF


@dataclass(frozen=True)
class Ring:
    """Points in ascending order, each with the number of its replica, and how a key is hashed and looked up."""

    points: List[int]
    replicas: List[int]
    hashes: Callable[[str], int]
    is_nearest: bool

    def replica(self, key: str) -> int:
        """Return the number of the replica of a key, from 1."""
        hashed = self.hashes(key)
        after = bisect_left(self.points, hashed)
        following = after % len(self.points)
        if not self.is_nearest:
            return self.replicas[following]
        before = after - 1
        ahead = (self.points[following] - hashed) & _WORD
        behind = (hashed - self.points[before]) & _WORD
        return self.replicas[before if behind <= ahead else following]


def nginx_ring(count: int, port: int = 8400) -> Ring:
    """Return nginx's ring of replicas on the ports after `port`: each point is a CRC of host, port and point before."""
    found: List[Tuple[int, int]] = []
    for number in range(1, count + 1):
        base = b"127.0.0.1\0" + str(port + number).encode()
        point = 0
        for _ in range(NGINX_POINTS):
            point = crc32(base + point.to_bytes(4, "little"))
            found.append((point, number))
    return _ring(found, lambda key: crc32(key.encode()), is_nearest=False)


def haproxy_ring(count: int) -> Ring:
    """Return HAProxy's ring, which depends on nothing but the number of replicas: each has its place in the list."""
    found = [
        (_avalanche(number * _HAPROXY_STRIDE + at), number)
        for number in range(1, count + 1)
        for at in range(HAPROXY_POINTS)
    ]
    return _ring(found, _sdbm, is_nearest=True)


RINGS: Dict[str, Callable[[int], Ring]] = {"nginx": nginx_ring, "haproxy": haproxy_ring}
"""The ring of each proxy for so many replicas."""


def _ring(found: List[Tuple[int, int]], hashes: Callable[[str], int], *, is_nearest: bool) -> Ring:
    ordered = sorted(found, key=lambda each: each[0])
    return Ring([point for point, _ in ordered], [number for _, number in ordered], hashes, is_nearest)


def _sdbm(key: str) -> int:
    hashed = 0
    for byte in key.encode():
        hashed = (byte + (hashed << 6) + (hashed << 16) - hashed) & _WORD
    return _avalanche(hashed)


def _avalanche(word: int) -> int:
    """Return a full avalanche of a word: the integer hash of Bob Jenkins, then spread as HAProxy does."""
    word = (word + 0x7ED55D16 + (word << 12)) & _WORD
    word = (word ^ 0xC761C23C ^ (word >> 19)) & _WORD
    word = (word + 0x165667B1 + (word << 5)) & _WORD
    word = ((word + 0xD3A2646C) ^ (word << 9)) & _WORD
    word = (word + 0xFD7046C5 + (word << 3)) & _WORD
    return ((word ^ 0xB55A4F09 ^ (word >> 16)) * _HAPROXY_SPREAD) & _WORD
