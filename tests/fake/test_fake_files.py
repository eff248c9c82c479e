"""Memories of files: found as any other, and their files are told beside what was found."""

from __future__ import annotations

import json

import pytest

from fake_server import Fake, SeedError

KEY = "sk-om-live-tests-0000000000000001"
PLAN = {"content": "The tea budget is 40.", "file": "plan.pdf"}
SEEDS = [
    PLAN,
    {"content": "Tea is at four.", "file": {"name": "plan.pdf"}, "type": "procedural"},
    {"content": "Tea for Ana.", "file": {"id": "file_7", "name": "mail.eml"}},
    "Tea is hot.",
]


@pytest.mark.parametrize("wire", ["flat", "envelope"])
def test_a_search_names_the_files_of_what_it_found(service, wire):
    """Each file is named once, in the order of the hits, with its id beside; a memory without one names none."""
    service.fake.configure(wire=wire)
    service.fake.remember(SEEDS, key=KEY)
    data = service.search("tea").data
    names = [each["name"] for each in data["file_memory"]]
    assert sorted(names) == ["mail.eml", "plan.pdf"]
    assert data["relevant_file_ids"] == [each["id"] for each in data["file_memory"]]
    assert "file_7" in data["relevant_file_ids"]
    assert len(data["results"]) == 4
    assert all("file" not in each for each in data["results"])


def test_only_the_files_of_the_hits_are_named(service):
    """A file of a memory that is not found, or that a fault withholds, is not named."""
    service.fake.remember([PLAN, {"content": "Coffee.", "file": "other.pdf"}], key=KEY)
    assert [each["name"] for each in service.search("tea").data["file_memory"]] == ["plan.pdf"]
    service.fake.faults("search: missing(9)")
    data = service.search("tea").data
    assert (data["file_memory"], data["relevant_file_ids"]) == ([], [])


def test_one_name_is_one_file():
    """The id of a file follows from its name, under every key and in every run."""
    fake = Fake()
    first, second, third = fake.remember(SEEDS[:3], key=KEY)
    assert first.file == second.file == fake.remember([PLAN], key="sk-another")[0].file
    assert (third.file.id, third.file.name) == ("file_7", "mail.eml")


def test_a_file_stays_with_its_memory(served):
    """What GET memories gives, POST takes elsewhere; to replace a memory keeps its file, or names another."""
    served.control("POST", f"memories?key={KEY}", {"memories": SEEDS})
    given = served.control("GET", f"memories?key={KEY}")[1]["memories"]
    assert [each.get("file", {}).get("name") for each in given] == ["plan.pdf", "plan.pdf", "mail.eml", None]
    again = served.control("POST", "memories?key=sk-another", {"memories": given})[1]["memories"]
    assert again == given
    fake = served.fake
    (kept,) = fake.replace([{"id": given[2]["id"], "content": "Tea for Bo."}], key=KEY)
    (moved,) = fake.replace([{"id": given[2]["id"], "file": "new.eml"}], key=KEY)
    assert (kept.file.id, moved.file.name, moved.content) == ("file_7", "new.eml", "Tea for Bo.")
    assert fake.remember([fake.memory(moved.id, key=KEY)], key="sk-third")[0].file == moved.file


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (5, "memories[0].file: expected a name, or an object with name, got a number"),
        ("", "memories[0].file.name must not be empty"),
        ({}, "memories[0].file.name is required"),
        ({"name": "a", "size": 3}, "memories[0].file.size: unknown field; expected id or name"),
        ({"name": "a", "id": " "}, "memories[0].file.id must not be blank"),
        ({"name": "\ud800"}, "memories[0].file.name: expected valid Unicode, got a lone surrogate"),
    ],
)
def test_a_wrong_file_is_told_by_its_field(file, says):
    """What names no file is refused with the field that is wrong, and nothing is stored."""
    fake = Fake()
    with pytest.raises(SeedError) as caught:
        fake.remember([{"content": "tea", "file": file}], key=KEY)
    assert str(caught.value) == says
    assert fake.memories() == []


def test_a_seed_line_may_name_a_file():
    """A line of a seed file names a file as any object does."""
    from fake_server.core.tenants.seed_lines import seed_lines

    (line,) = seed_lines([json.dumps(PLAN).encode()])
    assert line.seed.file.name == "plan.pdf"


def test_the_sdk_shows_the_files(octamem_fake, octamem_client):
    """The SDK's text for a prompt lists the files of what was found."""
    octamem_fake.remember(SEEDS)
    assert "plan.pdf" in octamem_client.get(query="tea budget").format()
