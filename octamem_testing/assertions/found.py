"""assert_found and assert_not_found: whether a search finds a memory with a score that counts, and if not, why."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, List, Optional, Sequence

from fake_server.core.search.scores import SCORE_CUT
from octamem_testing.checks import check_count, check_fake, check_text, mismatch
from octamem_testing.report.timeline import counted, indented

if TYPE_CHECKING:
    from fake_server.core import Fake, Memory
    from fake_server.core.search.breakdown import TermMatch
    from fake_server.core.service.explain import Explanation, Reason

__all__ = ["assert_found", "assert_not_found"]

_HITS_SHOWN = 5


def assert_found(
    fake: Fake,
    query: str,
    content: str,
    *,
    within: Optional[int] = None,
    previous_context: str = "",
    key: Optional[str] = None,
) -> None:
    """Assert that a search now finds a memory that holds `content`, with a score of at least SCORE_CUT.

    With `within`, it is among that many first hits. The search is that of `fake.explain`: it counts nothing, and takes
    no fault. Raises AssertionError with the first hits and their words, ValueError for a query that a search would
    refuse, and TypeError if `fake` is not the fake.
    """
    __tracebackhide__ = True
    _check(fake, "assert_found", query, content, previous_context)
    if within == 0:
        raise ValueError(mismatch("within", "an int of at least 1", within, "leave it out for all results"))
    check_count("within", within, "leave it out for all results")
    explanation = fake.explain(query, previous_context=previous_context, key=key)
    holding = [hit for hit in explanation.hits if content in hit.memory.content]
    best = holding[0] if holding else None
    if best is not None and _score(best) >= SCORE_CUT and (within is None or _rank(best) <= within):
        return
    got = "no hit holds it" if best is None else f"it is hit {best.rank}, with a score of {best.score}"
    raise _failure(
        f"a search for {query!r:.120} finds {content!r:.120}{_among(within)} with a score of at least {SCORE_CUT}",
        f"{got}, of {counted(len(explanation.hits), 'hit')}",
        _why_absent(fake, explanation, content, key) if best is None else _why_low(best, within),
        explanation,
    )


def assert_not_found(
    fake: Fake,
    query: str,
    content: Optional[str] = None,
    *,
    previous_context: str = "",
    key: Optional[str] = None,
) -> None:
    """Assert that no hit of a search now reaches SCORE_CUT, or, with `content`, none that holds it.

    It searches as `assert_found` does, and raises the same errors.
    """
    __tracebackhide__ = True
    _check(fake, "assert_not_found", query, content, previous_context)
    explanation = fake.explain(query, previous_context=previous_context, key=key)
    reaching = [
        hit
        for hit in explanation.hits
        if _score(hit) >= SCORE_CUT and (content is None or content in hit.memory.content)
    ]
    if not reaching:
        return
    first = reaching[0]
    what = "no hit" if content is None else f"no hit that holds {content!r:.120}"
    raise _failure(
        f"a search for {query!r:.120} finds {what} with a score of {SCORE_CUT} or more",
        f"hit {first.rank} has a score of {first.score}: {first.memory.content!r:.120}",
        _why_high(first),
        explanation,
    )


def _check(fake: Fake, receiver: str, query: str, content: Optional[str], previous_context: str) -> None:
    check_fake(fake, receiver)
    check_text("query", query)
    check_text("content", content)
    check_text("previous_context", previous_context)
    if content == "":
        raise ValueError(mismatch("content", "a part of a memory's text", content))


def _why_absent(fake: Fake, explanation: Explanation, content: str, key: Optional[str]) -> str:
    """Return what to do about a memory that is not among the hits."""
    stored = fake.memories(key=fake.api_key if key is None else key)
    memory = next((each for each in stored if content in each.content), None)
    if memory is not None:
        reason = _reason_of(fake, explanation, memory, key)
        return f"the memory is stored, but {reason}; ask with words that it holds, or add meaning with search="
    if not stored:
        return "no memory is stored under this key: check that the add was carried out, or pass key="
    near = get_close_matches(content, [each.content for each in stored], n=1)
    compared = f"compare with the nearest, {near[0]!r:.120}" if near else "check that its add was carried out"
    return f"none of {counted(len(stored), 'memory')} holds that text; {compared}"


def _reason_of(fake: Fake, explanation: Explanation, memory: Memory, key: Optional[str]) -> str:
    asked = fake.explain(
        explanation.query, previous_context=explanation.previous_context, memory=memory.id, key=key
    ).asked
    return " and ".join(() if asked is None else asked.why) or "it is not among the hits"


def _why_low(hit: Reason, within: Optional[int]) -> str:
    """Return what to do about a hit whose score or rank is not good enough."""
    if _score(hit) >= SCORE_CUT:
        return f"compare it with the {'one' if within == 1 else 'ones'} above it: they hold more of the question"
    lacking = [term.word for term in _terms(hit) if not term.matched]
    lacks = f" (it lacks {_listed(lacking)})" if lacking else ""
    return (
        f"the memory holds too little of the question{lacks}: ask with words that it holds, or add meaning with search="
    )


def _why_high(hit: Reason) -> str:
    """Return what to do about a hit that should not have been one."""
    holds = [term.matched[0] for term in _terms(hit) if term.matched]
    held = f" ({_listed(holds)})" if holds else ""
    return (
        f"the memory holds so much of the question{held} that it counts as an answer: if it is one, say so with "
        "assert_found; if not, ask for more than these words"
    )


def _failure(expected: str, got: str, hint: str, explanation: Explanation) -> AssertionError:
    hits = explanation.hits[:_HITS_SHOWN]
    lines = [line for hit in hits for line in _lines(hit)]
    if len(explanation.hits) > len(hits):
        lines.append(f"and {counted(len(explanation.hits) - len(hits), 'other hit')}")
    shown = (
        indented("\n".join(lines)) if lines else f"  none, of {counted(explanation.within_reach, 'memory')} searched"
    )
    heading = f"the hits, of which those from {SCORE_CUT} on count:"
    return AssertionError(f"expected: {expected}\ngot: {got}\nwhat to do: {hint}\n{heading}\n{shown}")


def _lines(hit: Reason) -> List[str]:
    lines = [f"{hit.rank}. {hit.score} {hit.memory.content!r:.120}"]
    matched = [
        f"{term.word} -> {_listed(term.matched)}" if (term.word,) != term.matched else term.word
        for term in _terms(hit)
        if term.matched
    ]
    lacking = [term.word for term in _terms(hit) if not term.matched]
    if matched:
        lines.append(f"   holds {', '.join(matched)}")
    if lacking:
        lines.append(f"   lacks {', '.join(lacking)}")
    return lines


def _terms(hit: Reason) -> Sequence[TermMatch]:
    return () if hit.breakdown is None else hit.breakdown.terms


def _among(within: Optional[int]) -> str:
    if within is None:
        return ""
    return " as the first hit" if within == 1 else f" among the first {within} hits"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:8])


def _score(hit: Reason) -> float:
    return hit.score or 0.0


def _rank(hit: Reason) -> int:
    return hit.rank or 0
