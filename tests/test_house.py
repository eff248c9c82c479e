"""The promises of the distribution itself: what it needs, what it imports, and that its documents are true."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
import sysconfig
from collections import Counter
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import distribution, requires
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("octamem", "fake_server", "octamem_testing")
MOST_MODULES = 20
"""Modules of one folder, its face aside: what a reader takes in at a glance."""


@cache
def facts(path: Path) -> tuple:
    """Read the docstring and the import statements of a module, once: parsing all of them takes a second."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    return ast.get_docstring(tree), imports


def needed(name: str, seen: dict) -> dict:
    """Collect a distribution and all it requires here, without extras."""
    from packaging.requirements import Requirement

    for text in requires(name) or ():
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        if requirement.name.lower() not in seen:
            seen[requirement.name.lower()] = distribution(requirement.name)
            needed(requirement.name, seen)
    return seen


@pytest.fixture
def production(tmp_path):
    """Give a folder that holds `octamem` and what it declares to need, and nothing else."""
    tops = set()
    for dist in needed("octamem", {}).values():
        for file in dist.files or ():
            top = file.parts[0]
            if top not in {"..", "__pycache__"} and not top.startswith("~"):
                tops.add(Path(str(dist.locate_file(top))))
    for top in tops:
        (tmp_path / top.name).symlink_to(top)
    (tmp_path / "octamem").symlink_to(ROOT / "octamem")
    return tmp_path


def run(code: str, *path: Path) -> str:
    program = f"import sys; sys.path[:0] = {list(map(str, path))!r}\n{code}"
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.parametrize(
    ("client", "call"),
    [
        ("OctaMem", "print(client.add(content='tea').success)"),
        ("AsyncOctaMem", "import asyncio; print(asyncio.run(client.add(content='tea')).success)"),
    ],
    ids=["sync", "async"],
)
def test_production_needs_httpx_and_pydantic_alone(production, client, call):
    """With nothing but the declared requirements the SDK makes a call, sync and async."""
    code = f"""
import httpx
from octamem import {client}
transport = httpx.MockTransport(lambda request: httpx.Response(200, json={{"success": True}}))
client = {client}("sk-om-live-0001", transport=transport)
{call}
others = {{"pytest", "starlette", "rapidfuzz", "numpy", "uvicorn", "click", "fake_server", "octamem_testing"}}
assert not others & set(sys.modules), others & set(sys.modules)
"""
    assert run(code, production) == "True"


def test_importing_the_sdk_imports_neither_the_other_packages_nor_their_needs():
    """In an environment that has everything, `import octamem` still loads nothing of the fake or the kit."""
    code = """
import octamem
octamem.OctaMem
others = {"pytest", "starlette", "rapidfuzz", "numpy", "uvicorn", "h11", "fake_server", "octamem_testing"}
print(sorted(others & set(sys.modules)))
"""
    assert run(code, ROOT, *(Path(entry) for entry in sys.path if entry.endswith("site-packages"))) == "[]"


def documents() -> list:
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_every_python_example_of_the_documents_is_a_file_that_runs(document):
    """A block of Python in a document stands word for word in a program of tests/examples, which the suite runs."""
    programs = [path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "examples").glob("*.py")]
    blocks = re.findall(r"```python\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL)
    assert [block for block in blocks if not any(block.strip() in program for program in programs)] == []


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_every_link_of_the_documents_leads_somewhere(document):
    """A link to a file of the repository names one that is there."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_the_readme_says_whose_the_name_is():
    """A reader learns that the index holds the vendor's package by the same name, and how to install ours."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for said in (
        "the vendor's own SDK, version 1.x",
        "pip install .",
        'pip install ".[testing]"',
        "make demo",
        "make test",
    ):
        assert said in text


def test_the_lowest_versions_that_are_tested_are_those_that_are_allowed():
    """Each lower bound of pyproject.toml is what `make matrix` installs for its run with the lowest versions."""
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = pyproject[pyproject.index("dependencies = [") : pyproject.index("[project.scripts]")]
    bounds = dict(re.findall(r'"([a-z][a-z0-9-]*)>=([\d.]+)', project))
    lowest = dict(line.split("==") for line in (ROOT / "tests" / "lowest.txt").read_text(encoding="utf-8").split())

    def number(version: str) -> list:
        parts = [int(part) for part in version.split(".")]
        return parts + [0] * (3 - len(parts))

    assert sorted(lowest) == sorted(bounds)
    assert {name: number(version) for name, version in lowest.items()} == {
        name: number(version) for name, version in bounds.items()
    }


@pytest.mark.parametrize(
    ("package", "extras"),
    [("octamem", set()), ("fake_server", {"server"}), ("octamem_testing", {"server", "testing", "plots", "semantic"})],
)
def test_every_package_that_is_imported_is_declared(package, extras):
    """Whatever an import statement of a package names is its own, the standard library's, or a requirement."""
    from packaging.requirements import Requirement

    # What the kit loads only if the program under test has it; pydantic_core comes with pydantic.
    declared = {*PACKAGES, "hypothesis", "trio", "pydantic_core"} if package == "octamem_testing" else set(PACKAGES)
    for text in requires("octamem"):
        requirement = Requirement(text)
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
            declared.add(requirement.name.lower().replace("-", "_"))
    standard = Path(sysconfig.get_paths()["stdlib"])
    undeclared = set()
    for path in (ROOT / package).rglob("*.py"):
        for node in facts(path)[1]:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            undeclared.update(name.partition(".")[0] for name in names)
    undeclared -= declared | set(sys.builtin_module_names) | {"__future__"}
    for name in sorted(undeclared):
        spec = importlib.util.find_spec(name)
        origin = spec.origin if spec and spec.origin not in {None, "frozen", "built-in"} else ""
        if not origin or (standard in Path(origin).parents and "site-packages" not in origin):
            undeclared.discard(name)
    assert undeclared == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests").rglob("test_*.py")), ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_every_test_states_its_rule_in_one_sentence(path):
    """A test whose rule cannot be said in a sentence tests something else."""
    wrong = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
            said = ast.get_docstring(node) or ""
            if not said.endswith(".") or "\n\n" in said:
                wrong.append(node.name)
    assert wrong == []


def test_every_module_opens_with_its_idea():
    """The first line of each module says what it is for."""
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    assert [path for path in modules if not facts(path)[0]] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_public_names_are_sorted_and_there(package):
    """Each package's __all__ is in order, and each name in it can be had."""
    module = __import__(package)
    assert list(module.__all__) == sorted(module.__all__)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


def modules_under(root: Path) -> dict:
    """Give the path of each module of ours by its dotted name, a package's face by the package's."""
    found = {}
    for package in PACKAGES:
        for path in (root / package).rglob("*.py"):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported_by(name: str, modules: dict) -> set:
    """List the modules of ours that one imports anywhere: under TYPE_CHECKING and inside functions too."""
    found = set()
    path = modules[name]
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in facts(path)[1]:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        else:
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found |= {whole if (whole := f"{base}.{alias.name}") in modules else base for alias in node.names}
    return {each for each in found if each in modules}


def circle_under(root: Path) -> list:
    """Give the modules of an import circle, [] if there is none."""
    modules = modules_under(root)
    try:
        tuple(TopologicalSorter({name: imported_by(name, modules) for name in modules}).static_order())
    except CycleError as error:
        return error.args[1]
    return []


@pytest.mark.slow
def test_no_import_goes_round_in_a_circle():
    """No module of ours imports one that imports it, at whatever place and by however many others."""
    assert circle_under(ROOT) == []


@pytest.mark.parametrize(
    "back",
    [
        "from .under import a",
        "from octamem.under import a",
        "from . import under",
        "import octamem.under.a",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .under import a",
        "def load():\n    from octamem.under.a import x",
        "from . import face",
    ],
)
def test_a_circle_is_found_wherever_the_import_stands(tmp_path, back):
    """The search for circles sees faces, relative names, imports for types and imports inside functions."""
    files = {
        "octamem/__init__.py": "",
        "octamem/b.py": back,
        "octamem/face.py": "from .under import a",
        "octamem/under/__init__.py": "from .a import x",
        "octamem/under/a.py": "from octamem.b import y",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert {"octamem.b", "octamem.under.a"} <= set(circle_under(tmp_path))


def test_no_folder_is_crowded():
    """A folder holds no more modules than can be taken in at a glance."""
    folders = Counter(path.parent for path in modules_under(ROOT).values() if path.name != "__init__.py")
    assert {folder.relative_to(ROOT).as_posix(): n for folder, n in folders.items() if n > MOST_MODULES} == {}
