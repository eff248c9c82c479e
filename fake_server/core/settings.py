"""The settings of a fake: one for each question that the vendor's page leaves open."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Tuple

from .search.languages import languages
from .wording import alternatives, expected, name_shown, nearest, required, shown, unknown

if TYPE_CHECKING:
    from typing import TypedDict, Union

    class SettingValues(TypedDict, total=False):
        """What `Fake(...)`, the marker and `PUT /_fake/settings` take; see `Settings` for each."""

        wire: str
        top_k: int
        pending_ids: bool
        default_type: str
        context_match: str
        language: str
        indexing_delay: Union[float, str]
        unit: str
        limit: Optional[int]
        over_limit_status: int
        rate: Optional[str]
        keys: Any
        idempotency: bool
        max_content: int
        max_body: int
        seed: int

    class KeySettingValues(SettingValues, total=False):
        """The same for one key, with what only a key has."""

        rights: List[str]
        state: str


__all__ = [
    "ENDPOINTS",
    "TYPES",
    "KeyTable",
    "SettingError",
    "Settings",
    "blank_key",
    "is_key",
    "not_a_key",
    "plain",
    "setting_choices",
    "setting_fields",
]

ENDPOINTS = ("search", "add", "details")
TYPES = ("semantic", "episodic", "procedural")  # the home page's memory types
STATES = ("active", "revoked", "deleted")
MOST = (1 << 63) - 1  # our own bound: what every JSON reader's integers hold
LONGEST_KEY = 512  # characters of a key: our own bound, far above the service's 40
_KEY = re.compile(r"[!-~]+")
_POLLS = re.compile(r"\s*(\d{1,9})\s+polls?\s*")
_RATE = re.compile(r"\s*(\d{1,9})\s*/\s*(\d{1,9}(?:\.\d{1,6})?)\s*(?:s\s*)?")

KeyTable = Mapping[str, Mapping[str, Any]]


class SettingError(ValueError):
    """A setting that does not exist, or a value that it cannot have; names the setting and what it can have."""


class _UnfitError(Exception):
    """A value that a setting cannot have: what was expected, and what was got if that is not the value's repr."""

    def __init__(self, wanted: str, got: str = "", then: str = "") -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.got = got
        self.then = then


def is_key(text: object) -> bool:
    """Return whether this could be an API key: printable ASCII without spaces, not too long."""
    return isinstance(text, str) and len(text) <= LONGEST_KEY and _KEY.fullmatch(text) is not None


def not_a_key(path: str, value: object) -> str:
    """Return the sentence about a value that cannot be a key, which it does not show: it may hold most of one."""
    got = type(value).__name__
    if isinstance(value, str) and len(value) > LONGEST_KEY:
        return expected(path, f"at most {LONGEST_KEY} characters", str(len(value)))
    if isinstance(value, str):
        at = len(_KEY.match(value)[0]) + 1 if _KEY.match(value) else 1  # type: ignore[index]
        got = f"another character at position {at} (the value is not shown)" if value else "an empty string"
    return expected(path, "printable ASCII without spaces", got)


def blank_key(key: Optional[str]) -> Optional[str]:
    """Keep the first and last four characters of a key; blank all of a short one, which they would mostly show."""
    if not key:
        return None
    return f"{key[:4]}…{key[-4:]}" if len(key) >= 16 else "…"


def plain(number: float) -> str:
    """Write a number of up to six decimals in full: an exponent would not read back."""
    text = f"{number:.6f}"
    return text.rstrip("0").rstrip(".")


class _OneOf:
    """A check for one of a few values."""

    def __init__(self, *choices: Any) -> None:
        self.choices = choices

    def __call__(self, value: Any) -> Any:
        # Of one type too: 429.0 equals 429, and is no status.
        if not any(type(value) is type(choice) and value == choice for choice in self.choices):
            raise _UnfitError(alternatives(self.choices))
        return value


def _whole(least: int) -> Callable[[Any], Any]:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST:
            too_large = type(value) is int and value > MOST
            raise _UnfitError(f"an int from {least} to 2**63 - 1" if too_large else f"an int of at least {least}")
        return value

    return check


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _UnfitError("true or false")
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _UnfitError("an int")
    return value


def _or_none(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def checked(value: Any) -> Any:
        if value is None:
            return None
        try:
            return check(value)
        except _UnfitError as error:
            comma = "," if " or " in error.wanted else ""
            raise _UnfitError(f"{error.wanted}{comma} or None", error.got) from None

    return checked


def _delay(value: Any) -> Any:
    if isinstance(value, str):
        match = _POLLS.fullmatch(value)
        if match:
            return f"{int(match[1])} polls"
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e9:
        return value
    raise _UnfitError('seconds of at least 0 or polls such as "3 polls"')


def _language(value: Any) -> str:
    # A command line has read the word "none" as nothing.
    name = "none" if value is None else value
    if name not in languages():
        meant = nearest(name, languages()) if isinstance(name, str) else None
        raise _UnfitError(
            "a language such as english, or none", then=f"did you mean {meant}?" if meant else "see docs/search.md"
        )
    return str(name)


def _rate(value: Any) -> str:
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[1]) < 1 or float(match[2]) <= 0:
        raise _UnfitError('"CALLS/SECONDS" such as "100/60"')
    return f"{int(match[1])}/{plain(float(match[2]))}"


def _rights(value: Any) -> Tuple[str, ...]:
    if not isinstance(value, (list, tuple, set, frozenset)) or any(right not in ENDPOINTS for right in value):
        raise _UnfitError(f"a list of {alternatives(ENDPOINTS)}")
    return tuple(right for right in ENDPOINTS if right in value)


def _keys(value: Any) -> KeyTable:
    """Return the mapping of keys to their settings; it may come as a list of keys, or of objects with a `key`."""
    if not isinstance(value, (list, tuple, Mapping)):
        raise _UnfitError("a list of keys or of objects with key", type(value).__name__)
    table: Dict[str, Dict[str, Any]] = {}
    for at, item in enumerate(value.items() if isinstance(value, Mapping) else value):
        path = f"keys[{at}]"
        key, own = item if isinstance(value, Mapping) else _key_and_own(path, item)
        if not isinstance(key, str) or not is_key(key):
            raise SettingError(not_a_key(f"{path}.key" if isinstance(item, Mapping) else path, key))
        if key in table:
            raise SettingError(expected(path, "another key", f"the one of keys[{list(table).index(key)}] again"))
        if not isinstance(own, Mapping):
            raise SettingError(expected(path, "an object of settings", type(own).__name__))
        try:
            checked = Settings().changed(own, of_key=True)
        except SettingError as error:
            raise SettingError(f"{path}.{error}") from None
        table[key] = {name: getattr(checked, name) for name in own}
    return table


def _key_and_own(path: str, item: Any) -> Tuple[Any, Any]:
    if not isinstance(item, Mapping):
        return item, {}
    if "key" not in item:
        raise SettingError(required(f"{path}.key"))
    return item["key"], {name: value for name, value in item.items() if name != "key"}


def _setting(default: object, check: Callable[[Any], Any], says: str, *, scope: str = "both") -> Any:
    # What is the server's alone holds keys, which no repr may show.
    return field(default=default, repr=scope != "server", metadata={"check": check, "says": says, "scope": scope})


_WIRE = _OneOf("flat", "envelope")
_TYPE = _OneOf(*TYPES)
_MATCH = _OneOf("exact", "any")
_UNIT = _OneOf("memories", "bytes", "requests")
_OVER_LIMIT = _OneOf(429, 402, 403)
_STATE = _OneOf(*STATES)


@dataclass(frozen=True)
class Settings:
    """The decisions that docs/fidelity.md lists; sizes are in bytes, times in seconds of the fake's clock."""

    wire: str = _setting("flat", _WIRE, "shape of the answers: flat, or envelope")
    top_k: int = _setting(10, _whole(1), "how many results a search gives at most")
    pending_ids: bool = _setting(True, _flag, "give every accepted search and add a pending_id of its own")
    default_type: str = _setting("semantic", _TYPE, "type of an added memory: semantic, episodic or procedural")
    context_match: str = _setting("exact", _MATCH, "what a context selects: exact text after trimming, or any")
    language: str = _setting("english", _language, "whose word forms a search knows: english, german, ..., or none")
    indexing_delay: Any = _setting(0, _delay, 'when an add is found: seconds, or polls as in "3 polls"')
    unit: str = _setting("memories", _UNIT, "what the usage limit counts: memories, bytes or requests")
    limit: Optional[int] = _setting(None, _or_none(_whole(0)), "the usage limit in its unit, or none")
    over_limit_status: int = _setting(429, _OVER_LIMIT, "status of the answer over the usage limit: 429, 402 or 403")
    rate: Optional[str] = _setting(None, _or_none(_rate), 'most calls per seconds as in "100/60", or none')
    keys: Optional[KeyTable] = _setting(
        None,
        _or_none(_keys),
        "the valid keys, each with its settings; none: any key opens its own memory",
        scope="server",
    )
    idempotency: bool = _setting(False, _flag, "answer a repeated Idempotency-Key with the first answer")
    max_content: int = _setting(1 << 20, _whole(1), "largest content in bytes of UTF-8")
    max_body: int = _setting(2 << 20, _whole(1), "largest request body in bytes")
    seed: int = _setting(0, _integer, "seed of ids and random faults")
    rights: Tuple[str, ...] = _setting(ENDPOINTS, _rights, "the endpoints a key may call", scope="key")
    state: str = _setting("active", _STATE, "state of a key: active, revoked (401), deleted (404)", scope="key")

    def changed(self, values: Mapping[str, Any], *, of_key: bool = False) -> Settings:
        """Return these settings with some changed; raises SettingError for an unknown name or a value out of range."""
        known = {item.name: item for item in setting_fields(of_key=of_key)}
        checked: Dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                kind = "setting of a key" if of_key else "setting"
                raise SettingError(unknown(name_shown(name), kind, list(known), "docs/fidelity.md"))
            try:
                checked[name] = known[name].metadata["check"](value)
            except _UnfitError as error:
                raise SettingError(expected(name, error.wanted, error.got or shown(value), error.then)) from None
        return dataclasses.replace(self, **checked)

    def public(self, *, of_key: bool = False) -> Dict[str, Any]:
        """Return the settings as JSON values, keys blanked."""
        shown = {item.name: getattr(self, item.name) for item in setting_fields(of_key=of_key)}
        if shown.get("keys") is not None:
            shown["keys"] = [{"key": blank_key(key), **_as_json(own)} for key, own in shown["keys"].items()]
        return _as_json(shown)

    @property
    def indexing(self) -> Tuple[float, int]:
        """The indexing delay as (seconds, polls), one of which is 0."""
        if isinstance(self.indexing_delay, str):
            return 0.0, int(self.indexing_delay.split()[0])
        return float(self.indexing_delay), 0

    @property
    def rate_window(self) -> Optional[Tuple[int, float]]:
        """The request rate limit as (calls, seconds)."""
        if self.rate is None:
            return None
        calls, seconds = self.rate.split("/")
        return int(calls), float(seconds)


def _as_json(values: Mapping[str, Any]) -> Dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def setting_fields(*, of_key: bool = False) -> Tuple[dataclasses.Field[Any], ...]:
    """List the settings of the server, or of a key, as dataclass fields with `says` in their metadata."""
    absent = "server" if of_key else "key"
    return tuple(item for item in dataclasses.fields(Settings) if item.metadata["scope"] != absent)


def setting_choices(item: dataclasses.Field[Any]) -> Tuple[str, ...]:
    """Return the values of a setting as text; nothing if they are not a few."""
    check = item.metadata["check"]
    if isinstance(check, _OneOf):
        return tuple(map(str, check.choices))
    return ("true", "false") if check is _flag else tuple(languages()) if check is _language else ()


def from_text(name: str, text: str) -> Any:
    """Read a setting as a command line or an ini file writes it: as JSON if it is JSON, else as the text itself."""
    if text.strip().lower() in {"none", "null"}:
        return None
    try:
        value = json.loads(text.lower() if text.lower() in {"true", "false"} else text)
    except (ValueError, RecursionError):
        return text
    return value if not isinstance(value, str) or name == "keys" else text
