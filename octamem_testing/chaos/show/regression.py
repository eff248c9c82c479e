"""A finding as the source of a test, which is pasted into a suite and fails until the bug is fixed."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields, is_dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any, DefaultDict, List, Optional, Set

from octamem_testing.chaos.judge.invariants import INVARIANTS
from octamem_testing.chaos.scenario.import_path import home_of
from octamem_testing.static import attribute_of

if TYPE_CHECKING:
    from octamem_testing.chaos.judge.invariant import Invariant

    from .values import FindingValues

__all__ = ["quoted", "regression_test", "rule_of"]

PACKAGE = __name__.partition(".")[0]
WIDTH = 100  # letters of a comment's line


class Imports(DefaultDict[str, Set[str]]):
    """The names to import, by module."""

    def __init__(self) -> None:
        super().__init__(set)


def regression_test(finding: FindingValues) -> str:
    """Write the test with its imports; comments on top name what cannot be imported."""
    notes: List[str] = []
    imports = Imports()
    scenario = _imported(finding.scenario, imports, notes)
    given = [scenario, quoted(finding.schedule), f"seed={finding.seed}"]
    if finding.invariant not in INVARIANTS or not finding.alone:
        given.append(f"invariants=[{_invariant(finding.invariant, imports, notes)}]")
    if finding.allow_hosts:
        given.append(f"allow_hosts={list(finding.allow_hosts)!r}")
    marker = _marker(finding, notes)
    name = re.sub(r"\W+", "_", f"test_{scenario}_{finding.invariant.name}")
    faults = f"under {finding.schedule!r}" if finding.schedule else "without faults"
    lines = [
        *(line for note in notes for line in wrap(note, WIDTH, initial_indent="# ", subsequent_indent="# ")),
        *(["import pytest", ""] if marker else []),
        *(f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(imports.items())),
        *(["", ""] if imports else []),
        *([marker] if marker else []),
        f"def {name}(octamem_chaos):",
        f"    {_docstring(f'{scenario} satisfies {finding.invariant.name} {faults}.')}",
        f"    octamem_chaos.replay({', '.join(given)})",
    ]
    return "\n".join(lines) + "\n"


def rule_of(invariant: Invariant) -> Optional[str]:
    """Return the first line of an invariant's docstring; None if it has none."""
    line = (inspect.getdoc(type(invariant)) or "").partition("\n")[0].strip()
    # The docstring of a dataclass without one is its signature.
    return None if not line or line.startswith(f"{type(invariant).__name__}(") else line


def quoted(text: str) -> str:
    """Write a text as a literal, in double quotes if they suffice."""
    plain = '"' not in text and "\\" not in text and text.isprintable()
    return f'"{text}"' if plain else repr(text)


def _docstring(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""{escaped}"""'


def _imported(scenario: Any, imports: Imports, notes: List[str]) -> str:
    home = home_of(scenario)
    if home is not None:
        imports[home.module].add(home.root)
        return home.name
    called = str(attribute_of(scenario, "__name__") or "scenario")
    where = attribute_of(scenario, "__qualname__") or repr(attribute_of(type(scenario), "__name__"))
    module = attribute_of(scenario, "__module__")
    notes.append(
        f"The scenario ({where} of {module}) cannot be imported by name: "
        "move it to the top level of a module and import it here, or paste this test beside it."
    )
    return called if called.isidentifier() else "scenario"


def _invariant(invariant: Invariant, imports: Imports, notes: List[str]) -> str:
    kind, built = type(invariant), _built(invariant)
    if built is not None and kind.__module__.startswith(f"{PACKAGE}.chaos."):
        imports[PACKAGE].add("chaos")
        return f"chaos.{built}"
    home = home_of(kind)
    if built is not None and home is not None and home.name == kind.__name__:
        imports[home.module].add(home.name)
        return built
    notes.append(f"The invariant {invariant.name} cannot be built here: put your object into invariants=.")
    return invariant.name if invariant.name.isidentifier() else "invariant"


def _built(invariant: object) -> Optional[str]:
    """Write the call that builds an invariant; None if the object does not show it."""
    name = type(invariant).__name__
    if not is_dataclass(invariant):
        return f"{name}()" if type(invariant).__init__ is object.__init__ else None
    given = [(each.name, getattr(invariant, each.name), each.default) for each in fields(invariant) if each.init]
    call = f"{name}({', '.join(f'{field}={value!r}' for field, value, default in given if value != default)})"
    try:
        compile(call, "invariant", "eval")
    except SyntaxError:  # the repr of a value, such as a class, is not an expression
        return None
    return call


def _marker(finding: FindingValues, notes: List[str]) -> str:
    settings = dict(finding.settings)
    if settings.pop("keys", None) is not None:
        notes.append("Add the setting keys=... to the marker; keys are not written here.")
    given = [f"{name}={value!r}" for name, value in settings.items()]
    if finding.memories:
        given.insert(0, f"memories={list(finding.memories)!r}")
    return f"@pytest.mark.octamem({', '.join(given)})" if given else ""
