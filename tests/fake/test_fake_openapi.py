"""The OpenAPI document: every route and method, every name of the tables, and links that lead somewhere."""

from __future__ import annotations

import json

import pytest

from fake_server.control.routes import OPERATIONS
from fake_server.core.service.checks import ROUTES
from fake_server.core.settings import setting_choices, setting_fields


def operations(document):
    return [each for methods in document["paths"].values() for each in methods.values()]


def test_the_document_has_every_route_and_method(served):
    """The routes of the service and every method of the control API are in it, each with a sentence and a name."""
    status, document = served.control("GET", "openapi.json")
    assert (status, document["openapi"]) == (200, "3.1.0")
    control = {(f"/_fake{path}", method.lower()) for path, methods in OPERATIONS.items() for method in methods}
    assert {(path, method) for path, methods in document["paths"].items() for method in methods} == {
        *control,
        *((path, "post") for path in ROUTES),
    }
    names = [each["operationId"] for each in operations(document)]
    assert len(set(names)) == len(names)
    assert [each["operationId"] for each in operations(document) if not each["summary"].endswith(".")] == []


@pytest.mark.parametrize("path", OPERATIONS)
def test_each_path_has_the_methods_of_the_document_and_no_other(served, path):
    """Any other method of a path is a 405 that names those which it has."""
    route = path.replace("{id}", "x").strip("/")
    # `check` might be the id of a fault, and `x/restore` the name of a snapshot.
    also = {"/faults/check": "/faults/{id}", "/snapshots/{id}/restore": "/snapshots/{id}"}.get(path, path)
    known = {*OPERATIONS[path], *OPERATIONS[also]}
    for method in {"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"} - known:
        status, answer = served.control(method, route, {} if method in {"PUT", "POST"} else None)
        assert (status, answer["code"]) == (405, "METHOD_NOT_ALLOWED")
        assert all(each in answer["error"] for each in OPERATIONS[path])


def test_every_reference_and_link_leads_somewhere(served):
    """What a reference or a link names is there, and every parameter of a path is described."""
    document = served.control("GET", "openapi.json")[1]
    names = {each["operationId"] for each in operations(document)}
    for each in operations(document):
        for response in each["responses"].values():
            assert set(response.get("links", {})) <= names
    text = json.dumps(document)
    for name in text.split('"#/components/schemas/')[1:]:
        assert name.partition('"')[0] in document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for each in methods.values():
            named = {parameter["name"] for parameter in each["parameters"] if parameter["in"] == "path"}
            assert named == ({"id"} if "{id}" in path else set())


def test_settings_have_the_names_and_choices_of_the_code(served):
    """Each setting of the server and of a key is described with its default and its choices."""
    document = served.control("GET", "openapi.json")[1]
    shown = document["components"]["schemas"]["Settings"]["properties"]
    items = {item.name: item for of_key in (False, True) for item in setting_fields(of_key=of_key)}
    assert set(shown) == set(items)
    for name, item in items.items():
        assert shown[name]["description"] == item.metadata["says"]
        if "enum" in shown[name]:
            assert [str(each) for each in shown[name]["enum"]] == list(setting_choices(item))
