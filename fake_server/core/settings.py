"""The settings of a fake: one for each question that the vendor's page leaves open."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Tuple

from . import setting_checks as checks
from .key_text import blank_key, is_key, not_a_key
from .search.languages import languages
from .wording import expected, kind_of, name_shown, required, shown, unknown

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
    "TYPES",
    "KeyTable",
    "SettingError",
    "Settings",
    "setting_choices",
    "setting_fields",
]

TYPES = ("semantic", "episodic", "procedural")  # the home page's memory types
STATES = ("active", "revoked", "deleted")

KeyTable = Mapping[str, Mapping[str, Any]]


class SettingError(ValueError):
    """A setting that does not exist, or a value that it cannot have; names the setting and what it can have."""


def _keys(value: Any) -> KeyTable:
    """Return the mapping of keys to their settings; it may come as a list of keys, or of objects with a `key`."""
    if not isinstance(value, (list, tuple, Mapping)):
        raise checks.UnfitError("a list of keys or of objects with key", kind_of(value))
    table: Dict[str, Dict[str, Any]] = {}
    for at, item in enumerate(value.items() if isinstance(value, Mapping) else value):
        path = f"keys[{at}]"
        key, own = item if isinstance(value, Mapping) else _key_and_own(path, item)
        if not isinstance(key, str) or not is_key(key):
            raise SettingError(not_a_key(f"{path}.key" if isinstance(item, Mapping) else path, key))
        if key in table:
            raise SettingError(expected(path, "another key", f"the one of keys[{list(table).index(key)}] again"))
        if not isinstance(own, Mapping):
            raise SettingError(expected(path, "an object of settings", kind_of(own)))
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


_WIRE = checks.OneOf("flat", "envelope")
_TYPE = checks.OneOf(*TYPES)
_MATCH = checks.OneOf("exact", "any")
_UNIT = checks.OneOf("memories", "bytes", "requests")
_OVER_LIMIT = checks.OneOf(429, 402, 403)
_STATE = checks.OneOf(*STATES)


@dataclass(frozen=True)
class Settings:
    """The decisions that docs/fidelity.md lists; sizes are in bytes, times in seconds of the fake's clock."""

    wire: str = _setting("flat", _WIRE, "shape of the answers: flat, or envelope")
    top_k: int = _setting(10, checks.whole(1), "how many results a search gives at most")
    pending_ids: bool = _setting(True, checks.flag, "give every accepted search and add a pending_id of its own")
    default_type: str = _setting("semantic", _TYPE, "type of an added memory: semantic, episodic or procedural")
    context_match: str = _setting("exact", _MATCH, "what a context selects: exact text after trimming, or any")
    language: str = _setting(
        "english", checks.language, "whose word forms a search knows: english, german, ..., or none"
    )
    indexing_delay: Any = _setting(0, checks.delay, 'when an add is found: seconds, or polls as in "3 polls"')
    unit: str = _setting("memories", _UNIT, "what the usage limit counts: memories, bytes or requests")
    limit: Optional[int] = _setting(None, checks.or_none(checks.whole(0)), "the usage limit in its unit, or none")
    over_limit_status: int = _setting(429, _OVER_LIMIT, "status of the answer over the usage limit: 429, 402 or 403")
    rate: Optional[str] = _setting(None, checks.or_none(checks.rate), 'most calls per seconds as in "100/60", or none')
    keys: Optional[KeyTable] = _setting(
        None,
        checks.or_none(_keys),
        "the valid keys, each with its settings; none: any key opens its own memory",
        scope="server",
    )
    idempotency: bool = _setting(False, checks.flag, "answer a repeated Idempotency-Key with the first answer")
    max_content: int = _setting(1 << 20, checks.whole(1), "largest content in bytes of UTF-8")
    max_body: int = _setting(2 << 20, checks.whole(1), "largest request body in bytes")
    seed: int = _setting(0, checks.integer, "seed of ids and random faults")
    rights: Tuple[str, ...] = _setting(checks.ENDPOINTS, checks.rights, "the endpoints a key may call", scope="key")
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
            except checks.UnfitError as error:
                raise SettingError(expected(name, error.wanted, error.got or shown(value), error.then)) from None
        return dataclasses.replace(self, **checked)

    def public(self, *, of_key: bool = False) -> Dict[str, Any]:
        """Return the settings as JSON values, keys blanked."""
        shown = {item.name: getattr(self, item.name) for item in setting_fields(of_key=of_key)}
        if shown.get("keys") is not None:
            shown["keys"] = [{"key": blank_key(key), **_as_json(own)} for key, own in shown["keys"].items()]
        return _as_json(shown)

    @cached_property
    def indexing(self) -> Tuple[float, int]:
        """The indexing delay as (seconds, polls), one of which is 0."""
        if isinstance(self.indexing_delay, str):
            return 0.0, int(self.indexing_delay.split()[0])
        return float(self.indexing_delay), 0

    @cached_property
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
    if isinstance(check, checks.OneOf):
        return tuple(map(str, check.choices))
    return ("true", "false") if check is checks.flag else tuple(languages()) if check is checks.language else ()


def from_text(name: str, text: str) -> Any:
    """Read a setting as a command line or an ini file writes it: as JSON if it is JSON, else as the text itself."""
    if text.strip().lower() in {"none", "null"}:
        return None
    try:
        value = json.loads(text.lower() if text.lower() in {"true", "false"} else text)
    except (ValueError, RecursionError):
        return text
    return value if not isinstance(value, str) or name == "keys" else text
