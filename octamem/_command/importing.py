"""The import of a file: checks all of it, then sends what the journal does not know as stored."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional

from octamem._add_many.items import check_options
from octamem._add_many.outcome import AddOutcome
from octamem._add_many.threads import add_in_threads
from octamem._client import OctaMem
from octamem._errors import OctaMemError
from octamem._models import AddResult
from octamem._settings import Settings

from .arguments import CommandError
from .entries import Entry, Problem, digest, format_of, ranges, read
from .journal import Header, Journal
from .progress import Progress
from .show import complain, printable, write_json
from .stop import Stop

_GIVES_UP = 20
"""So many failures in a row are no fault of the entries: the service is down, or a limit is reached."""

_FIRST = 20
"""So many failures are shown one by one."""


@dataclass
class Report:
    """What came of an import so far."""

    name: str
    entries: List[Entry]
    before: int
    failed: Dict[int, OctaMemError] = field(default_factory=dict)
    in_a_row: int = 0

    def take(self, entry: Entry, outcome: AddOutcome) -> None:
        """Count the outcome of an entry."""
        if outcome.error is None:
            self.in_a_row = 0
        else:
            self.failed[entry.index] = outcome.error
            self.in_a_row += 1


def run_import(options: argparse.Namespace) -> int:
    """Import the file that the options name, and return the exit status."""
    path = Path(options.file)
    entries = _entries(path, options)
    if entries is None:
        return 2
    concurrency = check_options(options.concurrency, None)
    settings = Settings().changed({"api_key": None, "base_url": options.base_url})
    journal = Journal(Path(options.journal or f"{path}.octamem-journal"))
    stop = Stop()
    try:
        header = _header(journal, path, entries, settings, same_memory=options.same_memory)
        report = Report(str(path), entries, len(journal.stored))
        with OctaMem(base_url=options.base_url, timeout=options.timeout, clock=stop) as client, stop.on_signals():
            _send(client, header.imported, journal, report, stop, concurrency)
    except OSError as error:
        problem = f"{journal.path}: the journal cannot be written: {error.strerror}; nothing more was sent"
        raise CommandError(problem, status=1) from None
    finally:
        journal.close()
    return _finish(report, journal, stop, as_json=options.json)


def _entries(path: Path, options: argparse.Namespace) -> Optional[List[Entry]]:
    """Return all entries of the file, or None after its problems were printed."""
    form = format_of(path, options.format)
    if form is None:
        raise CommandError(f"{path}: the suffix names no format; pass --format text, jsonl or markdown")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: the file cannot be read: {error.strerror}") from None
    entries, problems = read(data, form, options.context)
    if problems:
        _print_problems(path, problems)
        return None
    return entries


def _print_problems(path: Path, problems: List[Problem]) -> None:
    for problem in problems:
        complain(f"{path}:{problem.line}: {problem.text}")
    wrong = "1 entry is" if len(problems) == 1 else f"{len(problems):,} entries are"
    complain(f"{path}: {wrong} wrong; nothing was sent")


def _header(journal: Journal, path: Path, entries: List[Entry], settings: Settings, *, same_memory: bool) -> Header:
    """Return the header of the journal, after comparing it with the file and with the service."""
    imported, known = os.urandom(16).hex(), digest(entries)

    def target(imported: str) -> str:
        secret = settings.key().reveal()
        return hashlib.sha256(f"{imported} {settings.url()} {secret}".encode()).hexdigest()[:32]

    header = journal.header(Header(imported, len(entries), known, target(imported)))
    if header.digest != known:
        raise CommandError(
            f"{path}: the file has changed since its import began: it had {header.entries:,} entries, of which "
            f"{len(journal.stored):,} are stored, and now has {len(entries):,}; restore it to continue, or import what "
            f"is new as a file of its own, or delete {journal.path} to import everything again"
        )
    if not same_memory and header.target != target(header.imported):
        raise CommandError(
            f"{path}: its import began with another key or at another address; name another journal with --journal to "
            "import it there too, or pass --same-memory if the key or the address was replaced"
        )
    return header


def _send(client: OctaMem, imported: str, journal: Journal, report: Report, stop: Stop, concurrency: int) -> None:
    left = [entry for entry in report.entries if entry.index not in journal.stored]
    progress = Progress(sys.stderr, len(report.entries), report.before)
    stop.in_wait = client.close

    def entries() -> Iterator[Entry]:
        for entry in left:
            if stop.is_asked():
                return
            yield entry

    def add(operation: Callable[[], Any]) -> AddResult:
        entry: Entry = operation()
        if stop.is_asked():
            raise OctaMemError(f"not sent: {stop.reason}")
        key = f"{imported}-{entry.index}"
        journal.sending(entry.index, key)
        try:
            result = client.add(content=entry.content, previous_context=entry.context, idempotency_key=key)
        except OctaMemError as error:
            journal.note_failed(entry.index, error.outcome)
            raise
        lost = any(attempt.outcome == "unknown" for attempt in result.attempts)
        journal.note_stored(entry.index, twice=lost)
        return result

    try:
        for outcome in add_in_threads(entries(), lambda _index, entry: entry, add, concurrency, progress):
            report.take(left[outcome.index], outcome)
            if report.in_a_row >= _GIVES_UP:
                stop.ask(f"stopped after {_GIVES_UP} failures in a row")
    finally:
        progress.end()


def _finish(report: Report, journal: Journal, stop: Stop, *, as_json: bool) -> int:
    """Print what came of the import, and return the exit status."""
    entries = report.entries
    left = [entry for entry in entries if entry.index not in journal.stored]
    twice = [entries[index].line for index in sorted(journal.maybe_twice())]
    unknown = [entries[index].line for index in sorted(journal.maybe_stored())]
    failed = {index: error for index, error in report.failed.items() if error.attempts}
    if as_json:
        write_json(
            {
                "file": report.name,
                "entries": len(entries),
                "stored": len(journal.stored),
                "stored_before": report.before,
                "left": [entry.line for entry in left],
                "failed": [{"line": entries[index].line, "error": str(error)} for index, error in failed.items()],
                "maybe_stored": unknown,
                "maybe_twice": twice,
                "stopped": stop.reason or None,
            },
            sys.stdout,
        )
    else:
        earlier = f", {report.before:,} of them by an earlier run" if report.before else ""
        print(printable(f"{report.name}: {len(journal.stored):,} of {len(entries):,} entries are stored{earlier}"))
    _explain(report, failed, left, unknown, twice, stop)
    if stop.signal:
        return 128 + stop.signal
    return 1 if left else 3 if twice else 0


def _explain(
    report: Report,
    failed: Dict[int, OctaMemError],
    left: List[Entry],
    unknown: List[int],
    twice: List[int],
    stop: Stop,
) -> None:
    said: List[str] = [f"{report.entries[index].line}: {error}" for index, error in list(failed.items())[:_FIRST]]
    said += [f" {len(failed) - _FIRST:,} more failed"] if len(failed) > _FIRST else []
    said += [f" {stop.reason}"] if stop.reason else []
    if twice:
        said.append(
            f" line {ranges(twice)} may be stored twice: an answer was lost, or a run was killed. A service that "
            "honours Idempotency-Key has stored it once"
        )
    if unknown:
        said.append(f" line {ranges(unknown)} may be stored already, although no answer says so")
    if left:
        said.append(f" {len(left):,} of {len(report.entries):,} entries are left; run the same command to continue")
    for text in said:
        complain(f"{report.name}:{text}")
