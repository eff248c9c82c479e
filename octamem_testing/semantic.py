"""A search that falls back on meaning where words find little, by static vectors that are installed with a package.

Nothing is downloaded, neither when it is built nor when it searches: of wordllama, two data files are read, and none of
its code is loaded, which would set up logging and may download.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Sequence, Tuple

from fake_server.core.custom_search import SearchFailedError
from fake_server.core.search.scores import SCORE_CUT
from fake_server.lazy import check_installed, install_hint

from .checks import check_share, mismatch

if TYPE_CHECKING:
    from fake_server.core import Memory

__all__ = ["Embed", "SemanticFallback"]

Embed = Callable[[List[str]], Sequence[Sequence[float]]]
"""Texts to their vectors, all of one length, in the same order."""

_MOST = 100_000  # texts whose vectors are kept
_PACKAGES = ("numpy", "safetensors", "tokenizers", "wordllama")


class SemanticFallback:
    """A `search=` that gives the fake's own hits, and where they find little, ranks by meaning too.

    Words find little if no hit has a score of `below`. Then the score of a memory is the greater one of two: that of
    its words, and the cosine of its vector and the query's. A memory without a word of the query is a hit if its cosine
    is `at_least` so much. Without `embed`, the vectors are those of wordllama, which know English best.

    Raises ModuleNotFoundError, with the line that installs what is missing, and ValueError for a bad argument.
    """

    def __init__(self, *, below: float = SCORE_CUT, at_least: float = 0.2, embed: Optional[Embed] = None) -> None:
        """Check that all is installed; the vectors are loaded at the first search that needs them."""
        check_share("below", below)
        check_share("at_least", at_least)
        if embed is None:
            _check_installed()
        elif not callable(embed):
            raise ValueError(mismatch("embed", "a function of texts to their vectors", embed))
        self._below = below
        self._at_least = at_least
        self._embed = embed
        self._vectors: Dict[str, Any] = {}

    def __call__(
        self, query: str, memories: Sequence[Memory], hits: Sequence[Tuple[Memory, float]]
    ) -> Sequence[Tuple[Memory, float]]:
        """Return the hits with their scores, the best first; of equals, the given hits first, then the newer."""
        if not memories or (hits and hits[0][1] >= self._below):
            return hits
        words = {memory.id: (score, len(hits) - rank) for rank, (memory, score) in enumerate(hits)}
        found: List[Tuple[float, int, int, int]] = []
        for arrival, (memory, cosine) in enumerate(zip(memories, self._cosines(query, memories))):
            by_words, place = words.get(memory.id, (0.0, 0))
            score = max(by_words, cosine if cosine >= self._at_least else 0.0)
            if score:
                found.append((score, place, memory.created, arrival))
        return [(memories[arrival], score) for score, *_, arrival in sorted(found, reverse=True)]

    def _cosines(self, query: str, memories: Sequence[Memory]) -> List[float]:
        """Return the cosine of each memory and the query, from 0 to 1, to four decimals on every machine."""
        import numpy as np

        self._learn([query, *(memory.content for memory in memories)])
        of_memories = np.stack([self._vectors[memory.content] for memory in memories])
        cosines = np.clip(of_memories @ self._vectors[query], 0.0, 1.0).round(4)
        return [float(cosine) for cosine in cosines]

    def _learn(self, texts: List[str]) -> None:
        """Keep the vectors of texts, each of length 1."""
        import numpy as np

        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if not new:
            return
        if len(self._vectors) + len(new) > _MOST:
            self._vectors, new = {}, list(dict.fromkeys(texts))
        embed = self._embed or _wordllama()
        vectors = _as_vectors(embed(new), len(new))
        known = next(iter(self._vectors.values()), vectors[0])
        if len(known) != vectors.shape[1]:
            raise _unfit(len(new), f"vectors of {len(known)} numbers before, and of {vectors.shape[1]} now")
        vectors = vectors / np.maximum(np.abs(vectors).max(axis=1, keepdims=True), np.finfo(np.float64).tiny)
        lengths = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
        self._vectors.update(zip(new, vectors / np.where(lengths > 0, lengths, 1.0)))


def _as_vectors(given: Any, texts: int) -> Any:
    """Return the vectors of so many texts as one array; raises SearchFailedError, which quotes none of the texts."""
    import numpy as np

    try:
        vectors = np.asarray(given, np.float64)
    except (OverflowError, TypeError, ValueError):  # of no numbers, of too large ones, or of several lengths
        vectors = np.empty(0)
    if vectors.ndim != 2 or len(vectors) != texts or not vectors.size or not np.isfinite(vectors).all():
        shape = " by ".join(map(str, vectors.shape))
        raise _unfit(texts, shape if vectors.size and shape else type(given).__name__)
    return vectors


def _unfit(texts: int, got: str) -> SearchFailedError:
    expected = f"a vector for each of {texts} texts, all of one length and of finite numbers"
    return SearchFailedError(f"search=, embed: expected {expected}, got {got}")


def _check_installed() -> None:
    try:
        for name in _PACKAGES:
            check_installed(name)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(install_hint("SemanticFallback()", error, "semantic"), name=error.name) from None


@lru_cache(maxsize=1)
def _wordllama() -> Embed:
    """Load the vectors of wordllama: a text's is the mean of those of its tokens."""
    import numpy as np

    spec = find_spec("wordllama")
    folder = Path(((spec and spec.submodule_search_locations) or [""])[0])
    tokenizer = import_module("tokenizers").Tokenizer.from_file(str(_data(folder, "tokenizers/*.json")))
    weights = import_module("safetensors.numpy").load_file(str(_data(folder, "weights/*.safetensors")))
    (table,) = weights.values()

    def embed(texts: List[str]) -> List[Any]:
        tokens = [each.ids for each in tokenizer.encode_batch(texts, add_special_tokens=False)]
        empty = np.zeros(table.shape[1])
        return [table[ids].astype(np.float64).mean(axis=0) if ids else empty for ids in tokens]

    return embed


def _data(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise ModuleNotFoundError(
            f"wordllama: expected {pattern} in the installed package, got none; install the release that the extra "
            'names: pip install ".[semantic]"',
            name="wordllama",
        )
    return found[0]
