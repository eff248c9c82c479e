"""Requests that are damaged in every way get no 500, and the next client is served."""

from __future__ import annotations

import random
import socket
from urllib.parse import urlsplit

import pytest
from both_parsers import LOOPS, with_both_parsers

PATIENCE = 30.0  # seconds for what is to come; a loaded machine may take some
KEY = b"sk-om-live-tests-0000000000000001"
HEAD = b"POST /api/memory/%s HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer " + KEY + b"\r\n"
BODY = b'{"content":"tea","query":"tea"}'
WHOLE = [
    HEAD % b"add" + b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY,
    HEAD % b"search" + b"transfer-encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY),
    HEAD % b"details" + b"expect: 100-continue\r\ncontent-length: 2\r\n\r\n{}",
    b"GET /_fake/health HTTP/1.1\r\nhost: localhost\r\n\r\n",
    HEAD % b"add" + b"idempotency-key: a\r\nx-octamem-fault: add: 503\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY,
    HEAD % b"add" + b"connection: Upgrade\r\nupgrade: h2c\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY,
]
SERVICE = [each for each in WHOLE if b"/_fake/" not in each]
PARTS = [
    *(b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b"%", b"?", b"\xff", b"0\r\n\r\n", b"HTTP/1.1"),
    *(b"content-length: 5\r\n", b"transfer-encoding: chunked\r\n", b"host: x\r\n", b"connection: close\r\n"),
    *(b"9" * 30, b"a" * 70_000),
]


def mutated(rng, whole=WHOLE):
    """Give a request with up to four mistakes in it."""
    sent = bytearray(rng.choice(whole))
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(sent) + 1)
        how = rng.randrange(5)
        if how == 0:
            del sent[at : at + rng.randint(1, 20)]
        elif how == 1:
            sent[at:at] = rng.choice(PARTS)
        elif how == 2:
            sent[at : at + 1] = bytes([rng.randrange(256)])
        elif how == 3:
            sent += rng.choice(whole)
        else:
            start = rng.randrange(len(sent) + 1)
            sent[at:at] = sent[start : start + rng.randint(1, 40)]
    return bytes(sent) or b"\r\n"


def statuses_of(url, sent):
    """Send bytes and say that no more come; give the statuses of the answers."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as connection:
        got = b""
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                got += piece
        except ConnectionError:
            pass
    return [part[:3] for part in got.split(b"HTTP/1.1 ")[1:] if part[:3].isdigit()]


@with_both_parsers
@pytest.mark.parametrize(
    "count", [pytest.param(250, marks=pytest.mark.slow), pytest.param(10_000, marks=pytest.mark.proof)]
)
def test_damaged_requests_get_no_500_and_the_next_client_is_served(served, http, count):
    """Whatever bytes come, each answer is a documented one, and a good request afterwards is answered."""
    rng = random.Random(count)  # the same mistakes in every run
    seen = set()
    for number in range(count):
        seen.update(statuses_of(served.url, mutated(rng)))
        if number % 50 == 49:
            assert served.details().status == 200
    assert seen <= {
        b"100", b"200", b"400", b"401", b"403", b"404", b"405", b"408", b"413", b"415", b"431", b"501", b"503",
    }  # fmt: skip
    assert {b"200", b"400", b"404"} <= seen
    assert served.add("after all").status == 200


@pytest.mark.slow
def test_both_parsers_take_the_same_requests(shared_server):
    """Whatever is damaged in a request of the service, both parsers give the same answer."""
    rng = random.Random(7)
    urls, different = {}, []
    for http in LOOPS:
        fake, running = shared_server(http)
        fake.reset()  # of the faults, keys and settings of whichever test used it before
        urls[http] = running.url
    for _ in range(150):
        sent = mutated(rng, SERVICE)
        first = [statuses_of(url, sent)[:1] for url in urls.values()]
        if first[0] != first[1]:
            different.append((sent[:300], first))
    assert different == []
