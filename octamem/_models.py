"""The params dicts and the results of the three operations."""

from __future__ import annotations

from typing import Annotated, Any, Dict, Iterable, List, Optional, Tuple, TypedDict, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ._attempts import AttemptRecord
from ._http_info import HttpInfo


class _GetRequired(TypedDict):
    query: str


class GetParams(_GetRequired, total=False):
    """The params dict of `get`: a query, and a context that restricts the search to the memories added under it."""

    previousContext: Optional[str]


class _AddRequired(TypedDict):
    content: str


class AddParams(_AddRequired, total=False):
    """The params dict of `add`: a content, and the context that it is stored under."""

    previousContext: Optional[str]


# Strict: a string in place of a documented number is an error. Built late, which halves the time of an import.
_CONFIG = ConfigDict(extra="allow", strict=True, defer_build=True)


class MemoryRecord(BaseModel):
    """One memory that a search found; `score` rates the match, `type` is semantic, episodic or procedural.

    A field is None if the service leaves it out. Fields that are not listed here are kept as attributes.
    """

    model_config = _CONFIG

    id: Optional[str] = None
    type: Optional[str] = None
    score: Optional[float] = None
    content: Optional[str] = None
    source: Optional[str] = None
    created_at: Optional[str] = None


class Result(BaseModel):
    """The base class of the three results."""

    model_config = _CONFIG

    @property
    def attempts(self) -> Tuple[AttemptRecord, ...]:
        """The HTTP requests of the call, oldest first; empty if the result did not come from a call."""
        attempts: Tuple[AttemptRecord, ...] = vars(self).get("_attempts", ())
        return attempts

    @property
    def http(self) -> Optional[HttpInfo]:
        """The HTTP answer that the result was read from; None if the result did not come from a call."""
        http: Optional[HttpInfo] = vars(self).get("_http")
        return http


ResultT = TypeVar("ResultT", bound=Result)


def with_attempts(result: Result, attempts: Tuple[AttemptRecord, ...], http: Optional[HttpInfo]) -> None:
    """Attach the attempts of a call, and its HTTP answer, to its result.

    They are in `__dict__`, and not in a field or a private attribute, so that two equal results stay equal.
    """
    vars(result).update(_attempts=attempts, _http=http)


def _empty_for_none(value: object) -> object:
    return [] if value is None else value


class SearchResult(Result):
    """The memories that a search found: best first in `results`, and by type in the three streams.

    Every field is optional on the wire. Fields that are not listed here are kept as attributes.
    """

    success: Optional[bool] = None
    pending_id: Optional[str] = None
    results: Annotated[List[MemoryRecord], BeforeValidator(_empty_for_none)] = Field(default_factory=list)
    semantic_memory: Optional[str] = None
    episodic_memory: Optional[str] = None
    procedural_memory: Optional[str] = None
    relevant_file_ids: Optional[List[Any]] = None
    file_memory: Any = None
    tokens: Optional[int] = None
    previous_context: Optional[str] = None

    def format(self) -> str:
        """Return the memories as one block of text for a prompt; "" if there are none.

        Each memory is one item under the heading of its type. If `results` is empty, each of the three streams is one
        item.
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
    """The acknowledgement of a stored memory; `success` is true, even if the service sent an empty answer."""

    success: bool = True
    id: Optional[str] = None
    pending_id: Optional[str] = None


class MemoryDetails(Result):
    """The usage and the limits of the memory behind this key; `unit` names what is counted.

    `limit` and `balance` are None if there is no limit.
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
    # Indented, so that the second line of a memory cannot look like another item or heading.
    return "- " + "\n  ".join(text.strip().splitlines())


def _prompt_text(memories: Iterable[Tuple[Optional[str], Optional[str]]]) -> str:
    """Return the (type, content) pairs as headings with one item a memory, in the order given; "" for none."""
    groups: Dict[str, List[str]] = {}
    for kind, content in memories:
        if content is not None and content.strip():
            groups.setdefault(_HEADINGS.get(kind or "", _OTHER), []).append(_item(content))
    return "\n\n".join("\n".join([f"{heading}:", *items]) for heading, items in groups.items())
