"""Redaction: no key is in what the fake shows, wherever a client put it; and the short id that stands for each."""

from __future__ import annotations

import json
import logging
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_server import Fake, Request, UnknownKeyError
from fake_server.core.bounds import Bounds
from fake_server.core.journal.summary import summary
from fake_server.core.key_text import is_key
from fake_server.core.known_keys import KnownKeys
from fake_server.core.redaction import LOOKS_LIKE_KEY, UNKNOWN_KEY, without_likely_keys
from fake_server.core.seen_keys import FORMER
from fake_server.core.service.copy_text import FORMS

KEY = "sk-om-live-tests-0000000000000001"
OTHER = "sk-om-live-other-000000000000002"
PLAIN = "a-key-of-no-form/with:marks=9"
SHORT = "abc"
UNSEEN = "om_0123456789abcdef"


def everything(fake):
    """Return all that the fake shows of its journal."""
    entries = fake.requests()
    told = [entry.as_dict() for entry in entries] + [entry.facts() for entry in entries]
    copies = [fake.copied(form, [entry], url="http://127.0.0.1:1") for entry in entries for form in FORMS]
    shown = [*told, *(call.as_dict() for call in fake.calls), *(summary([entry]) for entry in entries)]
    return json.dumps(shown) + "".join([*map(repr, entries), *copies])


def sent(fake, key, *, method="POST", path="/api/memory/add", body=b"{}", **headers):
    named = {"authorization": f"Bearer {key}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    outcome = fake.decide(Request(method, path, named, body))
    return outcome.body.decode()


PLACES = {
    "path": lambda key: {"path": f"/api/{key}/add"},
    "long path": lambda key: {"path": f"/{'x' * 189}/{key}"},
    "path of the line": lambda key: {"path": f"/{'x' * 44}/{key}"},
    "method": lambda key: {"method": f"GET-{key}"},
    "wrong method": lambda key: {"method": f"{key}"},
    "field": lambda key: {"body": json.dumps({"content": "tea", key: 1}).encode()},
    "text": lambda key: {"body": json.dumps({"content": f"my key is {key}."}).encode()},
    "nested": lambda key: {"body": json.dumps({"content": "tea", "more": [{"deep": key}]}).encode()},
    "no json": lambda key: {"body": f"key={key}&more".encode()},
    "cut body": lambda key: {"body": b"x" * 1984 + b" " + key.encode()},
    "escaped": lambda key: {"body": b'{"content": "tea \\u00' + f"{ord(key[0]):02x}{key[1:]}".encode() + b'"}'},
    "query": lambda key: {"path": "/api/memory/search", "body": json.dumps({"query": key}).encode()},
    "content type": lambda key: {"content_type": key, "body": b"x"},
    "content encoding": lambda key: {"content_encoding": key, "body": b"x"},
    "fault script": lambda key: {"x_octamem_fault": f"add: {key}"},
    "wrong type": lambda key: {"body": json.dumps({"content": "x", "previousContext": [key]}).encode()},
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("key", [KEY, PLAIN])
def test_a_key_is_in_nothing_that_is_shown_of_its_own_request(place, key):
    """The journal, its lines and the message of the answer show no key of the sender, valid or refused."""
    for fake in (Fake(), Fake(keys=[OTHER])):
        answer = sent(fake, key, **PLACES[place](key))
        shown = everything(fake)
        assert key not in shown
        assert key[:14] not in shown.replace("sk-o\\u2026", "")
        assert key not in answer or json.loads(answer).get("success")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("key", [OTHER, UNSEEN, PLAIN])
def test_a_key_of_somebody_else_is_shown_as_little(place, key):
    """A key that another client used, or that has the form of one, is blanked in the request of the next."""
    fake = Fake()
    if key != UNSEEN:
        sent(fake, key)
    if key == PLAIN and place in {"long path", "cut body"}:
        return  # cut in the middle, and of no form by which a half could be known
    answer = sent(fake, KEY, **PLACES[place](key))
    assert key not in everything(fake)
    assert key not in answer or json.loads(answer).get("success")


def _reset(fake):
    sent(fake, PLAIN)
    fake.reset(key=PLAIN)


def _reset_all(fake):
    sent(fake, PLAIN)
    fake.reset()


def _undone(fake):
    put_back = fake.reset()
    sent(fake, PLAIN)
    put_back()


def _refused(fake):
    fake.configure(keys=[KEY, OTHER])
    sent(fake, PLAIN)


def _listed_no_longer(fake):
    fake.configure(keys=[KEY, PLAIN])
    fake.configure(keys=[KEY])


def _closed_for_room(fake):
    sent(fake, PLAIN)
    for key in ("another-key-1", "another-key-2"):
        sent(fake, key)


def _without_room(fake):
    for key in (KEY, OTHER, PLAIN):
        sent(fake, key, body=b'{"content": "tea"}')


FORMER_KEYS = [_reset, _reset_all, _undone, _refused, _listed_no_longer, _closed_for_room, _without_room]


@pytest.mark.parametrize("become", FORMER_KEYS, ids=lambda each: each.__name__.strip("_"))
@pytest.mark.parametrize("place", ["path", "wrong method", "field", "text", "no json", "query", "fault script"])
def test_a_key_that_opens_nothing_any_more_is_still_blanked(place, become):
    """A key that was reset, refused or closed is no less a key: whoever sends it later, it is shown nowhere."""
    fake = Fake(bounds=Bounds(keys=2))
    become(fake)
    answer = sent(fake, KEY, **PLACES[place](PLAIN))
    assert PLAIN not in everything(fake)
    assert PLAIN not in answer or json.loads(answer).get("success")
    assert PLAIN not in json.dumps(fake.blanked([PLAIN, {f"x{PLAIN}": f"a {PLAIN} b"}]))


def test_of_former_keys_those_that_came_latest_are_remembered():
    """The keys that are in use are all blanked, and of the others so many as the bound says."""
    known = KnownKeys()
    known.add("key-in-use")
    for number in range(FORMER + 1):
        known.see(f"former-key-{number}")
        known.see("former-key-0")
    assert known.blank("former-key-0 key-in-use") == "[key] [k1]"
    assert known.blank("former-key-1 former-key-2") == "former-key-1 [key]"
    known.see("key-in-use")
    assert known.blank("key-in-use") == "[k1]"


LONG = "L" + "-key".join(map(str, range(80)))
QUOTED = "a-key-with'one-kind-of-quotes"
BEFORE = (0, 12, 34, 66, 72, 74, 76, 112, 192, 196, 1990, 2070, 3990)


def parts_of(key):
    """Return what no text may show: all parts of a key that are long enough to tell it."""
    return [key[at : at + 8] for at in range(len(key) - 8)]


CUT = {
    **{place: PLACES[place] for place in ("method", "content type", "content encoding", "field", "no json", "query")},
    "path": lambda key: {"path": f"/{key}"},
    "odd field": lambda key: {"body": json.dumps({"content": "tea", f"\ud800{key}": 1}).encode()},
    "text": lambda key: {"body": json.dumps({"content": key}).encode()},
    "parameter": lambda key: {"content_type": f"{key};charset=utf-8", "body": b"x"},
}


@pytest.mark.parametrize("place", CUT)
@pytest.mark.parametrize("key", [PLAIN, LONG, QUOTED], ids=["plain", "long", "quoted"])
@pytest.mark.parametrize("whose", ["own", "other"])
def test_no_text_is_cut_in_the_middle_of_a_key(place, key, whose):
    """Wherever a text is cut to be shown, a key in it is blanked first, so that no part of it stays."""
    fake = Fake(keys=[KEY] if whose == "own" else None)
    sent(fake, key)
    answers = []
    for before in BEFORE:
        for after in ("", "z" * 2_000):
            sender = key if whose == "own" else KEY
            text = "x" * before + ("" if before % 3 else " ") * (place != "method") + key + after
            answers.append(sent(fake, sender, **CUT[place](text)))
    shown = everything(fake) + "".join(answers)
    assert [part for part in parts_of(key) if part in shown] == []


CONTROL_TEXTS = {
    "setting": ("PUT", "settings", lambda key: {"wire": key}),
    "setting in a list": ("PUT", "settings", lambda key: {"rights": [{"x": key}]}),
    "setting name": ("PUT", "settings", lambda key: {key: 1}),
    "script": ("POST", "faults", lambda key: {"script": f"add: {key}"}),
    "quoted script": ("POST", "faults", lambda key: {"script": f"add: redirect('{key}"}),
    "checked script": ("POST", "faults/check", lambda key: {"script": f"add: {key}"}),
    "body of a script": ("POST", "faults/check", lambda key: {"script": f"add: 503(body={key})"}),
    "long script": ("POST", "faults/check", lambda key: {"script": "add: ok," + " " * 65_520 + key}),
    "odd name": ("POST", "snapshots", lambda key: {f"\ud800{key}": 1}),
    "type of a memory": ("POST", "memories?key=other", lambda key: {"memories": [{"content": "x", "type": key}]}),
    "field of a memory": ("POST", "memories?key=other", lambda key: {"memories": [{key: "x"}]}),
    "line": ("POST", "memories.jsonl?key=other", lambda key: json.dumps({"content": "x", "type": key}).encode()),
    "unknown path": ("GET", "{}", None),
    "unknown id": ("GET", "memories/{}?key=other", None),
    "unknown snapshot": ("DELETE", "snapshots/{}", None),
    "unknown call": ("GET", "calls/{}", None),
    "filter": ("GET", "calls?status={}", None),
    "field of a query": ("GET", "calls?{}=1", None),
    "topic": ("GET", "events?topics={}", None),
    "id of a key": ("GET", "calls?key_id={}", None),
}


@pytest.mark.parametrize("what", CONTROL_TEXTS)
@pytest.mark.parametrize("key", [PLAIN, LONG, QUOTED], ids=["plain", "long", "quoted"])
def test_no_message_of_the_control_api_is_cut_in_the_middle_of_a_key(served, what, key):
    """What a refusal repeats of a request is blanked before it is cut."""
    served.details(key=key)
    method, route, body = CONTROL_TEXTS[what]
    told = []
    for before in BEFORE:
        text = "x" * before + key + "z"
        filled = route.format(quote(text, safe="")) if "{}" in route else route
        status, answer = served.control(method, filled, None if body is None else body(text))
        assert status in {200, 400, 404, 405}
        told.append(json.dumps(answer))
    shown = "".join(told)
    assert [part for part in parts_of(key) if part in shown] == []


@pytest.mark.parametrize("key", ["back\\slash-key", "quoted'key-1", 'quoted"key-2', "both'of\"them"])
def test_a_key_that_a_repr_writes_otherwise_is_blanked_before_that(served, key):
    """A key with quotation marks or a backslash is found in a value that a message shows as Python writes it."""
    served.details(key=key)
    for body in ({"wire": key}, {key: 1}):
        error = served.control("PUT", "settings", body)[1]["error"]
        assert "[k1]" in error
    assert served.control("GET", quote(key, safe=""))[1]["error"].startswith("/_fake/[k1]: unknown path")


def test_a_script_that_only_its_key_breaks_is_refused_without_it(served):
    """A key with a quotation mark ends a quoted text too soon; as it is shown, the script could be read."""
    key = 'a-key-with"a-mark'
    served.details(key=key)
    script = f'add: redirect("https://elsewhere.invalid/{key}")'
    for method, route in (("POST", "faults/check"), ("POST", "faults"), ("PUT", "faults")):
        answer = served.control(method, route, {"script": script})[1]
        assert answer["error"] == "fault script: expected a script without a key in it, got a key"
        assert [part for part in parts_of(key) if part in json.dumps(answer)] == []


@pytest.mark.parametrize("name", ["host", "origin", "sec-fetch-site", "user", "path"])
@pytest.mark.parametrize("key", [PLAIN, LONG, QUOTED, "Key-Of-Both-Cases"], ids=["plain", "long", "quoted", "cases"])
def test_no_message_of_the_guard_is_cut_in_the_middle_of_a_key(served, talk, caplog, name, key):
    """A header of a refused request is blanked before it is cut, in the answer and in the log."""
    served.details(key=key)
    caplog.set_level(logging.INFO, "fake_server")
    for before in BEFORE[:-4]:
        text = "x" * before + key
        headers = {"host": urlsplit(served.url).netloc, "origin": "https://evil.test"}
        path = f"/_fake/{text}" if name == "path" else "/_fake/settings"
        sent_headers = {**headers, **({"host": f"me:{text}@evil"} if name == "user" else {name: text})}
        lines = [f"GET {path} HTTP/1.1", *(f"{each}: {value}" for each, value in sent_headers.items())]
        answer = talk(served.url, "\r\n".join([*lines, "", ""]).encode()).decode()
        assert answer.startswith(("HTTP/1.1 400", "HTTP/1.1 403"))
        shown = answer + caplog.text
        assert [part for part in parts_of(key) if part in shown] == []


def test_a_known_key_is_shown_as_its_id_and_any_other_as_key():
    """What stands in place of a key says whose it is, if the fake knows it."""
    fake = Fake()
    sent(fake, OTHER)
    sent(fake, KEY, body=json.dumps({"content": f"{KEY} {OTHER} {UNSEEN}"}).encode())
    assert fake.requests()[1].as_dict()["request"] == {"content": "[k2] [k1] [key]"}


def test_what_was_sent_is_in_the_entry_of_the_same_process():
    """A test may assert on what was really sent; only what is shown is blanked."""
    fake = Fake()
    sent(fake, KEY, body=json.dumps({"content": f"my key is {KEY}"}).encode())
    assert fake.requests()[0].request == {"content": f"my key is {KEY}"}
    assert [memory.content for memory in fake.memories()] == [f"my key is {KEY}"]


def test_a_short_key_is_blanked_only_as_a_text_of_its_own():
    """A key as short as a word is blanked as a value or a part of a path, and not inside other words."""
    fake = Fake()
    sent(fake, SHORT, path=f"/api/{SHORT}/abcd", body=json.dumps({"content": "abc and abcd", "more": "abc"}).encode())
    told = fake.requests()[0].as_dict()
    assert told["path"] == "/api/[k1]/abcd"
    assert told["request"] == {"content": "abc and abcd", "more": "[k1]"}
    assert told["response"]["error"] == "No such path: /api/[k1]/abcd; did you mean POST /api/memory/add?"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{PLAIN}", None),
        ("PUT", "settings", {"wire": PLAIN}),
        ("PUT", "settings", {PLAIN: 1}),
        ("POST", "faults", {"script": f"add: {KEY}"}),
        ("POST", "faults", {"script": f"add: 503, 503(body={KEY}"}),
        ("PUT", f"memories?key={PLAIN}", None),
        ("POST", "memories?key=other", {"memories": [{"id": KEY}]}),
        ("GET", f"memories?{KEY}=1&{KEY}=2", None),
        ("GET", f"explain?key=other&query=x&memory={KEY}", None),
    ],
)
def test_no_refusal_of_the_control_api_shows_a_key(served, method, path, body):
    """An unknown path, a wrong method and a value that is refused are told without a key in them."""
    served.details(key=PLAIN)
    status, answer = served.control(method, path.replace("=9", "%3D9") if "key=" in path else path, body)
    assert status >= 400
    assert KEY[:14] not in answer["error"]
    assert PLAIN not in answer["error"]


@pytest.mark.parametrize("key", [KEY, PLAIN])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "snapshots", {"name": "before {key}"}),
        ("GET", "snapshots", None),
        ("POST", "faults/check", {"script": 'add: redirect("https://elsewhere.invalid/{key}")'}),
        ("POST", "faults/check", {"script": "add: {key}"}),
    ],
)
def test_no_answer_of_the_control_api_shows_a_key_that_a_client_put_into_a_name(served, key, method, path, body):
    """The name of a snapshot and a script that is only checked are told without a key in them."""
    served.details(key=PLAIN)
    filled = json.loads(json.dumps(body).replace("{key}", key))
    served.control("POST", "snapshots", {"name": key})
    answer = served.control(method, path, filled)[1]
    assert KEY[:14] not in json.dumps(answer)
    assert PLAIN not in json.dumps(answer)


def test_ids_are_in_the_order_of_first_use(service):
    """Keys are k1, k2 and so on as they are first used; an id is that of its key in every entry."""
    for key in (KEY, OTHER, KEY):
        service.add(key=key)
    assert [entry.key_id for entry in service.fake.requests()] == ["k1", "k2", "k1"]
    assert [call.key_id for call in service.fake.calls] == ["k1", "k2", "k1"]
    assert (service.fake.key_id(key=OTHER), service.fake.key_of("k2")) == ("k2", OTHER)


def test_listed_keys_have_ids_before_they_are_used(build):
    """The keys of the setting `keys` are numbered first, in its order."""
    fake = build(keys=[OTHER, KEY]).fake
    assert [fake.key_of("k1"), fake.key_of("k2")] == [OTHER, KEY]
    fake.configure(keys=[KEY])
    assert fake.key_of("k2") == KEY
    with pytest.raises(UnknownKeyError, match="key_id: expected the id of a key that is known"):
        fake.key_of("k1")


def test_an_id_of_a_key_that_was_reset_does_not_come_again(service):
    """After the reset of one key that key has a new id; after the reset of all, ids begin anew."""
    service.add(key=KEY)
    service.fake.reset(key=KEY)
    service.add(key=OTHER)
    service.add(key=KEY)
    assert [entry.key_id for entry in service.fake.requests()] == ["k2", "k3"]
    service.fake.reset()
    service.add(key=OTHER)
    assert [entry.key_id for entry in service.fake.requests()] == ["k1"]


def test_the_longest_of_several_keys_is_blanked():
    """Of keys that begin alike, the longest that is there is taken, and one that was forgotten has no id."""
    known = KnownKeys()
    for key in ("test-key", "test-key-2", "test-key-2-b"):
        known.add(key)
    assert known.blank("x test-key-2-b test-key-2 test-key test-ke") == "x [k3] [k2] [k1] test-ke"
    known.forget("test-key-2-b")
    assert known.blank("x test-key-2-b test-key-2") == "x [key] [k2]"
    known.forget("test-key-2-b")
    known.forget("test-key")
    known.forget("test-key-2")
    assert known.blank("test-key-2-b test-key-2 test-key test-ke") == "[key] [key] [key] test-ke"


def test_the_end_of_a_text_that_was_cut_in_a_key_is_blanked():
    """A text that ends in the middle of the sender's key shows nothing of it from eight characters on."""
    known = KnownKeys()
    for size in range(8, len(PLAIN)):
        assert known.blank(f"sent {PLAIN[:size]}", PLAIN) == "sent [key]"
    assert known.blank(f"{PLAIN[:9]} x", PLAIN) == f"{PLAIN[:9]} x"


LIKELY = ["sk-om-live-0123456789", "SK-OM-", "\u017fk-om-abcdefgh", "s\u212a-om-abcdefgh", "om_12345678", "OM_"]
PIECES = st.sampled_from([*LIKELY, "key-of-one", "key-of-", "short", "/", "x", " ", "é"])
TEXTS = st.lists(PIECES, max_size=5).map("".join)
VALUES = st.recursive(
    TEXTS | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.sampled_from(["", "key-of-one", "sk-om-live-0123456789", "short"]), st.sets(TEXTS.filter(is_key)))
def test_a_value_is_blanked_as_each_of_its_texts_is(value, own, known):
    """To look through all texts of a value at once leaves nothing that is blanked in one of them alone."""
    keys = KnownKeys()
    for key in {"key-of-one", *known}:
        keys.add(key)

    def each(part):
        if isinstance(part, str):
            return keys.blank(part, own)
        if isinstance(part, list):
            return [each(item) for item in part]
        return {each(name): each(item) for name, item in part.items()} if isinstance(part, dict) else part

    assert keys.blanked(value, own) == each(value)


@given(st.lists(PIECES | st.characters(), max_size=8).map("".join))
def test_what_looks_like_a_key_is_blanked_whatever_its_letters(text):
    """The quick look at a text misses nothing that the whole pattern finds, in any case and with any look-alike."""
    assert without_likely_keys(text) == LOOKS_LIKE_KEY.sub(UNKNOWN_KEY, text)


def test_more_beginnings_of_keys_than_are_looked_for_are_blanked_too():
    """However many different keys are known, each is blanked."""
    keys = KnownKeys()
    names = [f"{number:04}-of-many-keys" for number in range(200)]
    for number, name in enumerate(names, 1):
        keys.add(name)
        assert keys.blanked([f"({name})"]) == [f"([k{number}])"]
    assert keys.blanked(names) == [f"[k{number}]" for number in range(1, 201)]
