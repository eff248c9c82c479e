"""The four ways in which a case is run, each of which gives the message that its user reads."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import sys
import tempfile
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Tuple

import pytest
from errors_catalogue import Case, Code, Command, Http, Test
from errors_helpers import KEY, command, names, program
from errors_socket import Served

import octamem

__all__ = ["NOTHING", "messages", "shown"]

ROOT = Path(__file__).parents[2]
NOTHING = "(no message)"
INI = """[pytest]
addopts = -p no:cacheprovider -p no:hypothesispytest -p no:faulthandler -p no:xdist
asyncio_default_fixture_loop_scope = function
"""
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def messages(cases: Iterable[Case]) -> Dict[str, str]:
    """Run the cases, and return what each said by its id."""
    found: Dict[str, str] = {}
    tests = [case for case in cases if isinstance(case, Test)]
    requests = [case for case in cases if isinstance(case, Http)]
    with _clean():
        for case in cases:
            if isinstance(case, Code):
                found[case.id] = _of_code(case)
            elif isinstance(case, Command):
                found[case.id] = _of_command(case)
        if requests:
            with Served() as served:
                found.update({case.id: served.message(case) for case in requests})
        if tests:
            found.update(_of_tests(tests))
    return {case.id: _stable(found[case.id]) for case in cases}


def _stable(text: str) -> str:
    """Leave out of a message what differs from one machine and version to the next."""
    text = (
        _ADDRESS.sub("", text)
        .replace(str(ROOT), "REPOSITORY")
        .replace(f"version {octamem.__version__}", "version VERSION")
    )
    return text.rstrip() or NOTHING


def shown(case: Case) -> str:
    """Return what a case does, as a reader types or sends it; a character that nobody could read is escaped."""
    text = _shown(case).replace(KEY, "KEY")
    return "".join(each if each == "\n" or each.isprintable() else ascii(each)[1:-1] for each in text)


def _shown(case: Case) -> str:
    if isinstance(case, Command):
        # Longer ones are described at the head of the page.
        short = {name: text for name, text in case.files.items() if len(text.splitlines()) <= 2}
        made = "".join(f"echo {shlex.quote(text.rstrip())} > {name}\n" for name, text in short.items())
        return made + "".join(f"{name}={shlex.quote(value)} " for name, value in case.env.items()) + case.line
    if isinstance(case, Http):
        head = "".join(f"\n{name}: {value}" for name, value in case.headers.items())
        sent = case.raw.decode("latin-1").strip().replace("\r\n", "\n") if case.raw else f"{case.request}{head}"
        body = case.body if isinstance(case.body, str) else repr(case.body)
        armed = "".join(f"{request} {_short(json.dumps(fields))}\n" for request, fields in case.before)
        lines = "\n".join(map(_short, sent.split("\n")))
        return f"{armed}{lines}" + (f"\n{_short(body)}" if body else "")
    if isinstance(case, Test):
        return case.source
    environment = "".join(f"{name}={value!r}\n" for name, value in case.env.items())
    return environment + case.code


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:100]} … {len(text):,} characters"


@contextmanager
def _clean() -> Iterator[None]:
    """Take from the environment whatever clients, the kit and pytest read."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if (
                name.startswith(("OCTAMEM_", "PYTEST_"))
                or name.lower().endswith("_proxy")
                or name in {"CI", "BUILD_NUMBER", "FORCE_COLOR", "NO_COLOR", "PY_COLORS"}
            ):
                patch.delenv(name)
        yield


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(name, value)
        yield


@contextmanager
def _folder(files: Mapping[str, str]) -> Iterator[Path]:
    """Make a folder with these files the current one; their modules are forgotten afterwards."""
    before, path, modules = Path.cwd(), list(sys.path), set(sys.modules)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            file = Path(folder) / name
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        os.chdir(folder)
        sys.path.insert(0, folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)
            sys.path[:] = path
            for name in {Path(each).stem for each in files} & (set(sys.modules) - modules):
                del sys.modules[name]


def _of_code(case: Code) -> str:
    tree = ast.parse(case.code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    namespace = names()
    value: object = None
    try:
        with _environment(case.env), _folder({}):
            exec(compile(tree, "notes.py", "exec"), namespace)
            if isinstance(last, ast.Expr):
                value = eval(compile(ast.Expression(last.value), "notes.py", "eval"), namespace)
    except SystemExit as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, its user reads it
        return f"{type(error).__name__}: {error}"
    return value if isinstance(value, str) else NOTHING


def _of_command(case: Command) -> str:
    words = shlex.split(case.line)
    with _environment(case.env), _folder(case.files) as folder:
        if words[0] == "python":
            text = program(case.line.partition("octamem ")[2])
        else:
            text = _pytest_said(words[1:]) if words[0] == "pytest" else command(case.line.partition(" ")[2])
        return text.replace(str(folder.resolve()), "FOLDER").replace(str(folder), "FOLDER")


def _pytest_said(words: List[str]) -> str:
    Path("pytest.ini").write_text(INI + (Path("more.ini").read_text() if Path("more.ini").exists() else ""))
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = pytest.main(words)
    return err.getvalue().strip() if status else NOTHING


class _Reports:
    """Keeps why each test of an inner run failed."""

    def __init__(self) -> None:
        self.said: Dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            name = report.nodeid.rpartition("::")[2]
            crash: Any = getattr(report.longrepr, "reprcrash", None)
            self.said.setdefault(name, str(report.longrepr) if crash is None else str(crash.message))


def _of_tests(cases: Iterable[Test]) -> Dict[str, str]:
    """Run all tests in one project."""
    head = "import asyncio\nimport httpx\nimport pytest\nfrom octamem import *\nfrom octamem_testing import *\n"
    named: List[Tuple[str, str]] = []
    source = head
    for case in cases:
        # By its id: what the kit draws for a test follows from its name, whichever others there are.
        name = f"test_{re.sub(r'[^a-z_]', '_', case.id)}"
        named.append((case.id, name))
        source += "\n\n" + case.source.replace("def test(", f"def {name}(")
    reports = _Reports()
    with ExitStack() as stack:
        stack.enter_context(_folder({"test_of_errors_page.py": source, "pytest.ini": INI}))
        stack.enter_context(redirect_stdout(StringIO()))
        stack.enter_context(redirect_stderr(StringIO()))
        pytest.main(["-q", "test_of_errors_page.py"], plugins=[reports])
    return {identity: reports.said.get(name, NOTHING) for identity, name in named}
