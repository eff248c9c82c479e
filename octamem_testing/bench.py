"""What one test has on its bench: a fake and the clock on it, and the seed and key that follow from its name."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from random import Random
from typing import TYPE_CHECKING, Any, Optional

from fake_server.core import Fake, SettingError

from .clock import VirtualClock
from .marker import OWN_NAMES, MarkerError, Plan

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from fake_server.core.settings import SettingValues

__all__ = ["Bench", "OctaMemServer", "build", "key_of", "seed_of"]


@dataclass(frozen=True)
class Bench:
    """The fake of one test and what goes with it; `rng` draws the jitter of back-offs."""

    fake: Fake
    clock: VirtualClock
    seed: int
    rng: Random
    allow_unused: bool


@dataclass(frozen=True)
class OctaMemServer:
    """A fake served over HTTP on a loopback port for the length of one test."""

    url: str
    """The base URL, such as http://127.0.0.1:40001."""
    api_key: str = field(repr=False)
    """The key of this test; it opens `fake`'s own memory."""
    fake: Fake
    """The fake that answers: the same object as octamem_fake."""


class _TestFake(Fake):
    """A fake whose own key follows from the test, so that tests on one server never meet."""

    def __init__(self, key: str, **settings: Unpack[SettingValues]) -> None:
        super().__init__(**settings)
        self._own_key = key

    @property
    def api_key(self) -> str:
        """The key that is meant where none is named: the first of `keys`, or the test's own."""
        listed = self.settings().keys
        return next(iter(listed)) if listed else self._own_key


def seed_of(node_id: str) -> int:
    """Give the seed of a test: from its node id alone, so the same in every run, process and thread."""
    return int.from_bytes(blake2b(node_id.encode("utf-8", "replace"), digest_size=4).digest(), "big")


def key_of(node_id: str) -> str:
    """Give the API key of a test, in the form that real ones have."""
    return f"sk-om-live-{blake2b(node_id.encode('utf-8', 'replace'), digest_size=12, person=b'key').hexdigest()}"


def build(node_id: str, plan: Plan, *, seed: Optional[int] = None) -> Bench:
    """Set up what a test asks for; raises SettingError, SeedError or ScriptError naming what is wrong with it.

    A seed that the marker sets counts before `seed`, and that before the one that follows from the node id.
    """
    settings: Any = {"seed": seed_of(node_id) if seed is None else seed, **plan.settings}
    try:
        fake = _TestFake(key_of(node_id), **settings)
    except SettingError as error:
        raise MarkerError(f"{error}; beside settings the marker takes {', '.join(OWN_NAMES)}") from None
    if plan.memories:
        fake.remember(plan.memories)
    for script in plan.faults:
        fake.faults(script)
    chosen = fake.settings().seed
    return Bench(fake, VirtualClock(fake), chosen, Random(chosen), plan.allow_unused)  # noqa: S311 - repeats on purpose
