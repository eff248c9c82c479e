"""A search of a test author's own: what it is given, what it may answer, and how its failures are told."""

from __future__ import annotations

from itertools import islice
from pathlib import PurePath
from traceback import extract_tb
from typing import Any, Callable, Dict, Iterable, List, Sequence, Set, Tuple, Union

from .memories import Memory

__all__ = ["Found", "Ranker", "SearchFailedError", "ranked"]

Found = Union[Memory, str, Tuple[Union[Memory, str], float]]
"""One hit: a memory or its id, alone or with a score from 0 to 1."""

Ranker = Callable[[str, Sequence[Memory]], Iterable[Found]]
"""Query, and the memories that may be found, oldest first, to hits, best first.

The label and the indexing delay have chosen the memories already; of the hits the first `top_k` are taken, and no more
are asked for, so that it may be a generator.
"""


class SearchFailedError(Exception):
    """A search of one's own raised, or gave what is no ranking; says which and where, without any text of a memory.

    What it raised is the `__cause__`.
    """


def ranked(ranker: Ranker, query: str, memories: Sequence[Memory], *, limit: int) -> List[Tuple[Memory, float]]:
    """Give the best hits with their scores; raises SearchFailedError.

    A hit without a score has that of the one before it, the first 1.0.
    """
    try:
        return _taken(ranker(query, memories), memories, limit)
    except SearchFailedError:
        raise
    except Exception as error:
        frame = extract_tb(error.__traceback__)[-1]
        # Not what the error says of itself: that may quote a memory.
        place = f"{PurePath(frame.filename).name}, line {frame.lineno}, in {frame.name}"
        raise SearchFailedError(f"search= raised {type(error).__name__} at {place}") from error


def _taken(answer: Any, memories: Sequence[Memory], limit: int) -> List[Tuple[Memory, float]]:
    if isinstance(answer, (str, bytes, Memory)) or not isinstance(answer, Iterable):
        kind = type(answer).__name__
        raise SearchFailedError(f"search= gave one {kind}; ids, best first, are wanted: a list, or what yields them")
    by_id: Dict[str, Memory] = {memory.id: memory for memory in memories}
    hits: List[Tuple[Memory, float]] = []
    seen: Set[str] = set()
    score = 1.0
    for place, found in enumerate(islice(answer, limit)):
        where = f"search= gave as hit {place}"
        identity, own = _parted(found, where)
        if identity not in by_id:
            raise SearchFailedError(f"{where} what is no id of the {len(by_id)} memories that it was given")
        if identity in seen:
            raise SearchFailedError(f"{where} the memory {identity!r:.80} a second time")
        if own is not None and not own <= score:
            raise SearchFailedError(f"{where} a score of {own:g} after one of {score:g}; the best come first")
        seen.add(identity)
        score = score if own is None else own
        hits.append((by_id[identity], score))
    return hits


def _parted(found: Any, where: str) -> Tuple[str, Any]:
    """Give the id of a hit and its score, None where it has none."""
    score = None
    if isinstance(found, (tuple, list)) and not isinstance(found, Memory):
        if len(found) != 2:
            raise SearchFailedError(
                f"{where} a {type(found).__name__} of {len(found)}; a pair of id and score is wanted"
            )
        found, score = found
        if isinstance(score, bool) or not isinstance(score, (int, float)) or not 0 <= score <= 1:
            shown = f"{score:g}" if isinstance(score, float) else f"a {type(score).__name__}"
            raise SearchFailedError(f"{where} {shown} as score; a number from 0 to 1 is wanted")
    identity = found.id if isinstance(found, Memory) else found
    if not isinstance(identity, str):
        raise SearchFailedError(f"{where} a {type(identity).__name__}; an id, or a pair of id and score, is wanted")
    return identity, score
