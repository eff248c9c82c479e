"""What the tests of `python -m octamem` share: a way to run it in process, on a fake of its own."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional

import httpx
import pytest
from command_lines import NoWaits, Ran

from fake_server import Fake
from octamem.__main__ import run
from octamem.testing import override
from octamem_testing import FakeTransport

KEY = "sk-om-live-command-0000000000000001"


class Command:
    """Runs command lines in one folder, with one key, on one service."""

    key = KEY

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.serve()
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *words: str, stdin: Optional[str] = None) -> Ran:
        """Run `python -m octamem` with these words."""
        if stdin is not None:
            self._monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        self._capsys.readouterr()
        with override(transport=self.transport, clock=NoWaits(), force=True):
            try:
                status = run(list(words))
            except SystemExit as error:
                status = int(error.code or 0)
        printed = self._capsys.readouterr()
        assert KEY not in printed.out + printed.err
        return Ran(status, printed.out, printed.err)

    def serve(self, **settings: Any) -> None:
        """Begin with an empty service; it honours idempotency keys unless the settings say otherwise."""
        self.fake = Fake(**{"idempotency": True, **settings})
        self.transport: httpx.BaseTransport = FakeTransport(self.fake)

    def sent(self) -> int:
        """Return how many requests the service has seen."""
        return len(self.fake.requests())

    def file(self, name: str, content: Any) -> str:
        """Write a file, and return its path as it is typed."""
        data = content if isinstance(content, bytes) else content.encode()
        (self.folder / name).write_bytes(data)
        return name

    def contents(self) -> List[str]:
        """Return the contents that the service has stored, in the order of arrival."""
        return [memory.content for memory in self.fake.memories(key=KEY)]


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """Give a way to run the command in an empty folder."""
    for name in ("OCTAMEM_BASE_URL", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OCTAMEM_API_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    return Command(tmp_path, capsys, monkeypatch)


@pytest.fixture
def answering() -> Callable[[int, Any], httpx.BaseTransport]:
    """Make a transport that gives every request one answer."""
    return lambda status, body: httpx.MockTransport(lambda _request: httpx.Response(status, json=body))
