"""The log of a served fake: everything that goes to standard error, as text or as JSON."""

from __future__ import annotations

import io
import json
import logging
import sys
from contextlib import contextmanager
from datetime import datetime, timezone
from threading import Lock
from typing import Any, Callable, Generator, Mapping, Optional

from fake_server.core.journal.entry import Entry
from fake_server.core.wording import plural

from .output import Output, encoding_of, writes_to

__all__ = ["FORMATS", "LEVELS", "Log", "logging_to_stderr"]

SHORT = 0.1  # seconds
LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("text", "json")
_UNASKED = ("_srcfile", "logThreads", "logProcesses", "logMultiprocessing", "logAsyncioTasks")
"""What `logging` finds out for each record unless these are None, as its documentation says, and no line shows."""

Line = Callable[[str, str, str, Mapping[str, Any]], str]


class Log:
    """Standard error of a server; `say` writes to it past the level."""

    def __init__(self, output: Output, line: Line, *, has_requests: bool) -> None:
        self.has_requests = has_requests
        self.shows_facts = line is not _text_line
        self._output = output
        self._line = line

    @property
    def dropped(self) -> int:
        """The number of lines that are missing so far."""
        return self._output.dropped

    def say(self, text: str, *, level: str = "info", logger: str = "fake_server", **facts: Any) -> None:
        """Write a text; in JSON it is the message, with the facts beside it."""
        self._output.put(self._line(text, level, logger, facts))

    def request(self, entry: Entry) -> None:
        """Write the line of an attempt, if the level has those: as `logging` would, which takes twice as long."""
        if not self.has_requests:
            return
        if self.shows_facts:
            self.say(entry.line(), **entry.facts())
        else:
            self._output.put(entry.line())

    def drain(self) -> None:
        """Wait a moment for what was written, in case it is read."""
        self._output.drain(SHORT)


@contextmanager
def logging_to_stderr(level: str, form: str) -> Generator[Log, None, None]:
    """Let nothing that goes to standard error block; `level` is one of LEVELS, and `form` one of FORMATS.

    On INFO, the requests are logged; what the HTTP server and asyncio log below WARNING needs DEBUG.
    """
    line = _json_line if form == "json" else _text_line
    stream = sys.stderr
    output = Output(writes_to(stream), lambda count, ended: _missing(line, count, ended), encoding=encoding_of(stream))
    chosen: int = getattr(logging, level.upper())
    log = Log(output, line, has_requests=chosen <= logging.INFO)
    handler = _Handler(log)
    root, ours = logging.getLogger(), logging.getLogger("fake_server")
    former = (root.level, ours.level)
    root.setLevel(chosen if level == "debug" else max(chosen, logging.WARNING))
    ours.setLevel(chosen)
    root.addHandler(handler)
    sys.stderr = _Stderr(log)
    unasked = {name: getattr(logging, name) for name in _UNASKED if hasattr(logging, name)}
    try:
        for name in unasked:
            setattr(logging, name, None)
        yield log
    finally:
        for name, value in unasked.items():
            setattr(logging, name, value)
        sys.stderr = stream
        root.removeHandler(handler)
        root.setLevel(former[0])
        ours.setLevel(former[1])
        output.close()


class _Handler(logging.Handler):
    """Hand each record to the log, with the facts that it carries as a function."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log
        self._traceback = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage()
            if record.exc_info:
                text = f"{text}\n{self._traceback.formatException(record.exc_info)}"
            facts: Optional[Callable[[], Mapping[str, Any]]] = getattr(record, "facts", None)
            found = facts() if facts is not None and self._log.shows_facts else {}
            self._log.say(text, level=record.levelname.lower(), logger=record.name, **found)
        except Exception:  # noqa: BLE001 - as logging has it: a record that cannot be written must stop no request
            self.handleError(record)


class _Stderr(io.TextIOBase):
    """What others print to standard error, such as the traceback of a thread: a line of the log for each line."""

    encoding = "utf-8"

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log
        self._begun = ""
        self._lock = Lock()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        with self._lock:
            *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._log.say(line, level="error", logger="stderr")
        return len(text)


def _text_line(text: str, _level: str, _logger: str, _facts: Mapping[str, Any]) -> str:
    return text


def _json_line(text: str, level: str, logger: str, facts: Mapping[str, Any]) -> str:
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"time": now, "level": level, "logger": logger, "message": text, **facts}, default=str)


def _missing(line: Line, count: int, ended: bool) -> str:  # noqa: FBT001 - as Output calls it
    where = "in all" if ended else "here"
    text = f"{plural(count, 'line')} of this log dropped {where}: nobody read in time, or it could not be written"
    return line(text, "warning", "fake_server", {"dropped": count})
