"""Every program that the docs show runs as it stands, in process and over HTTP."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SEARCH, ADD, DETAILS = "search", "add", "details"

# program -> the endpoints it calls, in order; what it must print
EXPECTED = {
    "async_client": ([SEARCH, ADD, DETAILS], ["pend_", "usage=1"]),
    "async_with": ([SEARCH, ADD, DETAILS], ["pend_", "usage=1"]),
    "catch_errors": ([ADD], ["remembered"]),
    "configuration": ([DETAILS], ["0"]),
    "environment": ([DETAILS], ["0"]),
    "exception_tree": ([], ["InternalServerError True", "RateLimitError True", "\nValidationError\n"]),
    "labels": ([SEARCH, ADD, DETAILS], ["pend_", "True 1"]),
    "own_retry": ([ADD], ["True"]),
    "parameter_styles": ([SEARCH, ADD, SEARCH, ADD], [""]),
    "production": ([ADD, SEARCH], ["Ana drinks her tea without milk."]),
    "quick_start": ([SEARCH, ADD, DETAILS], ["pend_", "usage=1", "limit=None"]),
    "results": ([SEARCH, ADD, DETAILS], ["pend_", "'results': []", "True", "1 None"]),
    "sync_with": ([SEARCH, DETAILS], ["usage=0", "pend_"]),
    "typed_params": ([SEARCH, ADD, DETAILS], ["pend_", "True", "usage=1"]),
}


@pytest.fixture(params=["in process", "over HTTP"])
def fake(request, monkeypatch, octamem_fake):
    """Give the fake that every client of the program reaches, one way or the other."""
    if request.param == "over HTTP":
        request.getfixturevalue("octamem_server")
    else:
        monkeypatch.setenv("OCTAMEM_API_KEY", "sk-om-live-example-0001")
        request.getfixturevalue("octamem_mock")
    return octamem_fake


def run(name: str) -> None:
    runpy.run_path(str(HERE / f"{name}.py"), run_name="__main__")


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_program_of_the_page_runs_as_it_stands(name, fake, capsys):
    """Each program makes the calls it shows, in that order, and prints what it promises."""
    endpoints, printed = EXPECTED[name]
    run(name)
    assert [entry.endpoint for entry in fake.requests()] == endpoints
    assert {entry.status for entry in fake.requests()} <= {200}
    shown = capsys.readouterr().out
    assert [text for text in printed if text not in shown] == []


def test_every_program_beside_this_file_is_run():
    """A program that is shown and not run would be a promise nobody keeps."""
    programs = {path.stem for path in HERE.glob("*.py")}
    assert {name for name in programs if not name.startswith(("test_", "kit_", "chaos_", "storm_"))} == set(EXPECTED)


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("add: 401", "the key is missing or wrong"),
        ("add: 429(retry-after=61)", "too many calls; wait 61.0 s"),
        ("add: close x4", "the network failed"),
        ("add: 400", "refused: The request is not valid"),
    ],
)
def test_each_failure_reaches_the_clause_that_is_written_for_it(script, says, fake, capsys):
    """The program that catches errors names the one that the service gave."""
    fake.faults(script)
    run("catch_errors")
    assert says in capsys.readouterr().out


def test_the_program_that_retries_itself_does_so_after_the_clients_own_retries(fake, capsys):
    """Four refusals use up the client's attempts; the program waits as asked and the fifth is answered."""
    fake.faults("add: 429(retry-after=0.01) x4")
    run("own_retry")
    assert capsys.readouterr().out.splitlines() == ["limited, waiting 0.01 s", "True"]
    assert [entry.status for entry in fake.requests()] == [429, 429, 429, 429, 200]
