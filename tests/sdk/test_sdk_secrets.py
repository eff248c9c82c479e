"""The key is nowhere to be seen, and a memory's text is in no log and no error."""

from __future__ import annotations

import copy
import gc
import json
import logging
import pickle
import traceback
from typing import Any, Dict, List, Set

import httpx
import pytest
from sdk_driver import KEY, Driver, VirtualClock

import octamem
from octamem import AttemptRecord, HttpInfo, OctaMem, OctaMemError
from octamem._redact.secret import Secret

MEMORY = "Petra keeps the spare key under the third stone"
RECORD = AttemptRecord("add", 1, 1000.0, 0.0, 0.5, "refused", 401, None, "req-1")


def walk(value: Any, seen: Dict[int, Any], depth: int = 0) -> List[str]:
    """Return the reprs of everything that can be reached through attributes and containers."""
    if (
        id(value) in seen
        or depth > 8
        or (type(value).__module__ in ("builtins", "re", "threading") and callable(value))
    ):
        return []
    seen[id(value)] = value
    shown = [repr(value)]
    slots = [getattr(value, name, None) for name in getattr(type(value), "__slots__", ())]
    inner: List[Any] = [*getattr(value, "__dict__", {}).values(), *slots]
    if isinstance(value, dict):
        inner += [*value.keys(), *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        inner += list(value)
    for part in inner:
        shown += walk(part, seen, depth + 1)
    return shown


def test_no_attribute_of_a_used_client_shows_the_key(sdk: Driver) -> None:
    """Whatever a debugger or a crash reporter walks through, from the client on, the key is not in it."""
    client = sdk.client(handler=lambda _request: httpx.Response(200, json={}))
    sdk.call(client, lambda c: c.details())
    shown = "\n".join(walk(client, {}))
    assert "redacted" in shown
    assert KEY not in shown
    assert KEY not in repr(client) + str(client) + repr(vars(client))


@pytest.mark.parametrize("failing", ["status", "exception", "answer"])
def test_no_traceback_shows_the_key_even_with_locals(sdk: Driver, failing: str) -> None:
    """A traceback that prints the local variables of every frame does not hold the key, nor does a cause."""

    def handler(request: httpx.Request) -> httpx.Response:
        if failing == "exception":
            raise httpx.ReadError(f"lost {KEY} {MEMORY}", request=request)
        return httpx.Response(401 if failing == "status" else 200, text=f"<p>{KEY} {MEMORY}")

    error = sdk.error(sdk.client(handler=handler, max_retries=0), lambda c: c.add(content=MEMORY))
    shown = traceback.TracebackException(type(error), error, error.__traceback__, capture_locals=True)
    text = "".join(shown.format())
    assert KEY not in text
    assert KEY not in repr(error) + str(error) + repr(vars(error))
    assert MEMORY not in repr(error) + str(error) + repr(vars(error))
    own = [frame for frame in shown.stack if "octamem/_" in frame.filename and frame.name not in ("add", "_arguments")]
    assert own
    assert not any(MEMORY in value for frame in own for value in (frame.locals or {}).values())


REFUSED = {
    "an option": lambda client: client.with_options(api_key=KEY, timeout=-1),
    "a construction": lambda client: type(client)(KEY, timeout=-1),
    "a keyword": lambda client: type(client)(api_key=KEY, base_url="h"),
    "a mistyped option": lambda client: type(client)(KEY, retries=3),
    "an argument": lambda client: client.add(content=MEMORY, previous_context=3),
    "params": lambda client: client.add({"content": MEMORY, "context": "x"}),
    "a query": lambda client: client.get({"query": MEMORY, "top_k": 3}),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_the_traceback_of_a_refusal_holds_what_the_caller_passed_and_no_more(sdk: Driver, refused: str) -> None:
    """With captured variables, an invalid call shows its own arguments, and an invalid option shows no key."""

    def step(client: Any) -> Any:
        made = REFUSED[refused](client)
        return made if refused in ("an argument", "params", "a query") else None

    with pytest.raises((octamem.ValidationError, TypeError)) as caught:
        sdk.run(sdk.client("another-key-of-no-matter"), step)
    stack = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    held = [
        (frame.name, name)
        for frame in stack
        if "octamem/_" in frame.filename
        for name, value in (frame.locals or {}).items()
        if KEY in value or MEMORY in value
    ]
    expected = {"an argument": [("add", "content")], "params": [("add", "params")], "a query": [("get", "params")]}
    assert held == expected.get(refused, [])


def test_an_interrupt_shows_the_argument_of_the_call_and_no_more(sdk: Driver) -> None:
    """With captured variables, no frame of ours shows key or text, except the public method its own argument."""

    class Interrupted(BaseException):
        """Something that is no exception, as an interrupt is."""

    def handler(_request: httpx.Request) -> httpx.Response:
        raise Interrupted

    with pytest.raises(Interrupted) as caught:
        sdk.run(sdk.client(handler=handler), lambda c: c.add(content=MEMORY))
    stack = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    frames = [frame for frame in stack if "octamem/_" in frame.filename]
    held = [
        (frame.name, name)
        for frame in frames
        for name, value in (frame.locals or {}).items()
        if KEY in value or MEMORY in value
    ]
    assert len(frames) > 4
    assert held == [("add", "content")]


def test_nothing_is_logged_but_what_happened(sdk: Driver, clock: VirtualClock, caplog: Any) -> None:
    """At the lowest level, of every logger, neither the key nor a text is written; one line an attempt, one a retry."""
    answers = [
        httpx.Response(503, json={"error": f"{KEY} {MEMORY}"}, headers={"x-request-id": "req-1"}),
        httpx.Response(200, json={"success": True, "content": MEMORY}),
    ]
    client = sdk.client(handler=lambda _request: answers.pop(0), clock=clock)
    with caplog.at_level(1), caplog.at_level(logging.DEBUG, "octamem"):
        sdk.call(client, lambda c: c.add(content=MEMORY, previous_context=MEMORY))
    ours = [record for record in caplog.records if record.name == "octamem"]
    assert [record.levelname for record in ours] == ["DEBUG", "INFO", "DEBUG"]
    assert "add attempt 1: status 503, request id req-1; next in" in ours[1].getMessage()
    assert KEY not in caplog.text
    assert MEMORY not in caplog.text
    assert "add" in caplog.text


def test_a_lost_attempt_is_logged_with_its_cause(sdk: Driver, clock: VirtualClock, caplog: Any) -> None:
    """Where no answer came, the line says why."""

    def handler(_request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("gone")

    with caplog.at_level(logging.DEBUG, "octamem"):
        sdk.error(sdk.client(handler=handler, clock=clock, max_retries=0), lambda c: c.details())
    assert "details attempt 1: no answer (gone (ReadError)) in 0.000 s" in caplog.text


def test_a_hook_sees_each_attempt_as_it_ends(sdk: Driver, clock: VirtualClock) -> None:
    """on_attempt gets the very records that the result lists."""
    answers = [httpx.Response(503), httpx.Response(200, json={})]
    seen: List[AttemptRecord] = []
    client = sdk.client(handler=lambda _request: answers.pop(0), clock=clock, on_attempt=seen.append)
    result = sdk.call(client, lambda c: c.details())
    assert tuple(seen) == result.attempts
    assert [(it.number, it.status, it.outcome) for it in seen] == [(1, 503, "unknown"), (2, 200, "done")]
    with pytest.raises(AttributeError):
        seen[0].number = 3  # type: ignore[misc]


def test_a_hook_cannot_break_a_call(sdk: Driver, caplog: Any) -> None:
    """What a hook raises is logged by its class alone, and the call goes on."""

    def hook(_record: AttemptRecord) -> None:
        raise RuntimeError(MEMORY)

    client = sdk.client(handler=lambda _request: httpx.Response(200, json={}), on_attempt=hook)
    assert sdk.call(client, lambda c: c.details())
    assert "on_attempt raised RuntimeError" in caplog.text
    assert MEMORY not in caplog.text


def test_a_secret_shows_itself_to_nobody() -> None:
    """Only reveal() gives the text; repr, str, format, vars, pickle and copy do not."""
    secret = Secret(KEY)
    assert secret.reveal() == KEY
    assert KEY not in repr(secret) + str(secret) + f"{secret}" + repr([secret.reveal])
    for way in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled"):
            way(secret)
    with pytest.raises(TypeError):
        vars(secret)
    assert secret == Secret(KEY)
    assert len({secret, Secret(KEY), Secret("other")}) == 2
    assert secret != KEY
    assert not Secret("")


MISPLACED = {
    "base_url": lambda key: {"base_url": key},
    "a host": lambda key: {"base_url": f"http://{key}.example:99999"},
    "a query": lambda key: {"base_url": f"http://h/?key={key}"},
    "a path": lambda key: {"base_url": f"http://h/{key}#x"},
    "credentials": lambda key: {"base_url": f"http://u:{key}@h"},
    "a URL that goes on": lambda key: {"base_url": f"http://h/?{'x' * 60}{key}"},
    "timeout": lambda key: {"timeout": key},
    "a step": lambda key: {"timeout": {key: 1}},
    "a limit": lambda key: {"timeout": {"read": [key]}},
    "retries": lambda key: {"max_retries": key},
    "a flag": lambda key: {"retry_unknown_writes": {"key": key}},
    "the hook": lambda key: {"on_attempt": key},
    "the clock": lambda key: {"clock": key},
}


# A long value is never shown; a plain word, or a host, only where nothing marks it as the key.
SHOWN_TO_NOBODY = [
    (where, known, key)
    for where in MISPLACED
    for known in ("given", "of the environment", "another's")
    for key in (KEY, "abcdefgh", "tea")
    if known != "another's" or (key == KEY and where != "a host")
]


@pytest.mark.parametrize(("where", "known", "key"), SHOWN_TO_NOBODY)
def test_a_key_in_the_wrong_place_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, where: str, known: str, key: str
) -> None:
    """An option that holds a key is refused without showing it: any long one, and the client's own however plain."""
    if known == "of the environment":
        monkeypatch.setenv("OCTAMEM_API_KEY", key)
    given = {"given": key, "of the environment": None, "another's": "the-key-of-this-client"}[known]
    with pytest.raises(octamem.ValidationError) as caught:
        OctaMem(given, **MISPLACED[where](key))
    error = caught.value
    assert key not in str(error) + repr(error) + error.message
    assert error.__context__ is None


@pytest.mark.parametrize(
    "key", ["https://platform.octamem.com", "platform.octamem.com", "octamem", "https", "https://"]
)
def test_our_own_example_is_not_blanked(key: str) -> None:
    """The address of the service is public: a message that gives it as an example shows it, whatever the key is."""
    with pytest.raises(octamem.ValidationError) as caught:
        OctaMem(key, base_url=17)  # type: ignore[arg-type]
    assert str(caught.value) == "base_url must be a str such as 'https://platform.octamem.com', got int"
    assert repr(OctaMem(key, base_url="https://platform.octamem.com")) == "<OctaMem https://platform.octamem.com>"


def test_a_key_that_begins_like_our_example_is_blanked_whole() -> None:
    """What follows the address in a key is not shown."""
    key = "https://platform.octamem.com/zz-secret"
    with pytest.raises(octamem.ValidationError) as caught:
        OctaMem(key, base_url=key + "?")
    assert "zz-secret" not in str(caught.value)


def test_the_client_knows_its_key_in_later_arguments_too(sdk: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is blanked in the errors of with_options, of a call's params and of the environment at the call."""
    plain = "abcdefgh"
    client = sdk.client(plain)
    with pytest.raises(octamem.ValidationError, match=r"\[key\]"):
        client.with_options(max_retries=plain)
    assert "[key]" in sdk.error(client, lambda c: c.add({plain: "x"})).message
    monkeypatch.setenv("OCTAMEM_BASE_URL", f"http://{plain}.example:99999")
    assert "'http://[key].example:99999'" in sdk.error(client, lambda c: c.details()).message


def test_swapped_arguments_are_recognized(sdk: Driver) -> None:
    """A base URL that looks like a key is not shown, and the error asks whether the two are swapped."""
    with pytest.raises(octamem.ValidationError, match=r"may be an API key .* are api_key and base_url swapped"):
        sdk.client("https://platform.octamem.com", base_url=KEY)


def test_neither_a_repr_nor_an_unreachable_address_shows_the_key(sdk: Driver, clock: VirtualClock) -> None:
    """A base URL that holds the key all the same is shown with the key blanked."""

    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no", request=request)

    client = sdk.client(KEY, base_url=f"http://{KEY}.example/{KEY}", handler=handler, clock=clock)
    error = sdk.error(client, lambda c: c.details())
    assert error.message == "details got no answer from [key].example:80: no (ConnectError)"
    assert KEY not in repr(client) + str(error)
    assert "http://[key].example/[key]" in repr(client)


ERRORS = [getattr(octamem, name) for name in octamem.__all__ if name.endswith("Error")]


@pytest.mark.parametrize("kind", ERRORS)
def test_a_traceback_names_an_error_as_users_import_it(kind: type[OctaMemError]) -> None:
    """No private module stands before the class of an error."""
    assert traceback.format_exception_only(kind, kind("Words")) == [f"octamem.{kind.__name__}: Words\n"]


@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("way", [lambda it: pickle.loads(pickle.dumps(it)), copy.copy, copy.deepcopy])
def test_every_exception_survives_pickling_and_copying(kind: type[OctaMemError], way: Any) -> None:
    """All that an exception knows is there after a round trip."""
    error = kind(
        "Words",
        code="C",
        status_code=401,
        retry_after=2.0,
        request_id="req-1",
        outcome="refused",
        retryable=True,
        http=HttpInfo(401, {"X-Request-Id": "req-1"}, "req-1"),
        attempts=(RECORD,),
    )
    again = way(error)
    assert type(again) is kind
    assert vars(again) == vars(error)
    assert again.http.headers["x-request-id"] == "req-1"
    assert str(again) == str(error) == "Words (status 401, code C, retry after 2 s, request id req-1, outcome refused)"


@pytest.mark.parametrize("kind", ERRORS)
def test_an_exception_can_be_made_with_a_message_alone(kind: type[OctaMemError]) -> None:
    """A test of a user's own may raise any of them, and finds every attribute."""
    error = kind("Words")
    assert (error.message, str(error)) == ("Words", "Words")
    assert [error.code, error.status_code, error.retry_after, error.request_id] == [None] * 4
    assert (error.outcome, error.attempts, error.retryable, error.http) == ("not_sent", (), False, None)


def test_results_print_their_own_data_and_survive_pickling_and_copying() -> None:
    """A result shows what was recalled, equals one got otherwise, and keeps its attempts in a round trip."""
    with OctaMem(
        KEY, transport=httpx.MockTransport(lambda _request: httpx.Response(200, json={"mood": MEMORY}))
    ) as client:
        one, two = client.get(query="q"), client.get(query="q")
    assert MEMORY in str(one)
    assert one == two
    assert one.attempts[0].at != 0
    for again in (pickle.loads(pickle.dumps(one)), copy.copy(one), copy.deepcopy(one), one.model_copy()):
        assert again == one
        assert again.attempts == one.attempts
        assert again.http == one.http
    assert one.http is not None
    assert (octamem.SearchResult().attempts, octamem.SearchResult().http) == ((), None)


def test_garbage_holds_no_request_after_an_error(sdk: Driver) -> None:
    """An error that is kept does not keep the request, and with it the key, alive."""

    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no", request=request)

    others = requests_alive()  # errors that other tests are given as parameters keep theirs
    error = sdk.error(sdk.client(handler=handler, max_retries=0), lambda c: c.details())
    assert error.attempts
    assert not requests_alive() - others


def requests_alive() -> Set[httpx.Request]:
    """Return the requests that are not garbage, each as itself."""
    gc.collect()
    return {it for it in gc.get_objects() if issubclass(type(it), httpx.Request)}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, ""),
        ({"results": None}, ""),
        ({"results": [], "semantic_memory": " \n", "episodic_memory": ""}, ""),
        ({"results": [{"content": None}, {"content": " "}]}, ""),
        (
            {
                "results": [
                    {"content": "Tea is at four", "type": "semantic"},
                    {"content": "They met in May\n- Facts: none", "type": "episodic"},
                    {"content": "Milk first", "type": "procedural"},
                    {"content": "Two sugars", "type": "semantic"},
                    {"content": "Loose leaves"},
                ],
                "semantic_memory": "ignored where there are records",
            },
            (
                "Facts:\n- Tea is at four\n- Two sugars\n\nEvents:\n- They met in May\n  - Facts: none\n\n"
                "How to:\n- Milk first\n\nMemories:\n- Loose leaves"
            ),
        ),
        ({"semantic_memory": "a\nb", "procedural_memory": "c"}, "Facts:\n- a\n  b\n\nHow to:\n- c"),
    ],
)
def test_what_was_recalled_is_one_block_of_text_for_a_prompt(fields: Any, text: str) -> None:
    """format() groups memories under headings by type, one item each, and is empty when nothing was recalled."""
    assert octamem.SearchResult.model_validate(json.loads(json.dumps(fields))).format() == text
