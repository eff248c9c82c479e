"""What goes in and what comes out: the params dicts and the answers of the three operations."""

from __future__ import annotations

from typing import Annotated, Any, Dict, Iterable, List, Optional, Tuple, TypedDict

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ._attempts import AttemptRecord


class _GetRequired(TypedDict):
    query: str


class GetParams(_GetRequired, total=False):
    """The params dict of `get`: a query, and a context label that restricts what is searched."""

    previousContext: str


class _AddRequired(TypedDict):
    content: str


class AddParams(_AddRequired, total=False):
    """The params dict of `add`: a content, and the context label that it is kept under."""

    previousContext: str


# Strict: a text where a number was documented is no number. Built late, which halves the time of an import.
_CONFIG = ConfigDict(extra="allow", strict=True, defer_build=True)


class MemoryRecord(BaseModel):
    """One memory that a search found; `score` says how well it answers, `type` is semantic, episodic or procedural.

    Every field is None where the service leaves it out; fields that are not listed here are kept as attributes.
    """

    model_config = _CONFIG

    id: Optional[str] = None
    type: Optional[str] = None
    score: Optional[float] = None
    content: Optional[str] = None
    source: Optional[str] = None
    created_at: Optional[str] = None


class Result(BaseModel):
    """What the answers of the three operations have in common."""

    model_config = _CONFIG

    @property
    def attempts(self) -> Tuple[AttemptRecord, ...]:
        """The HTTP requests that were made for this answer, oldest first; empty where it did not come from a call."""
        attempts: Tuple[AttemptRecord, ...] = vars(self).get("_attempts", ())
        return attempts


def with_attempts(answer: Result, attempts: Tuple[AttemptRecord, ...]) -> None:
    """Note on the answer how it was got.

    In `__dict__` rather than in a field or a private attribute: two equal answers stay equal, whatever it took.
    """
    vars(answer)["_attempts"] = attempts


def _nothing_is_empty(value: object) -> object:
    return [] if value is None else value


class SearchResult(Result):
    """What a search recalled, best first in `results`, and by type in the three streams.

    Every field is optional on the wire; fields that are not listed here are kept as attributes.
    """

    success: Optional[bool] = None
    pending_id: Optional[str] = None
    results: Annotated[List[MemoryRecord], BeforeValidator(_nothing_is_empty)] = Field(default_factory=list)
    semantic_memory: Optional[str] = None
    episodic_memory: Optional[str] = None
    procedural_memory: Optional[str] = None
    relevant_file_ids: Optional[List[Any]] = None
    file_memory: Any = None
    tokens: Optional[int] = None
    previous_context: Optional[str] = None

    def format(self) -> str:
        """Return what was recalled as one block of text for a prompt; "" when nothing was.

        Memories stand under a heading for their type, one item each; where the answer lists no `results`, each of
        the three streams is one item.
        """
        if self.results:
            return _prompt_text((record.type, record.content) for record in self.results)
        return _prompt_text(
            [
                ("semantic", self.semantic_memory),
                ("episodic", self.episodic_memory),
                ("procedural", self.procedural_memory),
            ]
        )


class AddResult(Result):
    """That a memory was accepted; `success` is true, also where the service acknowledged it with an empty answer."""

    success: bool = True
    id: Optional[str] = None
    pending_id: Optional[str] = None


class MemoryDetails(Result):
    """What the memory behind this key uses and may use; `unit` says what is counted.

    `limit` and `balance` are None where there is no limit.
    """

    success: Optional[bool] = None
    usage: Optional[int] = None
    limit: Optional[int] = None
    unit: Optional[str] = None
    balance: Optional[int] = None
    plan: Optional[str] = None


_HEADINGS: Dict[str, str] = {"semantic": "Facts", "episodic": "Events", "procedural": "How to"}
_OTHER = "Memories"


def _item(text: str) -> str:
    # Indented, so that a memory with line breaks of its own cannot pass for another item or heading.
    return "- " + "\n  ".join(text.strip().splitlines())


def _prompt_text(memories: Iterable[Tuple[Optional[str], Optional[str]]]) -> str:
    """Return the (type, content) pairs as headings with one item a memory, in the order given; "" for none."""
    groups: Dict[str, List[str]] = {}
    for kind, content in memories:
        if content is not None and content.strip():
            groups.setdefault(_HEADINGS.get(kind or "", _OTHER), []).append(_item(content))
    return "\n\n".join("\n".join([f"{heading}:", *items]) for heading, items in groups.items())
