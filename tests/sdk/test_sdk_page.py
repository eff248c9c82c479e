"""The drop-in check: the vendor's page, held by tests in our own words."""

from __future__ import annotations

import inspect
import typing
from typing import Any

import httpx
import pytest
from sdk_driver import KEY, Driver

import octamem

TREE = {
    "AuthenticationError": "OctaMemError",
    "MethodNotSupportedError": "OctaMemError",
    "NotFoundError": "OctaMemError",
    "ValidationError": "OctaMemError",
    "RateLimitError": "OctaMemError",
    "APIError": "OctaMemError",
    "APIConnectionError": "OctaMemError",
    "APITimeoutError": "OctaMemError",
    "InternalServerError": "OctaMemError",
}
CLIENTS = [octamem.OctaMem, octamem.AsyncOctaMem]


def search(request: httpx.Request) -> httpx.Response:
    """Answer any of the three operations, with a field that no model names."""
    answers = {
        "/api/memory/search": {"pending_id": "pend_1", "mood": "sunny"},
        "/api/memory/add": {"success": True, "mood": "sunny"},
        "/api/memory/details": {"usage": 3, "limit": None, "mood": "sunny"},
    }
    return httpx.Response(200, json={**answers[request.url.path], "echo": request.read().decode()})


def test_every_public_name_can_be_imported_and_is_listed_in_order() -> None:
    """The public names are those of the page and of the docs, sorted, and each of them exists."""
    assert octamem.__all__ == sorted(octamem.__all__)
    page = {"OctaMem", "AsyncOctaMem", "GetParams", "AddParams", "SearchResult", "AddResult", "MemoryDetails"}
    assert {*page, *TREE, "OctaMemError", "__version__"} <= set(octamem.__all__)
    for name in octamem.__all__:
        assert getattr(octamem, name) is not None
        assert name in dir(octamem)
    with pytest.raises(AttributeError, match="NoSuchName"):
        _ = octamem.NoSuchName  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "parent"), TREE.items())
def test_the_exceptions_stand_in_the_tree_of_the_page(name: str, parent: str) -> None:
    """Each exception is a direct child of OctaMemError, a sibling of every other."""
    assert getattr(octamem, parent) in getattr(octamem, name).__bases__


def test_a_refused_argument_is_a_value_error_too() -> None:
    """ValidationError can be caught as the ValueError that it is."""
    assert issubclass(octamem.ValidationError, ValueError)


@pytest.mark.parametrize("client", CLIENTS)
def test_the_constructor_has_the_options_and_defaults_of_the_page(client: Any) -> None:
    """Only api_key is positional, and timeout, max_retries and retry_delay have the page's defaults."""
    parameters = inspect.signature(client).parameters
    assert parameters["api_key"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert [name for name, it in parameters.items() if it.kind is not inspect.Parameter.KEYWORD_ONLY] == ["api_key"]
    defaults = {name: it.default for name, it in parameters.items()}
    assert (defaults["timeout"], defaults["max_retries"], defaults["retry_delay"]) == (30.0, 3, 1.0)
    assert (defaults["api_key"], defaults["max_retry_delay"]) == (None, 60.0)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(("method", "text"), [("get", "query"), ("add", "content")])
def test_get_and_add_take_params_by_position_or_keywords(client: Any, method: str, text: str) -> None:
    """A params dict may be positional, the texts are keywords, and the context is empty by default."""
    parameters = inspect.signature(getattr(client, method)).parameters
    beyond_the_page = ["idempotency_key"] if method == "add" else []
    assert list(parameters) == ["self", "params", text, "previous_context", *beyond_the_page]
    assert parameters["params"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert parameters["previous_context"].default == ""


def test_the_params_dicts_have_the_keys_of_the_page() -> None:
    """GetParams needs a query and AddParams a content; previousContext may be left out."""
    assert octamem.GetParams.__required_keys__ == {"query"}
    assert octamem.AddParams.__required_keys__ == {"content"}
    assert octamem.GetParams.__optional_keys__ == octamem.AddParams.__optional_keys__ == {"previousContext"}


@pytest.mark.parametrize(
    ("step", "sent"),
    [
        (lambda c: c.get(query="q", previous_context="x"), '{"query":"q","previousContext":"x"}'),
        (lambda c: c.get(query="q"), '{"query":"q","previousContext":""}'),
        (lambda c: c.get({"query": "q", "previousContext": "x"}), '{"query":"q","previousContext":"x"}'),
        (lambda c: c.get(params={"query": "q"}), '{"query":"q","previousContext":""}'),
        (lambda c: c.add(content="q", previous_context="x"), '{"content":"q","previousContext":"x"}'),
        (lambda c: c.add({"content": "q"}), '{"content":"q","previousContext":""}'),
        (lambda c: c.details(), "{}"),
    ],
)
def test_each_call_sends_the_body_of_the_page(sdk: Driver, step: Any, sent: str) -> None:
    """Both parameter styles send the same JSON, previousContext always among it."""
    assert sdk.call(sdk.client(handler=search), step).echo == sent


def test_answers_are_models_that_keep_what_they_do_not_know(sdk: Driver) -> None:
    """The documented fields are attributes, and so are fields that the service adds, in model_dump() too."""
    found, added, details = sdk.run(
        sdk.client(handler=search), lambda c: c.get(query="q"), lambda c: c.add(content="q"), lambda c: c.details()
    )
    assert isinstance(found, octamem.SearchResult)
    assert found.pending_id == "pend_1"
    assert isinstance(added, octamem.AddResult)
    assert added.success is True
    assert isinstance(details, octamem.MemoryDetails)
    assert (details.usage, details.limit) == (3, None)
    for answer in (found, added, details):
        assert answer.mood == answer.model_dump()["mood"] == "sunny"


@pytest.mark.parametrize("wrap", [lambda data: data, lambda data: {"success": True, "data": data}])
def test_both_published_shapes_of_an_answer_read_alike(sdk: Driver, wrap: Any) -> None:
    """An answer in an envelope gives what the flat one gives."""
    data = {
        "pending_id": "p",
        "results": [{"id": "rec_1", "type": "semantic", "score": 1, "content": "tea", "colour": "green"}],
        "semantic_memory": "tea",
        "usage": 5,
        "limit": 9,
    }
    client = sdk.client(handler=lambda _request: httpx.Response(200, json=wrap(data)))
    found, details = sdk.run(client, lambda c: c.get(query="q"), lambda c: c.details())
    assert (found.pending_id, found.semantic_memory, details.usage, details.limit) == ("p", "tea", 5, 9)
    assert (found.results[0].content, found.results[0].score, found.results[0].colour) == ("tea", 1.0, "green")
    assert "data" not in found.model_dump()


def test_an_answer_with_a_field_called_data_is_no_envelope(sdk: Driver) -> None:
    """A flat answer may hold an object called data among its own fields."""
    client = sdk.client(handler=lambda _request: httpx.Response(200, json={"usage": 1, "data": {"usage": 2}}))
    details = sdk.call(client, lambda c: c.details())
    assert (details.usage, details.data) == (1, {"usage": 2})


def test_an_envelope_keeps_a_field_called_data_inside_it(sdk: Driver) -> None:
    """What is under data in an envelope is kept, whatever it is called."""
    client = sdk.client(handler=lambda _request: httpx.Response(200, json={"data": {"usage": 2, "data": 3}}))
    details = sdk.call(client, lambda c: c.details())
    assert (details.usage, details.data) == (2, 3)


def test_a_client_is_a_context_manager() -> None:
    """Leaving the block closes the client."""
    with octamem.OctaMem(KEY, transport=httpx.MockTransport(search)) as client:
        assert client.details().usage == 3
    with pytest.raises(octamem.OctaMemError, match="closed"):
        client.details()


def test_an_async_client_is_an_async_context_manager(async_sdk: Driver) -> None:
    """Leaving the block closes the client, under asyncio and trio."""

    async def main() -> Any:
        async with octamem.AsyncOctaMem(KEY, transport=httpx.MockTransport(search)) as client:
            return client, await client.details()

    import anyio

    client, details = anyio.run(main, backend=async_sdk.backend)
    assert details.usage == 3
    assert "closed" in str(async_sdk.error(client, lambda c: c.details()))


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("method", ["__init__", "get", "add", "details", "close", "with_options"])
def test_every_public_signature_has_type_hints_that_resolve(client: Any, method: str) -> None:
    """typing.get_type_hints works on every public method."""
    assert "return" in typing.get_type_hints(getattr(client, method))


def test_the_types_of_values_and_of_the_testing_module_resolve() -> None:
    """typing.get_type_hints works on the params, the records and the functions for kits."""
    from octamem import testing

    assert typing.get_type_hints(testing.override)["transport"] == typing.Optional[httpx.BaseTransport]
    assert typing.get_type_hints(octamem.AttemptRecord)["number"] is int
    assert typing.get_type_hints(octamem.GetParams)["query"] is str
    assert typing.get_type_hints(octamem.SearchResult)["pending_id"] is not None
    for name in testing.__all__:
        assert getattr(testing, name) is not None
    assert len(testing.__all__) == len(set(testing.__all__))
