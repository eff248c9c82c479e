"""A search of a test author's own: what it is given, what it may answer, and how its failures are told."""

from __future__ import annotations

from functools import partial
from inspect import isasyncgenfunction, isawaitable, iscoroutine, iscoroutinefunction, signature
from itertools import islice
from numbers import Real
from pathlib import PurePath
from traceback import walk_tb
from typing import (
    TYPE_CHECKING,
    Any,
    AsyncIterable,
    Callable,
    Dict,
    Iterable,
    List,
    Mapping,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
)

from fake_server.core.memory import Memory

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["Found", "Ranker", "SearchFailedError", "ranked", "unfit"]

Found = Union[Memory, str, Tuple[Union[Memory, str], float]]
"""One hit: a memory or its id, alone or with a score from 0 to 1."""

Ranker = Callable[[str, Sequence[Memory]], Iterable[Found]]
"""Query, and the memories that may be found, oldest first, to hits, best first.

The context and the indexing delay have chosen the memories already. The first `top_k` of the hits are taken, no more
are asked for, so that it may be a generator.
"""

_SHOWN = 64  # bits of a whole number
_WANTED = "ids, best first, are wanted: a list, or what yields them"


class SearchFailedError(Exception):
    """A search of one's own raised, or gave what is no ranking; says which and where, without any text of a memory.

    What it raised is the `__cause__`.
    """


def unfit(ranker: Ranker) -> Optional[str]:
    """Say why a callable can be no search whatever it is asked, None where it may be one."""
    if any(iscoroutinefunction(each) or isasyncgenfunction(each) for each in (ranker, type(ranker).__call__)):
        return _is_async(ranker)
    try:
        # Not of what it wraps: a decorator may well be there to make two arguments of another number.
        taken = signature(ranker, follow_wrapped=False)
    except (TypeError, ValueError):  # as of some that are written in C
        return None
    try:
        taken.bind("", ())
    except TypeError:
        return f"{_name(ranker)} cannot be called with two positional arguments, the query and the memories"
    return None


def ranked(ranker: Ranker, query: str, memories: Sequence[Memory], *, limit: int) -> List[Tuple[Memory, float]]:
    """Give the best hits with their scores; raises SearchFailedError.

    A hit without a score has that of the one before it, the first 1.0.
    """
    try:
        answer: Any = ranker(query, memories)
        if isawaitable(answer) or (isinstance(answer, AsyncIterable) and not isinstance(answer, Iterable)):
            if iscoroutine(answer):
                answer.close()  # or Python warns that nobody awaited it
            raise SearchFailedError(f"search= cannot be asked: {_is_async(ranker)}")  # noqa: TRY301 - as what is below
        return _taken(answer, memories, limit)
    except SearchFailedError:
        raise
    except Exception as error:
        raise SearchFailedError(_told(ranker, error)) from error


def _told(ranker: Ranker, error: Exception) -> str:
    """Say what was raised and where, but not what the error says of itself: that may quote a memory.

    It may be asked with next to no stack left, and so calls little and reads no source.
    """
    trail = list(walk_tb(error.__traceback__))
    if isinstance(error, RecursionError) and _asks_itself(ranker, trail[0][0]):
        return "search= asks the fake that asks it, and so on without end; a fake of its own does not ask back"
    frame, line = trail[-1]
    code = frame.f_code
    if code.co_filename != ranked.__code__.co_filename:
        where = f"at {PurePath(code.co_filename).name}, line {line}, in {code.co_name}"
        return f"search= raised {type(error).__name__} {where}"
    why = unfit(ranker) if isinstance(error, TypeError) else None
    return f"search= cannot be asked: {why}" if why else f"search= raised {type(error).__name__} in {_name(ranker)}"


def _asks_itself(ranker: Ranker, asked: FrameType) -> bool:
    """Say whether a search, in this call of `ranked`, is being asked for what it itself was asked."""
    frame = asked.f_back
    while frame is not None:
        if frame.f_code is asked.f_code and frame.f_locals.get("ranker") is ranker:
            return True
        frame = frame.f_back
    return False


def _is_async(ranker: Ranker) -> str:
    return f"{_name(ranker)} is async, and a search is not awaited; a plain function is wanted"


def _name(ranker: Any) -> str:
    while isinstance(ranker, partial):
        ranker = ranker.func
    name: str = getattr(ranker, "__qualname__", type(ranker).__qualname__)
    return f"{name.rpartition('<locals>.')[2]!r:.80}"


def _taken(answer: Any, memories: Sequence[Memory], limit: int) -> List[Tuple[Memory, float]]:
    kind = type(answer).__name__
    if isinstance(answer, (set, frozenset)):
        raise SearchFailedError(f"search= gave a {kind}, which has no order; {_WANTED}")
    if isinstance(answer, Mapping):
        raise SearchFailedError(f"search= gave a {kind}, whose scores would not count; its items(), sorted, are wanted")
    if isinstance(answer, (str, bytes, Memory)) or not isinstance(answer, Iterable):
        raise SearchFailedError(f"search= gave one {kind}; {_WANTED}")
    by_id: Dict[str, Memory] = {memory.id: memory for memory in memories}
    hits: List[Tuple[Memory, float]] = []
    seen: Set[str] = set()
    score = 1.0
    for rank, found in enumerate(islice(answer, limit), 1):
        where = f"search= gave as hit {rank}"
        identity, own = _parted(found, where)
        if identity not in by_id:
            raise SearchFailedError(f"{where} what is no id of the {len(by_id)} memories that it was given")
        if identity in seen:
            raise SearchFailedError(f"{where} the memory {identity!r:.80} a second time")
        if own is not None and own > score:
            raise SearchFailedError(f"{where} a score of {own:g} after one of {score:g}; the best come first")
        seen.add(identity)
        score = score if own is None else own
        hits.append((by_id[identity], score))
    return hits


def _shown(given: Any) -> str:
    """Show a number, but of anything else the kind: it may quote a memory, and a vast number may take minutes."""
    is_plain = isinstance(given, float) or (type(given) is int and given.bit_length() <= _SHOWN)
    return f"{given:g}" if is_plain else f"a {type(given).__name__}"


def _parted(found: Any, where: str) -> Tuple[str, Optional[float]]:
    """Give the id of a hit and its score, None where it has none."""
    score = None
    if isinstance(found, (tuple, list)) and not isinstance(found, Memory):
        if len(found) != 2:
            raise SearchFailedError(
                f"{where} a {type(found).__name__} of {len(found)}; a pair of id and score is wanted"
            )
        found, given = found
        is_number = issubclass(type(given), Real) and type(given) is not bool
        if not is_number or not 0 <= given <= 1:
            raise SearchFailedError(f"{where} {_shown(given)} as score; a number from 0 to 1 is wanted")
        score = float(given) + 0.0  # which has no minus before a zero
    identity = found.id if isinstance(found, Memory) else found
    if not isinstance(identity, str):
        raise SearchFailedError(f"{where} a {type(identity).__name__}; an id, or a pair of id and score, is wanted")
    return identity, score
