"""The three memory streams say what `results` say, in every wire and under every lie; and memories come in any form."""

from __future__ import annotations

import json

import pytest

from fake_server import SeedError
from fake_server.core.faults.lies import _SEARCH
from fake_server.core.settings import TYPES

KEY = "sk-om-live-tests-0000000000000001"
MEMORIES = [
    {"content": "Green tea is drunk at four.", "type": "procedural", "previousContext": "Home"},
    {"content": "Ana bought tea in May.", "type": "episodic", "previousContext": "Home"},
    {"content": "Tea has caffeine.", "previousContext": "Home"},
    {"content": "tea\nin two lines", "type": "episodic", "previousContext": "Home"},
    {"content": "The tea of the office is black.", "type": "procedural", "previousContext": "Office"},
    {"content": "Coffee is for mornings.", "previousContext": "Home"},
]


def agree(data):
    for kind in TYPES:
        of_kind = [each["content"] for each in data["results"] if each["type"] == kind]
        assert data[f"{kind}_memory"] == "\n".join(of_kind)
    assert data["tokens"] == sum(len(each["content"].split()) for each in data["results"])


@pytest.mark.parametrize("wire", ["flat", "envelope"])
@pytest.mark.parametrize("lie", ["ok", *_SEARCH, "stale(3)", "missing(9)"])
@pytest.mark.parametrize("query", ["tea", "black tea at the office", "nothing of the sort xyzzy"])
def test_streams_and_results_agree(service, wire, lie, query):
    """Each stream is the contents of the results of its type in their order, whatever is left out or mixed in."""
    service.fake.configure(wire=wire)
    service.fake.remember(MEMORIES, key=KEY)
    service.fake.faults(f"search: {lie}")
    answer = service.search(query, "Home")
    assert ("data" in answer.json) == (wire == "envelope")
    agree(answer.data)


def test_a_lie_changes_streams_and_results_alike(service):
    """What a lie keeps back is in neither, and what it mixes in is in both."""
    service.fake.remember(MEMORIES, key=KEY)
    service.fake.faults("search: missing(9), foreign")
    empty = service.search("tea", "Home").data
    assert (empty["results"], [empty[f"{kind}_memory"] for kind in TYPES]) == ([], ["", "", ""])
    assert "office" in service.search("tea", "Home").data["procedural_memory"]


FORMS = {
    "a text": ("tea", ("tea", "", "semantic")),
    "a pair": (("tea", "Home"), ("tea", "Home", "semantic")),
    "a list of two": (["tea", " Home "], ("tea", "Home", "semantic")),
    "a pair without a context": (("tea", ""), ("tea", "", "semantic")),
    "a record": ({"content": "tea", "previousContext": "Home", "type": "episodic"}, ("tea", "Home", "episodic")),
}


def put_in_process(service, seed, tmp_path, commanded):
    service.fake.remember([seed], key=KEY)
    return service.fake.memories(key=KEY)


def put_over_http(service, seed, tmp_path, commanded):
    status, answer = service.control("POST", f"memories?key={KEY}", {"memories": [seed]})
    assert status == 200, answer
    return service.fake.memories(key=KEY)


def put_by_seed_file(service, seed, tmp_path, commanded):
    from fake_server.cli.build import store_file

    path = tmp_path / "seed.jsonl"
    path.write_text(json.dumps(seed) + "\n", encoding="utf-8")
    built = commanded()
    store_file(built.fake, path)
    return built.fake.memories()


def put_by_marker(service, seed, tmp_path, commanded):
    from octamem_testing.context import build
    from octamem_testing.marker import plan_of

    mark = pytest.mark.octamem(memories=[seed]).mark
    return build("a test", plan_of([mark])).fake.memories()


@pytest.mark.parametrize("put", [put_in_process, put_over_http, put_by_seed_file, put_by_marker])
@pytest.mark.parametrize("form", FORMS)
def test_a_memory_comes_as_a_text_a_pair_or_a_record(served, tmp_path, commanded, put, form):
    """Python, the control API, a seed file and the marker take the same three forms, and mean the same by them."""
    seed, meant = FORMS[form]
    (memory,) = put(served, seed, tmp_path, commanded)
    assert (memory.content, memory.context, memory.type) == meant


def test_stored_memories_can_be_put_elsewhere(local):
    """What `memories` gives, `remember` takes, under another key: the same memory, found by the same search."""
    stored = local.fake.remember(MEMORIES, key=KEY)
    again = local.fake.remember(local.fake.memories(key=KEY), key="sk-another")
    assert again == stored == local.fake.memories(key="sk-another")


@pytest.mark.parametrize("put", [put_in_process, put_by_marker])
@pytest.mark.parametrize(
    ("seed", "says"),
    [
        (("tea",), "memories[0]: expected a pair (text, context), got 1 value"),
        ((), "memories[0]: expected a pair (text, context), got 0 values"),
        (("tea", "Home", "episodic"), "memories[0]: expected a pair (text, context), got 3 values"),
        (("tea", 5), "memories[0].previousContext: expected a string, got a number"),
        ((5, "Home"), "memories[0].content: expected a string, got a number"),
        (("", "Home"), "memories[0].content must not be empty"),
        (("tea", b"Home"), "memories[0].previousContext: expected a string, got bytes"),
        ({"content": b"tea"}, "memories[0].content: expected a string, got bytes"),
        ({"content": ("tea",)}, "memories[0].content: expected a string, got tuple"),
        ({"content": "tea", "id": 5}, "memories[0].id: expected a string, got a number"),
        ({"content": "tea", "context": "Home"}, "memories[0].context: unknown field; expected id, content"),
        (None, "memories[0]: expected a text, a pair (text, context) or an object, got NoneType"),
    ],
)
def test_a_wrong_form_is_told_by_place_and_field(local, tmp_path, commanded, put, seed, says):
    """What is no memory is refused with its place in the list and the field that is wrong."""
    with pytest.raises(SeedError) as caught:
        put(local, seed, tmp_path, commanded)
    assert says in str(caught.value)


@pytest.mark.parametrize("seeds", ["tea", {"content": "tea"}, b"tea", 5, None])
def test_one_memory_alone_is_no_list(local, seeds):
    """Forgetting the brackets is told so."""
    with pytest.raises(SeedError, match=f"memories: expected a list, got {type(seeds).__name__}; "):
        local.fake.remember(seeds, key=KEY)


def test_a_stored_memory_is_no_list_either(local):
    """One memory, a tuple as it is, is not taken for a list of eight."""
    (memory,) = local.fake.remember(["tea"], key=KEY)
    with pytest.raises(SeedError, match="expected a list, got Memory"):
        local.fake.remember(memory, key=KEY)


def test_one_memory_is_forgotten_by_its_id(service):
    """A deleted memory is found no more and counts no more; the others stay as they were."""
    tea, coffee = service.fake.remember(["green tea", "black tea"], key=KEY)
    service.fake.forget(memory=tea.id, key=KEY)
    assert service.fake.memories(key=KEY) == [coffee]
    assert service.contents() == ["black tea"]
    assert service.details().data["usage"] == 1


def test_an_unknown_memory_cannot_be_forgotten(served):
    """An id that is not stored under the key is an error of its own, in process and as 404, and nothing is deleted."""
    from fake_server import UnknownMemoryError

    served.fake.remember(["tea"], key=KEY)
    with pytest.raises(UnknownMemoryError, match="no memory has the id 'rec_x'"):
        served.fake.forget(memory="rec_x", key=KEY)
    status, answer = served.control("DELETE", f"memories?key={KEY}&memory=rec_x")
    assert (status, answer) == (404, {"error": "no memory has the id 'rec_x'", "code": "NOT_FOUND"})
    assert len(served.fake.memories()) == 1


def test_over_http_one_memory_is_deleted_and_a_slip_deletes_none(served):
    """DELETE with `memory` takes that one away and tells what is left; a misspelt parameter is refused."""
    tea, _ = served.fake.remember(["tea", "coffee"], key=KEY)
    status, answer = served.control("DELETE", f"memories?key={KEY}&memroy={tea.id}")
    assert (status, answer["error"]) == (400, "memroy: unknown field; expected key, key_id or memory")
    assert len(served.fake.memories()) == 2
    status, left = served.control("DELETE", f"memories?key={KEY}&memory={tea.id}")
    assert (status, [each["content"] for each in left["memories"]]) == (200, ["coffee"])


@pytest.mark.parametrize("over_http", [False, True])
def test_a_memory_is_replaced_by_its_id(served, over_http):
    """What is given is new, what is left out stays; the memory is the newest, and found by its new text alone."""
    served.fake.remember(
        [{"content": "tea at four", "id": "rec_a", "previousContext": "Home", "type": "episodic"}, "coffee"], key=KEY
    )
    served.fake.advance(60)
    new = [{"id": "rec_a", "content": "cocoa at five"}]
    if over_http:
        status, answer = served.control("POST", f"memories?key={KEY}", {"memories": new, "replace": True})
        assert (status, [each["id"] for each in answer["memories"]]) == (200, ["rec_a"])
    else:
        assert [memory.id for memory in served.fake.replace(new, key=KEY)] == ["rec_a"]
    coffee, cocoa = served.fake.memories(key=KEY)
    assert (coffee.content, cocoa.content, cocoa.context, cocoa.type) == ("coffee", "cocoa at five", "Home", "episodic")
    assert cocoa.created == 0
    assert (served.contents("tea"), served.contents("cocoa")) == ([], ["cocoa at five"])


@pytest.mark.parametrize(
    ("seed", "says"),
    [
        ("tea", "memories[1].id is required"),
        (
            {"id": "rec_x", "content": "tea"},
            "memories[1].id: expected the id of a stored memory, got",
        ),
        ({"id": "rec_a", "content": ""}, "memories[1].content must not be empty"),
        ({"id": "rec_a", "type": "odd"}, "memories[1].type: expected semantic"),
    ],
)
def test_a_bad_replacement_replaces_none(local, seed, says):
    """One that cannot be carried out leaves every memory of the list as it was."""
    stored = local.fake.remember([{"content": "tea", "id": "rec_a"}], key=KEY)
    with pytest.raises(SeedError) as caught:
        local.fake.replace([{"id": "rec_a", "content": "new"}, seed], key=KEY)
    assert says in str(caught.value)
    assert local.fake.memories() == stored


def test_replace_is_a_flag(served):
    """The flag of the control API is true or false and nothing else."""
    status, answer = served.control("POST", f"memories?key={KEY}", {"memories": ["tea"], "replace": 1})
    assert (status, answer["error"]) == (400, "replace: expected true or false, got 1")
