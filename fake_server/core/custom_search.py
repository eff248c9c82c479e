"""The user's own search function: what it is given, what it may return, and the errors for anything else."""

from __future__ import annotations

from functools import partial
from inspect import Signature, isasyncgenfunction, isawaitable, iscoroutine, iscoroutinefunction, signature
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
    Protocol,
    Sequence,
    Set,
    Tuple,
    Union,
)

from fake_server.core.memory import Memory

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["HITS_GIVEN", "Found", "Hits", "Ranker", "SearchFailedError", "ranked", "takes_hits", "unfit"]

HITS_GIVEN = 100
"""The number of our own hits that a ranker is given, if it takes them; `top_k` if that is more."""

Hits = List[Tuple[Memory, float]]
"""Memories with their scores, the best first."""

Found = Union[Memory, str, Tuple[Union[Memory, str], float]]
"""One hit: a memory or its id, alone or with a score from 0 to 1."""


class _NamesHits(Protocol):
    """A ranker that takes our hits under their name."""

    def __call__(self, query: str, memories: Sequence[Memory], /, *, hits: Hits) -> Iterable[Found]: ...


Ranker = Union[
    Callable[[str, Sequence[Memory]], Iterable[Found]],
    Callable[[str, Sequence[Memory], Hits], Iterable[Found]],
    _NamesHits,
]
"""The query, the memories that a search may find, the oldest first, and our own hits, to hits, the best first.

The memories are already filtered by context and indexing delay. The first `top_k` hits are taken and no more are read,
so that it may be a generator. A ranker is given our hits if it takes a third argument without a default, or one that is
called `hits`.
"""

_SHOWN_BITS = 64  # a longer int is not shown: its digits may take minutes
_ITERABLE = "a list or an iterator of hits, the best first"


class SearchFailedError(Exception):
    """An error of the author's own search, or of the hits that it returned; its message quotes no text of a memory.

    If the search raised an error, that is the `__cause__`.
    """


def unfit(ranker: Ranker) -> Optional[str]:
    """Return why a callable can never serve as a search, None if it may."""
    if any(iscoroutinefunction(each) or isasyncgenfunction(each) for each in (ranker, type(ranker).__call__)):
        return _is_async(ranker)
    taken = _signature(ranker)
    if taken is None or _fits(taken, "", ()) or takes_hits(ranker):
        return None
    return f"expected a callable of two positional arguments, the query and the memories, got {_name(ranker)}"


def takes_hits(ranker: Ranker) -> Optional[str]:
    """Return how a callable takes our hits: as its argument `hits` (`named`), as its `third` one, or not (None)."""
    taken = _signature(ranker)
    if taken is None:
        return None
    named = taken.parameters.get("hits")
    if named is not None and named.kind is not named.VAR_KEYWORD and _fits(taken, "", (), hits=[]):
        return "named"
    return "third" if not _fits(taken, "", ()) and _fits(taken, "", (), []) else None


def _signature(ranker: Ranker) -> Optional[Signature]:
    try:
        # Not the signature of what it wraps: a decorator may well change the number of arguments.
        return signature(ranker, follow_wrapped=False)
    except (TypeError, ValueError):  # some callables written in C have none
        return None


def _fits(taken: Signature, *arguments: Any, **named: Any) -> bool:
    try:
        taken.bind(*arguments, **named)
    except TypeError:
        return False
    return True


def ranked(
    ranker: Ranker,
    query: str,
    memories: Sequence[Memory],
    *,
    limit: int,
    hits: Callable[[], Hits] = list,
    how: Optional[str] = None,
) -> Hits:
    """Return the best hits with their scores; raises SearchFailedError.

    A hit without a score gets the score of the one before it, the first 1.0. `how` is that of `takes_hits`; only a
    ranker that takes our own hits has `hits` called.
    """
    call: Any = ranker
    own: Tuple[Any, ...] = (hits(),) if how == "third" else ()
    named = {"hits": hits()} if how == "named" else {}
    try:
        answer: Any = call(query, memories, *own, **named)
        if isawaitable(answer) or (isinstance(answer, AsyncIterable) and not isinstance(answer, Iterable)):
            if iscoroutine(answer):
                answer.close()  # otherwise Python warns that it was never awaited
            raise SearchFailedError(f"search=: {_is_async(ranker)}")  # noqa: TRY301 - as the errors of _hits
        return _hits(answer, memories, limit)
    except SearchFailedError:
        raise
    except Exception as error:
        raise SearchFailedError(_raised(ranker, error)) from error


def _raised(ranker: Ranker, error: Exception) -> str:
    """Return a message that names the error and its place, but not its text, which may quote a memory.

    It may be called with next to no stack left, so it calls little and reads no source.
    """
    trail = list(walk_tb(error.__traceback__))
    if isinstance(error, RecursionError) and _searches_itself(ranker, trail[0][0]):
        return "search= searches the fake that called it, which never ends; read memories() there, or use another Fake"
    frame, line = trail[-1]
    code = frame.f_code
    if code.co_filename != ranked.__code__.co_filename:
        where = f"at {PurePath(code.co_filename).name}, line {line}, in {code.co_name}"
        return f"search= raised {type(error).__name__} {where}"
    why = unfit(ranker) if isinstance(error, TypeError) else None
    return f"search=: {why}" if why else f"search= raised {type(error).__name__} in {_name(ranker)}"


def _searches_itself(ranker: Ranker, called: FrameType) -> bool:
    """Whether a search, in this call of `ranked`, was called from a call of itself."""
    frame = called.f_back
    while frame is not None:
        if frame.f_code is called.f_code and frame.f_locals.get("ranker") is ranker:
            return True
        frame = frame.f_back
    return False


def _is_async(ranker: Ranker) -> str:
    return f"expected a plain function, got {_name(ranker)}, which is async and would never be awaited"


def _name(ranker: Any) -> str:
    while isinstance(ranker, partial):
        ranker = ranker.func
    name: str = getattr(ranker, "__qualname__", type(ranker).__qualname__)
    return f"{name.rpartition('<locals>.')[2]!r:.80}"


def _hits(answer: Any, memories: Sequence[Memory], limit: int) -> Hits:
    kind = type(answer).__name__
    if isinstance(answer, (set, frozenset)):
        raise _unexpected("search=", _ITERABLE, f"{kind}, which has no order")
    if isinstance(answer, Mapping):
        raise _unexpected("search=", _ITERABLE, f"{kind}; return its items(), sorted by score")
    if isinstance(answer, (str, bytes, Memory)) or not isinstance(answer, Iterable):
        raise _unexpected("search=", _ITERABLE, kind)
    by_id: Dict[str, Memory] = {memory.id: memory for memory in memories}
    hits: Hits = []
    seen: Set[str] = set()
    score = 1.0
    for rank, found in enumerate(islice(answer, limit), 1):
        path = f"search=, hit {rank}"
        identity, own = _id_and_score(found, path)
        if identity not in by_id:
            raise _unexpected(path, f"the id of one of the {len(by_id)} memories that it was given", "an unknown id")
        if identity in seen:
            raise _unexpected(path, "each memory once", f"{identity!r:.80} a second time")
        if own is not None and own > score:
            raise _unexpected(path, f"a score of at most {score:g}, that of the hit before it", f"{own:g}")
        seen.add(identity)
        score = score if own is None else own
        hits.append((by_id[identity], score))
    return hits


def _id_and_score(found: Any, path: str) -> Tuple[str, Optional[float]]:
    """Return the id of a hit and its score, None if it has none."""
    score = None
    if isinstance(found, (tuple, list)) and not isinstance(found, Memory):
        if len(found) != 2:
            raise _unexpected(path, "a pair of id and score", f"a {type(found).__name__} of {len(found)}")
        found, given = found
        is_number = issubclass(type(given), Real) and type(given) is not bool
        if not is_number or not 0 <= given <= 1:
            raise _unexpected(path, "a score from 0 to 1", _shown(given))
        score = float(given) + 0.0  # turns -0.0 into 0.0
    identity = found.id if isinstance(found, Memory) else found
    if not isinstance(identity, str):
        raise _unexpected(path, "a memory, its id, or a pair of either and a score", type(identity).__name__)
    return identity, score


def _shown(given: Any) -> str:
    """Return a number, or the type of anything else, since that may quote a memory."""
    is_plain = isinstance(given, float) or (type(given) is int and given.bit_length() <= _SHOWN_BITS)
    return f"{given:g}" if is_plain else type(given).__name__


def _unexpected(path: str, expected: str, got: str) -> SearchFailedError:
    return SearchFailedError(f"{path}: expected {expected}, got {got}")
