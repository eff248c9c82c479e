"""Every setting of the service: its default, each other value, and each of the ways to give it."""

from __future__ import annotations

import re

import pytest

from fake_server import Fake, SettingError
from fake_server.core.settings import Settings, from_text, setting_fields

DEFAULTS = {
    "wire": "flat",
    "top_k": 10,
    "pending_ids": True,
    "default_type": "semantic",
    "context_match": "exact",
    "language": "english",
    "indexing_delay": 0,
    "unit": "memories",
    "limit": None,
    "over_limit_status": 429,
    "rate": None,
    "keys": None,
    "idempotency": False,
    "max_content": 1 << 20,
    "max_body": 2 << 20,
    "seed": 0,
}
OTHERS = [
    ("wire", "envelope"),
    ("top_k", 3),
    ("pending_ids", False),
    ("default_type", "episodic"),
    ("default_type", "procedural"),
    ("context_match", "any"),
    ("language", "german"),
    ("language", "none"),
    ("indexing_delay", 2.5),
    ("indexing_delay", "3 polls"),
    ("unit", "bytes"),
    ("unit", "requests"),
    ("limit", 7),
    ("over_limit_status", 402),
    ("over_limit_status", 403),
    ("rate", "100/60"),
    ("idempotency", True),
    ("max_content", 12),
    ("max_body", 99),
    ("seed", -4),
]
KEYS = [{"key": "sk-om-live-other-000000000000001", "rights": ["search"], "state": "revoked", "limit": 4}]


# What each setting does, shown on a service that holds it by whichever way it was given.
def shows_wire(service, value):
    assert ("data" in service.add().json) == (value == "envelope")


def shows_top_k(service, value):
    for number in range(12):
        service.add(f"tea {number}")
    assert len(service.contents()) == value


def shows_pending_ids(service, value):
    answers = [service.add().data, service.search().data, service.add().data]
    pending = [each["pending_id"] for each in answers]
    assert (None not in pending and len(set(pending)) == 3) if value else pending == [None] * 3


def shows_default_type(service, value):
    service.add("tea")
    found = service.search().data
    assert found["results"][0]["type"] == value
    assert found[f"{value}_memory"] == "tea"


def shows_context_match(service, value):
    service.add("tea", "  Kitchen ")
    service.add("tea", "Garden")
    assert len(service.contents(context="Kitchen")) == (1 if value == "exact" else 2)
    assert len(service.contents(context="kitchen")) == (0 if value == "exact" else 2)
    assert len(service.contents(context=" \t")) == len(service.contents(context="")) == 2


def shows_language(service, value):
    service.add("she likes painting")
    service.add("drei alte Häuser")
    for query, of in (("paint", "english"), ("haus", "german")):
        (found,) = service.search(query).data["results"]
        assert (found["score"] == 1) == (value == of)


def shows_indexing_delay(service, value):
    service.add("tea")
    found = [bool(service.contents()) for _ in range(4)]
    if value == 0:
        assert found == [True] * 4
    elif value == "3 polls":
        assert found == [False, False, False, True]
    else:
        assert found == [False] * 4
        service.fake.advance(1)
        assert service.contents() == []
        service.fake.advance(1.5)
        assert service.contents() == ["tea"]


def shows_unit(service, value):
    service.add("täglich")
    service.search()
    service.details()
    used = {"memories": 1, "bytes": 8, "requests": 2}[value]
    assert service.details().data["unit"] == value
    assert service.details().data["usage"] == used


def shows_limit(service, value):
    statuses = [service.add(f"tea {number}").status for number in range(9)]
    assert statuses == ([200] * 9 if value is None else [200] * value + [429] * (9 - value))
    details = service.details().data
    assert (details["limit"], details["balance"]) == ((None, None) if value is None else (value, 0))


def shows_over_limit_status(service, value):
    service.fake.configure(limit=0)
    answer = service.add()
    assert (answer.status, answer.json["code"]) == (value, "USAGE_LIMIT_EXCEEDED")


def shows_rate(service, value):
    headers = service.details().headers
    assert ("x-ratelimit-limit" in headers) == (value is not None)
    assert headers.get("x-ratelimit-limit", "100") == "100"


def shows_idempotency(service, value):
    ids = [service.add("tea", headers={"idempotency-key": "one"}).data["id"] for _ in range(2)]
    assert len(set(ids)) == len(service.fake.memories()) == (1 if value else 2)


def shows_max_content(service, value):
    assert service.add("é" * (value // 2)).status == 200
    assert service.add("é" * (value // 2) + "x").status == 413


def shows_max_body(service, value):
    empty = len(b'{"content":""}')
    assert service.call("add", b'{"content":"%s"}' % (b"x" * min(value - empty, 1 << 20))).status == 200
    assert service.call("add", b'{"content":"x"%s}' % (b" " * (value - empty))).status == 413


def shows_seed(service, value):
    other = Fake(seed=value + 1, keys=[service.fake.api_key])
    again = Fake(seed=value, keys=[service.fake.api_key])
    made = [each.id for each in service.fake.remember(["a", "b"])]
    assert made == [each.id for each in again.remember(["a", "b"])]
    assert made != [each.id for each in other.remember(["a", "b"])]


SHOWS = {name[len("shows_") :]: check for name, check in globals().items() if name.startswith("shows_")}


def test_the_table_has_every_setting_of_the_contract_with_its_default():
    """The settings are those of the contract, each with the stated default."""
    assert Settings().public() == DEFAULTS
    assert set(SHOWS) == set(DEFAULTS) - {"keys"}
    assert {name for name, _ in OTHERS} == set(DEFAULTS) - {"keys"}


@pytest.mark.parametrize("name", [name for name in DEFAULTS if name != "keys"])
def test_the_default_is_in_force(service, name, key):
    """Without any setting each behaves as its default says, in process and over HTTP."""
    service.fake.configure(keys=[key])
    SHOWS[name](service, DEFAULTS[name])


@pytest.mark.parametrize(("name", "value"), OTHERS)
@pytest.mark.parametrize("way", ["argument", "key", "control", "control of a key", "command line"])
def test_each_other_value_is_in_force_by_every_way_to_give_it(way, name, value, key, build, served, commanded):
    """Argument, key's own setting, control API (server and key) and command line all bring the same behaviour."""
    if way == "argument":
        service = build(**{name: value, "keys": [key]})
    elif way == "key":
        service = build(keys=[{"key": key, name: value}])
    elif way == "command line":
        service = commanded(f"--{name.replace('_', '-')}", str(value), "--api-key", key)
    else:
        service = served
        service.fake.configure(keys=[key])
        where = "settings" if way == "control" else f"settings?key={key}"
        status, answer = service.control("PUT", where, {name: value})
        assert status == 200
        assert answer[name] == value
    SHOWS[name](service, value)


@pytest.mark.parametrize("way", ["argument", "control", "command line"])
def test_listed_keys_are_the_only_ones_whichever_way_they_are_listed(way, build, served, commanded):
    """The table of keys holds from an argument, the control API and the command line, each key with its settings."""
    import json

    if way == "argument":
        service = build(keys=KEYS)
    elif way == "command line":
        service = commanded("--keys", json.dumps(KEYS))
    else:
        service = served
        assert service.control("PUT", "settings", {"keys": KEYS})[0] == 200
    other = KEYS[0]["key"]
    assert service.add().status == 401
    assert service.search(key=other).status == 401
    service.fake.configure(key=other, state="active")
    assert service.search(key=other).status == 200
    assert service.add(key=other).json["code"] == "METHOD_NOT_SUPPORTED"
    assert service.fake.settings(key=other).limit == 4


WRONG = [
    ("wire", "soap"),
    ("wire", None),
    ("top_k", 0),
    ("top_k", "3"),
    ("top_k", True),
    ("top_k", 1 << 63),
    ("pending_ids", 1),
    ("default_type", "implicit"),
    ("context_match", "fuzzy"),
    ("language", "klingon"),
    ("language", "English"),
    ("language", ["english"]),
    ("indexing_delay", -1),
    ("indexing_delay", "soon"),
    ("indexing_delay", True),
    ("indexing_delay", 1e9),
    ("unit", "tokens"),
    ("limit", -1),
    ("limit", 1.5),
    ("over_limit_status", 400),
    ("over_limit_status", 429.0),
    ("over_limit_status", True),
    ("rate", "fast"),
    ("rate", "0/60"),
    ("rate", "5/0"),
    ("rate", 5),
    ("keys", "sk"),
    ("keys", 5),
    ("keys", [""]),
    ("keys", ["a b"]),
    ("keys", ["schlüssel"]),
    ("keys", [5]),
    ("keys", [{}]),
    ("keys", ["twice", "twice"]),
    ("keys", {"one": 5}),
    ("keys", {"one": None}),
    ("keys", [{"key": "one", "colour": 1}]),
    ("keys", [{"key": "one", "rights": ["fly"]}]),
    ("keys", [{"key": "one", "rights": "add"}]),
    ("keys", [{"key": "one", "state": "lost"}]),
    ("keys", [{"key": "one", "keys": []}]),
    ("idempotency", "yes"),
    ("max_content", 0),
    ("max_body", 2.5),
    ("seed", "x"),
    ("seed", True),
    ("colour", "red"),
    ("rights", ["add"]),
    ("self", 1),
    ("key", "sk"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_setting_is_refused_by_name_and_changes_nothing(served, name, value):
    """A setting that does not exist or a value out of range is a 400 that names it, and no other is changed with it."""
    before = served.fake.settings()
    status, answer = served.control("PUT", "settings", {"wire": "envelope", name: value})
    assert (status, answer["code"]) == (400, "VALIDATION_ERROR")
    assert re.match(rf"{name}(\[\d\][^:]*)?(:| is) ", answer["error"])
    assert served.fake.settings() == before


@pytest.mark.parametrize(("name", "value"), [each for each in WRONG if each[0] not in {"self", "key"}])
def test_a_wrong_setting_is_refused_at_construction(name, value):
    """The same is refused as an argument, with an error that is also a ValueError."""
    with pytest.raises(SettingError, match=rf"^{name}(\[\d\][^:]*)?(:| is) "):
        Fake(**{name: value})


@pytest.mark.parametrize(("name", "value"), [each for each in WRONG if each[0] not in {"keys", "rights"}])
def test_a_wrong_setting_of_a_key_is_refused(served, key, name, value):
    """What is wrong for the server is wrong for a key, and leaves the key's settings as they were."""
    before = served.fake.settings(key=key)
    status, answer = served.control("PUT", f"settings?key={key}", {name: value})
    assert (status, answer["code"]) == (400, "VALIDATION_ERROR")
    assert served.fake.settings(key=key) == before


def test_an_error_about_keys_shows_no_key(build, key):
    """The text of a refusal never holds a key that was listed."""
    for keys in ([key, key], [{"key": key, "rights": ["x"]}], {key: 5}, [key + " x"]):
        with pytest.raises(SettingError) as caught:
            build(keys=keys)
        assert key not in str(caught.value)


def test_a_keys_own_setting_stands_over_the_servers(service, key):
    """A key's own setting is kept when the server's changes, and other settings follow the server."""
    service.fake.configure(key=key, limit=1)
    service.fake.configure(limit=2, wire="envelope")
    service.add("one")
    assert service.add("two").status == 429
    assert service.details().json["data"]["limit"] == 1
    assert service.details(key="another-key").json["data"]["limit"] == 2


def test_a_new_table_of_keys_replaces_what_was_set_for_each(service, key):
    """Putting `keys` again is the whole truth: a key that is listed bare is an ordinary one, used before or not."""
    service.fake.configure(keys=[{"key": key, "state": "revoked"}])
    assert service.details().status == 401
    service.fake.configure(keys=[key])
    assert service.details().status == 200
    service.fake.configure(key=key, limit=3)
    service.fake.configure(keys=[{"key": key, "limit": 5}])
    assert service.details().data["limit"] == 5
    service.fake.configure(keys=None)
    assert service.details().data["limit"] is None


def test_a_key_that_is_no_longer_listed_is_unknown_until_it_is_again(service, key):
    """Taking a key from the table closes its memory, and listing it again opens the same one."""
    service.add("tea")
    service.fake.configure(keys=["someone-else"])
    assert service.search().status == 401
    service.fake.configure(keys=[key])
    assert service.contents() == ["tea"]


@pytest.mark.parametrize(
    ("given", "kept", "window"),
    [
        ("100/60", "100/60", (100, 60.0)),
        (" 5 / 1.5s ", "5/1.5", (5, 1.5)),
        ("1/12345678.25", "1/12345678.25", (1, 12345678.25)),
    ],
)
def test_a_rate_is_kept_as_it_reads_back(given, kept, window):
    """A rate is written in one spelling, in full, that can be given again."""
    settings = Settings().changed({"rate": given})
    assert (settings.rate, settings.rate_window) == (kept, window)
    assert Settings().changed({"rate": settings.rate}).rate_window == window


def test_what_a_fake_shows_of_its_settings_can_be_put_back(served):
    """GET settings gives what PUT settings takes, but for keys, which are blanked."""
    served.fake.configure(rate="7/2.5", indexing_delay="1 poll", limit=9, wire="envelope")
    status, shown = served.control("GET", "settings")
    assert (status, shown["indexing_delay"]) == (200, "1 polls")
    del shown["keys"]
    assert served.control("PUT", "settings", shown)[0] == 200


def test_settings_of_a_key_may_be_sets_and_tuples_and_are_still_json(build, key):
    """Rights given as a set come out as a list in the order of the endpoints."""
    fake = build(keys=[{"key": key, "rights": {"add", "search"}}]).fake
    assert fake.settings().public()["keys"] == [{"key": "sk-o…0001", "rights": ["search", "add"]}]
    assert fake.settings(key=key).public(of_key=True)["rights"] == ["search", "add"]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("limit", "none", None),
        ("limit", "NULL", None),
        ("limit", "12", 12),
        ("pending_ids", "False", False),
        ("pending_ids", "true", True),
        ("indexing_delay", "2.5", 2.5),
        ("indexing_delay", "3 polls", "3 polls"),
        ("rate", "100/60", "100/60"),
        ("wire", '"flat"', '"flat"'),
        ("keys", '["a"]', ["a"]),
        ("seed", "[" * 100_000, "[" * 100_000),
    ],
)
def test_a_setting_in_words_is_json_where_it_is_json(name, text, value):
    """The command line's text is read as JSON where it is that, else taken as it stands."""
    assert from_text(name, text) == value


def test_every_setting_says_what_it_is():
    """Each setting has a sentence for the command line's help."""
    assert all(len(item.metadata["says"]) > 10 for item in (*setting_fields(), *setting_fields(of_key=True)))


@pytest.mark.parametrize(
    ("name", "value", "call"),
    [
        ("limit", 10, "configure(limit=...)"),
        ("keys", ["sk-om-live-assigned-0001"], "configure(keys=...)"),
        ("rights", ["search"], "configure(rights=...)"),
        ("faults", "add: 503", "the method faults()"),
        ("memories", ["tea"], "the method memories()"),
    ],
)
def test_a_setting_or_a_method_cannot_be_assigned(name, value, call):
    """An assignment would arm, set or store nothing, and let a test pass, so it names the call that does."""
    fake = Fake()
    with pytest.raises(AttributeError) as error:
        setattr(fake, name, value)
    assert str(error.value) == f"{name}: expected a call of {call}, got an assignment"


def test_a_method_may_be_replaced_by_a_function():
    """A test may put a function of its own in the place of a method."""
    fake = Fake()
    fake.now = lambda: 7
    assert fake.now() == 7
