"""The params dicts and the results of the three operations."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated, Any, Dict, Iterator, List, Optional, Tuple, TypedDict, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from ._attempts import AttemptRecord
from ._results.fields import Items, PageFlag, PageNumber, PageText, RecordNumber, RecordText, Text, WholeNumber
from ._results.http_info import HttpInfo
from ._results.showing import html_records, html_table, lines, prompt_text


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


# Strict: what is expected is told from what is only accepted. Built late, which halves the time of an import.
_CONFIG = ConfigDict(extra="allow", strict=True, defer_build=True)


_MOMENT: TypeAdapter[datetime] = TypeAdapter(datetime)


class Shown(BaseModel):
    """A model whose repr and table leave out what says nothing."""

    model_config = _CONFIG

    def __repr_args__(self) -> Iterator[Tuple[Optional[str], Any]]:
        return ((name, value) for name, value in super().__repr_args__() if self._says_something(name, value))

    def _says_something(self, _name: Optional[str], value: object) -> bool:
        return value is not None and value not in ("", [], {})

    def _repr_html_(self) -> str:
        return html_table(_cells(self))


def _cells(model: BaseModel) -> Dict[str, Any]:
    return {name: value for name, value in model.__repr_args__() if name}


class MemoryRecord(Shown):
    """One memory that a search found; `score` rates the match, `type` is semantic, episodic or procedural.

    A field is None if the service leaves it out. Fields that are not listed here are kept as attributes. A value of an
    unexpected type is kept as it came.
    """

    id: RecordText = None
    type: RecordText = None
    score: RecordNumber = None
    content: RecordText = None
    source: RecordText = None
    created_at: RecordText = None

    @property
    def created(self) -> Optional[datetime]:
        """The time of `created_at`, in UTC if it names no zone; None if it is no time."""
        value: object = self.created_at
        try:
            moment = None if isinstance(value, bool) else _MOMENT.validate_python(value)
        except ValidationError:
            return None
        return moment.replace(tzinfo=timezone.utc) if moment and moment.tzinfo is None else moment


class Result(Shown):
    """The base class of the three results."""

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

    @property
    def unreadable(self) -> Dict[str, Any]:
        """The fields that could not be read, as they came; the result has None for each."""
        return dict(vars(self).get("_unreadable", ()))

    def __repr_args__(self) -> Iterator[Tuple[Optional[str], Any]]:
        yield from super().__repr_args__()
        if self.unreadable:
            yield "unreadable", self.unreadable


ResultT = TypeVar("ResultT", bound=Result)


def with_attempts(result: Result, attempts: Tuple[AttemptRecord, ...], http: Optional[HttpInfo]) -> None:
    """Attach the attempts of a call, and its HTTP answer, to its result.

    They are in `__dict__`, and not in a field or a private attribute, so that two equal results stay equal.
    """
    vars(result).update(_attempts=attempts, _http=http)


def with_unreadable(result: Result, fields: Dict[str, Any]) -> None:
    """Attach the fields that could not be read, as `with_attempts` does."""
    vars(result)["_unreadable"] = fields


def _empty_for_none(value: object) -> object:
    return [] if value is None else value


class SearchResult(Result):
    """The memories that a search found: best first in `results`, and by type in the three streams.

    Every field is optional on the wire. Fields that are not listed here are kept as attributes.
    """

    success: Optional[PageFlag] = None
    pending_id: PageText = None
    results: Annotated[List[MemoryRecord], BeforeValidator(_empty_for_none)] = Field(default_factory=list)
    semantic_memory: Text = None
    episodic_memory: Text = None
    procedural_memory: Text = None
    relevant_file_ids: Items = None
    file_memory: Any = None
    tokens: WholeNumber = None
    previous_context: Text = None

    def format(self) -> str:
        """Return the memories and the names of files as one block of text for a prompt; "" if there are none.

        Each memory is one item under the heading of its type. If `results` is empty, each of the three streams is one
        item.
        """
        memories = [(record.type, record.content) for record in self.results] or self._streams()
        return prompt_text(memories, self.file_memory)

    def _streams(self) -> List[Tuple[Optional[str], Optional[str]]]:
        return [
            ("semantic", self.semantic_memory),
            ("episodic", self.episodic_memory),
            ("procedural", self.procedural_memory),
        ]

    def _without_records(self) -> Dict[str, Any]:
        # The streams repeat the contents of the records.
        hidden = {"results", "semantic_memory", "episodic_memory", "procedural_memory"} if self.results else ()
        return {name: value for name, value in _cells(self).items() if name not in hidden}

    def __repr__(self) -> str:
        return lines(type(self).__name__, self._without_records().items(), self.results)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        records = html_records([_cells(record) for record in self.results]) if self.results else ""
        return html_table(self._without_records()) + records


class AddResult(Result):
    """The acknowledgement of a stored memory; `success` is true, even if the service sent an empty answer."""

    success: PageFlag = True
    id: Text = None
    pending_id: PageText = None


class MemoryDetails(Result):
    """The usage and the limits of the memory behind this key; `unit` names what is counted.

    `limit` and `balance` are None if there is no limit.
    """

    success: Optional[PageFlag] = None
    usage: PageNumber = None
    limit: PageNumber = None
    unit: Text = None
    balance: WholeNumber = None
    plan: Text = None

    def _says_something(self, name: Optional[str], value: object) -> bool:
        # A limit that the service sends as null says that there is none.
        return value is not None or name in self.model_fields_set
