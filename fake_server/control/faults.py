"""Control of the faults: what is armed, check or arm a script, disarm."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import Any, Dict, Mapping

from fake_server.core.clock import iso
from fake_server.core.faults.armed import Armed, UnknownFaultError
from fake_server.core.faults.script import Script, ScriptError, parse
from fake_server.core.wording import expected

from .asked import Asked, RefusedError, only
from .kept import UnknownIdError
from .undo import can_undo

__all__ = ["arm", "check", "disarm", "list_faults", "replace"]


def list_faults(asked: Asked) -> Mapping[str, Any]:
    """Return the scripts in force, and how often each step was met."""
    return {"faults": asked.fake.blanked([_shown(each) for each in asked.fake.armed(key=asked.key)])}


def check(asked: Asked) -> Mapping[str, Any]:
    """Read a script without arming it, and return its steps, or where it cannot be read."""
    try:
        script = _read(asked, only(asked.fields, ("script",), "script"))
        answer = {"ok": True, "script": str(script), "steps": _steps(script)}
    except ScriptError as error:
        answer = {"ok": False, "error": str(error), **_flaw(error)}
    blanked: Mapping[str, Any] = asked.fake.blanked(answer)
    return blanked


def arm(asked: Asked) -> Mapping[str, Any]:
    """Arm a script beside those armed."""
    _arm(asked)
    return list_faults(asked)


def replace(asked: Asked) -> Mapping[str, Any]:
    """Arm a script in the place of those armed; one that cannot be read replaces nothing."""
    with asked.fake.lock:
        arm_again = asked.fake.disarm(key=asked.key)
        try:
            armed = _arm(asked)
        except Exception:
            arm_again()
            raise

        def put_back() -> None:
            with suppress(UnknownFaultError):  # it may have been disarmed since
                asked.fake.disarm(fault=armed.id)
            arm_again()

        return {**list_faults(asked), "undo": can_undo(asked, "disarm", put_back)}


def disarm(asked: Asked) -> Mapping[str, Any]:
    """End every script of the server, or of the key, or the one that the path names."""
    with asked.fake.lock:
        try:
            arm_again = asked.fake.disarm(fault=asked.path.get("id"), key=asked.key)
        except UnknownFaultError as error:
            raise UnknownIdError(f"{error}; see GET faults") from None
        return {**list_faults(asked), "undo": can_undo(asked, "disarm", arm_again)}


def _arm(asked: Asked) -> Armed:
    script = only(asked.fields, ("script", "seed"), "script")
    try:
        _read(asked, script)
        return asked.fake.faults(script, key=asked.key, seed=asked.fields.get("seed"))
    except ScriptError as error:
        raise RefusedError(400, "VALIDATION_ERROR", str(error), **_flaw(error)) from None


def _read(asked: Asked, text: str) -> Script:
    """Read a script; raises ScriptError, which shows no key, nor half of one that is a word of its own."""
    try:
        return parse(text)
    except ScriptError:
        visible = asked.fake.blanked(text)
        if visible == text:
            raise
    parse(visible)
    raise ScriptError(expected("fault script", "a script without a key in it", "a key"))


def _shown(armed: Armed) -> Dict[str, Any]:
    return {
        "id": armed.id,
        "script": armed.script.text,
        "armed_at": iso(armed.armed_at),
        "fired": armed.fired,
        "left": armed.left,
        "steps": [asdict(step) for step in armed.steps()],
        "last_call": armed.last_call,
    }


def _steps(script: Script) -> Any:
    return [{"endpoint": rule.endpoint, "text": str(step)} for rule in script.rules for step in rule.steps]


def _flaw(error: ScriptError) -> Dict[str, Any]:
    return {} if error.flaw is None else asdict(error.flaw)
