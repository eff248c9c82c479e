"""What the three endpoints answer beyond the golden documents, and the memories put in place by hand."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_server import Clock, SeedError
from fake_server.core.clock import LONGEST, TICKS, iso, ticks_of
from fake_server.core.json_body import encode
from fake_server.core.tenants.seed_fields import as_seed


def test_the_streams_hold_the_hits_of_their_type_best_first(service, key):
    """Each stream joins the contents of its type by newlines, in the order of the results."""
    service.fake.remember(
        [
            {"content": "tea in the garden with cake", "type": "semantic"},
            {"content": "tea", "type": "semantic"},
            {"content": "brew tea for four minutes", "type": "procedural"},
            {"content": "lunch", "type": "episodic"},
        ],
        key=key,
    )
    found = service.search("tea").data
    contents = [each["content"] for each in found["results"] if each["type"] == "semantic"]
    assert found["results"][0]["content"] == "tea"
    assert found["semantic_memory"] == "\n".join(contents)
    assert found["semantic_memory"].count("\n") == 1
    assert found["procedural_memory"] == "brew tea for four minutes"
    assert found["episodic_memory"] == ""
    assert found["tokens"] == 12
    scores = [each["score"] for each in found["results"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.text(st.characters(exclude_categories=())),  # lone surrogates too
        st.integers(0, 10_000).map(lambda score: score / 10_000),
    ),
    lambda each: st.one_of(st.lists(each), st.dictionaries(st.text(), each)),
)


@given(_VALUES)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_an_answer_is_written_as_the_json_of_python_writes_it(value):
    """The bytes are those of `json`, compact and in UTF-8, with a question mark for a lone surrogate."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    assert encode(value) == written


def test_the_label_is_echoed_as_it_was_sent_and_kept_trimmed(service):
    """The answer's previous_context is the request's own, and the memory is kept under the trimmed context."""
    service.add("tea", "  Kitchen ")
    assert service.search("tea", " Kitchen").data["previous_context"] == " Kitchen"
    assert service.fake.memories()[0].context == "Kitchen"


def test_previous_context_may_be_left_out(service):
    """A body without a context stores under none and searches everything."""
    assert service.call("add", {"content": "tea"}).status == 200
    found = service.call("search", {"query": "tea"}).data
    assert (len(found["results"]), found["previous_context"]) == (1, "")


def test_a_content_comes_back_letter_for_letter(service):
    """Whatever text is stored, NUL, emoji and line ends included, is found as it was sent."""
    text = ' tea \x00 \u2028 🍵 \r\n\t e\u0301 \\ " </script> \ufeff'
    service.add(text)
    assert service.contents("tea") == [text]


def test_the_same_text_twice_is_two_memories(service):
    """Without idempotency a repeated add stores twice, each under its own id."""
    assert service.add("tea").data["id"] != service.add("tea").data["id"]
    assert service.contents() == ["tea", "tea"]


def test_refused_searches_do_not_count_as_polls(service):
    """Only a search that is carried out brings an add nearer to being found."""
    service.fake.configure(indexing_delay="1 poll")
    service.add("tea")
    for _ in range(3):
        assert service.search("").status == 400
    assert [bool(service.contents()) for _ in range(2)] == [False, True]


def test_polls_are_counted_from_the_add(service):
    """Searches made before an add do not count towards its being found."""
    service.fake.configure(indexing_delay="2 polls")
    for _ in range(5):
        service.search()
    service.add("tea")
    assert [bool(service.contents()) for _ in range(3)] == [False, False, True]


def test_an_indexing_delay_ends_exactly_on_time(local):
    """A memory is not found a microsecond early, and is found on the moment."""
    local.fake.configure(indexing_delay=2.5)
    local.add("tea")
    local.fake.advance(2.499999)
    assert local.contents() == []
    local.fake.advance(0.000001)
    assert local.contents() == ["tea"]


def test_a_delay_hides_a_memory_from_search_and_not_from_usage(service):
    """What is not yet found is stored and counted all the same."""
    service.fake.configure(indexing_delay=60)
    service.add("tea")
    assert service.contents() == []
    assert service.details().data["usage"] == len(service.fake.memories()) == 1


def test_each_memory_keeps_the_delay_it_was_stored_under(service):
    """Changing the delay does not touch what is stored, and old and new memories are found each in its time."""
    service.fake.configure(indexing_delay=10)
    service.add("tea one")
    service.fake.configure(indexing_delay=0)
    service.add("tea two", "Kitchen")
    assert service.contents() == ["tea two"]
    assert service.contents(context="Kitchen") == ["tea two"]
    service.fake.advance(10)
    assert sorted(service.contents()) == ["tea one", "tea two"]


def test_created_at_is_the_fakes_own_time(service, key):
    """A record's created_at is the time of its key's clock, to the millisecond where it has a fraction."""
    service.add("tea one")
    service.fake.advance(1.25)
    service.add("tea two")
    service.fake.advance(0.75, key=key)
    service.add("tea three")
    made = {each["content"]: each["created_at"] for each in service.search("tea").data["results"]}
    assert made == {
        "tea one": "2026-01-01T00:00:00Z",
        "tea two": "2026-01-01T00:00:01.250Z",
        "tea three": "2026-01-01T00:00:02Z",
    }


def test_memories_put_in_place_keep_every_field(service, key):
    """Each field of a seed comes out in the search record and in the export, and what is left out has a default."""
    seed = {
        "id": "rec_mine",
        "content": "tea",
        "previousContext": " Kitchen ",
        "type": "procedural",
        "source": "notes.txt",
        "created_at": "1999-12-31T23:59:59.5+01:00",
    }
    memory, plain = service.fake.remember([seed, "coffee"], key=key)
    assert as_seed(memory) == {**seed, "previousContext": "Kitchen", "created_at": "1999-12-31T22:59:59.500Z"}
    found = service.search("tea", "Kitchen").data["results"][0]
    assert {name: found[name] for name in ("id", "type", "content", "source", "created_at")} == {
        "id": "rec_mine",
        "type": "procedural",
        "content": "tea",
        "source": "notes.txt",
        "created_at": "1999-12-31T22:59:59.500Z",
    }
    assert (plain.context, plain.type, plain.source, plain.created) == ("", "semantic", "api", 0)
    assert service.fake.remember([as_seed(memory)], key="another")[0] == memory


def test_a_seed_takes_the_keys_default_type_and_is_found_at_once(service, key):
    """Seeds follow default_type and no indexing delay."""
    service.fake.configure(default_type="episodic", indexing_delay=99)
    service.fake.remember([{"content": "tea", "type": None, "created_at": None}], key=key)
    assert service.search().data["results"][0]["type"] == "episodic"


@pytest.mark.parametrize(
    ("seeds", "says"),
    [
        ("tea", "memories: expected a list, got str; put one"),
        ({"content": "tea"}, "memories: expected a list, got dict"),
        ([5], r"memories\[0\]: expected a text, a pair .text, context. or an object, got int"),
        (["ok", {"text": "x"}], r"memories\[1\].text: unknown field; expected id"),
        ([{}], r"memories\[0\].content is required"),
        ([{"content": None}], r"memories\[0\].content: expected a string, got null"),
        ([""], r"memories\[0\].content must not be empty"),
        ([" \n"], r"memories\[0\].content must not be blank"),
        ([{"content": "x", "previousContext": 5}], r"memories\[0\].previousContext: expected a string"),
        ([{"content": "x", "id": ""}], r"memories\[0\].id"),
        ([{"content": "x", "source": 1}], r"memories\[0\].source"),
        ([{"content": "x", "type": "odd"}], r"memories\[0\].type: expected semantic"),
        ([{"content": "x", "type": ["semantic"]}], r"memories\[0\].type: expected semantic"),
        (["\ud800"], r"memories\[0\].content: expected valid Unicode"),
        ([{"content": "x", "id": "a"}, {"content": "y", "id": "a"}], r"memories\[1\].id: expected a new id, got 'a'"),
        ([{"content": "x", "created_at": "yesterday"}], "created_at: expected a date and time"),
        ([{"content": "x", "created_at": 5}], "created_at: expected a date and time"),
        ([{"content": "x", "created_at": "2026-06-31"}], "created_at: expected a date and time"),
        ([{"content": "x", "created_at": "2026-06-01T12"}], "created_at: expected a date and time"),
        ([{"content": "x", "created_at": "2026-06-01T12:00.5"}], "created_at: expected a date and time"),
        ([{"content": "x", "created_at": "2026-06-01T12:00:00Z\n"}], "created_at: expected a date and time"),
        (
            [{"content": "x", "created_at": datetime(2026, 1, 1, tzinfo=timezone.utc)}],
            "created_at: expected a date and time",
        ),
        (
            [{"content": "x", "created_at": "0001-01-01T00:00:00+10:00"}],
            "created_at: expected a date and time",
        ),
        (
            [{"content": "x", "created_at": "9999-12-31T23:59:59-10:00"}],
            "created_at: expected a date and time",
        ),
    ],
)
def test_a_bad_seed_is_refused_by_place_and_field_and_none_is_stored(local, key, seeds, says):
    """A list with one bad memory is refused as a whole, and the text says which memory and which field."""
    with pytest.raises(SeedError, match=says):
        local.fake.remember(seeds, key=key)
    assert local.fake.memories() == []


def test_an_id_that_is_stored_already_is_refused(local, key):
    """A seed cannot take the place of a memory that is there."""
    local.fake.remember([{"content": "x", "id": "a"}], key=key)
    with pytest.raises(SeedError, match="which is stored already"):
        local.fake.remember([{"content": "y", "id": "a"}], key=key)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-06-01T12:00:00", "2026-06-01T12:00:00Z"),
        ("2026-06-01 12:00", "2026-06-01T12:00:00Z"),
        ("2026-06-01", "2026-06-01T00:00:00Z"),
        ("2026-06-01T12:00:00.5Z", "2026-06-01T12:00:00.500Z"),
        ("2026-06-01T12:00:00.123456789+02:30", "2026-06-01T09:30:00.123Z"),
    ],
)
def test_a_moment_may_leave_out_its_zone_and_its_end(local, key, written, meant):
    """A created_at without a time zone is UTC, without a time midnight, and any fraction is read, on every Python."""
    (memory,) = local.fake.remember([{"content": "x", "created_at": written}], key=key)
    assert iso(memory.created) == meant


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "2026-06-01T00:00:00.001Z"])
def test_a_moment_comes_back_as_it_went_in(local, key, moment):
    """The first, the last and a fractional moment survive being stored and shown."""
    (memory,) = local.fake.remember([{"content": "x", "created_at": moment}], key=key)
    assert iso(memory.created) == moment


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 10**400, 1e300, LONGEST + 1, True, "5", None])
def test_a_time_that_is_none_moves_no_clock(local, seconds):
    """Advancing by what is no number of seconds within a thousand years is a ValueError, and time stands."""
    with pytest.raises(ValueError, match="seconds: expected a number of at most 1000 years"):
        local.fake.advance(seconds)
    assert local.fake.now() == 0


@pytest.mark.parametrize("who", [None, "some-key"])
def test_the_clock_goes_only_forward_and_not_beyond_its_end(local, who):
    """A step back, or steps that add up to more than a thousand years, are refused, and search still answers."""
    local.fake.advance(LONGEST, key=who)
    for step, says in ((-0.5, "must be at least 0, got -0.5"), (1, "cannot move further than 1000 years ahead, got 1")):
        with pytest.raises(ValueError, match=says):
            local.fake.advance(step, key=who)
    local.add("tea", key="some-key")
    assert local.contents(key="some-key") == ["tea"]
    assert local.fake.now(key="some-key") == LONGEST * TICKS


@pytest.mark.parametrize(
    ("ticks", "written"),
    [
        (0, "2026-01-01T00:00:00Z"),
        (999, "2026-01-01T00:00:00Z"),
        (1000, "2026-01-01T00:00:00.001Z"),
        (-1000, "2025-12-31T23:59:59.999Z"),
        (86_400 * TICKS, "2026-01-02T00:00:00Z"),
    ],
)
def test_a_moment_is_written_with_milliseconds_where_it_has_any(ticks, written):
    """Ticks become ISO 8601 in UTC, with three decimals only where they are not all zero."""
    assert iso(ticks) == written


def test_a_clock_may_follow_another_and_be_put_ahead_of_it():
    """A following clock moves by itself, can be put ahead, and is reset to what it follows."""
    now = [1_767_225_600.0]
    clock = Clock(follow=lambda: now[0])
    assert (clock.ticks(), clock.now()) == (0, now[0])
    now[0] += 2
    clock.advance(ticks_of(3))
    assert clock.ticks() == 5 * TICKS
    clock.reset()
    assert clock.ticks() == 2 * TICKS


def test_reset_gives_the_fake_as_it_was_built(build, key):
    """A reset brings back the settings of construction, an empty journal, time zero, no faults and no memories."""
    service = build(top_k=2)
    service.fake.remember(["tea"])
    service.add()
    service.fake.configure(top_k=5)
    service.fake.faults("add: 503")
    service.fake.advance(5)
    service.fake.reset()
    assert service.fake.settings().top_k == 2
    assert (service.fake.memories(), service.fake.requests(), service.fake.armed(), service.fake.keys()) == ([],) * 4
    assert service.fake.now() == 0
    service.add()
    assert service.fake.requests()[0].seq == 1


def test_a_store_is_restored_from_its_own_snapshot(build, key):
    """A snapshot of a store holds every memory, and a store that takes it finds the same and counts the same."""
    service = build(unit="bytes")
    service.add("tea")
    service.add("täglich Tee")
    tenant = service.fake._tenant(key)
    kept = tenant.store.snapshot()
    service.fake.forget(key=key)
    assert service.contents() == []
    tenant.store.restore(kept)
    assert service.contents() == ["tea"]
    assert service.details().data["usage"] == 15
