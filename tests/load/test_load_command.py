"""The command refuses what cannot be, before anything starts; without Locust it says what installs it."""

from __future__ import annotations

import socket
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, Callable, List, Mapping, Optional, Sequence

import pytest
from click.testing import CliRunner, Result

from octamem_testing import serving
from octamem_testing.load import command as module
from octamem_testing.load.command import load

URL = "http://127.0.0.1:8642"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "1000")
    return lambda *words: CliRunner().invoke(load, words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["127.0.0.1:8642"], "expected a URL such as http://127.0.0.1:8642"),
        ([URL, "--users", "0"], "expected an int of at least 1, got '0'"),
        ([URL, "--run-time", "soon"], "expected a time such as 30s, 5m, 1h30m or 0, got 'soon'"),
        ([URL, "--run-time", ""], "expected a time such as"),
        ([URL, "--run-time", "-5"], "expected a time such as"),
        ([URL, "--faults", "add: 503 x0"], "column"),
        ([URL, "--report", "load.txt"], "expected a file that ends with .html or .json, got 'load.txt'"),
        ([URL, "--report", "none/load.html"], "expected a file in an existing, writable folder"),
        ([URL, "--max-retries", "-1"], "max_retries"),
        ([URL, "--timeout", "0"], "timeout"),
        ([URL, "--workers", "2", "--", "--master"], "leave it out with --master or --worker"),
        ([URL, "--locustfile", "none.py"], "none.py"),
        ([URL, "--report", "load.json", "--report", "load.txt"], "got 'load.txt'"),
        ([URL, "--", "--users", "3"], "--users is an option of the command itself: give --users before --"),
        ([URL, "--", "-u3"], "-u3 is an option of the command itself: give --users before --"),
        ([URL, "--", "--run-time=5s"], "give --run-time before --"),
        ([URL, "--", "-H", URL], "give URL before --"),
        ([URL, "--", "--report=load.json"], "give --report before --"),
        ([URL, "--", "--control-token", "a-token"], "give --control-token before --"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_starts(
    run: Callable[..., Result], words: List[str], message: str
) -> None:
    """Each wrong option is named with what was expected, with exit status 2."""
    done = run(*words)
    assert (done.exit_code, message in done.output) == (2, True), done.output


@pytest.mark.parametrize(
    ("given", "seconds"), [("30s", 30), ("5m", 300), ("1h30m", 5400), ("1h1m1s", 3661), ("90", 90), ("0", 0), ("0s", 0)]
)
def test_times_are_read_as_locust_reads_them(given: str, seconds: int) -> None:
    """Hours, minutes and seconds add up; a number alone is of seconds, and 0 is no end."""
    assert module._run_time(None, None, given) == seconds  # type: ignore[arg-type]


def test_without_locust_the_error_has_the_line_that_installs_it(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One clear error says what is missing and how to get it."""
    monkeypatch.setitem(sys.modules, "locust", None)
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    done = run(URL)
    assert done.exit_code == 1
    assert "octamem-fake load needs locust, which is not installed: pip install" in done.output
    assert "[load]" in done.output


def test_the_command_needs_no_locust_for_its_help(run: Callable[..., Result]) -> None:
    """The help is there before Locust is, and nothing of it is loaded."""
    assert "--no-retry-unknown-writes" in run("--help").output
    assert "octamem_testing.load.locusts.user" not in sys.modules


def test_a_user_class_without_locust_says_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The import of a user class fails with the line that installs Locust."""
    import octamem_testing.load
    from octamem_testing.installed import NotInstalledError

    monkeypatch.setitem(sys.modules, "locust", None)
    with pytest.raises(NotInstalledError, match=r"needs locust, .*\[load\]"):
        _ = octamem_testing.load.OctaMemUser


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> List[Any]:
    """Note what would be started, in place of Locust, which writes no result then."""
    calls: List[Any] = []

    def supervise(
        first: Sequence[str],
        workers: Sequence[Sequence[str]],
        variables: Mapping[str, str],
        tell: Callable[[str], None],
        *,
        begins: str,
        read: Callable[[str], None],
    ) -> Optional[int]:
        tell(begins)
        calls.append((list(first), [list(each) for each in workers], dict(variables)))
        return 3

    monkeypatch.setattr(module, "supervise", supervise)
    monkeypatch.setattr(module, "find_spec", lambda _: object())
    return calls


def option(words: Sequence[str], name: str) -> str:
    return words[list(words).index(name) + 1]


def test_master_and_workers_meet_on_one_port(run: Callable[..., Result], started: List[Any]) -> None:
    """With --workers there is a master that expects them all on loopback, and each has the client's options."""
    with serving() as server:
        done = run(
            server.url, "--workers", "2", "--max-retries", "1", "--faults", "add: 503", "--faults", "search: 500"
        )
    ((first, workers, _variables),) = started
    assert (len(workers), option(first, "--expect-workers")) == (2, "2")
    assert {option(each, "--master-port") for each in workers} == {option(first, "--master-bind-port")}
    assert option(first, "--master-bind-host") == "127.0.0.1"
    assert option(first, "--octamem-faults") == "add: 503;search: 500"
    assert {option(each, "--octamem-client") for each in (first, *workers)} == {'{"max_retries": 1}'}
    assert (done.exit_code, "the load ended before a user started" in done.output) == (3, True)


@pytest.mark.parametrize("source", ["variable", "file"])
def test_the_control_token_comes_from_its_variable_or_file_too(
    run: Callable[..., Result], started: List[Any], monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """As in the other commands; the processes have it in their environment, and none in its arguments."""
    if source == "variable":
        monkeypatch.setenv("OCTAMEM_FAKE_CONTROL_TOKEN", "a-secret-token")
    else:
        Path("octamem-fake.toml").write_text('control-token = "a-secret-token"\n', encoding="utf-8")
    with serving() as server:
        done = run(server.url)
    ((first, _workers, variables),) = started
    assert variables == {"OCTAMEM_FAKE_CONTROL_TOKEN": "a-secret-token"}
    assert "a-secret-token" not in " ".join(first)
    assert "a-secret-token" not in done.output


@pytest.mark.parametrize(
    ("options", "master"),
    [
        (("--master-host", "10.0.0.5"), "10.0.0.5:5557"),
        (("--master-host=10.0.0.5", "--master-port", "99"), "10.0.0.5:99"),
        ((), "127.0.0.1:5557"),
    ],
)
def test_a_worker_says_which_master_it_asks(
    run: Callable[..., Result], started: List[Any], options: Sequence[str], master: str
) -> None:
    """It may wait for long for one that is elsewhere."""
    with serving() as server:
        done = run(server.url, "--", "--worker", *options)
    assert started
    assert f"of the master at {master}, until that ends" in done.output


def test_a_worker_of_another_machine_is_locusts_own(run: Callable[..., Result], started: List[Any]) -> None:
    """`-- --worker` starts one worker, whose exit status is that of the command."""
    with serving() as server:
        done = run(server.url, "--", "--worker", "--master-host", "10.0.0.5")
    ((first, workers, _variables),) = started
    assert (first[-3:], workers, done.exit_code) == (["--worker", "--master-host", "10.0.0.5"], [], 3)
    assert "--headless" not in first


def test_a_control_token_is_no_argument_of_a_process(run: Callable[..., Result], started: List[Any]) -> None:
    """The token goes to the processes by a variable, since all users of a machine can read arguments."""
    with serving() as server:
        run(server.url, "--control-token", "a-token-of-our-own")
    ((first, _workers, variables),) = started
    assert "a-token-of-our-own" not in " ".join(first)
    assert "a-token-of-our-own" in variables.values()


def test_no_user_starts_if_no_fake_answers(run: Callable[..., Result], started: List[Any]) -> None:
    """What does not answer as a fake gets no load: the real service is never called."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        done = run(f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert (done.exit_code, "no server answers" in done.output, started) == (1, True, [])
