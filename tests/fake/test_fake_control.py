"""The control API: every route, for the server and for one key, and what it refuses."""

from __future__ import annotations

import pytest

KEY = "sk-om-live-tests-0000000000000001"
OTHER = "sk-om-live-other-000000000000002"

ROUTES = {
    "health": ("GET",),
    "settings": ("GET", "PUT"),
    "faults": ("GET", "PUT", "POST", "DELETE"),
    "requests": ("GET",),
    "calls": ("GET",),
    "memories": ("GET", "POST", "DELETE"),
    "explain": ("GET",),
    "reset": ("POST",),
    "clock/advance": ("POST",),
}
METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH")


def test_health_says_ready_version_and_time(served):
    """Health gives the status, the distribution's version and the fake's time, or one key's."""
    from importlib.metadata import version

    assert served.control("GET", "health") == (
        200,
        {"status": "ready", "version": version("octamem"), "now": "2026-01-01T00:00:00Z"},
    )
    served.fake.advance(5, key=KEY)
    assert served.control("GET", f"health?key={KEY}")[1]["now"] == "2026-01-01T00:00:05Z"


def test_settings_are_shown_and_changed_for_the_server(served):
    """GET shows every setting, PUT changes those given and shows all, an empty PUT changes nothing."""
    status, shown = served.control("GET", "settings")
    assert (status, shown) == (200, served.fake.settings().public())
    assert served.control("PUT", "settings", {"top_k": 2, "wire": "envelope"}) == (
        200,
        {**shown, "top_k": 2, "wire": "envelope"},
    )
    assert served.control("PUT", "settings")[1]["top_k"] == 2
    assert served.fake.settings(key=OTHER).top_k == 2


def test_settings_are_shown_and_changed_for_one_key(served):
    """With ?key= the settings are that key's, rights and state among them and the table of keys not."""
    status, shown = served.control("GET", f"settings?key={KEY}")
    assert status == 200
    assert set(shown) == (set(served.fake.settings().public()) - {"keys"}) | {"rights", "state"}
    assert served.control("PUT", f"settings?key={KEY}", {"rights": ["add"], "limit": 2})[1]["rights"] == ["add"]
    assert (served.search().status, served.search(key=OTHER).status) == (403, 200)
    assert served.control("GET", "settings")[1]["limit"] is None


def test_keys_are_blanked_in_settings(served):
    """The table of keys is shown with each key blanked, and everything else of it as it is."""
    _, shown = served.control("PUT", "settings", {"keys": [{"key": KEY, "rights": ["add"]}, "short"]})
    assert shown["keys"] == [
        {"key": "sk-o…0001", "key_id": "k1", "rights": ["add"]},
        {"key": "…", "key_id": "k2"},
    ]


def test_a_key_may_be_named_by_its_short_id(served):
    """?key_id= names the key that the journal shows with that id, on every route that takes a key."""
    served.add("tea")
    served.add("coffee", key=OTHER)
    shown = {each["request"]["content"]: each["key_id"] for each in served.control("GET", "requests")[1]["requests"]}
    assert shown == {"tea": "k1", "coffee": "k2"}
    listed = served.control("GET", "memories?key_id=k2")[1]["memories"]
    assert [each["content"] for each in listed] == ["coffee"]
    assert served.control("GET", "explain?key_id=k1&query=tea")[1]["stored"] == 1
    assert served.control("PUT", "settings?key_id=k2", {"limit": 7})[1]["limit"] == 7
    assert served.control("POST", "memories?key_id=k1", {"memories": ["cake"]})[0] == 200
    assert served.control("DELETE", "memories?key_id=k2")[1]["memories"] == []
    assert [each.content for each in served.fake.memories()] == ["tea", "cake"]


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("key_id=k9", 404, "key_id: expected the id of a key that is known, such as k1, got 'k9'"),
        ("key_id=", 404, "key_id: expected the id of a key"),
        (f"key_id=k1&key={KEY}", 400, "key_id: expected no key beside it, got both; leave out one"),
    ],
)
def test_an_id_that_names_no_key_is_refused(served, query, status, says):
    """An id that no key has is 404, one beside a key is 400, and nothing is changed."""
    served.add("tea")
    refused, answer = served.control("DELETE", f"memories?{query}")
    assert (refused, says in answer["error"]) == (status, True)
    assert [each.content for each in served.fake.memories()] == ["tea"]


@pytest.mark.parametrize("query", ["", f"?key={KEY}"])
def test_faults_are_armed_replaced_listed_and_disarmed(served, query):
    """POST adds, PUT replaces, GET counts what fired and is left, DELETE ends them, for the server and for a key."""

    def counts(answer):
        return [(each["script"], each["fired"], each["left"]) for each in answer[1]["faults"]]

    assert served.control("GET", f"faults{query}") == (200, {"faults": []})
    assert counts(served.control("POST", f"faults{query}", {"script": "add: 503, 429"})) == [("add: 503, 429", 0, 2)]
    served.control("POST", f"faults{query}", {"script": "search: 500 20%", "seed": 7})
    assert served.add().status == 503
    listed = [("add: 503, 429", 1, 1), ("search: 500 20%", 0, None)]
    assert counts(served.control("GET", f"faults{query}")) == listed
    replaced = served.control("PUT", f"faults{query}", {"script": "details: 500", "seed": None})
    assert counts(replaced) == [("details: 500", 0, 1)]
    assert counts(served.control("DELETE", f"faults{query}")) == []
    assert served.details().status == 200


def test_faults_of_one_key_are_apart_from_the_servers_and_anothers(served):
    """Replacing or disarming in one scope leaves the others armed."""
    for query in ("", f"?key={KEY}", f"?key={OTHER}"):
        served.control("POST", f"faults{query}", {"script": "add: 503"})
    served.control("DELETE", f"faults?key={KEY}")
    served.control("PUT", "faults", {"script": "add: 500"})
    listed = [served.control("GET", f"faults{query}")[1]["faults"] for query in ("", f"?key={KEY}", f"?key={OTHER}")]
    assert [[each["script"] for each in faults] for faults in listed] == [["add: 500"], [], ["add: 503"]]
    assert (served.add().status, served.add(key=OTHER).status) == (500, 503)


def test_a_seed_of_a_script_decides_its_draws(served):
    """The seed sent with a script makes its percentages repeat."""

    def met(seed):
        served.fake.reset()
        served.control("POST", "faults", {"script": "add: 503 50%", "seed": seed})
        return [served.add(headers={"idempotency-key": str(number)}).status for number in range(20)]

    assert met(1) == met(1) != met(2)


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("query", ["", f"?key={KEY}"])
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"script": "add: boom"}, "column 6"),
        ({"script": 5}, "fault script: expected a text"),
        ({}, "script is required"),
        ({"scripts": "add: 503"}, "scripts: unknown field; expected script or seed"),
        ({"script": "add: 503", "seed": "x"}, "seed: expected an int"),
        ({"script": "add: 503", "seed": True}, "seed: expected an int"),
        ({"script": "add: 503", "seed": 1.5}, "seed: expected an int"),
        (b"add: 503", "body: expected JSON"),
        (b"[]", "body: expected a JSON object"),
        (b"", "script is required"),
    ],
)
def test_a_bad_script_is_refused_and_leaves_what_is_armed(served, method, query, body, says):
    """A script that cannot be armed, or comes with a bad seed, replaces nothing and disarms nothing."""
    served.control("POST", f"faults{query}", {"script": "add: 503"})
    status, answer = served.control(method, f"faults{query}", body)
    assert (status, answer["code"]) == (400, "VALIDATION_ERROR")
    assert says in answer["error"]
    assert [each["script"] for each in served.control("GET", f"faults{query}")[1]["faults"]] == ["add: 503"]


def test_requests_tell_the_journal_of_all_or_of_one_key(served):
    """Without a key every attempt is told in order, with one its own alone, each keyed by the contract's names."""
    served.add("tea")
    served.add("tea", key=OTHER)
    status, told = served.control("GET", "requests")
    assert status == 200
    assert [each["seq"] for each in told["requests"]] == [1, 2]
    assert told["dropped"] == 0
    wanted = "seq at key endpoint call attempt request fault status response effect"
    assert set(wanted.split()) <= set(told["requests"][0])
    assert [each["seq"] for each in served.control("GET", f"requests?key={OTHER}")[1]["requests"]] == [2]
    assert KEY not in str(told)


@pytest.mark.parametrize("route", ["requests", "memories"])
def test_a_list_is_read_in_pages_from_the_newest(served, route):
    """With `limit`, a list has its newest items and in `next` what leads to the older ones, until there are none."""
    for text in ("one", "two", "three", "four", "five"):
        served.add(text)
    named = "seq" if route == "requests" else "id"
    all_of_it = [each[named] for each in served.control("GET", f"{route}?key={KEY}")[1][route]]
    pages, before = [], ""
    while before is not None:
        answer = served.control("GET", f"{route}?key={KEY}&limit=2{before}")[1]
        pages.append([each[named] for each in answer[route]])
        before = f"&before={answer['next']}" if answer["next"] is not None else None
    assert pages == [all_of_it[3:], all_of_it[1:3], all_of_it[:1]]
    assert served.control("GET", f"{route}?key={KEY}&limit=5")[1]["next"] is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "reset?kye=KEY"),
        ("POST", "snapshots?kye=KEY"),
        ("PUT", "settings?kye=KEY"),
        ("DELETE", "faults?kye=KEY"),
        ("POST", "clock/advance?kye=KEY"),
        ("GET", "requests?kye=KEY"),
        ("GET", "keys?kye=KEY"),
    ],
)
def test_a_parameter_that_is_unknown_is_refused_whatever_the_method(served, method, path):
    """A typing error in `key` never speaks of the whole server instead."""
    served.add("tea")
    status, answer = served.control(method, path, {} if method in {"POST", "PUT"} else None)
    assert (status, answer["error"].startswith("kye: unknown field; expected key")) == (400, True)
    assert [memory.content for memory in served.fake.memories()] == ["tea"]


@pytest.mark.parametrize("route", ["calls", "events"])
def test_a_parameter_like_none_of_many_is_told_with_all_of_them(served, route):
    """Where no name is near, the names that there are stand in the message, however many."""
    status, answer = served.control("GET", f"{route}?zzzz=5")
    assert status == 400
    assert answer["error"].startswith("zzzz: unknown field; expected key, key_id, ")
    assert "endpoint" in answer["error"]


def test_a_page_before_a_memory_that_comes_meanwhile_is_refused(served, monkeypatch):
    """A memory that another request stores while a page is read stands in no list yet, and no page begins before it."""
    served.add("tea")
    taken = served.fake.snapshot

    def taken_before_another_comes(**asked):
        snapshot = taken(**asked)
        served.fake.remember([{"id": "late", "content": "coffee"}], key=KEY)
        return snapshot

    monkeypatch.setattr(served.fake, "snapshot", taken_before_another_comes)
    assert served.control("GET", f"memories?key={KEY}&before=late")[0] == 404


def test_the_control_api_is_not_in_the_journal(served):
    """What a test asks of the control API is no attempt."""
    served.control("GET", "health")
    served.control("GET", "nowhere")
    assert served.control("GET", "requests") == (200, {"requests": [], "dropped": 0})


def test_memories_are_put_listed_and_deleted_for_one_key(served):
    """POST gives what it stored in the form that puts it back, GET lists, DELETE empties the one key."""
    seed = {
        "id": "rec_a",
        "content": "tea",
        "previousContext": "Kitchen",
        "type": "episodic",
        "source": "file",
        "created_at": "2025-05-05T05:05:05Z",
    }
    status, stored = served.control("POST", f"memories?key={KEY}", {"memories": [seed, "coffee"]})
    assert status == 200
    assert stored["memories"][0] == seed
    assert set(stored["memories"][1]) == set(seed)
    served.add("other", key=OTHER)
    assert served.control("GET", f"memories?key={KEY}")[1] == stored
    everything = served.control("GET", "memories")[1]["memories"]
    assert [each["content"] for each in everything] == ["tea", "coffee", "other"]
    status, left = served.control("DELETE", f"memories?key={KEY}")
    assert (status, left["memories"]) == (200, [])
    assert [each["content"] for each in served.control("GET", "memories")[1]["memories"]] == ["other"]
    assert served.control("POST", f"memories?key={KEY}", stored)[1] == stored


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        (f"?key={KEY}&limit=0", 400, "limit: expected a whole number from 1 to 1000"),
        (f"?key={KEY}&limit=1001", 400, "limit: expected a whole number from 1 to 1000"),
        (f"?key={KEY}&before=rec_none", 404, "no memory has the id 'rec_none'"),
        (f"?key={KEY}&order=newest", 400, "order: unknown field; expected key, key_id, limit or before"),
        ("?limit=2", 400, "key is required for a page of memories"),
    ],
)
def test_a_bad_page_of_memories_is_refused(served, query, status, says):
    """A page that cannot be meant is an error that says what can."""
    served.add("tea")
    answer = served.control("GET", f"memories{query}")
    assert answer[0] == status
    assert says in answer[1]["error"]


@pytest.mark.parametrize(
    ("method", "query", "body", "says"),
    [
        ("POST", "", {"memories": ["x"]}, "key is required for POST memories; add ?key=KEY"),
        ("DELETE", "", None, "key is required for DELETE memories"),
        ("POST", f"?key={KEY}", {}, "memories is required"),
        ("POST", f"?key={KEY}", {"memories": "tea"}, "memories: expected an array"),
        ("POST", f"?key={KEY}", {"memories": {"content": "tea"}}, "memories: expected an array"),
        ("POST", f"?key={KEY}", {"memories": ["ok", {"content": ""}]}, "memories[1].content must not be empty"),
        ("POST", f"?key={KEY}", {"memories": [5]}, "memories[0]: expected a text, a pair (text, context) or an object"),
        ("POST", f"?key={KEY}", {"memory": []}, "memory: unknown field; expected memories or replace"),
        ("POST", f"?key={KEY}", b'{"memories":["\\ud800"]}', "memories: expected valid Unicode"),
        ("POST", f"?key={KEY}", b"{", "body: expected JSON"),
        ("POST", f"?key={KEY}", b"[" * 100_000, "body: expected at most 64 levels"),
    ],
)
def test_bad_memories_are_refused_and_none_is_stored(served, method, query, body, says):
    """What cannot be put in place is a 400 that says which memory and field, and nothing is stored."""
    status, answer = served.control(method, f"memories{query}", body)
    assert (status, answer["code"]) == (400, "VALIDATION_ERROR")
    assert says in answer["error"]
    assert served.fake.memories() == []


def test_reset_of_everything_gives_the_fake_as_it_was_built(served):
    """Without a key a reset empties all keys, faults, journal, settings and clocks."""
    served.add()
    served.control("PUT", "settings", {"top_k": 1})
    served.control("POST", "faults", {"script": "add: 503"})
    served.control("POST", "clock/advance", {"seconds": 9})
    assert served.control("POST", "reset")[0] == 200
    assert served.control("GET", "memories")[1] == {"memories": []}
    assert served.control("GET", "faults")[1] == {"faults": []}
    assert served.control("GET", "requests")[1] == {"requests": [], "dropped": 0}
    assert served.control("GET", "settings")[1]["top_k"] == 10
    assert served.control("GET", "health")[1]["now"] == "2026-01-01T00:00:00Z"


def test_reset_of_one_key_leaves_the_others(served):
    """With ?key= one memory is as new, and neither another key nor the server's scripts are touched."""
    served.add()
    served.add(key=OTHER)
    served.control("POST", "faults", {"script": "search: 503"})
    served.control("POST", f"clock/advance?key={KEY}", {"seconds": 9})
    assert served.control("POST", f"reset?key={KEY}")[0] == 200
    assert [each["content"] for each in served.control("GET", "memories")[1]["memories"]] == ["Tea at four"]
    assert served.control("GET", f"requests?key={KEY}")[1]["requests"] == []
    assert len(served.control("GET", f"requests?key={OTHER}")[1]["requests"]) == 1
    assert len(served.control("GET", "faults")[1]["faults"]) == 1
    assert served.control("GET", f"health?key={KEY}")[1]["now"] == "2026-01-01T00:00:00Z"


def test_the_clock_is_advanced_for_all_or_for_one_key(served):
    """Without a key every key's clock moves, with one that key's alone; the new time is told."""
    assert served.control("POST", "clock/advance", {"seconds": 30}) == (200, {"now": "2026-01-01T00:00:30Z"})
    one = served.control("POST", f"clock/advance?key={KEY}", {"seconds": 0.5})
    assert one == (200, {"now": "2026-01-01T00:00:30.500Z"})
    assert served.control("POST", f"clock/advance?key={OTHER}", {"seconds": 0})[1]["now"] == "2026-01-01T00:00:30Z"
    assert served.control("POST", "clock/advance", {"seconds": 1})[1]["now"] == "2026-01-01T00:00:31Z"
    assert served.control("GET", f"health?key={KEY}")[1]["now"] == "2026-01-01T00:00:31.500Z"


@pytest.mark.parametrize("query", ["", f"?key={KEY}"])
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"seconds": -1},
        {"seconds": "30"},
        {"seconds": None},
        {"seconds": True},
        {"seconds": 1e300},
        {"seconds": 10**400},
        {"seconds": 10**15},
        {"second": 5},
        b'{"seconds":NaN}',
        b'{"seconds":1e999}',
        b"30",
    ],
)
def test_a_bad_time_moves_nothing(served, query, body):
    """What is no number of seconds forward is a 400, and the time stands."""
    status, answer = served.control("POST", f"clock/advance{query}", body)
    assert (status, answer["code"]) == (400, "VALIDATION_ERROR")
    assert served.control("GET", f"health{query}")[1]["now"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("method", METHODS)
def test_another_method_is_405_in_json(served, route, method):
    """Each route has the contract's methods and answers any other with 405, Allow and JSON."""
    status, answer = served.control(method, f"{route}?key={KEY}", {"seconds": 1} if "clock" in route else None)
    if method in ROUTES[route]:
        assert status in {200, 400}
    else:
        assert (status, answer["code"]) == (405, "METHOD_NOT_ALLOWED")
        listed = sorted({*ROUTES[route], *(["HEAD"] if "GET" in ROUTES[route] else [])})
        named = " or ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)
        assert answer["error"] == f"/_fake/{route}: expected {named}, got {method}"


@pytest.mark.parametrize(
    ("route", "then"),
    [
        ("settings/x", "did you mean /_fake/settings?"),
        ("Settings", "did you mean /_fake/settings?"),
        ("clock/advanced", "did you mean /_fake/clock/advance?"),
        ("weather/tomorrow/in/the/mountains", "see /_fake/openapi.json"),
    ],
)
def test_an_unknown_route_is_404_in_json(served, route, then):
    """A control route that does not exist is NOT_FOUND in JSON: it names the path without its query, and what to do."""
    status, answer = served.control("GET", f"{route}?key={KEY}")
    assert (status, answer["code"]) == (404, "NOT_FOUND")
    assert answer["error"] == f"/_fake/{route}: unknown path; {then}"


@pytest.mark.parametrize(
    ("method", "route", "body"),
    [
        ("GET", "health", None),
        ("GET", "settings", None),
        ("PUT", "settings", {"top_k": 1}),
        ("GET", "faults", None),
        ("PUT", "faults", {"script": "add: 503"}),
        ("POST", "faults", {"script": "add: 503"}),
        ("DELETE", "faults", None),
        ("GET", "memories", None),
        ("POST", "memories", {"memories": ["x"]}),
        ("DELETE", "memories", None),
        ("POST", "clock/advance", {"seconds": 1}),
        ("POST", "reset", None),
    ],
)
def test_a_key_that_opens_no_memory_is_404(served, method, route, body):
    """Speaking of an unlisted or impossible key is NOT_FOUND with the key blanked."""
    served.fake.configure(keys=[KEY])
    for key in (OTHER, "two%20words"):
        status, answer = served.control(method, f"{route}?key={key}", body)
        assert (status, answer["code"]) == (404, "NOT_FOUND")
        assert OTHER not in answer["error"]


@pytest.mark.parametrize(
    "route", ["health", "settings", "faults", "requests", "calls", "events", "memories", "keys", "snapshots", "undo"]
)
@pytest.mark.parametrize("key", ["two%20words", "k%C3%A9y", "a" * 513], ids=["space", "accent", "long"])
def test_what_can_be_no_key_is_404_on_every_route(served, route, key):
    """A text that no header carries as a key is not taken for one that has done nothing yet."""
    status, answer = served.control("GET", f"{route}?key={key}")
    assert (status, answer["code"]) == (404, "NOT_FOUND")
    assert answer["error"].startswith("key: expected ")


@pytest.mark.parametrize("route", ["health", "settings", "requests", "memories", "explain"])
def test_an_empty_key_is_told_as_such(served, route):
    """A key that is named and empty, as by a variable that is not set, is neither all keys nor one called None."""
    status, answer = served.control("GET", f"{route}?key=&query=tea" if route == "explain" else f"{route}?key=")
    assert (status, answer["code"]) == (404, "NOT_FOUND")
    assert answer["error"] == "key must not be empty; name a key, or leave out ?key= for the whole server"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("query=%ff", "query: expected UTF-8, got another byte"),
        ("query=caf%e9&memory=x", "query: expected UTF-8, got another byte"),
        ("query=tea&previousContext=%ed%a0%80", "previousContext: expected UTF-8, got another byte"),
        ("query=tea&%ff=1", "\\udcff: expected UTF-8, got another byte"),
    ],
)
def test_a_parameter_that_is_not_utf8_is_refused_by_name(served, query, says):
    """Bytes that are no character are not replaced by another one in silence."""
    status, answer = served.control("GET", f"explain?key={KEY}&{query}")
    assert (status, answer["code"], answer["error"]) == (400, "VALIDATION_ERROR", says)


def test_a_parameter_may_be_any_text(served):
    """What is percent-encoded is read as UTF-8, a plus as a space, and a parameter without a value as an empty one."""
    assert served.control("GET", f"explain?key={KEY}&query=caf%C3%A9+%2B&previousContext")[1]["query"] == "café +"


def test_the_journal_of_an_unlisted_key_can_be_read(served):
    """What was refused for its key is found under that key."""
    served.fake.configure(keys=[KEY])
    served.add(key=OTHER)
    status, told = served.control("GET", f"requests?key={OTHER}")
    assert (status, [each["status"] for each in told["requests"]]) == (200, [401])


def test_two_keys_in_one_query_are_refused(served):
    """A query that names two keys is a 400, because either could be meant."""
    status, answer = served.control("GET", f"settings?key={KEY}&key={OTHER}")
    assert (status, answer["error"]) == (400, "key: expected one value, got several")


def test_head_is_answered_as_get_without_a_body(served):
    """HEAD is allowed where GET is."""
    assert served.control("HEAD", "health") == (200, None)


@pytest.mark.parametrize("route", ["faults/%0A%C2%A9", "calls/a%0Ab", "%0A", "memories/x%0Ay", "nowhere/%0D%0A"])
def test_a_line_end_in_a_path_gets_an_answer_of_ours(served, route):
    """A path with a line end in it is refused in JSON as any other."""
    status, answer = served.control("GET", route)
    assert (status in {400, 404, 405}, set(answer) >= {"error", "code"}) == (True, True)


def test_a_slash_too_many_or_too_few_leads_on(served):
    """Without its last slash the root of the control API leads there, and a route's extra slash leads back."""
    from http.client import HTTPConnection
    from urllib.parse import urlsplit

    address = urlsplit(served.url)
    for path, leads in (("/_fake", "/_fake/"), ("/_fake/health/", "/_fake/health")):
        connection = HTTPConnection(address.hostname, address.port)
        connection.request("GET", path)
        got = connection.getresponse()
        got.read()
        assert (got.status, got.headers["location"].removeprefix(served.url)) == (307, leads)
        connection.close()


def test_a_control_body_over_its_bound_is_413(served):
    """A control request of more than 64 MiB is refused, and read no further."""
    status, answer = served.control("POST", f"memories?key={KEY}", b" " * ((64 << 20) + 1))
    assert (status, answer["code"]) == (413, "PAYLOAD_TOO_LARGE")


def test_a_client_that_leaves_in_the_middle_of_a_body_changes_nothing(served):
    """Half a control request is none, and the server goes on."""
    import socket
    from urllib.parse import urlsplit

    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(b'PUT /_fake/settings HTTP/1.1\r\nhost: localhost\r\ncontent-length: 13\r\n\r\n{"top_k"')
    assert served.control("GET", "settings")[1]["top_k"] == 10
