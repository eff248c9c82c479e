"""The marker, and what a failing test shows."""

from __future__ import annotations

import pytest
from kit_project import outcomes

from octamem_testing.context import key_of, seed_of


def test_the_marker_sets_up_the_fake(project: pytest.Pytester) -> None:
    """Memories, faults and settings of the marker hold from the test's first line, the innermost setting counts."""
    project.makepyfile(
        """
        import pytest
        from octamem import RateLimitError

        @pytest.mark.octamem(memories=["Tea is at four."], limit=5, wire="envelope")
        class TestMarks:
            @pytest.mark.octamem(memories=[{"content": "Coffee is at ten.", "type": "episodic"}], limit=2)
            def test_all(self, octamem_client, octamem_fake):
                assert [memory.type for memory in octamem_fake.memories()] == ["semantic", "episodic"]
                assert octamem_fake.settings().wire == "envelope"
                with pytest.raises(RateLimitError):
                    octamem_client.add(content="one too many")

            def test_outer(self, octamem_client):
                assert octamem_client.details().limit == 5

        @pytest.mark.octamem(keys=["sk-one", "sk-two"], memories=["Of the first key."])
        def test_keys(octamem_client, octamem_fake):
            assert octamem_fake.api_key == "sk-one"
            assert octamem_client.get(query="first").results
            assert octamem_fake.memories(key="sk-two") == []
        """
    )
    assert outcomes(project.runpytest_inprocess()) == {"passed": 3}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("limt=3", "limt: unknown argument; did you mean limit?"),
        ("limit=-1", "*limit: expected an int of at least 0 or None, got -1*"),
        ("'add: 503'", "expected keyword arguments such as memories=[[]...], got 'add: 503'"),
        ("faults='ad: 503'", "*column 1*"),
        (
            "api_key='sk-mine'",
            'api_key cannot be set: each test has its own key; to choose it, write keys=[[]"sk-mine"]',
        ),
        ("clock=None", "clock cannot be set: each test has its own clock, octamem_clock"),
        ("faults=503", 'faults: expected a str such as "add: 503 x2", got 503'),
        ("memories='tea'", "memories: expected a list of str, (str, context) pairs or dicts with content, got 'tea'"),
        ("memories=[{'text': 'tea'}]", "*memories[[]0].text: unknown field; expected id*"),
        ("keys=[], memories=['tea']", "*key: expected one that the setting keys lists*"),
        ("unused='never'", 'unused: expected "allow" or "fail", got \'never\''),
        ("unexpected=True", 'unexpected: expected "allow" or "fail", got True'),
    ],
)
def test_a_marker_that_makes_no_sense_says_so(project: pytest.Pytester, arguments: str, words: str) -> None:
    """What the marker cannot take is an error of the test that names the argument, and says it once."""
    project.makepyfile(f"import pytest\n@pytest.mark.octamem({arguments})\ndef test_it(octamem_client): pass\n")
    result = project.runpytest_inprocess()
    assert outcomes(result) == {"errors": 1}
    result.stdout.fnmatch_lines([f"@pytest.mark.octamem: {words}"])
    assert "another exception" not in result.stdout.str()


def test_a_failing_test_shows_its_calls_and_its_seed(project: pytest.Pytester) -> None:
    """The report has one line an attempt, newest last, no text of a memory, and the line that replays the seed."""
    project.makepyfile(
        test_shown="""
        import pytest

        @pytest.mark.octamem(faults="add: 503")
        def test_it(octamem_client):
            octamem_client.add(content="the secret of the tea")
            octamem_client.details()
            assert not "it"
        """
    )
    result = project.runpytest_inprocess()
    seed = seed_of("test_shown.py::test_it")
    result.stdout.fnmatch_lines(
        [
            "*- octamem calls -*",
            "#1 2026-01-01T00:00:00Z add call * attempt 1 -> 503 fault: 503 @before",
            "#2 * add call * attempt 2 -> 200 stored: rec_* usage: 1",
            "#3 * details call * attempt 1 -> 200",
            "*- octamem seed -*",
            f"{seed}; run again with: pytest test_shown.py::test_it --octamem-seed={seed}",
        ],
        consecutive=True,
    )
    assert key_of("test_shown.py::test_it") not in result.stdout.str()
    assert "secret of the tea" not in result.stdout.str().partition("octamem calls")[2]


def test_a_passing_test_shows_nothing(project: pytest.Pytester) -> None:
    """Neither calls nor seed are in the report of what passed."""
    project.makepyfile("def test_it(octamem_client): octamem_client.details()\n")
    result = project.runpytest_inprocess("-rA")
    result.stdout.no_fnmatch_line("*octamem calls*")


def test_a_fault_that_is_not_injected_fails_the_test(project: pytest.Pytester) -> None:
    """A fault that was armed and not injected fails a test that passed, with its count, probable reason and calls."""
    project.makepyfile(
        """
        import pytest
        from octamem import OctaMemError

        @pytest.mark.octamem(faults="add: 503 x2")
        def test_no_call(octamem_client):
            pass

        @pytest.mark.octamem(faults="add: 503 x2")
        def test_other_endpoint(octamem_client):
            octamem_client.details()

        @pytest.mark.octamem(faults="details: 503 x2, 429")
        def test_too_few(octamem_client):
            with pytest.raises(OctaMemError):
                octamem_client.with_options(max_retries=1).details()

        def test_of_one_key(octamem_client, octamem_fake):
            octamem_fake.faults("*: close", key="sk-of-another-key-000")
            octamem_client.details()

        def test_expired(octamem_client, octamem_fake):
            octamem_fake.faults("details: 503 for 5s")
            octamem_fake.advance(9)
            octamem_client.details()

        def test_overtaken(octamem_client, octamem_fake):
            octamem_client.details()
            octamem_fake.faults("details: 503")
        """
    )
    result = project.runpytest_inprocess()
    assert outcomes(result) == {"failed": 6}
    text = result.stdout.str()
    for words in (
        "  503 @before x2 of 'add: 503 @before x2': 0 of 2\n    probable reason: no call reached add",
        "probable reason: no call reached add; there was no call at all",
        "probable reason: no call reached add; the calls went to details (1)",
        "  429 @before of 'details: 503 @before x2, 429 @before': 0 of 1\n",
        "    probable reason: the client stopped early: only 2 attempts reached details, and the rule has 3 steps",
        "for the key sk-o…-000: 0 of 1\n    probable reason: no call reached any endpoint",
        "probable reason: 1 attempt reached details, none within the 5 s of the fault on the fake's clock",
        "probable reason: 1 attempt reached details, and 0 matched this script",
        'unused="allow"',
        "the calls:\n  details call ",
    ):
        assert words in text


def test_some_faults_may_go_unmet(project: pytest.Pytester) -> None:
    """`ok`, percentages, disarmed scripts and unused="allow" fail nothing; what failed fails for its own reason."""
    project.makepyfile(
        """
        import pytest

        @pytest.mark.octamem(faults="add: ok x3; *: 503 0%")
        def test_exempt(octamem_client):
            pass

        @pytest.mark.octamem(faults="add: 503", unused="allow")
        def test_allowed(octamem_client):
            pass

        @pytest.mark.octamem(faults="add: 503")
        def test_disarmed(octamem_client, octamem_fake):
            octamem_fake.disarm()

        @pytest.mark.octamem(faults="add: 503")
        def test_skipped(octamem_client):
            pytest.skip("for a reason of its own")

        @pytest.mark.octamem(faults="add: 503")
        def test_failed(octamem_client):
            assert not "its own reason"

        @pytest.mark.octamem(faults="add: 503")
        @pytest.mark.xfail(raises=ZeroDivisionError, strict=True)
        def test_expected(octamem_client):
            1 / 0
        """
    )
    result = project.runpytest_inprocess()
    assert outcomes(result) == {"passed": 3, "skipped": 1, "failed": 1, "xfailed": 1}
    result.stdout.no_fnmatch_line("*not injected*")


@pytest.mark.parametrize("how", ["sync", "async", "mock", "server"])
def test_a_call_to_an_unknown_route_fails_the_test(project: pytest.Pytester, how: str) -> None:
    """Code that handles the 404 of an unknown route fails its test all the same, by whichever way it calls."""
    project.makepyfile(
        """
        import asyncio, httpx, pytest
        from octamem import OctaMemError

        async def asked(client):
            with pytest.raises(OctaMemError):
                await client.with_options(base_url="http://x/v2").details()

        def test_sync(octamem_client):
            with pytest.raises(OctaMemError):
                octamem_client.with_options(base_url="http://x/v2").details()

        def test_async(async_octamem_client):
            asyncio.run(asked(async_octamem_client))

        def test_mock(octamem_mock):
            httpx.get("https://platform.octamem.com/api/memory/delete")

        def test_server(octamem_server):
            httpx.post(octamem_server.url + "/api/memory/delete")

        @pytest.mark.octamem(unexpected="allow")
        class TestAllowed:
            def test_it(self, octamem_client):
                with pytest.raises(OctaMemError):
                    octamem_client.with_options(base_url="http://x/v2").details()

        def test_wrong_method(octamem_mock):
            assert httpx.get("https://platform.octamem.com/api/memory/add").status_code == 405

        def test_failed(octamem_mock):
            httpx.get("https://platform.octamem.com/api/memory/delete")
            assert not "its own reason"
        """
    )
    result = project.runpytest_inprocess("-k", f"test_{how} or allowed or wrong or failed")
    assert outcomes(result) == {"failed": 2, "passed": 2}
    result.stdout.fnmatch_lines(
        [
            "calls to unknown routes:",
            "  #1 * /*: No such path: /*; did you mean POST /api/memory/*",
        ]
    )
    assert result.stdout.str().count("calls to unknown routes") == 1


def test_a_key_taken_off_the_list_hides_nothing_else(project: pytest.Pytester) -> None:
    """A script of a key that is valid no more is let go of, and those of the others are still told."""
    project.makepyfile(
        """
        def test_it(octamem_client, octamem_fake):
            octamem_client.details()
            octamem_fake.faults("add: 503", key=octamem_fake.api_key)
            octamem_fake.configure(keys=["sk-another"])
            octamem_fake.faults("add: 429", key="sk-another")
        """
    )
    result = project.runpytest_inprocess()
    assert outcomes(result) == {"failed": 1}
    result.stdout.fnmatch_lines(["  429 @before of 'add: 429 @before' for the key *"])
    result.stdout.no_fnmatch_line("  503 @before of *")
