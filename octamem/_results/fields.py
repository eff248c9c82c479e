"""The types of the fields of a result: what is expected, and what is accepted all the same.

A field that the vendor's page types is converted if that loses nothing. Any other field takes every JSON value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, List, Optional

from pydantic import BeforeValidator, GetCoreSchemaHandler, Strict, TypeAdapter, ValidationError, ValidationInfo


@dataclass(frozen=True)
class Oddity:
    """A value that is not of the expected type; its field is a path in the result."""

    field: str
    expected: str
    value: object


class Oddities(List[Oddity]):
    """The validation context that collects the odd values of a result."""


@dataclass(frozen=True)
class Expected:
    """What a field should hold; a value of another type is kept as it came."""

    name: str
    path: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        field = f"{self.path}{handler.field_name}"

        def keep(value: object, info: ValidationInfo) -> object:
            if isinstance(info.context, Oddities):
                info.context.append(Oddity(field, self.name, value))
            return value

        # The second choice is tried if the first refuses the value. It also serializes an odd value, of which pydantic
        # would warn otherwise.
        odd = {"type": "function-after", "function": {"type": "with-info", "function": keep}, "schema": {"type": "any"}}
        return {"type": "union", "choices": [handler(source), odd], "mode": "left_to_right"}


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _number_as_text(value: object) -> object:
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


Text = Annotated[Optional[str], Expected("a string")]
WholeNumber = Annotated[Optional[int], Expected("a whole number"), BeforeValidator(_whole)]
Items = Annotated[Optional[List[Any]], Expected("an array")]
RecordText = Annotated[Optional[str], Expected("a string", "results[].")]
RecordNumber = Annotated[Optional[float], Expected("a number", "results[].")]

PageText = Annotated[Optional[str], BeforeValidator(_number_as_text)]
PageNumber = Optional[Annotated[int, Strict(strict=False)]]
PageFlag = Annotated[bool, Strict(strict=False)]

_FLAG: TypeAdapter[bool] = TypeAdapter(bool)


def as_flag(value: object) -> Optional[bool]:
    """Return true or false, read as a field of the page is; None for what is neither."""
    if value is None or isinstance(value, bool):
        return value
    try:
        return _FLAG.validate_python(value, strict=False)
    except ValidationError:
        return None


def json_type(value: object) -> str:
    """Return what a JSON value is, in words."""
    kinds = {"bool": "true or false", "list": "an array", "str": "a string", "NoneType": "null", "dict": "an object"}
    return kinds.get(type(value).__name__, "a number")
