"""The elements that our pages are built from."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Dict, List, Optional, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octamem_testing.report.html import Html, el, layout


@pytest.mark.parametrize(
    ("element", "written"),
    [
        (el("p"), "<p></p>"),
        (el("p", "a < b", 3), "<p>a &lt; b3</p>"),
        (el("p", el("b", "a & b")), "<p><b>a &amp; b</b></p>"),
        (el("line", x1=1.25, x2=3, class_="tick"), '<line x1="1.2" x2="3" class="tick"/>'),
        (el("svg", aria_label='a "b"'), '<svg aria-label="a &quot;b&quot;"></svg>'),
        (el("details", open=True), "<details open></details>"),
        (el("details", open=False, class_=None), "<details></details>"),
    ],
)
def test_an_element_is_written_as_html(element: Html, written: str) -> None:
    """Texts are escaped, elements are not; an attribute may have no value, and is left out if it is None or False."""
    assert element == written
    assert isinstance(element, Html)


class Reader(HTMLParser):
    """Reads what a browser would: the texts, and the attributes of each tag."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: List[str] = []
        self.tags: Dict[str, List[Tuple[str, Optional[str]]]] = {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        self.tags[tag] = attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    """Whatever a text or an attribute holds, it stays one text and one attribute."""
    read = Reader(el("p", text, title=text))
    assert read.tags == {"p": [("title", text)]}
    assert "".join(read.texts) == text


def test_a_page_has_the_style_in_it() -> None:
    """The style sheet is a part of the page, with the page's own rules after it."""
    page = layout("a <b>", "below", el("main"), style="main { color: red; }")
    style = page[page.index("<style>") : page.index("</style>")]
    assert 0 < style.index("body {") < style.index("main { color: red; }")
    assert "<title>a &lt;b&gt;</title>" in page
