"""The memories of one key: their contents, when a search finds them, and their size."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Callable, ContextManager, Dict, Iterable, Iterator, List, Optional, Tuple

from fake_server.core.changes import Emptied, Forgotten, Stored, nothing
from fake_server.core.lock import FairLock
from fake_server.core.memory import Memory
from fake_server.core.search.index import Index, ScoreBreakdown
from fake_server.core.transactions import Transactions

from .memories import Memories, Rest, content_size, size_of, unknown_memory

if TYPE_CHECKING:
    from weakref import WeakSet

    from fake_server.core.search.languages import Language

__all__ = ["MUCH", "Hits", "Store"]

MUCH = 4_000  # characters and overhead: they are read in some five milliseconds

Hits = List[Tuple[Memory, float]]
CONTEXTS_LOOKED_AT = 10_000
SIMILAR = 3  # contexts that are named
_NONE: Rest = ("", "", "", 0, 0, 0, None)
REMOVAL = 8  # times as long as to store a memory it takes to store one again that is stored


class Store:
    """Memories in the order they came, with their fuzzy index; `language` is None if another search ranks them.

    What changes is written down in `transactions` under `key`. While the next search would have to read much, the store
    is in `behind`.
    """

    def __init__(
        self, language: Optional[Language], *, key: str = "", transactions: Optional[Transactions] = None
    ) -> None:
        self.behind: Optional[WeakSet[Store]] = None
        self.transactions = Transactions() if transactions is None else transactions
        self._key = key
        self.searches = 0
        self.size = 0  # bytes of UTF-8 content, kept up to date because every add may be held against a limit
        # In two parts, since those that are stored together share all but id and content: a third less for a million.
        self._kept: Dict[str, Tuple[str, Rest]] = {}
        self._latest = _NONE
        self._language = language
        self._index = None if language is None else Index(language)
        self._contexts: Dict[str, int] = {}  # how many memories each context has
        # When all memories that ever came are found, so that most searches need not check each.
        self._last_found: Tuple[int, int] = (0, 0)

    def __len__(self) -> int:
        """Count the memories, found or not yet."""
        return len(self._kept)

    def __contains__(self, identity: str) -> bool:
        """Return whether a memory of that id is stored."""
        return identity in self._kept

    def __getitem__(self, identity: str) -> Memory:
        """Return the memory of that id; raises UnknownMemoryError."""
        if identity not in self._kept:
            raise unknown_memory(identity)
        content, rest = self._kept[identity]
        return Memory(identity, content, *rest)

    def __iter__(self) -> Iterator[Memory]:
        """Yield the memories, oldest first: in the order they were stored, whatever their dates are."""
        return (Memory(identity, content, *rest) for identity, (content, rest) in self._kept.items())

    def all(self) -> List[Memory]:
        """List the memories, oldest first."""
        return list(self)

    def add(self, memory: Memory) -> None:
        """Store a memory as the newest, in place of any of the same id."""
        identity, content, rest = memory[0], memory[1], memory[2:]
        if identity in self._kept:
            self.remove(identity)
        if rest != self._latest:
            self._latest = rest
            at, after = self._last_found
            found_at, found_after = rest[4], rest[5]
            self._last_found = (max(at, found_at), max(after, found_after))
        self._kept[identity] = (content, self._latest)
        context = rest[0]
        self._contexts[context] = self._contexts.get(context, 0) + 1
        self.size += content_size(content)
        if self._index is not None:
            was_behind = self._index.unread > MUCH
            self._index.add(identity, content, context=context, created=memory.created)
            if not was_behind:
                self.note_behind()
        if self.transactions.on:
            self.transactions.add(Stored(partial(self._take_back, identity), self._key, memory))

    def remove(self, identity: str) -> None:
        """Forget one memory; raises UnknownMemoryError."""
        content = self[identity].content
        if self.transactions.on:
            self.transactions.add(Forgotten(self._returning(), self._key, identity))
        self._remove(identity, content)

    def clear(self) -> None:
        """Forget every memory, not the count of searches."""
        if self.transactions.on:
            self.transactions.add(Emptied(partial(self._hold, self._kept, self._index, self._last_found), self._key))
        self._hold({}, None if self._language is None else Index(self._language), (0, 0))

    def _remove(self, identity: str, content: str) -> None:
        self.size -= content_size(content)
        context = self._kept[identity][1][0]
        self._contexts[context] -= 1
        if not self._contexts[context]:
            del self._contexts[context]
        del self._kept[identity]
        if self._index is not None:
            was_behind = self.is_behind
            self._index.remove(identity)
            if not was_behind:  # it may have been rebuilt
                self.note_behind()

    def _take_back(self, identity: str) -> None:
        if identity in self._kept:
            self._remove(identity, self._kept[identity][0])

    def _returning(self) -> Callable[[], None]:
        """Return what undoes a removal: the first of a transaction puts all back, since only it knows the order."""
        if not self.transactions.is_first(self):
            return nothing
        kept, last_found = dict(self._kept), self._last_found

        def put_back() -> None:
            self._hold(kept, None, last_found)
            self._index_all()

        return put_back

    def _hold(self, kept: Dict[str, Tuple[str, Rest]], index: Optional[Index], last_found: Tuple[int, int]) -> None:
        self._kept = kept
        self._index = index
        self._contexts = dict(Counter(rest[0] for _, rest in kept.values()))
        self._latest = _NONE
        self._last_found = last_found
        self.size = size_of(kept)

    def _index_all(self) -> None:
        if self._language is None:
            return
        self._index = Index(self._language)
        for memory in self:
            self._index.add(memory.id, memory.content, context=memory.context, created=memory.created)
        self.note_behind()

    def set_language(self, language: Language) -> None:
        """Index every memory again in another language; does nothing if another search ranks them."""
        if self._index is None or language == self._language:
            return
        self._language = language
        self._index.set_language(language)
        self.note_behind()

    def catch_up(self, lock: FairLock) -> None:
        """Index what waits so that others may use the fake meanwhile, unless the caller has the lock."""
        if self.is_behind and not lock.is_mine:
            for worked in self.indexing(lock):
                if not worked:
                    lock.give_way()

    @property
    def is_behind(self) -> bool:
        """Whether the next search would have to read so much that others would notice."""
        return self._index is not None and self._index.unread > MUCH

    def note_behind(self) -> None:
        """Take note that it is behind, if it is."""
        if self.is_behind and self.behind is not None:
            self.behind.add(self)

    def indexing(self, lock: ContextManager[object]) -> Iterator[bool]:
        """Index what waits, in steps between which nobody holds the lock."""
        return iter(()) if self._index is None else self._index.indexing(lock)

    def search(self, query: str, *, context: str, limit: int, now: int) -> Hits:
        """Return the best memories that the next search may find with their scores, best first. Counts nothing.

        `context` "" selects all.
        """
        if self._index is None:
            return []
        found: Hits = []
        for identity, score in self._index.search(query, limit=limit, context=context, allowed=self._indexed(now)):
            content, rest = self._kept[identity]
            found.append((Memory(identity, content, *rest), score))
        return found

    def explain(self, query: str, *, context: str, limit: int, now: int) -> List[ScoreBreakdown]:
        """Give what `search` gives, with what each score is made of."""
        if self._index is None:
            return []
        return self._index.explain(query, limit=limit, context=context, allowed=self._indexed(now))

    def explain_one(self, query: str, identity: str, *, context: str, now: int) -> Optional[ScoreBreakdown]:
        """Give what the score of one memory is made of, wherever it stands; None where it holds no word asked for."""
        if self._index is None:
            return None
        return self._index.explain_one(query, identity, context=context, allowed=self._indexed(now))

    def nearest(self, query: str, limit: int) -> List[Memory]:
        """Return the best memories of all contexts, indexed or not, best first; none if another search ranks them."""
        if self._index is None:
            return []
        return [self[hit.key] for hit in self._index.search(query, limit=limit)]

    def newest(self) -> Iterator[Memory]:
        """Yield the memories, newest first."""
        return (Memory(identity, content, *rest) for identity, (content, rest) in reversed(self._kept.items()))

    def in_context(self, context: str) -> int:
        """Count the memories of a context."""
        return self._contexts.get(context, 0)

    def similar_contexts(self, context: str) -> List[str]:
        """List at most a few contexts of memories that differ from this one only in case or in white space."""
        same = _folded(context)
        likely = islice(self._contexts, CONTEXTS_LOOKED_AT)
        return list(islice((each for each in likely if each != context and _folded(each) == same), SIMILAR))

    def waiting(self, now: int, most: int) -> Tuple[List[Memory], bool]:
        """List those of the `most` newest that no search finds yet, and say whether each memory was looked at."""
        if self._indexed(now) is None:
            return [], True
        waits = [
            Memory(identity, content, *rest)
            for identity, (content, rest) in islice(reversed(self._kept.items()), most)
            if rest[4] > now or rest[5] > self.searches
        ]
        return waits, len(self._kept) <= most

    def within_reach(self, *, context: str, now: int) -> List[Memory]:
        """List the memories that the next search may find, oldest first; `context` "" selects all."""
        found = self._indexed(now)
        return [each for each in self if (not context or each.context == context) and (found is None or found(each.id))]

    def count_within_reach(self, *, context: str, now: int) -> int:
        """Count the memories that the next search may find; `context` "" selects all."""
        found = self._indexed(now)
        if found is None:
            return self.in_context(context) if context else len(self)
        return sum(
            1 for identity, (_, rest) in self._kept.items() if (not context or rest[0] == context) and found(identity)
        )

    @property
    def found_from(self) -> Tuple[int, int]:
        """When all is found: at which moment (ticks), and after how many searches."""
        delays = [rest[4:6] for _, rest in self._kept.values()]
        return max((at for at, _ in delays), default=0), max((after for _, after in delays), default=0)

    def snapshot(self) -> Memories:
        """Return all memories as one value."""
        return Memories(dict(self._kept), self.size)

    def neighbours(self, identity: str) -> Tuple[Optional[str], Optional[str]]:
        """Return the ids of the memories that were stored just before one and just after it."""
        before: Optional[str] = None
        ids = iter(self._kept)
        for each in ids:
            if each == identity:
                break
            before = each
        return before, next(ids, None)

    def insert(self, memory: Memory, neighbours: Tuple[Optional[str], Optional[str]]) -> None:
        """Store a memory again where it stood between its neighbours; as the newest if neither is there."""
        before, after = neighbours
        ids = [each for each in self._kept if each != memory.id]
        at = len(ids)
        if before is None or before in self._kept:
            at = 0 if before is None else ids.index(before) + 1
        elif after in self._kept:
            at = ids.index(str(after))
        later = [self[each] for each in ids[at:]]
        if len(later) > len(ids) / REMOVAL:
            self.restore([*(self[each] for each in ids[:at]), memory, *later])
            return
        self.add(memory)
        for each in later:
            self.add(each)

    def restore(self, memories: Iterable[Memory]) -> None:
        """Hold exactly these memories."""
        self.clear()
        for memory in memories:
            self.add(memory)

    def _indexed(self, now: int) -> Optional[Callable[[str], bool]]:
        """Return a test of an id for whether that memory is indexed, None if all are."""
        at, after = self._last_found
        if at <= now and after <= self.searches:
            return None

        def indexed(identity: str) -> bool:
            found_at, found_after = self._kept[identity][1][4:6]
            return found_at <= now and found_after <= self.searches

        return indexed


def _folded(context: str) -> str:
    return "".join(context.casefold().split())
