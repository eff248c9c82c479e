"""The command `seed`: store the memories of a file in a fake that is served, those of them that are missing."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import BinaryIO, Iterator, Optional, cast

import click

from fake_server.cli.options import INTERRUPTED, Choice
from fake_server.core.wording import plural

from .client import Control
from .options import exit_status, json_option, key_option, server_options
from .progress import Progress
from .seed_ids import MemoryLine, memory_lines
from .seeding import Counts, compared, store, stored_under
from .text import echo_json, one_line

__all__ = ["seed"]

FORMATS = ("jsonl", "text")

_EPILOG = f"""\b
Examples:
  octamem-fake seed memories.jsonl
  octamem-fake seed notes.txt --api-key your-api-key
  octamem-fake seed memories.jsonl --check
  generate | octamem-fake seed - --all-or-none

A line of JSON is a text, a pair of a text and its context, or an object with content, and any of id, previousContext,
type, source, created_at and file. A line without an id gets one that follows from what it says. So a second run stores
only what is missing: lines that were added or corrected, or that an interruption left.

{exit_status("no server answers, or it refused; or a line is wrong")}
"""


@click.command(epilog=_EPILOG, short_help="Store the memories of a file, those that are missing.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@server_options
@key_option
@click.option(
    "--format",
    "form",
    type=Choice(FORMATS),
    help="JSON lines, or each line a text. [default: text for *.txt, else jsonl]",
)
@click.option("--check", is_flag=True, help="Report the wrong lines, and store nothing.")
@click.option("--all-or-none", is_flag=True, help="Store nothing if a line is wrong.")
@click.option("--replace", is_flag=True, help="Replace a memory that is stored under the id of a line, but differs.")
@json_option
def seed(
    *,
    control: Control,
    file: Path,
    api_key: str,
    form: Optional[str],
    check: bool,
    all_or_none: bool,
    replace: bool,
    as_json: bool,
) -> None:
    """Store the memories of FILE, or of standard input if it is -.

    Each wrong line is reported on standard error with its number. The other lines are stored.
    """
    form = form or ("text" if file.suffix.lower() in {".txt", ".text"} else "jsonl")
    counts = Counts()
    with ExitStack() as stack:
        progress = Progress(None if str(file) == "-" else file.stat().st_size)
        stack.callback(progress.end)

        def report(number: int, error: str) -> None:
            counts.wrong.append({"line": number, "error": error})
            progress.say(one_line(f"{file}, line {number}: {error}"))

        def right(stream: BinaryIO) -> Iterator[MemoryLine]:
            for line in memory_lines(stream, plain=form == "text", read=progress.read):
                if isinstance(line, MemoryLine):
                    yield line
                else:
                    report(line.number, line.error)
                progress.update(str(counts))

        stream = _opened(stack, file, twice=all_or_none)
        try:
            there = {} if check else stored_under(control, api_key)
            lines = partial(compared, there=there, report=report, replace=replace)
            count = sum(1 for _ in lines(right(stream))) if check or all_or_none else 0
            if not check and not (all_or_none and counts.wrong):
                if all_or_none:
                    stream.seek(0)
                store(lines(right(stream)), control, api_key, counts, report)
        except click.ClickException as error:
            raise click.ClickException(f"{error.message} ({counts}; run the command again to store the rest)") from None
        except KeyboardInterrupt:
            progress.end()
            click.echo(f"interrupted: at least {counts}; run the command again to store the rest", err=True)
            sys.exit(INTERRUPTED)
    said = f"{plural(count, 'line')} can be stored, {plural(len(counts.wrong), 'wrong line')}" if check else str(counts)
    echo_json(asdict(counts)) if as_json else click.echo(said)
    sys.exit(1 if counts.wrong else 0)


def _opened(stack: ExitStack, file: Path, *, twice: bool) -> BinaryIO:
    """Open a file; standard input that is to be read twice is kept in a temporary one."""
    if str(file) != "-":
        return stack.enter_context(file.open("rb"))
    if not twice:
        return sys.stdin.buffer
    kept = cast("BinaryIO", stack.enter_context(TemporaryFile()))  # noqa: SIM115 - the stack closes it
    copyfileobj(sys.stdin.buffer, kept)
    kept.seek(0)
    return kept
