"""The log of `octamem-fake serve` as a process: who does not read it stops nothing, and what its options choose."""

from __future__ import annotations

import json
import os
import re
import signal

import pytest

pytestmark = pytest.mark.slow

KEY = "sk-om-live-tests-0000000000000001"
SOON = 1.25  # seconds


@pytest.fixture
def unread(full_pipe):
    """Give a standard error that nobody reads, by how."""
    reading, writing = full_pipe

    def give(how):
        if how == "left":
            os.close(reading)
        return writing

    return give


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("how", ["full", "left"])
def test_a_standard_error_that_nobody_reads_stops_nothing(process, build_over_http, unread, how, form):
    """With a full pipe from the start, or one whose reader has left, it becomes ready, answers and ends as ever."""
    stderr = unread(how)
    seconds = []
    while len(seconds) < 3 and min(seconds, default=SOON) >= SOON:  # a loaded machine ends some late, but none early
        server = process("--log-format", form, stderr=stderr)
        service = build_over_http(None, server.url)
        assert [service.add(f"note {number}").status for number in range(30)] == [200] * 30
        assert server.end(signal.SIGTERM) == 0
        seconds.append(server.seconds)
        server.finish()
        assert server.stdout == f"octamem-fake ready on {server.url}\n"
    assert min(seconds) < SOON


def test_json_has_an_object_a_line_with_what_became_of_each_request(process, build_over_http, raw):
    """The ready object and each request are JSON with their facts, and neither a key nor a memory's text is in it."""
    server = process("--log-format", "json", "--api-key", KEY, "--fault", "add: ok, 503")
    service = build_over_http(None, server.url)
    assert [service.add("secret tea").status for _ in range(2)] == [200, 503]
    assert raw(server.url, b"GET /_fake/health HTTP/1.1\r\nhost: evil.example\r\n\r\n")[0] == 403
    assert server.end() == 0
    lines = [json.loads(line) for line in server.finish().splitlines()]
    ready, stored, failed, refused = lines
    assert (ready["message"], ready["url"], ready["memories"]) == (f"ready on {server.url}", server.url, 0)
    assert (stored["endpoint"], stored["status"], stored["seq"], stored["attempt"]) == ("add", 200, 1, 1)
    assert stored["effect"]["stored"][0].startswith("rec_")
    assert (failed["status"], failed["fault"], "effect" in failed) == (503, "503 @before", False)
    assert refused["message"].startswith("refused GET")
    for line in lines:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
        assert (line["level"], line["logger"]) == ("info", "fake_server")
    assert KEY not in server.stderr
    assert "secret" not in server.stderr


@pytest.mark.parametrize(
    ("arguments", "banner", "requests", "http"),
    [
        ((), True, True, False),
        (("--quiet",), False, False, False),
        (("--log-level", "warning"), True, False, False),
        (("--quiet", "--log-level", "info"), False, True, False),
        (("--log-level", "debug"), True, True, True),
    ],
    ids=str,
)
def test_quiet_and_the_level_choose_what_is_said(process, build_over_http, arguments, banner, requests, http):
    """--quiet leaves out the banner and what is below a warning, unless --log-level says where the log begins."""
    server = process(*arguments)
    assert build_over_http(None, server.url).add("tea").status == 200
    assert server.end() == 0
    err = server.finish()
    assert ("export OCTAMEM_BASE_URL" in err, "#1 " in err, "serving with " in err) == (banner, requests, http)
    assert (err == "") == (arguments == ("--quiet",))
