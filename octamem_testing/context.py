"""The context of one test: a fake and its clock, and the seed and key that follow from the test's name."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from random import Random
from typing import TYPE_CHECKING, Any, Optional, Set

from fake_server.core import Fake, SettingError
from fake_server.core.fake import DEFAULT_KEY
from fake_server.core.search.late import load_all
from fake_server.core.settings import setting_fields
from octamem.testing import preload as preload_clients

from .checks import nearest
from .marker import OWN_NAMES, MarkerError, Plan
from .virtual_time.clock import VirtualClock

if TYPE_CHECKING:
    from .virtual_time.program_time import ProgramTime

__all__ = ["HANDED_OUT", "OctaMemServer", "TestContext", "build", "key_of", "preload", "seed_of"]

HANDED_OUT: Set[str] = {DEFAULT_KEY}
"""The keys given to the tests of this process: an app may keep a client, and with it the key of an earlier test."""


@dataclass(frozen=True)
class TestContext:
    """The fake of one test and what belongs to it; `rng` draws the jitter of back-offs."""

    __test__ = False  # pytest would collect it by its name

    fake: Fake
    clock: VirtualClock
    seed: int
    rng: Random
    allow_unused: bool
    allow_unexpected: bool
    verdict: Optional[str] = None
    program_time: Optional[ProgramTime] = None
    """The time of the whole program, if that is virtual in this test."""


@dataclass(frozen=True)
class OctaMemServer:
    """A fake served over HTTP on a loopback port during one test."""

    url: str
    """The base URL, such as http://127.0.0.1:40001."""
    api_key: str = field(repr=False)
    """The key of this test; it opens `fake`'s own memory."""
    fake: Fake
    """The fake that answers: the same object as octamem_fake."""


@cache
def preload() -> None:
    """Load whatever a call or a search would load at its first use: a test may restore `sys.modules` around that.

    A search is made as well, because numpy itself imports some of its parts when they are first needed.
    """
    load_all()
    preload_clients()
    fake = Fake()
    fake.remember(["Tea is at four.", "Milk is in the fridge."])
    fake.explain("mikl at four")


def seed_of(node_id: str) -> int:
    """Return the seed of a test: it follows from the node id alone, so it is the same in every run and process."""
    return int.from_bytes(blake2b(node_id.encode("utf-8", "replace"), digest_size=4).digest(), "big")


def key_of(node_id: str) -> str:
    """Return the API key of a test, in the form of a real one."""
    return f"sk-om-live-{blake2b(node_id.encode('utf-8', 'replace'), digest_size=12, person=b'key').hexdigest()}"


def build(node_id: str, plan: Plan, *, seed: Optional[int] = None, virtual_time: bool = False) -> TestContext:
    """Build the context that a test's plan describes; raises MarkerError, SeedError or ScriptError for a wrong plan.

    `virtual_time` asks for that whatever the plan says. The seed of the marker counts before `seed`, and `seed` before
    the one that follows from the node id.
    """
    known = {"search", *OWN_NAMES, *(setting.name for setting in setting_fields())}
    for name in plan.settings:
        if name not in known:
            raise MarkerError(f"{name}: unknown argument; {nearest(name, known, 'docs/testing.md lists them')}")
    settings: Any = {"seed": seed_of(node_id) if seed is None else seed, **plan.settings}
    try:
        # If the marker lists keys, the first of them is the test's own.
        own_key = None if settings.get("keys") else key_of(node_id)
        fake = Fake(api_key=own_key, aliases=HANDED_OUT, **settings)
    except SettingError as error:
        raise MarkerError(str(error)) from None
    if own_key is not None:
        HANDED_OUT.add(own_key)
    if plan.memories:
        fake.remember(plan.memories)
    for script in plan.faults:
        fake.faults(script)
    chosen = fake.settings().seed
    rng = Random(chosen)  # noqa: S311 - repeats on purpose
    program_time = _program_time(fake) if plan.virtual_time or virtual_time else None
    clock = VirtualClock(fake) if program_time is None else program_time.clock
    return TestContext(fake, clock, chosen, rng, plan.allow_unused, plan.allow_unexpected, plan.verdict, program_time)


def _program_time(fake: Fake) -> ProgramTime:
    from .virtual_time.program_time import ProgramTime

    return ProgramTime(fake)
