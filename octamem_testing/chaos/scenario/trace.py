"""Trace: from which lines of the program each request of a rerun is sent, and how often a line has a text in hand."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from contextlib import contextmanager
from dis import findlinestarts, get_instructions
from functools import lru_cache
from types import CodeType, FrameType
from typing import (
    Any,
    Callable,
    Dict,
    FrozenSet,
    Generator,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)
from typing import Counter as CounterOf

from octamem_testing.static import is_a, space_of
from octamem_testing.virtual_time.places import is_program

__all__ = ["Trace"]

_Line = Tuple[CodeType, int]
"""A line of the program: its code and its number."""

_DEPTH = 2
"""How far down a text is looked for in what a function holds: an attribute of an item, or a field of an event."""

_MOST_FIELDS = 32
"""The most fields of an item: what has more is a table of several, or a module."""


class _Call:
    """One call of a function of the program, as the trace function of its frame.

    `path` has the lines that it came to, and `held`, of each time that it had a text in hand, the line, the text and
    the variables that hold it.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self.path: List[int] = []
        self.held: List[Tuple[int, str, Mapping[str, object]]] = []

    def __call__(self, frame: FrameType, event: str, _: object) -> _Call:
        if event == "line":
            self.path.append(frame.f_lineno)
            self._trace.note_line(self, frame)
        return self


class _Step(NamedTuple):
    """One call among those by which a request is sent, with the line that it is at, and how far it had come."""

    call: _Call
    line: _Line
    came: int
    held: int
    names: Mapping[str, object]
    """The names that the function knows beyond its own."""


class Trace:
    """What a rerun shows of the program's own lines, for as many texts as are asked for.

    A function has a text in hand if it holds an item with it: the text itself, or a value that has it other than in a
    list of several.
    """

    def __init__(self, texts: Tuple[str, ...]) -> None:
        self._texts = texts
        self._in_hand: CounterOf[Tuple[_Line, str]] = Counter()
        self._passed: CounterOf[Tuple[_Line, str]] = Counter()
        self._sent: Dict[int, List[_Step]] = {}

    @contextmanager
    def following(self) -> Generator[None, None, None]:
        """Follow the lines of this thread, and of those that begin in the block."""
        before: Tuple[Any, Any] = (sys.gettrace(), vars(threading)["_trace_hook"])
        threading.settrace(self._enter)
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(before[0])
            threading.settrace(before[1])

    def note_request(self, number: int) -> None:
        """Note by which calls of the program's functions a request is sent."""
        steps: List[_Step] = []
        frame: Optional[FrameType] = sys._getframe(1)  # noqa: SLF001 - there is no other way to see who calls
        while frame is not None:
            call: Any = frame.f_trace
            if is_a(call, _Call):
                line = (frame.f_code, frame.f_lineno)
                steps.append(_Step(call, line, len(call.path), len(call.held), frame.f_globals))
            frame = frame.f_back
        self._sent[number] = steps[::-1]

    def came_as_often(self, usual: Trace, text: str, before: int, after: int) -> bool:
        """Whether the program came to an item of a text, from one request on until another, at most as often as usual.

        The innermost call that sent both came between them to the line that sends, or to one at which other variables
        hold the item than before. A loop of attempts comes to the line that sends too, with the same text: nothing was
        put into its variable in between. Two threads or tasks came to the same line of the function that each runs.
        """
        steps = list(zip(self._sent.get(before, ()), self._sent.get(after, ())))
        shared = [(one, other) for one, other in steps if one.call is other.call]
        lines = (
            _lines(*shared[-1], text) if shared else (one.line for one, other in steps[:1] if one.line == other.line)
        )
        return any(self._is_as_often(usual, line, text) for line in lines)

    def _is_as_often(self, usual: Trace, line: _Line, text: str) -> bool:
        """Whether a function had the item in hand at a line, or passed it on from there, as often as usual."""
        mine, others = self._in_hand[line, text], usual._in_hand[line, text]
        if not mine:
            mine, others = self._passed[line, text], usual._passed[line, text]
        return 0 < mine <= others

    def _enter(self, frame: FrameType, _event: str, _: object) -> Optional[Callable[..., Any]]:
        if not _is_followed(frame.f_code):
            return None
        if is_a(frame.f_trace, _Call):  # a generator or coroutine that goes on is entered again
            return frame.f_trace
        caller = frame.f_back
        while caller is not None and not is_a(caller.f_trace, _Call):
            caller = caller.f_back
        if caller is not None:
            for text, _held in self._texts_of(frame):
                self._passed[(caller.f_code, caller.f_lineno), text] += 1
        return _Call(self)

    def note_line(self, call: _Call, frame: FrameType) -> None:
        """Note which texts a function has in hand at the line that it comes to."""
        for text, held in self._texts_of(frame):
            self._in_hand[(frame.f_code, frame.f_lineno), text] += 1
            call.held.append((frame.f_lineno, text, held))

    def _texts_of(self, frame: FrameType) -> Iterator[Tuple[str, Mapping[str, object]]]:
        variables = dict(frame.f_locals)
        for text in self._texts:
            held = {name: each for name, each in variables.items() if _is_item_of(each, text, _DEPTH)}
            if held:
                yield text, held


def _lines(one: _Step, other: _Step, text: str) -> Iterator[_Line]:
    """Yield the lines to which a call came with an item once more between two requests."""
    path = other.call.path[one.came : other.came]
    if one.line == other.line and one.line[1] in path and not _is_same_text(other, path, text):
        yield one.line
    earlier = {line: held for line, each, held in one.call.held[: one.held] if each == text}
    for line, each, held in one.call.held[one.held : other.held]:
        if each == text and line in earlier and _are_others(held, earlier[line]):
            yield one.line[0], line


def _is_same_text(other: _Step, path: Sequence[int], text: str) -> bool:
    """Whether the line that sends has the text from a variable into which nothing was put on the path to it.

    Only a name that holds the text itself says so: what is in an object, or in an outer function, others may change.
    """
    code, number = other.line
    held: Mapping[str, object] = {}
    for line, each, variables in other.call.held[: other.held]:
        held = variables if (line, each) == (number, text) else held
    if not held:
        constants = _names_at(code, "LOAD_CONST").get(number, frozenset())
        names = _names_at(code, "LOAD_GLOBAL").get(number, frozenset())
        return text in constants or any(other.names.get(name) == text for name in names)
    put = _names_at(code, "STORE_")
    return all(
        is_a(value, str) and name not in code.co_freevars and not any(name in put.get(line, ()) for line in path)
        for name, value in held.items()
    )


@lru_cache(maxsize=256)
def _names_at(code: CodeType, kind: str) -> Mapping[int, FrozenSet[str]]:
    """Return the names, or constants, that the instructions of a kind have at each line, such as STORE_FAST."""
    starts, line = dict(findlinestarts(code)), 0
    found: Dict[int, FrozenSet[str]] = {}
    for each in get_instructions(code):
        line = starts.get(each.offset) or line
        if each.opname.startswith(kind):
            names = each.argval if is_a(each.argval, tuple) else (each.argval,)  # two at once, from Python 3.13 on
            found[line] = found.get(line, frozenset()) | {str(name) for name in names}
    return found


def _are_others(held: Mapping[str, object], before: Mapping[str, object]) -> bool:
    """Whether variables hold other objects than before; equal texts may be one object although they come from two."""
    both = [(held[name], before[name]) for name in held.keys() & before.keys()]
    both = [pair for pair in both if not is_a(pair[0], str)] or both
    return bool(both) and all(one is not other for one, other in both)


@lru_cache(maxsize=1024)
def _is_followed(code: CodeType) -> bool:
    return is_program(code.co_filename)


def _is_item_of(held: Any, text: str, depth: int) -> bool:
    """Whether a note of this text may be made of what a function holds."""
    if is_a(held, str):
        return text in held or (text != "" and 2 * len(held) >= len(text) and held in text)
    if depth == 0 or is_a(held, list, set, frozenset):
        return False
    parts = held if is_a(held, tuple) else (held if type(held) is dict else space_of(held)).values()
    return len(parts) <= _MOST_FIELDS and any(_is_item_of(part, text, depth - 1) for part in tuple(parts))
