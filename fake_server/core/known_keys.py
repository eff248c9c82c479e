"""The keys that a server knows: the short id of each, and texts without them."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Match, Optional

from .redaction import UNKNOWN_KEY, without_likely_keys
from .seen_keys import SHORTEST, SeenKeys

__all__ = ["KnownKeys"]

FEW = 30  # beginnings of keys; most share one, such as sk-om-li

_RUNS = re.compile(r"[!-~]{8,}")
_PARTS = re.compile(r"[^/?&=#]+")  # of a path or a query
_SCHEME = "Bearer "


class KnownKeys:
    """Each key with its id, `k1` first; an id that was forgotten does not come again.

    A key that was forgotten, or only seen, has no id, and is blanked as before. Any thread may call `blank`, `blanked`
    and `all_blanked` at any time; whoever calls the others holds the lock of the fake.
    """

    def __init__(self, seen: Optional[SeenKeys] = None) -> None:
        self._made = 0
        self._ids: Dict[str, str] = {}
        self._keys: Dict[str, str] = {}
        self._seen = SeenKeys() if seen is None else seen

    def add(self, key: str, former: str = "") -> str:
        """Return the id of a key; if it has none, that is its `former` one if that is free, and else a new one."""
        identity = self._ids.get(key)
        if identity is None:
            is_new = not former or former in self._keys
            self._made += is_new
            identity = self._ids[key] = f"k{self._made}" if is_new else former
            self._keys[identity] = key
            self._seen.use(key)
        return identity

    def forget(self, key: str) -> None:
        """Forget the id of a key, if it is known."""
        identity = self._ids.pop(key, None)
        if identity is not None:
            del self._keys[identity]
            self._seen.release(key)

    def see(self, key: str) -> None:
        """Blank a key that opens nothing from now on."""
        self._seen.see(key)

    def successor(self) -> KnownKeys:
        """Return keys whose ids begin with `k1` again; each key that is known here is blanked there."""
        for key in self._ids:
            self._seen.release(key)
        return KnownKeys(self._seen)

    def succeed(self, other: KnownKeys) -> None:
        """Take the place of its successor, of which nothing stays except that its keys were seen."""
        for key in other._ids:
            self._seen.release(key)
        for key in self._ids:
            self._seen.use(key)

    def id_of(self, key: str) -> Optional[str]:
        """Return the id of a key, None if it is not known."""
        return self._ids.get(key)

    def key_of(self, identity: str) -> Optional[str]:
        """Return the key of an id, None if there is none."""
        return self._keys.get(identity)

    def blank(self, text: str, own: str = "") -> str:
        """Return a text with every known key, the sender's `own` and all that looks like a key blanked."""
        if len(own) >= SHORTEST and own[:SHORTEST] in text:
            text = _without_end(text.replace(own, self._mark(own)), own)
        if self._may_have_known(text):
            text = _RUNS.sub(self._without_known, text)
        text = without_likely_keys(text)
        if self._seen.short or 0 < len(own) < SHORTEST:
            text = _PARTS.sub(lambda part: self._unless_short(part[0], own), text)
        return text

    def blanked(self, value: Any, own: str = "") -> Any:
        """Return a JSON value with its texts blanked, the names of fields included."""
        if isinstance(value, str):
            return self.blank(value, own)
        if isinstance(value, (list, tuple, dict)):
            texts: List[str] = []
            _collect(value, texts)
            if self._is_clean(texts, own):
                return _copied(value)
        return self._blanked(value, own)

    def all_blanked(self, texts: List[str], own: str = "") -> List[str]:
        """Return texts as `blank` does each."""
        return texts if self._is_clean(texts, own) else [self.blank(text, own) for text in texts]

    def _is_clean(self, texts: List[str], own: str) -> bool:
        """Return whether texts have nothing to blank: they are looked through as one, which nearly always suffices."""
        whole = "\n".join(texts)
        may_be_short = self._seen.short or 0 < len(own) < SHORTEST
        may_be_cut = len(own) >= SHORTEST and own[:SHORTEST] in whole
        return not (may_be_short or may_be_cut) and self.blank(whole) == whole

    def _blanked(self, value: Any, own: str) -> Any:
        if isinstance(value, str):
            return self.blank(value, own)
        if isinstance(value, (list, tuple)):
            return [self._blanked(each, own) for each in value]
        if isinstance(value, dict):
            return {self.blank(name, own): self._blanked(each, own) for name, each in value.items()}
        return value

    def _may_have_known(self, text: str) -> bool:
        """Return whether a known key may stand in a text; to ask this is cheap, as long as few beginnings are known."""
        beginnings = self._seen.beginnings()
        if len(beginnings) > FEW:
            return True
        for each in beginnings:  # noqa: SIM110 - each line of the log asks, and `any` takes three times as long
            if each in text:
                return True
        return False

    def _mark(self, key: str) -> str:
        identity = self._ids.get(key)
        return UNKNOWN_KEY if identity is None else f"[{identity}]"

    def _without_known(self, run: Match[str]) -> str:
        """Blank the known keys in a run of the characters that keys are made of."""
        text = run[0]
        if not self._seen.may_begin(text):  # as nearly none does: ten times as fast as below
            return text
        parts: List[str] = []
        copied = at = 0
        while at <= len(text) - SHORTEST:
            size = self._seen.longest_at(text, at)
            if size:
                parts += [text[copied:at], self._mark(text[at : at + size])]
                copied = at + size
            at += size or 1
        return "".join([*parts, text[copied:]])

    def _unless_short(self, part: str, own: str) -> str:
        """Blank a part of a path, or a whole text, that is nothing else than a short key."""
        bare = part.strip()[: SHORTEST + len(_SCHEME)]
        bare = bare.removeprefix(_SCHEME)
        short = 0 < len(bare) < SHORTEST and (bare == own or bare in self._seen)
        return part.replace(bare, self._mark(bare)) if short else part


def _collect(value: Any, texts: List[str]) -> None:
    if isinstance(value, str):
        texts.append(value)
    elif isinstance(value, (list, tuple)):
        for each in value:
            _collect(each, texts)
    elif isinstance(value, dict):
        texts.extend(value)
        for each in value.values():
            _collect(each, texts)


def _copied(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_copied(each) for each in value]
    return {name: _copied(each) for name, each in value.items()} if isinstance(value, dict) else value


def _without_end(text: str, own: str) -> str:
    """Blank the beginning of a key with which a text ends that was cut in the middle of it."""
    at = text.find(own[:SHORTEST], max(0, len(text) - len(own)))
    return text[:at] + UNKNOWN_KEY if at >= 0 and own.startswith(text[at:]) else text
