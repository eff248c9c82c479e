"""The OpenAPI document beside its tools: it is valid, and what schemathesis sends is answered as it says."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Iterator

import hypothesis
import pytest
from hypothesis import strategies

from fake_server import Fake, create_app
from fake_server.control.openapi.document import document as made
from fake_server.control.routes import OPERATIONS
from fake_server.server import serve_in_thread

schemathesis = pytest.importorskip("schemathesis", reason="it needs Python 3.10")
checks = pytest.importorskip("schemathesis.specs.openapi.checks")

KEY = "sk-om-live-tests-0000000000000001"
CALM = {
    "deadline": None,
    "suppress_health_check": list(hypothesis.HealthCheck),
    "derandomize": True,
    "database": None,
}


@schemathesis.serializer("application/jsonl")
def _lines(_context: Any, value: Any) -> bytes:
    return str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def document() -> Iterator[Any]:
    """Serve a fake, and give its document as schemathesis reads it, without the stream that never ends."""
    fake = Fake(api_key=KEY)
    with serve_in_thread(create_app(fake)) as running:
        schema = schemathesis.openapi.from_url(f"{running.url}/_fake/openapi.json")
        yield schema.exclude(path="/_fake/events")


def conforms(case: Any, *, known: bool) -> int:
    """Send a case, half of them with a key that is known; it is answered as documented, and never with 500."""
    if known and case.path.startswith("/_fake"):
        case.query = {**(case.query or {}), "key": KEY}
        case.query.pop("key_id", None)
    response = case.call(
        headers={} if case.path.startswith("/_fake") else {"Authorization": f"Bearer {KEY}"}, timeout=60
    )
    assert response.status_code != 500, (response.request.url, response.request.body)
    asked = [checks.status_code_conformance, checks.content_type_conformance, checks.response_schema_conformance]
    case.validate_response(response, checks=asked)
    return response.status_code


def fuzz(document: Any, examples: int) -> int:
    """Send so many cases to each operation; give how many were sent in all."""
    sent = succeeded = 0
    for found in document.get_all_operations():
        operation = found.ok()

        @hypothesis.settings(max_examples=examples, **CALM)
        @hypothesis.given(case=operation.as_strategy(), known=strategies.booleans())
        def run(case: Any, *, known: bool) -> None:
            nonlocal sent, succeeded
            sent += 1
            succeeded += conforms(case, known=known) < 400

        run()
    assert succeeded > sent / 10
    return sent


def walk(document: Any, examples: int) -> None:
    """Follow the links of the document from operation to operation, each time on a server of its own.

    Hypothesis takes steps again, and expects the answers that led on before: they would not come from a server that
    keeps what other walks have stored.
    """

    class Walk(document.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            self.opened = ExitStack()
            self.url = self.opened.enter_context(serve_in_thread(create_app(Fake(api_key=KEY)))).url

        def teardown(self) -> None:
            self.opened.close()

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            assert response.status_code != 500, (response.request.url, response.request.body)

        def get_call_kwargs(self, _case: Any) -> Any:
            return {"base_url": self.url, "headers": {"Authorization": f"Bearer {KEY}"}, "timeout": 60}

    Walk.run(settings=hypothesis.settings(max_examples=examples, stateful_step_count=8, **CALM))


def test_the_document_is_valid_openapi() -> None:
    """The document passes the validator of OpenAPI 3.1."""
    pytest.importorskip("openapi_spec_validator").validate(made(OPERATIONS))


def test_generated_requests_are_answered_as_documented(document: Any) -> None:
    """What is made of the schemas, valid or not, is answered with a documented status, type and form, never 500."""
    assert fuzz(document, 8) > 200
    walk(document, 5)


@pytest.mark.proof
def test_ten_thousand_generated_requests_are_answered_as_documented(document: Any) -> None:
    """The same with ten thousand requests, those that follow links included."""
    assert fuzz(document, 300) >= 9_000
    walk(document, 150)
