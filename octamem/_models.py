"""What goes in and what comes out: the params dicts and the answers of the three operations."""

from __future__ import annotations

from typing import Annotated, Any, List, Optional, Tuple, TypedDict

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from ._attempts import AttemptRecord
from ._prompt import prompt_text


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


class MemoryRecord(BaseModel):
    """One memory that a search found; `score` says how well it answers, `type` is semantic, episodic or procedural.

    Every field is None where the service leaves it out; fields that are not listed here are kept as attributes.
    """

    model_config = ConfigDict(extra="allow")

    id: Optional[StrictStr] = None
    type: Optional[StrictStr] = None
    score: Optional[StrictFloat] = None
    content: Optional[StrictStr] = None
    source: Optional[StrictStr] = None
    created_at: Optional[StrictStr] = None


class _Answer(BaseModel):
    model_config = ConfigDict(extra="allow")

    @property
    def attempts(self) -> Tuple[AttemptRecord, ...]:
        """The HTTP requests that were made for this answer, oldest first; empty where it did not come from a call."""
        attempts: Tuple[AttemptRecord, ...] = self.__dict__.get("_attempts", ())
        return attempts


def with_attempts(answer: _Answer, attempts: Tuple[AttemptRecord, ...]) -> None:
    """Note on the answer how it was got.

    In `__dict__` rather than in a field or a private attribute: two equal answers stay equal, whatever it took.
    """
    answer.__dict__["_attempts"] = attempts


def _nothing_is_empty(value: object) -> object:
    return [] if value is None else value


class SearchResult(_Answer):
    """What a search recalled, best first in `results`, and by type in the three streams.

    Every field is optional on the wire; fields that are not listed here are kept as attributes.
    """

    success: Optional[StrictBool] = None
    pending_id: Optional[StrictStr] = None
    results: Annotated[List[MemoryRecord], BeforeValidator(_nothing_is_empty)] = Field(default_factory=list)
    semantic_memory: Optional[StrictStr] = None
    episodic_memory: Optional[StrictStr] = None
    procedural_memory: Optional[StrictStr] = None
    relevant_file_ids: Optional[List[Any]] = None
    file_memory: Any = None
    tokens: Optional[StrictInt] = None
    previous_context: Optional[StrictStr] = None

    def format(self) -> str:
        """Return what was recalled as one block of text for a prompt; "" when nothing was.

        Memories stand under a heading for their type, one item each; where the answer lists no `results`, each of
        the three streams is one item.
        """
        if self.results:
            return prompt_text((record.type, record.content) for record in self.results)
        return prompt_text(
            [
                ("semantic", self.semantic_memory),
                ("episodic", self.episodic_memory),
                ("procedural", self.procedural_memory),
            ]
        )


class AddResult(_Answer):
    """That a memory was accepted; `success` is true, also where the service acknowledged it with an empty answer."""

    success: StrictBool = True
    id: Optional[StrictStr] = None
    pending_id: Optional[StrictStr] = None


class MemoryDetails(_Answer):
    """What the memory behind this key uses and may use; `unit` says what is counted.

    `limit` and `balance` are None where there is no limit.
    """

    success: Optional[StrictBool] = None
    usage: Optional[StrictInt] = None
    limit: Optional[StrictInt] = None
    unit: Optional[StrictStr] = None
    balance: Optional[StrictInt] = None
    plan: Optional[StrictStr] = None
