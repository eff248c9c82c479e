"""The ways in which a process starts another: each child gets the address of the fake."""

from __future__ import annotations

import os
from typing import Any, List, Tuple

from octamem_testing.patches import Patch, Target, wrapping
from octamem_testing.wiring import KEY_VARIABLE, URL_VARIABLE
from octamem_testing.wiring.blocks import current
from octamem_testing.wiring.children import child_variables, with_variables
from octamem_testing.wiring.variables import c_environment

__all__ = ["TARGETS"]

_POPEN_ENV = 10  # the place of env= among the arguments of Popen


def _popen(module: Any) -> List[Tuple[Any, str, Patch]]:
    return [(module.Popen, "__init__", wrapping(_start))]


def _start(original: Any, process: Any, *arguments: Any, **options: Any) -> None:
    if len(arguments) > _POPEN_ENV:
        changed = with_variables(arguments[_POPEN_ENV])
        arguments = (*arguments[:_POPEN_ENV], changed, *arguments[_POPEN_ENV + 1 :])
    else:
        options["env"] = with_variables(options.get("env"))
    original(process, *arguments, **options)


def _system(module: Any) -> List[Tuple[Any, str, Patch]]:
    found: List[Tuple[Any, str, Patch]] = [(module, "system", wrapping(_run))]
    return found + [(module, name, wrapping(_spawn)) for name in ("posix_spawn", "posix_spawnp")]


def _run(original: Any, *arguments: Any, **options: Any) -> Any:
    with c_environment(child_variables(os.environ)):
        return original(*arguments, **options)


def _spawn(original: Any, path: Any, argv: Any, env: Any, *arguments: Any, **options: Any) -> Any:
    return original(path, argv, with_variables(env), *arguments, **options)


def _multiprocessing(module: Any) -> List[Tuple[Any, str, Patch]]:
    return [(module.BaseProcess, "start", wrapping(_start_process))]


def _start_process(original: Any, process: Any) -> Any:
    more = child_variables(os.environ)
    with c_environment(more):
        target = process._target  # noqa: SLF001 - the server that forks has the environment of an earlier test
        if current() is not None and target is not None and _by_server(process):
            chosen = {name: os.environ[name] for name in (URL_VARIABLE, KEY_VARIABLE) if name in os.environ}
            process._target = _InChild(target, {**chosen, **more})  # noqa: SLF001 - as above
        try:
            return original(process)
        finally:
            process._target = target  # noqa: SLF001 - as above


def _by_server(process: Any) -> bool:
    from multiprocessing import get_start_method

    return (getattr(process, "_start_method", None) or get_start_method()) == "forkserver"


class _InChild:
    """The target of a process, with the address of the fake in its environment."""

    def __init__(self, target: Any, variables: Any) -> None:
        self._target = target
        self._variables = variables

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        os.environ.update(self._variables)
        return self._target(*arguments, **options)


def _uvloop(module: Any) -> List[Tuple[Any, str, Patch]]:
    return [(module.Loop, name, wrapping(_start_in_loop)) for name in ("subprocess_exec", "subprocess_shell")]


def _start_in_loop(original: Any, *arguments: Any, **options: Any) -> Any:
    options["env"] = with_variables(options.get("env"))
    return original(*arguments, **options)


TARGETS = (
    Target("subprocess", _popen),
    Target("os", _system),
    Target("multiprocessing.process", _multiprocessing),
    Target("uvloop", _uvloop),
)
