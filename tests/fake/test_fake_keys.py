"""Keys: which are valid, what each may do, and that no two ever touch."""

from __future__ import annotations

import pytest

from fake_server import Fake, Request, UnknownKeyError
from fake_server.core.key_text import blank_key

OTHER = "sk-om-live-other-000000000000002"


def test_any_key_of_printable_ascii_opens_its_own_empty_memory(service):
    """Each key, the page's placeholder included, sees what it stored and nothing else."""
    keys = ["your-api-key", "your-api-key-here", "sk-om-live-1", "!~", "k" * 500]
    for at, each in enumerate(keys):
        assert service.details(key=each).data["usage"] == 0
        service.add(f"tea {at}", key=each)
    for at, each in enumerate(keys):
        assert service.contents(key=each) == [f"tea {at}"]
    assert service.fake.keys() == keys


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic abc",
        "sk-om-live-x",
        "Bearer two words",
        "Bearer sch\u00fcssel",
        "Bearer a, Bearer b",
        "Bearer\tkey",
        "Bearerkey",
        "Bearer k\x7f",
    ],
)
def test_no_or_malformed_authorization_is_401(local, header):
    """What is no `Bearer KEY` is refused with AUTH_ERROR, and opens no memory."""
    headers = {} if header is None else {"authorization": header}
    answer = local.send(Request("POST", "/api/memory/add", headers, b'{"content":"x"}'))
    assert (answer.status, answer.json["code"]) == (401, "AUTH_ERROR")
    assert local.fake.keys() == []


@pytest.mark.parametrize("header", ["Bearer KEY", "bearer KEY", "BEARER   KEY "])
def test_the_scheme_is_read_in_any_case(local, header):
    """The scheme's case and spaces around the key do not matter, as HTTP has it."""
    answer = local.send(Request("POST", "/api/memory/details", {"Authorization": header}, b"{}"))
    assert answer.status == 200
    assert local.fake.keys() == ["KEY"]


def test_listed_keys_are_valid_and_no_other(service, key):
    """With `keys` set, a key outside the list is 401, and the first is what the fake calls its own."""
    service.fake.configure(keys=[key, OTHER])
    assert service.fake.api_key == key
    assert [service.details(key=each).status for each in (key, OTHER, "third")] == [200, 200, 401]
    service.fake.configure(keys=[])
    assert service.details().status == 401


@pytest.mark.parametrize("right", ["search", "add", "details"])
def test_a_right_that_is_withheld_is_403(service, key, right):
    """One endpoint withheld is 403 METHOD_NOT_SUPPORTED by name, the other two are answered."""
    rest = [each for each in ("search", "add", "details") if each != right]
    service.fake.configure(keys=[{"key": key, "rights": rest}])
    calls = {"search": service.search, "add": service.add, "details": service.details}
    refused = calls[right]()
    assert (refused.status, refused.json["code"]) == (403, "METHOD_NOT_SUPPORTED")
    assert refused.json["error"] == f"This memory does not support {right}"
    assert [calls[each]().status for each in rest] == [200, 200]


@pytest.mark.parametrize(
    ("state", "status", "code"), [("revoked", 401, "AUTH_ERROR"), ("deleted", 404, "NOT_FOUND"), ("active", 200, None)]
)
def test_a_state_decides_before_rights(service, key, state, status, code):
    """A revoked key is 401 and a deleted memory 404, whatever the key's rights are."""
    service.fake.configure(key=key, state=state)
    answer = service.add()
    assert (answer.status, answer.json.get("code")) == (status, code)
    service.fake.configure(key=key, rights=[])
    assert service.add().status == (status if status != 200 else 403)
    assert len(service.fake.memories()) == (1 if state == "active" else 0)


def test_two_keys_never_touch_each_other(service, key):
    """Memories, settings, faults, clock, journal and reset of one key leave another as it was."""
    service.add("mine")
    service.add("other", key=OTHER)
    service.fake.configure(key=key, limit=1, wire="envelope")
    service.fake.faults("*: 500 x3", key=key)
    service.fake.advance(30, key=key)
    assert service.fake.now(key=OTHER) == 0
    assert service.details(key=OTHER).json["limit"] is None
    assert [entry.endpoint for entry in service.fake.requests(key=OTHER)] == ["add", "details"]
    service.fake.reset(key=key)
    assert [each.content for each in service.fake.memories()] == ["other"]
    assert service.fake.armed(key=key) == []
    assert service.fake.now(key=key) == 0
    assert service.fake.requests(key=key) == []
    assert service.details().json["limit"] is None


def test_what_is_asked_of_a_key_that_cannot_be_says_why(build):
    """Asking about an unlisted or impossible key raises UnknownKeyError with the key blanked and the reason."""
    fake = build(keys=["sk-om-live-listed-0000000001"]).fake
    with pytest.raises(UnknownKeyError, match="expected one that the setting keys lists") as caught:
        fake.memories(key=OTHER)
    assert OTHER not in str(caught.value)
    with pytest.raises(UnknownKeyError, match="expected printable ASCII"):
        fake.memories(key="zwei Wörter")


@pytest.mark.parametrize(
    ("whole", "blanked"),
    [("sk-om-live-0123456789", "sk-o…6789"), ("your-api-key", "…"), ("k" * 16, "kkkk…kkkk"), ("", None), (None, None)],
)
def test_a_key_is_blanked_to_its_ends_or_wholly_where_it_is_short(whole, blanked):
    """The first and last four characters stay of a long key, and nothing of one that they would mostly give away."""
    assert blank_key(whole) == blanked


def test_no_repr_shows_a_key(build, key):
    """Neither the fake, nor its settings, a request, a visit or a journal entry shows a key in its repr."""
    fake = build(keys=[{"key": key, "limit": 5}]).fake
    request = Request("POST", "/api/memory/details", {"Authorization": f"Bearer {key}"}, b"{}")
    visit = fake.accept(request)
    visit.decide()
    for each in (fake, fake.settings(), fake.settings(key=key), request, visit, visit.entry, fake.requests()):
        assert key not in repr(each)
    assert repr(fake) == "<Fake: 1 key, 1 attempt, 0 s on>"


def test_a_refused_settings_table_leaves_no_key_in_the_error(build, key):
    """The key of a table that is refused for another reason is not in the text."""
    from fake_server import SettingError

    with pytest.raises(SettingError) as caught:
        build(keys=[{"key": key, "limit": "much"}])
    assert key not in str(caught.value)
    assert "keys[0]" in str(caught.value)


def test_ids_are_the_same_for_the_same_seed_and_apart_otherwise(build, key):
    """Ids follow from seed, key and order alone, and no two are the same."""

    def ids(seed, who):
        service = build(seed=seed)
        made = [service.add(key=who).data, service.search(key=who).data, service.add(key=who).data]
        return [made[0]["id"], made[2]["id"]] + [each["pending_id"] for each in made]

    assert ids(1, key) == ids(1, key)
    everything = ids(1, key) + ids(2, key) + ids(1, OTHER)
    assert len(set(everything)) == len(everything)


def test_an_id_that_was_put_back_is_not_made_again(service, key):
    """Memories exported, and put back under their ids after a reset, are never overwritten by later ones."""
    service.add("first")
    service.search()
    service.add("third")
    kept = [{"id": each.id, "content": each.content} for each in service.fake.memories()]
    service.fake.reset(key=key)
    service.fake.remember(kept, key=key)
    for number in range(5):
        service.add(f"later {number}")
    assert len(service.fake.memories()) == 7
    assert [each.content for each in service.fake.memories()][:2] == ["first", "third"]


def test_a_fake_without_settings_has_a_key_of_its_own():
    """The default key has the look of the service's and is accepted."""
    fake = Fake()
    assert fake.api_key.startswith("sk-om-live-")
    fake.remember(["tea"])
    assert [each.content for each in fake.memories(key=fake.api_key)] == ["tea"]


def test_the_package_has_the_names_of_the_contract_and_no_other():
    """The public names are sorted and there, the app is loaded when it is asked for, and another name is an error."""
    import fake_server

    assert fake_server.__all__ == sorted(fake_server.__all__)
    assert {"Fake", "Request", "Reply", "Drop", "create_app"} <= set(fake_server.__all__)
    assert all(getattr(fake_server, name) for name in fake_server.__all__)
    assert [name for name in dir(fake_server) if not name.startswith("__")] == fake_server.__all__
    with pytest.raises(AttributeError, match="'fake_server' has no attribute 'Faker'"):
        _ = fake_server.Faker
