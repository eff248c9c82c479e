"""What the two parsers read, byte by byte: the same requests, and the same refusals."""

from __future__ import annotations

import pytest

from fake_server.serving.h11_parser import H11Parser
from fake_server.serving.httptools_parser import HttptoolsParser
from fake_server.serving.limits import Limits
from fake_server.serving.parsing import BadRequestError, Sink

CHUNKED = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
IN_URIS = range(0x21, 0x7F)


class Reader(Sink):
    """Keep what a parser reads: heads, bodies, and how many requests have come whole."""

    def __init__(self, make, **limits):
        self.heads, self.body, self.whole = [], b"", 0
        self.parser = make(self, Limits(**limits))

    def on_head(self, head):
        self.heads.append(head)

    def on_body(self, piece):
        self.body += piece

    def on_end(self):
        self.whole += 1


def refusal(reader, pieces):
    """Give the status with which one of some pieces is refused, None if all are taken."""
    try:
        for piece in pieces:
            reader.parser.feed(piece)
    except BadRequestError as error:
        return error.status
    return None


@pytest.fixture(params=[HttptoolsParser, H11Parser])
def make(request):
    """Run each test with both parsers."""
    return request.param


@pytest.mark.parametrize("target", [b"/%b", b"/a%ba", b"/?q=%b", b"http://x/%b", b"%b"])
def test_a_target_has_no_byte_that_stands_in_no_uri(make, target):
    """A control character, and a byte beyond ASCII, are 400 wherever they are, in pieces too; so is a space inside."""
    ends_with_it = target.endswith(b"%b")  # a second space behind a target is none of its bytes
    for byte in set(range(256)) - set(IN_URIS) - ({0x20} if ends_with_it else set()):
        sent = b"POST " + target % bytes([byte]) + b" HTTP/1.1\r\nhost: x\r\n\r\n"
        for pieces in ([sent], [sent[:5], sent[5:7], sent[7:]]):
            reader = Reader(make)
            assert (refusal(reader, pieces), reader.heads) == (400, []), (byte, pieces)


def test_each_byte_of_a_uri_may_stand_in_a_target(make):
    """What is printable ASCII is taken as it came."""
    target = b"/" + bytes(IN_URIS)
    reader = Reader(make)
    reader.parser.feed(b"POST " + target + b" HTTP/1.1\r\nhost: x\r\n\r\n")
    assert [head.target for head in reader.heads] == [target]


@pytest.mark.parametrize(
    ("version", "status"), [("1.0", None), ("1.1", None), ("1.2", None), ("0.9", 400), ("2.0", 400), ("3.0", 400)]
)
def test_another_http_than_1_is_refused(make, version, status):
    """A later minor version is read as 1.1 would be, and another major one is no request of ours."""
    assert refusal(Reader(make), [f"GET / HTTP/{version}\r\nhost: x\r\n\r\n".encode()]) == status


@pytest.mark.parametrize("together", [True, False])
def test_line_ends_before_a_request_are_passed_over(make, together):
    """Some clients send one behind a body; it belongs to neither request."""
    first = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"
    pieces = [b"\r\n", first, b"\r\n", first]
    reader = Reader(make)
    assert refusal(reader, [b"".join(pieces)] if together else pieces) is None
    assert (reader.body, reader.whole) == (b"{}{}", 2)


@pytest.mark.parametrize(("version", "expects"), [(b"1.1", True), (b"1.0", False)])
def test_a_client_of_http_1_0_is_not_asked_for_its_body(make, version, expects):
    """It does not know 100 Continue, and would take it for the answer."""
    reader = Reader(make)
    reader.parser.feed(b"POST / HTTP/" + version + b"\r\nhost: x\r\nexpect: 100-Continue\r\ncontent-length: 1\r\n\r\n")
    assert [head.expects for head in reader.heads] == [expects]


@pytest.mark.parametrize("together", [True, False])
def test_a_trailer_is_no_header(make, together):
    """What stands behind a body says nothing of the request: neither who sends it nor what it is."""
    reader = Reader(make)
    trailers = b"0\r\nauthorization: Bearer another-key\r\nexpect: 100-continue\r\n\r\n"
    for piece in [CHUNKED + b"1\r\nx\r\n" + trailers] if together else [CHUNKED, b"1\r\nx\r\n", trailers]:
        reader.parser.feed(piece)
    (head,) = reader.heads
    assert dict(head.headers) == {b"host": b"x", b"transfer-encoding": b"chunked"}
    assert (reader.body, reader.whole) == (b"x", 1)


@pytest.mark.parametrize(("begun", "more"), [(b"0\r\nx: ", b"a"), (b"0\r\n", b"a: b\r\n"), (b"1;x=", b"a")])
def test_what_stands_between_the_bytes_of_a_body_is_bounded(make, begun, more):
    """Trailers and extensions of chunks that have no end are 431, as headers are."""
    reader = Reader(make, header_bytes=1000)
    reader.parser.feed(CHUNKED + begun)
    assert refusal(reader, [more * 20] * 100) == 431


def test_a_body_of_many_chunks_has_no_such_bound(make):
    """However long a body in chunks is, and however small they are, only what has no end is refused."""
    reader = Reader(make, header_bytes=1000)
    reader.parser.feed(CHUNKED)
    for size in [1] * 500 + [5000] * 5:
        reader.parser.feed(b"%x\r\n%b\r\n" % (size, b"x" * size))
    reader.parser.feed(b"0\r\n\r\n")
    assert (len(reader.body), reader.whole) == (25_500, 1)


POST = b"POST /a HTTP/1.1\r\nhost: x\r\n"
CODED = POST + b"transfer-encoding: %b\r\n\r\n0\r\n\r\n"
CHUNKS = POST + b"transfer-encoding: chunked\r\n\r\n%b\r\n0\r\n\r\n"
LENGTH = POST + b"content-length: %b\r\n\r\nab"
SAME = b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
ALIKE = {
    **{f"coding {coding}": (CODED % coding.encode(), 501) for coding in (
        "gzip, chunked", "gzip", "identity", "xchunked", "chunked;q=1", ",chunked", "chunked, chunked", "chunked, gzip",
    )},
    "coding CHUNKED": (CODED % b"CHUNKED", None),
    "coding twice": (POST + b"transfer-encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n", 501),
    "coding of two headers": (POST + b"transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 501),
    "two spaces before the target": (b"POST  /a HTTP/1.1\r\nhost: x\r\n\r\n", 400),
    "two spaces behind the target": (b"POST /a  HTTP/1.1\r\nhost: x\r\n\r\n", 400),
    "two spaces in the second of two requests": (SAME + SAME.replace(b" ", b"  ", 1), 400),
    "two requests with the same line": (SAME * 2, None),
    "two spaces in a header": (POST + b"x: a  b\r\n\r\n", None),
    "a tab before the target": (b"POST\t/a HTTP/1.1\r\nhost: x\r\n\r\n", 400),
    **{f"chunk {chunk!r}": (CHUNKS % chunk, 400) for chunk in (
        b"2 \r\nab", b"2\t\r\nab", b" 2\r\nab", b"+2\r\nab", b"0x2\r\nab", b"1_0\r\nab", b"2\nab", b"\r\nab",
        b"2\r\nabc",
        b"2;\r\nab", b"2; a=b\r\nab", b"2 ;a=b\r\nab", b"f" * 17 + b"\r\nab", b"f" * 31 + b"\r\nab",
        b"2\r\nab\r\n0 \r\n",
    )},
    **{f"chunk {chunk!r}": (CHUNKS % chunk, None) for chunk in (
        b"2\r\nab", b"2;a=b\r\nab", b'2;a="b;c"\r\nab', b"2;a\r\nab", b"0" * 19 + b"2\r\nab", b"0" * 30 + b"2\r\nab",
        b"A\r\n0123456789\r\n1\r\n\n",
    )},
    "trailers": (CHUNKS[:-2] % b"2\r\nab" + b"a: b\r\nc:\r\n\r\n", None),
    "a trailer without a name": (CHUNKS[:-2] % b"2\r\nab" + b": b\r\n\r\n", 400),
    "a length of 31 digits": (LENGTH % (b"0" * 30 + b"2"), 400),
    "a length of 20 digits": (LENGTH % (b"0" * 19 + b"2"), None),
    "a length with a sign": (LENGTH % b"+2", 400),
    "a length twice": (LENGTH % b"2, 2", None),
}  # fmt: skip


@pytest.mark.parametrize("what", ALIKE)
@pytest.mark.parametrize("how", ["whole", "bytes", "behind another"])
def test_both_parsers_read_and_refuse_alike(what, how):
    """Whichever parser a server has, the same bytes are the same requests, or are refused with the same status."""
    sent, status = ALIKE[what]
    before = POST + b"content-length: 0\r\n\r\n"
    found = []
    for each in (HttptoolsParser, H11Parser):
        reader = Reader(each)
        pieces = [bytes([byte]) for byte in sent] if how == "bytes" else [sent]
        refused = refusal(reader, [before, *pieces] if how == "behind another" else pieces)
        found.append((refused, len(reader.heads), reader.body, reader.whole))
    assert found[0] == found[1]
    assert found[0][0] == status


@pytest.mark.parametrize("rest", [b"", CHUNKED])
def test_a_connection_that_ends_with_a_chunked_body_is_read_no_further(make, rest):
    """Behind a body in chunks of a request with `Connection: close`, nothing is a request."""
    reader = Reader(make)
    sent = CHUNKED.replace(b"host", b"connection: close\r\nhost") + b"2\r\nab\r\n0\r\n\r\n"
    assert refusal(reader, [sent + rest, rest]) is None
    assert (len(reader.heads), reader.body, reader.whole) == (1, b"ab", 1)
