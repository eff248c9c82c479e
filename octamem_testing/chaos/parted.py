"""Parts: one hunt in several tests, such as those of a parametrized test, each of which makes a part of the rounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Callable, Iterator, NamedTuple, Optional, Tuple

from octamem_testing.context import seed_of

from .arguments import checked_parts

__all__ = ["PartedTest", "kept_schedules_of", "parts"]


def parts(number: int) -> Tuple[str, ...]:
    """Return the parts of a hunt in so many parts, as in "1/2" and "2/2", for `pytest.mark.parametrize`."""
    checked_parts(number)
    return tuple(f"{each}/{number}" for each in range(1, number + 1))


class Common(NamedTuple):
    """What the parts of one hunt have in common; the seed is None if the test, or the run, has one of its own."""

    seed: Optional[int]
    database: Optional[Path]
    directory: Optional[Path]


@dataclass(frozen=True)
class PartedTest:
    """A test that may make one part of a hunt, and whose id differs from those of the other parts by that alone."""

    node_id: str
    kept: Optional[Path] = None
    directory: Optional[Callable[[], Path]] = None
    is_seeded: bool = False
    _hunts: Iterator[int] = field(default_factory=count)

    def of(self, part: str) -> Common:
        """Return what all parts of the next hunt of this test have in common."""
        name, bracket, parameters = self.node_id.partition("[")
        if not isinstance(part, str) or part not in parameters:
            raise ValueError(
                f"part: expected one that is in the id of this test, got {part!r:.80} and {self.node_id!r:.200}; "
                'write @pytest.mark.parametrize("part", chaos.parts(4))'
            )
        without = f"{name}{bracket}{parameters.replace(part, 'part', 1)}"
        return Common(
            seed=None if self.is_seeded else seed_of(without),
            database=kept_schedules_of(without, self.kept),
            directory=None if self.directory is None else self.directory() / _digest(without) / str(next(self._hunts)),
        )


def kept_schedules_of(node_id: str, kept: Optional[Path]) -> Optional[Path]:
    """Return the directory of a test for schedules that failed, within that of all tests; None if there is none."""
    return None if kept is None else kept / _digest(node_id)


def _digest(node_id: str) -> str:
    return sha256(node_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
