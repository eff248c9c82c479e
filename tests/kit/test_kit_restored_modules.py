"""What a test does to the table of modules is no trouble for the tests after it."""

from __future__ import annotations

import pytest
from kit_project import outcomes

RESTORES = {
    "a search": """
        octamem_client.get(query="tea")
    """,
    "a misspelt search": """
        octamem_client.get(query="teaa")
    """,
    "an explanation": """
        octamem_fake.explain("tea")
    """,
    "another language": """
        octamem_fake.configure(language="german")
        octamem_client.get(query="tea")
    """,
    "a client of its own": """
        from octamem import OctaMem
        from octamem_testing import FakeTransport
        with OctaMem(octamem_fake.api_key, transport=FakeTransport(octamem_fake)) as client:
            client.get(query="tea")
    """,
    "a fake of its own": """
        from octamem_testing import Fake
        fake = Fake()
        fake.remember(["Tea is at four."])
        fake.explain("tea")
    """,
}


@pytest.mark.parametrize(
    "first",
    [pytest.param(name, marks=pytest.mark.proof if at else pytest.mark.slow) for at, name in enumerate(RESTORES)],
)
def test_a_test_that_restores_the_modules_spoils_no_later_one(project: pytest.Pytester, first: str) -> None:
    """Whatever a test does for the first time while `sys.modules` is patched can be done in the next test."""
    body = "\n".join(f"            {line}" for line in RESTORES[first].splitlines())
    source = f"""
        import pytest
        from unittest import mock

        @pytest.mark.parametrize("n", range(2))
        @pytest.mark.octamem(memories=["Tea is at four."])
        def test_it(octamem_client, octamem_fake, n):
            with mock.patch.dict("sys.modules", {{"absent": mock.Mock()}}):
{body}
            # Another question in each test, since an answer among the same memories is kept.
            assert octamem_client.get(query=f"tea {{n}}").results
    """
    project.makepyfile(source)
    result = project.runpytest_subprocess()
    assert outcomes(result) == {"passed": 2}, result.stdout.str()


@pytest.mark.parametrize(
    "gone",
    [
        pytest.param(name, marks=pytest.mark.slow if name in {"numpy", "httpx"} else pytest.mark.proof)
        for name in ("numpy", "snowballstemmer", "rapidfuzz", "httpcore", "anyio._backends", "httpx")
    ],
)
def test_a_test_may_take_a_module_away(project: pytest.Pytester, gone: str) -> None:
    """A test that plays an environment without a package, and asks for our fixtures, can still search and add."""
    project.makepyfile(
        f"""
        import sys

        import pytest

        @pytest.mark.parametrize("how", ["deleted", "absent"])
        @pytest.mark.octamem(memories=["Tea is at four."])
        def test_it(octamem_client, octamem_fake, monkeypatch, how):
            for name in [name for name in sys.modules if name.startswith({gone!r})]:
                monkeypatch.delitem(sys.modules, name)
            if how == "absent":
                monkeypatch.setitem(sys.modules, {gone!r}, None)
            octamem_client.add(content="Milk is in the fridge.")
            assert octamem_client.get(query="teaa at four?").results
            assert octamem_fake.explain("mikl").hits
        """
    )
    result = project.runpytest_subprocess()
    assert outcomes(result) == {"passed": 2}, result.stdout.str()


@pytest.mark.slow
def test_a_test_may_have_a_file_system_of_its_own(project: pytest.Pytester) -> None:
    """A fixture of somebody else's that hides the disk, set up before ours, keeps nothing from being found."""
    project.makepyfile(
        """
        import os
        import pkgutil

        import pytest

        @pytest.fixture
        def empty_disk(monkeypatch):
            monkeypatch.setattr(os, "listdir", lambda path=".": [])
            monkeypatch.setattr(pkgutil, "iter_modules", lambda *_: iter(()))

        @pytest.mark.octamem(memories=["Tea is at four."], language="german")
        def test_hidden(empty_disk, octamem_client):
            assert octamem_client.get(query="tea").results

        @pytest.mark.octamem(memories=["Tea is at four."])
        def test_visible(octamem_client):
            assert octamem_client.get(query="tea").results
        """
    )
    result = project.runpytest_subprocess()
    assert outcomes(result) == {"passed": 2}, result.stdout.str()


@pytest.mark.slow
def test_a_fake_without_fixtures_survives_a_restored_table_of_modules(pytester: pytest.Pytester) -> None:
    """A search that loads numpy while `sys.modules` is patched does not keep the next search from running."""
    path = pytester.makepyfile(
        """
        from unittest import mock

        from fake_server import Fake

        for _ in range(2):
            with mock.patch.dict("sys.modules"):
                fake = Fake()
                fake.remember(["Tea is at four.", "Milk is in the fridge."])
                assert fake.explain("frdge").hits
        """
    )
    assert pytester.runpython(path).ret == 0
