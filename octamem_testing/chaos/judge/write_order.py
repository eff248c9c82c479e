"""The order of writes: of two notes of one caller about the same thing, the newer one is stored last."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import ClassVar, Dict, Iterator, Optional, Tuple

from octamem_testing.chaos.scenario.trial import RequestRecord, Round

from .advice import Advised, advised, instead
from .subject import is_update

__all__ = ["WritesInOrder"]

_SHOWN = 80  # characters of a text

Note = Tuple[Optional[str], str, int]


@dataclass(frozen=True)
class WritesInOrder(Advised):
    """A note that updates another is stored after it, as without faults.

    - One task or thread writes both under the same context and account, and in the baseline the second only after the
      first had ended. Both are stored once without faults, and both are stored.
    - The second updates the first if they begin alike: "The meeting is at four", "The meeting moved to five".
      With `every=True` each note counts as an update of those before it.
    """

    name: str = field(default="writes_in_order", init=False)
    cure: ClassVar[str] = "keep the place of a note that failed, and send nothing about the same thing before it"
    every: bool = False

    def check(self, round: Round, /) -> Optional[str]:  # noqa: A002 - the word of the domain
        """Return which note is stored after the one that updates it."""
        if round.reference is None or not round.hits:
            return None
        stored = _last_stored(round)
        for earlier, later in self._in_order(round.baseline):
            first, second = stored.get(_note(earlier)), stored.get(_note(later))
            if first is not None and second is not None and first.number > second.number:
                evidence = (
                    f"{earlier.text!r:.{_SHOWN}} is stored by {first.name}, after {later.text!r:.{_SHOWN}}, "
                    "which was written later without faults and is no longer the newest"
                )
                return advised(evidence, self.cure, instead(self.name))
        return None

    def _in_order(self, baseline: Round) -> Iterator[Tuple[RequestRecord, RequestRecord]]:
        adds = [request for request in baseline.requests if request.endpoint == "add" and request.entry.stored]
        once = [add for add in adds if add.text is not None and baseline.asked[add.what] == 1]
        for earlier, later in combinations(once, 2):
            one_caller = (earlier.sender, earlier.account) == (later.sender, later.account)
            if not one_caller or earlier.known is None or later.at < earlier.known or not _same_context(earlier, later):
                continue
            if self.every or is_update(later.text or "", earlier.text or ""):
                yield earlier, later


def _last_stored(over: Round) -> Dict[Note, RequestRecord]:
    return {_note(request): request for request in over.requests if request.endpoint == "add" and request.entry.stored}


def _note(add: RequestRecord) -> Note:
    return add.text, (add.context or "").strip(), add.account


def _same_context(one: RequestRecord, other: RequestRecord) -> bool:
    return _note(one)[1] == _note(other)[1]
