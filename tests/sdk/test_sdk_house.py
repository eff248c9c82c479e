"""The house rules of the SDK: what it imports and when, what a type checker says of it, what the docs show."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import List, Set

import httpx
import pytest

import octamem
from octamem.testing import override

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "octamem"
THIRD_PARTY = {"httpx", "pydantic", "typing_extensions", "anyio"}
TYPING_API = ROOT / "tests" / "sdk" / "typing_api.py"


def loaded(code: str) -> Set[str]:
    """Return the modules that are loaded after the code ran in a fresh interpreter."""
    script = f"import sys\n{code}\nprint(*sorted(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(ran.stdout.split())


def imported(path: Path) -> Set[str]:
    """Return the top-level names that a module imports from outside the package, anywhere in it."""
    names: Set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(str(node.module).split(".")[0])
    return names


def test_importing_the_package_loads_nothing_heavy() -> None:
    """`import octamem` loads neither httpx nor pydantic, and no other package of this distribution."""
    heavy = {
        "httpx",
        "pydantic",
        "anyio",
        "asyncio",
        "pytest",
        "starlette",
        "rapidfuzz",
        "fake_server",
        "octamem_testing",
    }
    assert not loaded("import octamem") & heavy


def test_importing_a_client_does_not_load_httpx() -> None:
    """The client's class is there before httpx is; building a client loads it."""
    assert "httpx" not in loaded("from octamem import OctaMem, AddResult, AsyncOctaMem")
    assert "httpx" in loaded("from octamem import OctaMem\nOctaMem('key').close()")


@pytest.mark.slow
def test_an_async_client_loads_when_it_is_built_what_would_hold_up_its_loop() -> None:
    """The first call of a client built at startup imports nothing heavy; others do not pay for it."""
    build = (
        "from octamem import OctaMem, AsyncOctaMem\nimport httpx\nmock = httpx.MockTransport(lambda _request: None)\n"
    )
    # Some of it an httpx of long ago loads by itself.
    late = {"httpcore", "certifi", "anyio._backends._asyncio", "h11"} - loaded("import httpx")
    assert "anyio._backends._asyncio" in late
    assert loaded(build + "AsyncOctaMem('key')") >= late
    assert not loaded(build + "OctaMem('key')\nAsyncOctaMem('key', transport=mock)") & late


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_what_it_may(path: Path) -> None:
    """The SDK is made of the standard library, httpx, pydantic, typing-extensions and anyio."""
    outside = {name for name in imported(path) if name not in _standard() and name != "octamem"}
    assert outside <= THIRD_PARTY


def _standard() -> Set[str]:
    # Python 3.9 does not list its own modules; the newer interpreters hold the package to it.
    return (
        set(getattr(sys, "stdlib_module_names", ()))
        or {name for path in PACKAGE.rglob("*.py") for name in imported(path)} - THIRD_PARTY
    )


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_has_one_idea_that_its_first_line_says(path: Path) -> None:
    """Each module starts with its idea and stays under 400 lines."""
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= 400


@pytest.mark.parametrize(("checker", "option"), [("mypy", "files"), ("pyright", "include")])
def test_the_public_types_pass_and_fail_where_they_must(checker: str, option: str) -> None:
    """Both type checkers read typing_api.py with the packages, in `make check` and `make test`, and are strict."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = text.partition(f"[tool.{checker}]\n")[2].partition("\n[tool.")[0]
    (checked,) = re.findall(rf"^{option} = \[(.*)\]$", section, re.MULTILINE)
    assert f'"{TYPING_API.relative_to(ROOT).as_posix()}"' in checked
    assert re.search(r'^(strict = true|typeCheckingMode = "strict")$', section, re.MULTILINE)
    assert "warn_unused_ignores" not in section  # strict has it
    assert "# pyright: strict, reportUnnecessaryTypeIgnoreComment=true\n" in TYPING_API.read_text(encoding="utf-8")


def test_every_line_that_must_fail_says_how() -> None:
    """The checks of types hold at least ten things that must not pass."""
    assert len(re.findall(r"# type: ignore\[[a-z-]+\]", TYPING_API.read_text())) >= 10


def blocks(page: Path) -> List[str]:
    """Return the blocks of Python that a page shows."""
    return re.findall(r"```py(?:thon)?\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("code", blocks(ROOT / "docs" / "sdk.md"), ids=range(len(blocks(ROOT / "docs" / "sdk.md"))))
def test_every_example_of_the_docs_runs(
    code: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What docs/sdk.md shows is a program that ends well, on a service that answers every call."""
    record = {"id": "rec_1", "type": "semantic", "content": "The ferry leaves at 7:40"}
    answer = {"success": True, "id": "rec_1", "results": [record], "usage": 1}
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json=answer))
    monkeypatch.setenv("OCTAMEM_API_KEY", "sk-om-live-docs")
    with override(transport=transport, async_transport=transport):
        exec(compile(code, "docs/sdk.md", "exec"), {"__name__": "docs"})
    assert "Traceback" not in capsys.readouterr().out


def test_the_docs_name_every_option_error_and_result() -> None:
    """No public name and no option of a client is missing from docs/sdk.md."""
    page = (ROOT / "docs" / "sdk.md").read_text(encoding="utf-8")
    names = [*octamem.__all__, *inspect.signature(octamem.OctaMem).parameters]
    undocumented = {name for name in names if name not in page} - {
        "GetParams",
        "AddParams",
        "MemoryRecord",
        "__version__",
    }
    assert not undocumented
