"""What chaos says: a finding in words and as a page, the test to paste, and the summary of a search."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from functools import partial
from html.parser import HTMLParser
from typing import ClassVar, List, Optional, Tuple

import pytest

from octamem import OctaMem, OctaMemError
from octamem_testing import chaos
from octamem_testing.chaos.scenario.import_path import home_of
from octamem_testing.chaos.scenario.trial import ROUNDS
from octamem_testing.chaos.show.finding_page import report_page, round_page
from octamem_testing.chaos.show.finding_text import rendered, rendered_round

NOTE = "Tea is at <four>."
FEW = 20
"""Rounds in which a single fault finds what is shown here."""


def save(client: OctaMem) -> str:
    """Save a note as the page's defaults do."""
    client.add(content=NOTE)
    return NOTE


def look(client: OctaMem) -> None:
    """Ask one question, once."""
    client.get(query="when is tea?")


@dataclass(frozen=True)
class Short:
    """A round sends only so many requests."""

    name: ClassVar[str] = "short"
    most: int = 0

    def check(self, round: chaos.Round, /) -> Optional[str]:  # noqa: A002 - the word of the domain
        """Say how many it sent."""
        made = len(round.requests)
        return f"{made} were sent" if self.most is type or made > self.most else None


class Plain:
    """An invariant that needs nothing to be built."""

    name = "plain"

    def check(self, over: chaos.Round, /) -> Optional[str]:
        """Return that it is violated."""
        return f"{len(over.requests)} were sent"


class Closed(Plain):
    """An invariant that nobody can tell how to build."""

    def __init__(self, name: str) -> None:
        self.name = name


def found(scenario=save, rounds=FEW, **arguments) -> chaos.Finding:
    """Hunt, and give the finding that there must be."""
    finding = chaos.hunt(scenario, rounds=rounds, **arguments).finding
    assert finding is not None
    return finding


class Page(HTMLParser):
    """The tags of a page, its texts, and what was not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: List[str] = []
        self.tags: List[Tuple[str, dict]] = []
        self.said: List[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def test_a_finding_tells_all_that_is_needed():
    """The text has the invariant, evidence, schedule, calls, the test to paste and the way to repeat the hunt."""
    finding = found(rounds=ROUNDS, seed=7)
    text = str(finding)
    assert text.startswith(f"acknowledged_once is violated: {finding.evidence}\n")
    assert f"\nschedule:  {finding.schedule}\n           1 fault, which hit 1 attempt" in text
    assert "\ninvariant: A note that was acknowledged is stored once" in text
    assert "\nended:     without an error, after 0." in text
    assert all(f"\n  {line}" in text for line in finding.timeline.splitlines())
    assert f"\n\n{finding.regression_test}\n" in text
    assert "chaos.run(save, seed=7)" in text
    assert f"octamem-fake chaos {__name__}:save --seed 7" in text


def test_a_finding_says_what_it_was_made_from():
    """Where the schedule was then shrunk the one that was found first is named, and otherwise none is."""
    finding = found(settings={"idempotency": False}, faults=["503 @after"])
    smaller = chaos.Finding(**{**vars(finding), "found": "add: ok, reset @after x25"})
    assert 'found with "add: ok, reset @after x25", then shrunk' in rendered(smaller)
    assert "then shrunk" not in rendered(chaos.Finding(**{**vars(finding), "found": finding.schedule}))


def test_a_bug_that_needs_no_fault_says_so():
    """An invariant that the baseline violates is shown without a schedule, in the text and on the page."""
    finding = found(look, invariants=[Short()])
    assert finding.schedule == ""
    assert "schedule:  none (violated without faults)" in str(finding)
    assert "without faults." in finding.regression_test
    assert "None: it is violated without a fault." in finding.html()


def test_an_error_of_several_lines_is_told_by_its_first():
    """An assertion that pytest has spelt out stands in the line that says how the round ended, with its place."""

    def scenario(client):
        client.get(query="tea")
        raise AssertionError("no results\nassert []\n +  where [] = " + "SearchResult" * 100)

    (ended,) = (line for line in str(found(scenario)).splitlines() if line.startswith("ended:"))
    assert ended.startswith("ended:     with AssertionError: no results (at test_chaos_show.py:")
    assert ended.endswith(" in scenario), after 0 s of virtual time")


@pytest.mark.parametrize(
    ("invariant", "lines"),
    [
        (Short(), [f"from {__name__} import Short, look", "invariants=[Short()]"]),
        (Short(-1), [f"from {__name__} import Short, look", "invariants=[Short(most=-1)]"]),
        (Plain(), [f"from {__name__} import Plain, look", "invariants=[Plain()]"]),
        (
            chaos.Bounded(seconds=-1.0),
            ["from octamem_testing import chaos", "invariants=[chaos.Bounded(seconds=-1.0)]"],
        ),
        (Closed("shut"), ["# The invariant shut cannot be built here: put your object into invariants=.", "[shut]"]),
        (Short(type), ["# The invariant short cannot be built here: put your object into invariants=.", "[short]"]),
    ],
    ids=["own", "own with a bound", "no dataclass", "ours", "not to be built", "not to be written"],
)
def test_the_test_to_paste_names_the_invariant(invariant, lines):
    """An invariant that is no default is imported and built again, or a comment says that it must be put in."""
    source = found(look, invariants=[invariant]).regression_test
    compile(source, "pasted", "exec")
    assert [line for line in lines if line not in source] == []


def test_the_test_to_paste_says_what_cannot_be_imported():
    """Where a scenario has no name to import it by, as inside of a function, a comment says what to do."""

    def keep(client):
        return save(client)

    for scenario in (keep, partial(save)):
        finding = found(scenario)
        compile(finding.regression_test, "pasted", "exec")
        said = " ".join(line[2:] for line in finding.regression_test.splitlines() if line.startswith("# "))
        assert "cannot be imported by name: move it to the top level of a module" in said
        assert "octamem-fake chaos" not in str(finding)
        assert home_of(scenario) is None


class Notes:
    """What an application keeps notes with."""

    @staticmethod
    def kept(client: OctaMem) -> str:
        """Save a note without an object."""
        return save(client)

    @classmethod
    def kept_by_all(cls, client: OctaMem) -> str:
        """Save a note for the class."""
        return save(client)

    def kept_by_one(self, client: OctaMem) -> str:
        """Save a note for an object."""
        return save(client)


notes = Notes()
partly = partial(save)
briefly = lambda client: save(client)  # noqa: E731, PLW0108 - a function without a name of its own


@pytest.mark.parametrize(
    ("scenario", "root", "name"),
    [
        (partly, "partly", "partly"),
        (briefly, "briefly", "briefly"),
        (Notes.kept, "Notes", "Notes.kept"),
        (Notes.kept_by_all, "Notes", "Notes.kept_by_all"),
        (notes.kept_by_one, "notes", "notes.kept_by_one"),
    ],
)
def test_whatever_a_module_holds_can_be_imported(scenario, root, name):
    """A partial, a lambda and methods are found by what holds them, and the pasted test and the command name that."""
    finding = found(scenario)
    source = finding.regression_test
    compile(source, "pasted", "exec")
    assert f"from {__name__} import {root}\n" in source
    assert f"octamem_chaos.replay({name}, " in source
    assert f"octamem-fake chaos {__name__}:{name} --rounds {FEW} --seed" in str(finding)


def test_an_error_is_shown_with_the_line_that_raised_it():
    """How a scenario ended says where in the program, and the failure has the error for its cause."""

    def stumbles(client: OctaMem) -> None:
        try:
            client.get(query="when is tea?")
        except OctaMemError:
            raise TypeError("no tea") from None

    with pytest.raises(chaos.ChaosFailure) as caught:
        chaos.run(stumbles, rounds=FEW)
    line = stumbles.__code__.co_firstlineno + 4
    assert f"with TypeError: no tea (at test_chaos_show.py:{line} in stumbles), after" in str(caught.value)
    assert isinstance(caught.value.__cause__, TypeError)


def test_a_round_without_requests_says_whose_are_not_caught():
    """If an invariant is violated and no request reached the fake, the text names the libraries that are caught."""

    def elsewhere(client: OctaMem) -> None:
        raise ConnectionError("no such host")

    assert "requests, urllib3, aiohttp and http.client are caught; other processes and sockets are not" in str(
        found(elsewhere)
    )


def test_attempts_with_keys_of_their_own_share_a_lane():
    """What the invariants take for one call is one in the picture and in the count, whatever keys its attempts have."""

    def keeps_asking(client: OctaMem) -> None:
        for _ in range(20):
            try:
                client.with_options(max_retries=0).get(query="when is tea?")
            except OctaMemError:  # noqa: PERF203 - that is what it does
                time.sleep(1)
            else:
                return

    finding = found(keeps_asking, invariants=[chaos.Bounded()])
    page = Page(finding.html())
    assert finding.evidence.startswith("one call to search made 11 attempts; at most 10 are allowed; ")
    assert page.said[page.said.index("call") - 1] == "1"
    assert any(said.startswith("attempt 11 (retry): at 10 s") for said in page.said)
    assert "the calls, by Idempotency-Key:" in str(finding)


def test_kinds_that_take_turns_are_said_in_short():
    """A schedule in which a pattern repeats is written once more with the pattern and how often."""
    finding = found(look, faults=["503"], invariants=[chaos.Bounded(attempts=1)])
    turns = chaos.Finding(**{**vars(finding), "schedule": "search: 503, reset, 503, reset, 503", "faults": 2})
    assert "2 faults, which hit 1 attempt: search: (503, reset) x2, 503" in rendered(turns)


def test_the_test_to_paste_needs_the_settings_and_tells_no_key():
    """Settings and memories go into its marker, but for keys, which a comment asks for."""
    key = "sk-om-live-secret-0001"
    finding = found(settings={"keys": [key], "wire": "envelope"}, memories=["Coffee."])
    source = finding.regression_test
    assert "@pytest.mark.octamem(memories=['Coffee.'], wire='envelope')" in source
    assert "# Add the setting keys=... to the marker; keys are not written here." in source
    assert key not in f"{finding}{finding.html()}{finding!r}"


def test_the_page_is_whole_and_needs_nothing():
    """Every tag is closed, no tag or style asks for a resource, nothing runs, and texts are escaped."""
    finding = found()
    document = finding.html()
    page = Page(document)
    assert page.open == []
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on") or name in ("src", "href")]
    assert not re.search(r"url\(|@import|https?://", document)
    assert "color-scheme: light dark" in document
    assert "<four>" not in document
    assert {finding.schedule, finding.timeline, finding.regression_test} <= set(page.said)
    assert any(finding.evidence[1:] in text for text in page.said)


def test_the_page_draws_the_calls_and_counts_what_is_stored():
    """The picture has each attempt, and the table sets what is stored against the round without faults."""
    page = Page(found().html())
    assert {"—", "↻ 200", "⚡ reset @after", "✓"} <= set(page.said)
    at = page.said.index(NOTE)
    assert page.said[at : at + 4] == [NOTE, "2", "1", "1"]


def test_the_page_counts_and_names_what_is_there():
    """One of a thing is not several, and whoever sends again need not be the SDK."""
    said = Page(found().html()).said
    assert {"fault in the schedule", "attempt that met one", "call", "attempts"} <= set(said)
    assert any("sent again by the SDK or the program" in text for text in said)


def test_a_page_of_many_notes_stays_short():
    """What differs comes first, and of the rest only so much is shown."""

    def save_many(client: OctaMem) -> None:
        for number in range(60):
            client.add(content=f"note {number}")

    finding = found(save_many)
    document = finding.html()
    assert "and 20 more" in document
    assert document.index('class="off"') < document.index("note 1<")


def test_the_summary_adds_up():
    """The table has a row for each injection point, its sums add up, and kinds, stages and invariants are named."""
    report = chaos.run(look, rounds=60, seed=5, invariants=[chaos.OnlyDocumentedErrors()])
    text = str(report)
    assert text.startswith("every invariant held in 60 rounds of chaos, seed 5\n")
    rows = dict(re.findall(r"^  (search \d+) .* (\d+)$", text, re.MULTILINE))
    assert sorted(rows) == sorted(report.injection_points)
    assert sum(map(int, rows.values())) == sum(report.fired.values()) > 0
    said = text.replace("\n  ", " ")
    assert [
        kind for kind, times in report.by_kind.items() if f"{kind.removesuffix(' @before')} ({times})" not in said
    ] == []
    assert [stage for stage, (ran, of) in report.covered.items() if f"{stage} {ran} of {of}" not in said] == []
    assert "invariants: only_documented_errors" in text


def test_the_summary_of_many_injection_points_stays_short():
    """Injection points beyond the sixteenth share a row, whose sums are theirs."""
    points = tuple(f"add {number}" for number in range(1, 31))
    fired = {("503 @before", point): 2 for point in points}
    text = str(chaos.Report(9, 0, {"baseline": 9}, {}, fired, points, ()))
    assert "\n  add 16     2    2\n  14 more   28   28\n" in text
    assert "add 17" not in text


def test_what_held_is_shown_too():
    """A search and a round that broke nothing have a text and a whole page of their own."""
    over = chaos.replay(look, "search: 503")
    assert 'every invariant held in the round of "search: 503"' in rendered_round(over)
    assert over.timeline.splitlines()[1].strip() in rendered_round(over)
    report = chaos.run(look, rounds=20, invariants=[chaos.OnlyDocumentedErrors()])
    for document in (round_page(over), report_page(report)):
        page = Page(document)
        assert page.open == []
        assert "Every invariant held" in page.said
