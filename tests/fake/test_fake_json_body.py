"""A body means the same whether the parser of pydantic reads it or that of Python: the first is only faster."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fake_server.core import json_body
from fake_server.core.json_body import BadBody, read_object

FIELDS = st.dictionaries(st.text(max_size=8), st.text(max_size=20) | st.integers() | st.none(), max_size=3)


def read(body):
    try:
        return list(read_object(body).items())
    except BadBody as error:
        return str(error)


@st.composite
def bodies(draw):
    """Write an object, with or without escapes, and then perhaps put other bytes somewhere into it."""
    written = json.dumps(draw(FIELDS), ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    at = draw(st.integers(0, len(written)))
    piece = draw(
        st.sampled_from([b"", b"\\", b'"', b"\\ud83d", b"\\udE00", b"\x00", b"\xff", b" ", b"}", b"\xef\xbb\xbf"])
    )
    return written[:at] + piece + written[at + draw(st.integers(0, 2)) :]


@given(body=bodies())
@example(body=b'{"a":"1","a":"2","b":"3","a":"4"}')
@example(body=b'{"a":"\\ud83d\\ude00 \\/ \\u0000 \x7f"}')
@example(body=b'{"a":"\\ud83d"}')
@example(body=b'{"\\udc00":"tea"}')
@example(body=b'{"a":"\xed\xa0\x80"}')
@example(body=b'{"a":"\x1f"}')
@example(body=b'{"a":"tea",}')
@example(body=b' \t\r\n{"a":"tea"}\n')
@example(body=b'\x0c{"a":"tea"}')
@example(body=b'{"a":"tea"}{}')
@example(body=b'{"a":NaN}')
@example(body=b'{"a":-0}')
@example(body=b'{"a":1e999}')
@example(body=b'["tea"]')
@example(body=b"")
def test_both_parsers_read_the_same(body):
    """The fields, their order, and the sentence for a body that is refused."""
    fast = read(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_body, "_texts", lambda _: None)
        assert read(body) == fast


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":' + b"1" * 5000 + b"}",
        b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"a":' * 5000,
        b'{"a":1' + b"0" * 400 + b".5}",
    ],
    ids=["digits", "arrays", "objects", "a float that is none"],
)
def test_what_is_refused_for_its_size_is_so_by_both(body):
    """Numbers and nesting are judged by one of them alone."""
    fast = read(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_body, "_texts", lambda _: None)
        assert isinstance(fast, str)
        assert read(body) == fast
