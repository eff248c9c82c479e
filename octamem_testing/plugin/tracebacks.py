"""Tracebacks: an error of the SDK is shown at the line that called it, not within the SDK."""

from __future__ import annotations

import pytest

__all__ = ["hide_sdk"]


def hide_sdk(call: pytest.CallInfo[None]) -> None:
    """Let pytest leave out the frames of the SDK in which an error of its own was raised; `--full-trace` shows them.

    pytest looks for the name in the globals of a frame, which are those of a module.
    """
    for entry in reversed(call.excinfo.traceback if call.excinfo is not None else ()):
        variables = entry.frame.f_globals
        if not _is_of_sdk(variables.get("__name__")):
            return
        variables["__tracebackhide__"] = _is_error_of_sdk


def _is_error_of_sdk(excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
    return any(_is_of_sdk(kind.__module__) for kind in type(excinfo.value).__mro__)


def _is_of_sdk(module: object) -> bool:
    # By name: a test may have another module in the place of the SDK.
    return isinstance(module, str) and module.partition(".")[0] == "octamem"
