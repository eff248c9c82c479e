"""The command line: its options, and refusals that repeat nothing secret."""

from __future__ import annotations

import argparse
import re
import sys
from typing import List, NoReturn, Optional, Sequence

from octamem._redact.show import size_of
from octamem._version import __version__

from .entries import FORMATS

_PLAIN = re.compile(r"-{0,2}[A-Za-z_]+(-[a-z]+)*")
"""What a refusal may repeat: the name of an option or of a command. Anything else may be a key or a memory."""

_LONGEST = 20

_EPILOG = """\
The key is read from OCTAMEM_API_KEY, and the address of the service from OCTAMEM_BASE_URL or --base-url.

exit status:
  0    done
  1    the service refused it or could not be reached; or entries of an import are left
  2    the command line, or the file to import, is wrong: nothing was sent
  3    imported, but some entries may be stored twice
  130  stopped by Ctrl-C, 143 by SIGTERM
"""


class CommandError(Exception):
    """What the command refuses, or cannot go on with, and the exit status."""

    def __init__(self, message: str, status: int = 2) -> None:
        super().__init__(message)
        self.status = status


class _Parser(argparse.ArgumentParser):
    """A parser whose refusals show no value that could be a key or a memory."""

    given: Sequence[str] = ()

    def error(self, message: str) -> NoReturn:
        for word in sorted(self.given, key=len, reverse=True):
            for part in (word, word.partition("=")[2]):
                if part and not (_PLAIN.fullmatch(part) and len(part) <= _LONGEST):
                    message = message.replace(repr(part), size_of(part)).replace(part, size_of(part))
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {message}\n")


def parse(given: Sequence[str]) -> argparse.Namespace:
    """Return the options of a command line; SystemExit after a refusal, or after the help."""
    common = _Parser(add_help=False)
    common.add_argument("--base-url", metavar="URL", help="the service (default: OCTAMEM_BASE_URL, or OctaMem's own)")
    common.add_argument(
        "--timeout", type=_number, default=30.0, metavar="SECONDS", help="limits each step of an attempt"
    )
    common.add_argument("--json", action="store_true", help="print JSON")
    in_context = _Parser(add_help=False)
    in_context.add_argument("--context", default="", metavar="TEXT", help="the context of the memories")

    parser = _Parser(
        prog="python -m octamem",
        description="Search and store memories.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"octamem {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    search = commands.add_parser("search", parents=[common, in_context], help="print the memories that match a query")
    search.add_argument("query", metavar="QUERY")
    add = commands.add_parser("add", parents=[common, in_context], help="store one memory")
    add.add_argument("content", metavar="CONTENT", help="the text, or - to read it from standard input")
    add.add_argument("--idempotency-key", metavar="KEY", help="the same for each run that means the same memory")
    commands.add_parser("details", parents=[common], help="print usage and limits")
    load = commands.add_parser("import", parents=[common, in_context], help="store every memory of a file, once")
    load.add_argument("file", metavar="FILE", help="text lines (.txt), JSON Lines (.jsonl) or Markdown (.md)")
    load.add_argument("--format", choices=sorted(FORMATS), help="the format, if the suffix does not say it")
    load.add_argument("--concurrency", type=_whole, default=8, metavar="N", help="calls at once (default: 8)")
    load.add_argument("--journal", metavar="PATH", help="what is stored so far (default: FILE.octamem-journal)")
    load.add_argument("--same-memory", action="store_true", help="continue with another key, or at another address")
    for each in (parser, search, add, load, commands.choices["details"]):
        each.given = given
    return parser.parse_args(list(given))


def _number(text: str) -> float:
    return _read(float, text, "a number of seconds")


def _whole(text: str) -> int:
    return int(_read(int, text, "a whole number"))


def _read(kind: type, text: str, expected: str) -> float:
    try:
        number: float = kind(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected {expected}, got {size_of(text)}") from None
    return number


def words(given: Optional[Sequence[str]]) -> List[str]:
    """Return the words of the command line."""
    return list(sys.argv[1:] if given is None else given)
