"""The command itself: runs one of the four, and turns every failure into a line and an exit status."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Callable, Optional, Sequence

from octamem._client import OctaMem
from octamem._errors import OctaMemError, ValidationError
from octamem._models import Result

from . import show
from .arguments import CommandError, parse, words
from .importing import run_import


def main(given: Optional[Sequence[str]] = None) -> int:
    """Run a command line, and return its exit status; a Ctrl-C outside of an import passes through."""
    show.be_lenient()
    options = parse(words(given))
    try:
        status = run_import(options) if options.command == "import" else _call(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has left. Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except CommandError as error:
        show.complain(str(error))
        return error.status
    except OctaMemError as error:
        show.complain(str(error))
        return 2 if isinstance(error, ValidationError) and not error.attempts else 1
    return status


def _call(options: argparse.Namespace) -> int:
    with OctaMem(base_url=options.base_url, timeout=options.timeout) as client:
        if options.command == "search":
            _print(client.get(query=options.query, previous_context=options.context), show.found, options)
        elif options.command == "details":
            _print(client.details(), show.details, options)
        else:
            content = sys.stdin.read() if options.content == "-" else options.content
            added = client.add(
                content=content, previous_context=options.context, idempotency_key=options.idempotency_key
            )
            _print(added, show.added, options)
    return 0


def _print(result: Result, text: Callable[..., str], options: argparse.Namespace) -> None:
    if options.json:
        show.write_json(result.model_dump(mode="json"), sys.stdout)
    else:
        print(text(result))
