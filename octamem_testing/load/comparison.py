"""Compare what the client of a key said with what the fake stores under it: exact counts, and each difference."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Dict, List, Literal, Mapping, Optional, Sequence, Tuple

from .record import Add, Record

__all__ = ["Compared", "Counts", "Difference", "Journal", "Kind", "Stored", "compare"]

Kind = Literal["missing", "stored twice", "refused and stored", "never sent"]


@dataclass(frozen=True)
class Stored:
    """A memory of the key: its id, and the digest of its content."""

    id: str
    digest: str


@dataclass(frozen=True)
class Journal:
    """How many attempts of adds the fake has kept of the key, and how many attempts it keeps no longer."""

    adds: int
    dropped: int


@dataclass(frozen=True)
class Difference:
    """A memory that is there or missing against what the client said; `beside` is the id that was acknowledged.

    `in_doubt` says that the client knew of an attempt which may have been carried out.
    """

    kind: Kind
    memory_id: Optional[str]
    beside: Optional[str] = None
    in_doubt: bool = False


@dataclass(frozen=True)
class Counts:
    """Exact counts of one key or of many; those from `missing` on are wrong unless they are 0."""

    keys: int = 0
    acknowledged: int = 0
    stored: int = 0
    unknown: int = 0
    unknown_stored: int = 0
    missing: int = 0
    stored_twice: int = 0
    refused_and_stored: int = 0
    never_sent: int = 0
    extra_attempts: int = 0
    not_checked: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Return the counts of both."""
        return Counts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def wrong(self) -> Tuple[str, ...]:
        """The names of the counts that are wrong."""
        names = [each.name for each in fields(self)]
        return tuple(name for name in names[names.index("missing") :] if getattr(self, name))

    @property
    def differences(self) -> int:
        """How many memories are there or missing against what the clients said."""
        return self.missing + self.stored_twice + self.refused_and_stored + self.never_sent

    def plain(self) -> Dict[str, int]:
        """Return them as JSON has them."""
        return asdict(self)

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Counts:
        """Return what `plain` gave."""
        return cls(**plain)


@dataclass(frozen=True)
class Compared:
    """The counts of a key and its differences."""

    counts: Counts
    differences: Tuple[Difference, ...]


def compare(record: Record, stored: Sequence[Stored], journal: Optional[Journal]) -> Compared:
    """Compare the record of a key with its memories and its journal; without one, attempts are not compared."""
    by_digest: Dict[str, List[str]] = {}
    for memory in stored:
        by_digest.setdefault(memory.digest, []).append(memory.id)
    counts = Counts(keys=1, stored=len(stored), extra_attempts=_extra(record, journal))
    differences: List[Difference] = []
    for each in record.contents:
        of_content, found = _of_content(record.of(each), by_digest.pop(each, []))
        counts += of_content
        differences += found
    strange = [Difference("never sent", memory_id) for ids in by_digest.values() for memory_id in ids]
    return Compared(counts + Counts(never_sent=len(strange)), (*differences, *strange))


def _of_content(adds: Sequence[Add], ids: Sequence[str]) -> Tuple[Counts, List[Difference]]:
    """Compare the adds of one content with the memories that have it."""
    acknowledged = [add for add in adds if add.state == "acknowledged"]
    unknown = sum(add.state in {"unknown", "open"} for add in adds)
    refused = len(adds) - len(acknowledged) - unknown
    known = {add.memory_id for add in acknowledged}
    others = [each for each in ids if each not in known]
    lost = [add for add in acknowledged if add.memory_id not in ids]
    nameless = [add for add in lost if add.memory_id is None]
    # An acknowledgement without an id stands for any memory of the content.
    missing = [add for add in lost if add.memory_id is not None] + nameless[len(others) :]
    others = others[len(nameless) :]
    unknown_stored, others = min(unknown, len(others)), others[unknown:]
    # Only if nothing else explains a memory, it is one that was refused.
    against = 0 if acknowledged or unknown else min(refused, len(others))
    beside = next((add.memory_id for add in acknowledged), None)
    in_doubt = any(add.in_doubt for add in adds)
    counts = Counts(
        acknowledged=len(acknowledged),
        unknown=unknown,
        unknown_stored=unknown_stored,
        missing=len(missing),
        stored_twice=len(others) - against,
        refused_and_stored=against,
    )
    return counts, [
        *(Difference("missing", add.memory_id, in_doubt=add.in_doubt) for add in missing),
        *(Difference("refused and stored", each, in_doubt=in_doubt) for each in others[:against]),
        *(Difference("stored twice", each, beside, in_doubt) for each in others[against:]),
    ]


def _extra(record: Record, journal: Optional[Journal]) -> int:
    """Return how many adds came to the fake that no client of ours sent, as a proxy sends them that repeats."""
    if journal is None or record.has_open:
        return 0
    return max(0, journal.adds - record.attempts["add"])
