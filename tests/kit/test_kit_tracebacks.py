"""The traceback of a failing test: an error of the SDK stands at the line of the test that called it."""

from __future__ import annotations

from typing import Tuple

import pytest
from kit_project import outcomes

SYNC = """
def test_it(octamem_client, octamem_fake):
    octamem_fake.faults({script!r})
    {call}  # this line
"""
ASYNC = """
import pytest


@pytest.mark.asyncio
async def test_it(async_octamem_client, octamem_fake):
    octamem_fake.faults({script!r})
    await async_{call}  # this line
"""
SDK = ("def exchange", "in exchange", "in add", "_client.py")


def run(project: pytest.Pytester, program: str, *options: str) -> str:
    """Run a test that fails, and return what pytest shows."""
    project.makepyfile(program)
    result = project.runpytest(*options)
    assert outcomes(result) == {"failed": 1}
    return result.stdout.str()


@pytest.mark.parametrize("program", [SYNC, ASYNC], ids=["sync", "async"])
@pytest.mark.parametrize(
    "way",
    [
        ("add: 401", 'octamem_client.add(content="tea")', "AuthenticationError"),
        ("add: reset x9", 'octamem_client.add(content="tea")', "APIConnectionError"),
        ("details: 401", "octamem_client.add(content=3)", "ValidationError"),
    ],
    ids=["refused", "dropped", "invalid"],
)
def test_an_error_of_the_sdk_is_shown_at_the_line_that_called_it(
    project: pytest.Pytester, program: str, way: Tuple[str, str, str]
) -> None:
    """No line of the SDK stands between the call and the message."""
    script, call, name = way
    shown = run(project, program.format(script=script, call=call))
    between, message, _ = shown.partition("# this line\n")[2].partition(f"E       octamem.{name}: ")
    assert message
    assert not between.strip(" ^\n")
    assert not [each for each in SDK if each in shown]


@pytest.mark.parametrize("options", [("--full-trace",), ("--tb=native",)], ids=["full", "native"])
def test_the_lines_of_the_sdk_are_shown_to_whoever_asks(project: pytest.Pytester, options: Tuple[str, ...]) -> None:
    """With these options, all is there."""
    shown = run(project, SYNC.format(script="add: 401", call='octamem_client.add(content="tea")'), *options)
    assert "raise error_of(" in shown


def test_an_error_that_is_none_of_the_sdk_keeps_every_line(project: pytest.Pytester) -> None:
    """What fails below the SDK and is no error of its own hides nothing."""
    program = """
    import httpx
    from octamem import OctaMem

    class Broken(httpx.BaseTransport):
        def handle_request(self, request):
            raise OtherError("it broke")

    class OtherError(BaseException):
        pass

    def test_it():
        OctaMem(api_key="sk-om-live-tests-0001", transport=Broken()).add(content="tea")
    """
    shown = run(project, program)
    assert "_client.py" in shown
