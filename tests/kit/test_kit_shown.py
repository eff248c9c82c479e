"""What the kit shows of itself: journal entries, clients, scripts that are misspelt, keys that called."""

from __future__ import annotations

import re

import pytest
from kit_project import ini, outcomes

from fake_server.core import Fake, ScriptError
from octamem import AsyncOctaMem, OctaMem
from octamem_testing import FakeTransport


@pytest.mark.octamem(faults="add: 503")
def test_an_entry_and_an_attempt_show_what_came_of_them(octamem_client: OctaMem, octamem_fake: Fake) -> None:
    """The repr of a journal entry is its line; that of an attempt has its times with their unit."""
    octamem_client.add(content="a secret")
    entry = octamem_fake.requests()[1]
    assert repr(entry) == entry.line()
    first, second = octamem_fake.calls[0].attempts
    assert repr(first) == "<attempt 1: first, at 0 s -> 503, fault: 503 @before>"
    assert re.fullmatch(r"<attempt 2: retry after [\d.]+ s, at [\d.]+ s -> 200>", repr(second))


@pytest.mark.parametrize("kind", [OctaMem, AsyncOctaMem])
def test_a_client_on_the_fake_shows_the_fake(kind: type, octamem_mock: Fake) -> None:
    """The repr of a client says which fake answers it, whether the client was given it or the mock stands before it."""
    shown = repr(kind())
    assert shown.endswith(f" on {octamem_mock!r}>")
    assert octamem_mock.api_key not in shown


def test_a_client_that_is_given_a_transport_shows_it(octamem_fake: Fake) -> None:
    """A transport on the fake is shown by the fake, with_options included."""
    with OctaMem(octamem_fake.api_key, transport=FakeTransport(octamem_fake)) as client:
        assert repr(client.with_options(timeout=3)) == repr(client)
        assert repr(client).endswith(" on <Fake: 0 keys, 0 attempts, 0 s on>>")


@pytest.mark.parametrize(
    ("script", "meant"),
    [
        ("get: 503", "search"),
        ("adds: 503", "add"),
        ("outtage(30s)", "outage"),
        ("add: 503(retry_after=3)", "retry-after="),
        ("add: rest", "reset"),
    ],
)
def test_a_misspelt_script_is_answered_with_what_was_meant(script: str, meant: str) -> None:
    """An endpoint, preset, fault or option that does not exist is told with the nearest, and `get` with `search`."""
    with pytest.raises(ScriptError, match=f"; did you mean {meant}\\?$"):
        Fake().faults(script)


def test_a_fault_whose_key_nobody_used_says_which_keys_called(project: pytest.Pytester) -> None:
    """The probable reason of a fault that was armed for one key names the keys that called, by their numbers."""
    project.makepyfile(
        """
        from octamem import OctaMem

        def test_it(octamem_mock):
            octamem_mock.faults("add: 503", key="sk-om-live-of-nobody")
            OctaMem().add(content="tea")
            OctaMem().add(content="milk")
        """
    )
    result = project.runpytest_inprocess()
    assert outcomes(result) == {"failed": 1}
    result.stdout.fnmatch_lines(
        [
            "  503 @before of 'add: 503 @before' for the key *: 0 of 1",
            "    probable reason: no call reached add with it; the calls came with key 1 (2)",
        ]
    )


@pytest.mark.slow
def test_a_run_under_w_error_starts_without_an_ini_line(pytester: pytest.Pytester) -> None:
    """pytest-asyncio warns of an option that is unset, and that warning does not end the run."""
    pytester.makepyfile("def test_it(octamem_client): octamem_client.details()")
    assert outcomes(pytester.runpytest_subprocess("-W", "error")) == {"passed": 1}
    assert "asyncio_default_fixture_loop_scope" in ini()
